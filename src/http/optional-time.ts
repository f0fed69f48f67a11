/** A time that a query may name, read; its schema has checked the text. */
export function optionalTime(text: string | undefined): Date | undefined {
  return text === undefined ? undefined : new Date(text);
}
