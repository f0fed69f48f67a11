/**
 * How much is tried: a little with all the other tests, and for hours with `npm run fuzz`, from a seed that is printed
 * with whatever is found.
 */
export const SEED = fromEnvironment('FUZZ_SEED', 1);
/** Deliveries for each gateway's webhooks. */
export const WEBHOOKS_EACH = fromEnvironment('FUZZ_WEBHOOKS', 2_000);
/** Requests for each route of the API. */
export const REQUESTS_EACH = fromEnvironment('FUZZ_REQUESTS', 25);

function fromEnvironment(name: string, otherwise: number): number {
  const value = Number(process.env[name] ?? otherwise);
  if (!Number.isSafeInteger(value) || value < 0) throw new Error(`${name} is not a number`);
  return value;
}
