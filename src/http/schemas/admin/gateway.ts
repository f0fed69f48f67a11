import { z } from 'zod';
import { compareDecimals, parseDecimal } from '../../../domain/decimal.ts';
import { decimalField, knownCurrencyField, optionalBody, timestamp } from '../fields.ts';

function limitedDecimal(what: string, highest: string) {
  const limit = parseDecimal(highest);
  if (limit === null) throw new TypeError(`${highest} is no decimal number`);
  return decimalField(
    'Send a decimal number that is not negative, such as 2.9, with at most 9 digits before the point and 6 behind it.',
  )
    .transform((text) => text.replace(/^0+(?=\d)/, ''))
    .refine((text) => {
      const value = parseDecimal(text);
      return value === null || compareDecimals(value, limit) <= 0;
    }, `At most ${highest}.`)
    .describe(what);
}

const percentage = limitedDecimal('Percent of the amount.', '100').nullable().optional();
const fixed = limitedDecimal(
  "For each payment, in major units of the payment's currency.",
  '999999999',
)
  .nullable()
  .optional();
const major = (what: string) =>
  limitedDecimal(what, '999999999')
    .refine((text) => parseDecimal(text)?.digits !== 0n, 'More than 0; null takes the limit away.')
    .nullable()
    .optional();
const minAmount = major("The smallest payment, in major units of the payment's currency.");
const maxAmount = major("The largest payment, in major units of the payment's currency.");

/** What is left out stays as it is; `null` takes it away. */
export const gatewayConfigBody = z
  .strictObject({
    fee_percentage: percentage,
    fee_fixed: fixed,
    fees: z
      .record(knownCurrencyField, z.strictObject({ percentage, fixed }).nullable())
      .nullable()
      .optional()
      .describe('Other fees for single currencies, by their codes.'),
    display_name: z.string().trim().min(1).max(100).nullable().optional(),
    currencies: z
      .array(knownCurrencyField)
      .min(1)
      .max(200)
      .nullable()
      .optional()
      .describe('The currencies in which payments are taken there; null for all that it charges.'),
    min_amount: minAmount,
    max_amount: maxAmount,
    limits: z
      .record(
        knownCurrencyField,
        z.strictObject({ min_amount: minAmount, max_amount: maxAmount }).nullable(),
      )
      .nullable()
      .optional()
      .describe('Other limits for single currencies, by their codes.'),
  })
  .refine((body) => Object.keys(body).length > 0, 'Send at least one field.');

export const changedBy = z.object({ id: z.string(), name: z.string() });

const decimal = z.number().nullable();

export const gatewayConfigAnswer = z.object({
  object: z.literal('gateway_config'),
  gateway: z.string(),
  version: z.int().describe('0 where nothing was ever set.'),
  in_force_from: timestamp.nullable(),
  changed_by: changedBy.nullable(),
  fee_percentage: decimal,
  fee_fixed: decimal,
  fees: z.record(
    z.string(),
    z.object({ percentage: z.number().optional(), fixed: z.number().optional() }),
  ),
  display_name: z.string().nullable(),
  currencies: z.array(z.string()).nullable(),
  min_amount: decimal,
  max_amount: decimal,
  limits: z.record(
    z.string(),
    z.object({ min_amount: z.number().optional(), max_amount: z.number().optional() }),
  ),
});

export const switchGatewayBody = optionalBody(
  z.strictObject({
    reason: z.string().trim().min(1).max(500).optional().describe('Why, for those who look later.'),
  }),
);

const switchFields = {
  enabled: z.boolean().describe('Whether operators let it take new payments.'),
  changed_at: timestamp.nullable().describe('When somebody said so; null where nobody ever did.'),
  changed_by: changedBy.nullable(),
  reason: z.string().nullable(),
};

export const gatewaySwitchAnswer = z.object({
  object: z.literal('gateway_switch'),
  gateway: z.string(),
  ...switchFields,
  warnings: z.array(z.string()).describe('What the change has brought about that needs a look.'),
});

export const gatewayStatusAnswer = z.object({
  object: z.literal('list'),
  data: z.array(
    z.object({
      object: z.literal('gateway_status'),
      gateway: z.string(),
      ...switchFields,
      credentials: z.object({
        present: z.boolean().describe('Whether everything is set that the gateway needs.'),
        accepted: z
          .boolean()
          .nullable()
          .describe('By the last call that told; null where none has.'),
      }),
      last_success_at: timestamp.nullable(),
      last_error_at: timestamp.nullable(),
      last_error: z
        .object({ category: z.string(), code: z.string(), operation: z.string() })
        .nullable(),
      last_5_minutes: z.object({
        calls: z.int(),
        failures: z.int().describe('Calls in which the gateway did not do its part.'),
        success_rate: z.number().nullable().describe('From 0 to 1.'),
        p95_latency_seconds: z.number().nullable(),
      }),
      breaker: z
        .object({
          state: z.enum(['closed', 'open', 'half_open']),
          opened_at: timestamp.nullable(),
          next_probe_at: timestamp.nullable(),
          cause: z.object({ category: z.string(), code: z.string() }).nullable(),
        })
        .describe('New payments are kept from a gateway that does not answer until it does again.'),
      backlog: z.object({
        webhooks_waiting: z.int(),
        webhooks_dead: z.int(),
        webhooks_orphaned: z.int(),
        unknown_outcomes: z.int(),
        oldest_unknown_at: timestamp.nullable(),
      }),
    }),
  ),
});
