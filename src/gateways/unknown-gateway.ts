/** Says that no gateway has this name, and which there are. */
export function describeUnknownGateway(name: string, known: readonly string[]): string {
  return `There is no gateway ${JSON.stringify(name)}; there is ${known.join(', ')}.`;
}
