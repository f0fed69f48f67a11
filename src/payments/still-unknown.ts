import type { GatewayOutcome } from '../domain/outcome.ts';
import type { Lookup } from '../gateways/gateway.ts';
import { CANNOT_TELL } from './last-question.ts';

/**
 * What a reading leaves open: the gateway could not be asked, or it shows nothing, which proves nothing.
 *
 * @param message says what the gateway does not show
 */
export function stillUnknown(reading: Lookup<unknown>, message: string): GatewayOutcome<never> {
  if (reading.kind === 'unavailable') return { kind: 'unknown', error: reading.error };
  return {
    kind: 'unknown',
    error: {
      category: 'no_answer',
      code: CANNOT_TELL,
      message,
      httpStatus: null,
      gatewayRequestId: null,
    },
  };
}
