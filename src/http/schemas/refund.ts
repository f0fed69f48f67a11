import { z } from 'zod';
import { REFUND_REASONS, REFUND_STATUSES } from '../../domain/refund.ts';
import {
  amountField,
  answerAmount,
  cursorParameter,
  limitParameter,
  metadataField,
  timestamp,
} from './fields.ts';

export const newRefundBody = z
  .strictObject({
    amount: amountField.optional().describe('Minor units; all that is left without it.'),
    reason: z.enum(REFUND_REASONS).optional(),
    metadata: metadataField.optional(),
  })
  .nullish()
  .transform((body) => body ?? {});

export const refundListQuery = z.strictObject({ limit: limitParameter, cursor: cursorParameter });

export const refundAnswer = z.object({
  id: z.string(),
  object: z.literal('refund'),
  payment_id: z.string(),
  status: z.enum(REFUND_STATUSES),
  amount: answerAmount,
  currency: z.string(),
  reason: z.enum(REFUND_REASONS).nullable(),
  gateway: z.string(),
  gateway_refund_id: z.string().nullable(),
  failure_code: z.string().nullable(),
  source: z
    .enum(['api', 'gateway'])
    .describe("gateway: made outside Tender, such as in the gateway's dashboard."),
  fee_returned: answerAmount.describe(
    "What the gateway gave back of its fee, in minor units of the payment's fee_currency.",
  ),
  metadata: z.record(z.string(), z.string()),
  created_at: timestamp,
  updated_at: timestamp,
});
