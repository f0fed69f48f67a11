import { z } from 'zod';
import { DISPUTE_REASONS, DISPUTE_STATUSES } from '../../domain/report.ts';
import { answerAmount, cursorParameter, limitParameter, timestamp } from './fields.ts';

export const disputeListQuery = z.strictObject({
  limit: limitParameter,
  cursor: cursorParameter,
  status: z.enum(DISPUTE_STATUSES).optional(),
  payment_id: z.string().min(1).max(100).optional(),
  gateway: z.string().min(1).max(40).optional(),
});

export const disputeAnswer = z.object({
  id: z.string(),
  object: z.literal('dispute'),
  payment_id: z.string(),
  status: z
    .enum(DISPUTE_STATUSES)
    .describe('closed: settled without a decision, such as accepted or withdrawn.'),
  amount: answerAmount,
  amount_lost: answerAmount.describe('What the customer has got back for good.'),
  fee: answerAmount.describe(
    "What the gateway took for the dispute itself, in minor units of the payment's fee_currency.",
  ),
  currency: z.string(),
  reason: z.enum(DISPUTE_REASONS),
  gateway_reason: z.string(),
  gateway: z.string(),
  gateway_dispute_id: z.string(),
  evidence_due_by: timestamp.nullable().describe('Until when evidence can be handed in.'),
  opened_at: timestamp,
  created_at: timestamp,
  updated_at: timestamp,
});
