import { z } from 'zod';
import type { DisputeReason, DisputeReport, DisputeStatus } from '../../domain/report.ts';
import type { Gateway } from '../gateway.ts';
import { lookup } from '../json-answer.ts';
import { TextTime } from '../times.ts';
import type { Api } from './api.ts';
import { within } from './mapping.ts';

/** https://developer.squareup.com/reference/square/enums/DisputeState */
const STATUSES: Readonly<Record<string, DisputeStatus>> = {
  INQUIRY_EVIDENCE_REQUIRED: 'needs_response',
  INQUIRY_PROCESSING: 'under_review',
  INQUIRY_CLOSED: 'closed',
  EVIDENCE_REQUIRED: 'needs_response',
  PROCESSING: 'under_review',
  WON: 'won',
  LOST: 'lost',
  ACCEPTED: 'lost',
};

/** https://developer.squareup.com/reference/square/enums/DisputeReason */
const REASONS: Readonly<Record<string, DisputeReason>> = {
  AMOUNT_DIFFERS: 'incorrect_amount',
  CANCELLED: 'subscription_canceled',
  CUSTOMER_REQUESTS_CREDIT: 'credit_not_processed',
  DUPLICATE: 'duplicate',
  EMV_LIABILITY_SHIFT: 'fraudulent',
  NOT_AS_DESCRIBED: 'not_as_described',
  NOT_RECEIVED: 'not_received',
  NO_KNOWLEDGE: 'fraudulent',
  PAID_BY_OTHER_MEANS: 'duplicate',
};

const Id = z.string().min(1).max(255);

const Dispute = z.object({
  id: Id.nullish(),
  /** What the events of older subscriptions call the id. */
  dispute_id: Id.nullish(),
  state: z.string(),
  reason: z.string(),
  amount_money: z.object({
    amount: z.int().nonnegative().transform(BigInt),
    currency: z.string().regex(/^[A-Z]{3}$/),
  }),
  due_at: TextTime.nullish(),
  created_at: TextTime,
  disputed_payment: z.object({ payment_id: z.string().nullish() }).nullish(),
});

/** Reading disputes at Square. */
export function createDisputes(api: Api): Pick<Gateway, 'retrieveDispute'> {
  return {
    retrieveDispute: async (id, call) =>
      lookup(
        await api.get(
          `/v2/disputes/${encodeURIComponent(id)}`,
          within('dispute', readDispute),
          call,
        ),
      ),
  };
}

/** Reads a dispute as Square sent it. Throws where it does not have Square's format. */
export function readDispute(json: unknown): DisputeReport {
  const dispute = Dispute.parse(json);
  const status = STATUSES[dispute.state];
  if (status === undefined) throw new Error(`a dispute that is ${dispute.state}`);
  const { amount, currency } = dispute.amount_money;
  return {
    gatewayDisputeId: Id.parse(dispute.id ?? dispute.dispute_id),
    gatewayPaymentId: dispute.disputed_payment?.payment_id ?? null,
    reference: null,
    status,
    amount,
    currency,
    amountLost: status === 'lost' ? amount : 0n,
    // Square tells of none with a dispute.
    fee: null,
    reason: REASONS[dispute.reason] ?? 'general',
    gatewayReason: dispute.reason,
    evidenceDueBy: dispute.due_at ?? null,
    openedAt: dispute.created_at,
  };
}
