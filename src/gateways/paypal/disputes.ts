import { z } from 'zod';
import type { DisputeReason, DisputeReport, DisputeStatus } from '../../domain/report.ts';
import type { Gateway } from '../gateway.ts';
import { Money } from './amounts.ts';
import { lookup } from '../json-answer.ts';
import { TextTime } from '../times.ts';
import type { Api } from './api.ts';
import { readOurs } from './references.ts';

/** What we use of a dispute: https://developer.paypal.com/docs/api/customer-disputes/v1/ */
const Dispute = z.object({
  dispute_id: z.string().min(1).max(255),
  create_time: TextTime,
  reason: z.string().min(1),
  status: z.string(),
  dispute_amount: Money,
  dispute_outcome: z
    .object({ outcome_code: z.string().nullish(), amount_refunded: Money.nullish() })
    .nullish(),
  seller_response_due_date: TextTime.nullish(),
  disputed_transactions: z
    .array(z.object({ seller_transaction_id: z.string().nullish(), custom: z.string().nullish() }))
    .default([]),
});

type Dispute = z.infer<typeof Dispute>;

/** A capture by itself tells whose it is. */
const Capture = z.object({
  custom_id: z.string().nullish(),
  supplementary_data: z
    .object({ related_ids: z.object({ order_id: z.string().nullish() }).nullish() })
    .nullish(),
});

/** Disputes, which name their payment by its capture and by what the order was given as `custom_id`. */
export function createDisputes(api: Api): Pick<Gateway, 'retrieveDispute'> {
  return {
    async retrieveDispute(id, call) {
      const path = `/v1/customer/disputes/${encodeURIComponent(id)}`;
      const read = await api.get(path, readDispute, call);
      if (read.kind !== 'answered') return lookup(read);
      const { report, captureId } = read.value;
      if (report.reference !== null || captureId === null) return { kind: 'found', report };
      const capturePath = `/v2/payments/captures/${encodeURIComponent(captureId)}`;
      const owner = lookup(await api.get(capturePath, readOwner, call));
      if (owner.kind === 'unavailable') return owner;
      return {
        kind: 'found',
        report: owner.kind === 'found' ? { ...report, ...owner.report } : report,
      };
    },
  };
}

/** Reads a dispute as PayPal sent it. Throws where it does not have PayPal's format. */
export function readDispute(json: unknown): { report: DisputeReport; captureId: string | null } {
  const dispute = Dispute.parse(json);
  const [transaction] = dispute.disputed_transactions;
  const status = statusOf(dispute);
  const { amount, currency } = dispute.dispute_amount;
  const report: DisputeReport = {
    gatewayDisputeId: dispute.dispute_id,
    gatewayPaymentId: null,
    reference: referenceOf(transaction?.custom),
    status,
    amount,
    currency,
    amountLost: amountLost(dispute),
    // What a dispute costs is in the transaction reports only.
    fee: null,
    reason: REASONS.get(dispute.reason) ?? 'general',
    gatewayReason: dispute.reason,
    evidenceDueBy: dispute.seller_response_due_date ?? null,
    openedAt: dispute.create_time,
  };
  return { report, captureId: transaction?.seller_transaction_id ?? null };
}

function readOwner(json: unknown): Pick<DisputeReport, 'gatewayPaymentId' | 'reference'> {
  const { custom_id: customId, supplementary_data: more } = Capture.parse(json);
  return {
    gatewayPaymentId: more?.related_ids?.order_id ?? null,
    reference: referenceOf(customId),
  };
}

function referenceOf(customId: string | null | undefined): DisputeReport['reference'] {
  const ours = readOurs(customId);
  return ours && { paymentId: ours.paymentId, attemptId: ours.attemptId };
}

const REASONS: ReadonlyMap<string, DisputeReason> = new Map([
  ['MERCHANDISE_OR_SERVICE_NOT_RECEIVED', 'not_received'],
  ['MERCHANDISE_OR_SERVICE_NOT_AS_DESCRIBED', 'not_as_described'],
  ['UNAUTHORISED', 'fraudulent'],
  ['CREDIT_NOT_PROCESSED', 'credit_not_processed'],
  ['DUPLICATE_TRANSACTION', 'duplicate'],
  ['INCORRECT_AMOUNT', 'incorrect_amount'],
  // The customer says that they paid for the same thing in another way too.
  ['PAYMENT_BY_OTHER_MEANS', 'duplicate'],
  ['CANCELED_RECURRING_BILLING', 'subscription_canceled'],
  ['PROBLEM_WITH_REMITTANCE', 'general'],
  ['OTHER', 'general'],
]);

const OPEN: ReadonlyMap<string, DisputeStatus> = new Map([
  ['OPEN', 'needs_response'],
  ['WAITING_FOR_SELLER_RESPONSE', 'needs_response'],
  ['WAITING_FOR_BUYER_RESPONSE', 'under_review'],
  ['UNDER_REVIEW', 'under_review'],
  ['OTHER', 'under_review'],
]);

const RESOLVED: ReadonlyMap<string, DisputeStatus> = new Map([
  ['RESOLVED_BUYER_FAVOUR', 'lost'],
  ['RESOLVED_SELLER_FAVOUR', 'won'],
  ['DENIED', 'won'],
  ['ACCEPTED', 'closed'],
  ['CANCELED_BY_BUYER', 'closed'],
  ['NONE', 'closed'],
  // PayPal paid the customer itself, or let the merchant keep the money: nobody lost.
  ['RESOLVED_WITH_PAYOUT', 'closed'],
]);

function statusOf({ status, dispute_outcome: outcome }: Dispute): DisputeStatus {
  if (status === 'RESOLVED') return RESOLVED.get(outcome?.outcome_code ?? 'NONE') ?? 'closed';
  const open = OPEN.get(status);
  if (open === undefined) throw new Error(`${status} is no status of a dispute`);
  return open;
}

/** What the customer got back for good: as much as PayPal says, or all where it does not say. Never more than disputed. */
function amountLost({
  status,
  dispute_amount: disputed,
  dispute_outcome: outcome,
}: Dispute): bigint {
  if (status !== 'RESOLVED') return 0n;
  const code = outcome?.outcome_code;
  if (code !== 'RESOLVED_BUYER_FAVOUR' && code !== 'ACCEPTED') return 0n;
  const told = outcome?.amount_refunded;
  const isLess = told?.currency === disputed.currency && told.amount < disputed.amount;
  return isLess ? told.amount : disputed.amount;
}
