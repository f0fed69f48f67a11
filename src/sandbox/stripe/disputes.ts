import type { Work } from './account.ts';
import { noSuch, succeed } from './errors.ts';
import type { Result } from './errors.ts';
import { emit } from './events.ts';
import type { Charge, Dispute } from './model.ts';
import { presentDispute } from './present-kept.ts';

/** How long the seller has to hand evidence in. */
const EVIDENCE_SECONDS = 9 * 86_400;

/** Source: https://docs.stripe.com/api/disputes/object#dispute_object-reason */
export const DISPUTE_REASONS: readonly string[] = [
  'bank_cannot_process',
  'check_returned',
  'credit_not_processed',
  'customer_initiated',
  'debit_not_authorized',
  'duplicate',
  'fraudulent',
  'general',
  'incorrect_account_details',
  'insufficient_funds',
  'product_not_received',
  'product_unacceptable',
  'subscription_canceled',
  'unrecognized',
];

/** `GET /v1/disputes/{id}` */
export function retrieveDispute(work: Work, _: object, id: string): Result<object> {
  const dispute = work.account.disputes.get(id);
  return dispute === undefined ? noSuch('dispute', id, 'id') : succeed(presentDispute(dispute));
}

/** What of a charge can be disputed, in minor units: what was captured and not paid back. */
export function disputableAmount(charge: Charge): bigint {
  if (!charge.isCaptured) return 0n;
  const released = charge.amount - charge.amountCaptured;
  return charge.amountCaptured - (charge.amountRefunded - released);
}

/** Opens a dispute: the money is withdrawn until it is decided. */
export function openDispute(work: Work, charge: Charge, amount: bigint, reason: string): Dispute {
  const { account } = work;
  const created = account.clock.nowSeconds();
  const dispute: Dispute = {
    id: account.newId('dp_', 24),
    created,
    dueBy: created + EVIDENCE_SECONDS,
    charge,
    amount,
    reason,
    status: 'needs_response',
  };
  charge.dispute = dispute;
  account.disputes.add(dispute);
  record(work, dispute, 'dispute_opened');
  emit(work, 'charge.dispute.created', presentDispute(dispute));
  emit(work, 'charge.dispute.funds_withdrawn', presentDispute(dispute));
  return dispute;
}

/** Ends a dispute: a won one gives the money back. */
export function endDispute(work: Work, dispute: Dispute, status: 'won' | 'lost'): void {
  dispute.status = status;
  record(work, dispute, status === 'won' ? 'dispute_won' : 'dispute_lost');
  if (status === 'won') emit(work, 'charge.dispute.funds_reinstated', presentDispute(dispute));
  emit(work, 'charge.dispute.closed', presentDispute(dispute));
}

function record(
  work: Work,
  { charge, amount }: Dispute,
  kind: 'dispute_opened' | 'dispute_won' | 'dispute_lost',
): void {
  const { id, intent, currency } = charge;
  const ids = { payment: intent.id, charge: id, refund: null };
  work.account.journal.record({ kind, ...ids, amount, currency });
}
