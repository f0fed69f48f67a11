import { duration, wholeNumber } from '../value-types.ts';
import type { Command, VariableGroup } from '../variable.ts';

/** Whoever calls a gateway. */
export const USED_BY = ['api', 'worker', 'start'] as const satisfies Command[];

export const gateways = {
  title: 'Gateways',
  introduction:
    'A gateway whose credentials are incomplete is off, and said to be so at the start; it never keeps Tender from ' +
    'starting. Production takes live keys only.',
  variables: {
    PAYMENT_GATEWAY_TIMEOUT_SECONDS: {
      type: duration('seconds', 0.1, 120),
      description:
        'The total time of one call to a gateway. A call that exceeds it has an unknown outcome, which is then ' +
        'resolved.',
      example: '30',
      default: '30',
      usedBy: USED_BY,
    },
    PAYMENT_GATEWAY_CONNECT_TIMEOUT: {
      type: duration('seconds', 0.1, 120),
      description:
        'Seconds until a connection to a gateway must stand; the total time limits it too.',
      example: '10',
      default: '10',
      usedBy: USED_BY,
    },
    PAYMENT_GATEWAY_BREAKER_FAILURES: {
      type: wholeNumber(1, 10_000),
      description:
        'How many calls to a gateway have to go wrong in a row, in one process, before all keep new payments from it.',
      example: '5',
      default: '5',
      usedBy: USED_BY,
    },
    PAYMENT_GATEWAY_MAX_CONCURRENT_CALLS: {
      type: wholeNumber(1, 10_000),
      description:
        'How many requests one process may have at one gateway at once. One more is answered with 503 before anything is ' +
        'written, or goes to another gateway where the routing policy decides; a slow gateway thus leaves the others alone.',
      example: '128',
      default: '128',
      usedBy: USED_BY,
    },
    PAYMENT_LEASE_SECONDS: {
      type: duration('seconds', 1, 3_600),
      description:
        'How long a worker or a request owns a piece of work before another may take it over. At least the gateway ' +
        'timeout and a margin of 2 seconds or a tenth of it, whichever is longer: with less, two would do the same work.',
      example: '45',
      whenUnset: 'the gateway timeout and 15 seconds',
      usedBy: USED_BY,
    },
  },
} as const satisfies VariableGroup;
