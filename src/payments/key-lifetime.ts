import type { Gateway } from '../gateways/gateway.ts';

/** Before a gateway forgets a key it is not used any more: the repetition could be carried out anew. */
const KEY_MARGIN_MS = 3_600_000;

/**
 * Whether a call may still be repeated with its key: the gateway surely remembers the key, and answers with what it did.
 *
 * @param ageMs how long ago the call was written down
 */
export function mayRepeat(gateway: Pick<Gateway, 'capabilities'>, ageMs: number): boolean {
  return ageMs < gateway.capabilities.keyLifetimeMs - KEY_MARGIN_MS;
}
