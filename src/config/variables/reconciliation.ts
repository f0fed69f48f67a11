import { cronPattern, duration } from '../value-types.ts';
import type { VariableGroup } from '../variable.ts';

export const reconciliation = {
  title: 'Reconciliation',
  introduction: "Comparing what Tender knows with the gateways' own records.",
  variables: {
    PAYMENT_RECONCILIATION_CRON: {
      type: cronPattern(),
      description:
        'When every gateway is compared by itself, in UTC; one worker does it, for the days since it was done last.',
      example: '0 6 * * 1',
      default: '0 6 * * 1',
      usedBy: ['api', 'worker', 'start', 'schedules'],
    },
    PAYMENT_RECONCILIATION_PENDING_HOURS: {
      type: duration('hours', 0, 720),
      description: 'How long a movement may be missing on the other side until it is a difference.',
      example: '72',
      default: '72',
      usedBy: ['worker', 'start'],
    },
  },
} as const satisfies VariableGroup;
