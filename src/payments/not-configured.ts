import type { GatewayOutcome } from '../domain/outcome.ts';

/** What comes of a call to a gateway whose credentials are gone: nothing was sent, so it may be tried again. */
export function notConfigured(gateway: string): GatewayOutcome<never> {
  return {
    kind: 'refused',
    error: {
      category: 'unreachable',
      code: 'gateway_not_configured',
      message: `The credentials of ${gateway} are missing or incomplete.`,
      httpStatus: null,
      gatewayRequestId: null,
    },
    report: null,
  };
}
