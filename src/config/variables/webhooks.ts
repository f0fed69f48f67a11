import { duration, wholeNumber } from '../value-types.ts';
import type { VariableGroup } from '../variable.ts';

export const webhooks = {
  title: 'Webhooks',
  introduction: 'How events that gateways send are accepted and worked off.',
  variables: {
    PAYMENT_WEBHOOK_WORKER_CONCURRENCY: {
      type: wholeNumber(1, 1_000),
      description: 'Events that one worker works on at the same time.',
      example: '20',
      default: '20',
      usedBy: ['worker', 'start'],
    },
    PAYMENT_WEBHOOK_MAX_RETRIES: {
      type: wholeNumber(0, 100),
      description:
        'How often an event that failed is tried again before it is set aside as dead, where it can be replayed.',
      example: '12',
      default: '12',
      usedBy: ['worker', 'start'],
    },
    PAYMENT_WEBHOOK_PAYLOAD_RETENTION_DAYS: {
      type: duration('days', 31, 3_650),
      description:
        'How long what gateways sent is kept, in whole months of UTC. That an event came is kept for good, and what may ' +
        'be needed again, of webhooks that wait or were given up, until it is not.',
      example: '90',
      default: '90',
      usedBy: ['worker', 'start'],
    },
    PAYMENT_WEBHOOK_SIGNATURE_TOLERANCE_SECONDS: {
      type: wholeNumber(1, 86_400),
      description:
        'How far the time in a signature may be from ours, before or after. At most 600 outside development: an ' +
        'intercepted event can be sent again for as long.',
      example: '300',
      default: '300',
      usedBy: ['api', 'start'],
    },
  },
} as const satisfies VariableGroup;
