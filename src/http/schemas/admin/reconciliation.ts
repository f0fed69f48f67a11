import { z } from 'zod';
import { SETTLEMENT_KINDS } from '../../../domain/settlement.ts';
import { ITEM_STATES } from '../../../database/reconciliation-items.ts';
import { cursorParameter, limitParameter, timeParameter, timestamp } from '../fields.ts';

const gatewayField = z.string().min(1).max(40);
const day = z
  .string()
  .regex(/^\d{4}-\d\d-\d\d$/, 'Send a day such as 2026-11-30.')
  .describe('A day in UTC, such as 2026-11-30.');
const words = z.string().min(1).max(1_000);
/** Minor units of a sum may be more than JSON numbers carry exactly. */
const amount = z
  .string()
  .regex(/^-?\d+$/)
  .nullable()
  .describe('Minor units of the currency.');

export const runBody = z.strictObject({
  gateway: gatewayField,
  from: day,
  to: day.describe('The last day of the period, in UTC.'),
});

export const runListQuery = z.strictObject({
  gateway: gatewayField.optional(),
  limit: limitParameter,
  cursor: cursorParameter,
});

export const runPath = z.object({ id: z.string().min(1).max(100) });

const total = z.object({
  currency: z.string().nullable().describe("null where the gateway's records cannot be read."),
  kind: z.enum(SETTLEMENT_KINDS),
  state: z.enum(ITEM_STATES),
  count: z.int(),
  ours: amount,
  theirs: amount,
  our_fees: amount,
  their_fees: amount,
});

export const runAnswer = z.object({
  id: z.string(),
  object: z.literal('reconciliation_run'),
  gateway: z.string(),
  from: timestamp,
  before: timestamp,
  status: z.enum(['running', 'finished', 'failed']),
  stage: z.string().describe('What it is doing: pull reads from the gateway, the others compare.'),
  records_pulled: z.int(),
  movements_compared: z.int(),
  results_changed: z.int().describe('Of how many the result is another one than before this run.'),
  totals: z.array(total).nullable().describe('What the period came to; null until the run ends.'),
  last_error: z.string().nullable(),
  requested_by: z.string(),
  scheduled_for: timestamp.nullable(),
  created_at: timestamp,
  finished_at: timestamp.nullable(),
});

export const differenceListQuery = z.strictObject({
  gateway: gatewayField.optional(),
  state: z.enum(ITEM_STATES).optional().describe('Without it, everything that is not matched.'),
  status: z.enum(['open', 'closed']).optional(),
  payment_id: z.string().min(1).max(100).optional(),
  occurred_from: timeParameter.describe('From this time on.'),
  occurred_before: timeParameter.describe('Before this time.'),
  limit: limitParameter,
  cursor: cursorParameter,
});

export const differencePath = z.object({
  id: z
    .string()
    .regex(/^[1-9]\d{0,17}$/, 'Send the id of a difference: a whole number.')
    .transform(BigInt),
});

export const describeBody = z.strictObject({
  assigned_to: z.string().min(1).max(200).nullish().describe('Who sees to it; null for nobody.'),
  explanation: words.nullish(),
});

export const closeBody = z.strictObject({ reason: words.describe('Why nothing is left to do.') });

const side = { amount, fee: amount, currency: z.string().nullable() };

export const differenceAnswer = z.object({
  id: z.int(),
  object: z.literal('reconciliation_difference'),
  gateway: z.string(),
  kind: z.enum(SETTLEMENT_KINDS),
  state: z
    .enum(ITEM_STATES)
    .describe(
      'matched; missing_here: the gateway has a record and Tender no movement; missing_there: the other way round; ' +
        'amount_differs, fee_differs, currency_differs; duplicate_there: the gateway has a second record; pending: too ' +
        "young to be told; unreadable: the amounts of the gateway's record are none.",
    ),
  gateway_reference: z
    .string()
    .describe("The gateway's id of the payment, refund, dispute or payout."),
  payment_id: z.string().nullable(),
  ours: z
    .object({ id: z.string().nullable(), ...side, occurred_at: timestamp.nullable() })
    .nullable()
    .describe('What Tender knows. Amounts that leave the account at the gateway are negative.'),
  theirs: z
    .object({ record_id: z.string(), ...side, occurred_at: timestamp.nullable() })
    .nullable()
    .describe("What the gateway's record says."),
  unreadable: z
    .string()
    .nullable()
    .describe("Why the gateway's record, or a line of its payout, cannot be read."),
  occurred_at: timestamp,
  state_since: timestamp,
  run_id: z.string().describe('The run that found it so.'),
  assigned_to: z.string().nullable(),
  explanation: z.string().nullable(),
  closed_at: timestamp.nullable(),
  closed_by: z.string().nullable(),
  close_reason: z.string().nullable(),
});

export const differenceDetailAnswer = differenceAnswer.extend({
  record: z.unknown().describe("The gateway's record as it came, without what it says of people."),
});
