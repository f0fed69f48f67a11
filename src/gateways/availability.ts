import type { GatewayCall } from './observed.ts';

/** How many calls in a row have to go wrong before a gateway counts as unavailable. */
const FAILURES = 5;

/** What a call comes to when the gateway itself is in trouble, as opposed to what it was asked. */
const TROUBLE = new Set(['unknown', 'unavailable']);

/** Remembers how the last calls to each gateway went. */
export interface Availability {
  observe(call: Pick<GatewayCall, 'gateway' | 'outcome'>): void;
  /** True until several calls in a row went wrong, and again from the first that did not. */
  isAvailable(gateway: string): boolean;
}

/** Judges gateways by the calls of this process. */
export function createAvailability(): Availability {
  const failures = new Map<string, number>();
  return {
    observe({ gateway, outcome }) {
      failures.set(gateway, TROUBLE.has(outcome) ? (failures.get(gateway) ?? 0) + 1 : 0);
    },
    isAvailable: (gateway) => (failures.get(gateway) ?? 0) < FAILURES,
  };
}
