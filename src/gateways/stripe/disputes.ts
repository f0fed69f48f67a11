import type Stripe from 'stripe';
import { z } from 'zod';
import type { DisputeReason, DisputeReport, DisputeStatus } from '../../domain/report.ts';
import type { Gateway } from '../gateway.ts';
import { UnixTime } from '../times.ts';
import { ask, lookup, traced } from './calls.ts';
import {
  BalanceTransaction,
  Code,
  feeOf,
  fromStripeAmount,
  Id,
  IdOrObject,
  Units,
} from './mapping.ts';

/** https://docs.stripe.com/api/disputes/object#dispute_object-status */
const STATUSES: Readonly<Record<string, DisputeStatus>> = {
  warning_needs_response: 'needs_response',
  warning_under_review: 'under_review',
  warning_closed: 'closed',
  needs_response: 'needs_response',
  under_review: 'under_review',
  won: 'won',
  lost: 'lost',
  // Stripe refunded the customer in time, so that there is nothing to decide.
  prevented: 'closed',
};

/** https://docs.stripe.com/disputes/categories */
const REASONS: Readonly<Record<string, DisputeReason>> = {
  credit_not_processed: 'credit_not_processed',
  duplicate: 'duplicate',
  fraudulent: 'fraudulent',
  product_not_received: 'not_received',
  product_unacceptable: 'not_as_described',
  subscription_canceled: 'subscription_canceled',
  unrecognized: 'unrecognized',
};

const Dispute = z.object({
  object: z.literal('dispute'),
  id: Id,
  status: z.string(),
  reason: z.string(),
  amount: Units,
  currency: Code,
  created: UnixTime,
  payment_intent: IdOrObject.nullish(),
  balance_transactions: z.array(BalanceTransaction).nullish().catch(null),
  evidence_details: z.object({ due_by: UnixTime.nullish() }).nullish(),
});

/** Reading disputes at Stripe. */
export function createDisputes(stripe: Stripe): Pick<Gateway, 'retrieveDispute'> {
  return {
    retrieveDispute: async (id, call) =>
      lookup(readDispute, await ask(() => stripe.disputes.retrieve(id, undefined, traced(call)))),
  };
}

/** Reads a dispute as Stripe sent it. Throws where it does not have Stripe's format. */
export function readDispute(json: unknown): DisputeReport {
  const dispute = Dispute.parse(json);
  const status = STATUSES[dispute.status];
  if (status === undefined) throw new Error(`a dispute that is ${dispute.status}`);
  const amount = fromStripeAmount(dispute.amount, dispute.currency);
  return {
    gatewayDisputeId: dispute.id,
    gatewayPaymentId: dispute.payment_intent ?? null,
    // A dispute has metadata of its own only; its payment's are not in it.
    reference: null,
    status,
    amount,
    currency: dispute.currency,
    amountLost: status === 'lost' ? amount : 0n,
    fee: feeOf(dispute.balance_transactions ?? []),
    reason: REASONS[dispute.reason] ?? 'general',
    gatewayReason: dispute.reason,
    evidenceDueBy: dispute.evidence_details?.due_by ?? null,
    openedAt: dispute.created,
  };
}
