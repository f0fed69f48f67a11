import { duration, majorUnits } from '../value-types.ts';
import type { VariableGroup } from '../variable.ts';

export const payments = {
  title: 'Payments',
  introduction: 'Limits of what is taken, and how long things are kept or waited for.',
  variables: {
    PAYMENT_MAX_PAYMENT_AMOUNT: {
      type: majorUnits(),
      description: "The largest payment, in major units of the payment's currency.",
      example: '50000.00',
      default: '50000.00',
      perCurrency: true,
      usedBy: ['api', 'start'],
    },
    PAYMENT_MIN_PAYMENT_AMOUNT: {
      type: majorUnits(),
      description: "The smallest payment, in major units of the payment's currency.",
      example: '1.00',
      default: '1.00',
      perCurrency: true,
      usedBy: ['api', 'start'],
    },
    PAYMENT_CUSTOMER_ACTION_EXPIRY_HOURS: {
      type: duration('hours', 0.001, 8_760),
      description:
        'A payment that waits for its customer longer is canceled at the gateway and failed.',
      example: '24',
      default: '24',
      usedBy: ['api', 'worker', 'start'],
    },
    PAYMENT_IDEMPOTENCY_RETENTION_DAYS: {
      type: duration('days', 1, 365),
      description: 'How long the answer to an `Idempotency-Key` is kept and replayed.',
      example: '7',
      default: '7',
      usedBy: ['api', 'worker', 'start'],
    },
  },
} as const satisfies VariableGroup;
