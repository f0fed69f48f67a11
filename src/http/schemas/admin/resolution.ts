import { z } from 'zod';
import { PAYMENT_DECISIONS, REFUND_DECISIONS } from '../../../domain/decision.ts';
import { timestamp } from '../fields.ts';
import { paymentAnswer } from '../payment.ts';
import { refundAnswer } from '../refund.ts';
import { changedBy } from './gateway.ts';

const gatewayId = z.string().trim().min(1).max(255);
const note = z
  .string()
  .trim()
  .min(1)
  .max(2_000)
  .describe("What you saw and where, such as a search in the gateway's dashboard.");
const reason = z
  .string()
  .trim()
  .min(1)
  .max(500)
  .describe('Why this is decided, for those who look later.');

export const resolvePaymentBody = z.strictObject({
  decision: z
    .enum(PAYMENT_DECISIONS)
    .describe(
      'charged: the gateway took or holds the money. not_charged: neither, and it never will.',
    ),
  evidence: z.strictObject({
    gateway_payment_id: gatewayId
      .optional()
      .describe(
        'What the gateway calls the payment: needed with charged, unless it is known here.',
      ),
    note,
  }),
  reason,
});

export const resolveRefundBody = z.strictObject({
  decision: z.enum(REFUND_DECISIONS),
  evidence: z.strictObject({
    gateway_refund_id: gatewayId
      .optional()
      .describe('What the gateway calls the refund: needed with refunded.'),
    note,
  }),
  reason,
});

const decided = {
  id: z.string(),
  verified: z
    .boolean()
    .describe('Whether the gateway has borne it out; it does not where it could not be asked.'),
  reason: z.string(),
  decided_at: timestamp,
  decided_by: changedBy,
};

export const paymentResolutionAnswer = z.object({
  object: z.literal('payment_resolution'),
  ...decided,
  decision: z.enum(PAYMENT_DECISIONS),
  evidence: z.object({ gateway_payment_id: z.string().nullable(), note: z.string() }),
  payment: paymentAnswer,
});

export const refundResolutionAnswer = z.object({
  object: z.literal('refund_resolution'),
  ...decided,
  decision: z.enum(REFUND_DECISIONS),
  evidence: z.object({ gateway_refund_id: z.string().nullable(), note: z.string() }),
  refund: refundAnswer,
});
