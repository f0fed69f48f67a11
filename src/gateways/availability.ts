import type { GatewayCall } from './observed.ts';

/** How many calls in a row have to go wrong before a gateway counts as unavailable. */
const FAILURES = 5;

/** What goes wrong when the gateway itself is in trouble, as opposed to what it was asked. */
const TROUBLE: ReadonlySet<string> = new Set(['unreachable', 'no_answer', 'gateway_fault']);

/** How long a gateway that does not answer is left alone before a payment tries it again, in milliseconds. */
const REST_MS = 10_000;

/** Remembers how the last calls to each gateway went. */
export interface Availability {
  observe(call: Pick<GatewayCall, 'gateway' | 'error'>): void;
  /** True until several calls in a row went wrong, and again from the first that did not. */
  isAvailable(gateway: string): boolean;
  /** Whether something new may be begun there: it is available, or was left alone long enough to be tried again. */
  mayTry(gateway: string): boolean;
}

/** Judges gateways by the calls of this process. */
export function createAvailability(now: () => number = () => performance.now()): Availability {
  const failures = new Map<string, number>();
  const restsUntil = new Map<string, number>();
  const isAvailable = (gateway: string) => (failures.get(gateway) ?? 0) < FAILURES;
  return {
    observe({ gateway, error }) {
      const inTrouble = error !== null && TROUBLE.has(error.category);
      failures.set(gateway, inTrouble ? (failures.get(gateway) ?? 0) + 1 : 0);
      if (inTrouble) restsUntil.set(gateway, now() + REST_MS);
    },
    isAvailable,
    mayTry: (gateway) => isAvailable(gateway) || now() >= (restsUntil.get(gateway) ?? 0),
  };
}
