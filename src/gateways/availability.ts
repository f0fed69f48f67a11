import type { GatewayCall } from './observed.ts';

/** How many calls in a row have to go wrong before a gateway counts as unavailable. */
const FAILURES = 5;

/** What goes wrong when the gateway itself is in trouble, as opposed to what it was asked. */
const TROUBLE: ReadonlySet<string> = new Set(['unreachable', 'no_answer', 'gateway_fault']);

/** Remembers how the last calls to each gateway went. */
export interface Availability {
  observe(call: Pick<GatewayCall, 'gateway' | 'error'>): void;
  /** True until several calls in a row went wrong, and again from the first that did not. */
  isAvailable(gateway: string): boolean;
}

/** Judges gateways by the calls of this process. */
export function createAvailability(): Availability {
  const failures = new Map<string, number>();
  return {
    observe({ gateway, error }) {
      const inTrouble = error !== null && TROUBLE.has(error.category);
      failures.set(gateway, inTrouble ? (failures.get(gateway) ?? 0) + 1 : 0);
    },
    isAvailable: (gateway) => (failures.get(gateway) ?? 0) < FAILURES,
  };
}
