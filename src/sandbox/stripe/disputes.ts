import type { z } from 'zod';
import type { Work } from './account.ts';
import { bookDispute, bookDisputeReversal } from './balance.ts';
import { unreturned } from './charges.ts';
import type { Result } from './errors.ts';
import { emit, plainView } from './events.ts';
import { listOf, paging } from './lists.ts';
import type { Charge, Dispute } from './model.ts';
import { hash, text } from './parameters.ts';
import { presentDispute } from './present.ts';

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

export const listDisputesParameters = hash({
  ...paging,
  charge: text().optional(),
  payment_intent: text().optional(),
});

/** `GET /v1/disputes` */
export function listDisputes(
  work: Work,
  parameters: z.output<typeof listDisputesParameters>,
): Result<object> {
  const { charge, payment_intent: intent } = parameters;
  return listOf(work, 'dispute', work.account.disputes, parameters, {
    url: '/v1/disputes',
    keep: (dispute) =>
      (charge === undefined || dispute.charge.id === charge) &&
      (intent === undefined || dispute.charge.intent.id === intent),
    present: presentDispute,
  });
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
    balanceTransactions: [],
  };
  charge.dispute = dispute;
  account.disputes.add(dispute);
  record(work, dispute, 'dispute_opened');
  bookDispute(account, dispute);
  tell(work, 'created', dispute);
  tell(work, 'funds_withdrawn', dispute);
  return dispute;
}

/** Ends a dispute: a won one gives the money back. */
export function endDispute(work: Work, dispute: Dispute, status: 'won' | 'lost'): void {
  dispute.status = status;
  record(work, dispute, status === 'won' ? 'dispute_won' : 'dispute_lost');
  if (status === 'won') {
    bookDisputeReversal(work.account, dispute);
    tell(work, 'funds_reinstated', dispute);
  }
  tell(work, 'closed', dispute);
}

/** Opens the disputes that cards bring with them, unless the money was paid back by now. */
export function openDueDisputes(work: Work): void {
  for (const charge of work.account.toDispute.splice(0)) {
    const amount = unreturned(charge);
    const { dispute: reason } = charge.paymentMethod.card;
    if (reason === null || amount === 0n || charge.dispute !== null) continue;
    openDispute(work, charge, amount, reason);
  }
}

function tell(
  work: Work,
  what: 'created' | 'funds_withdrawn' | 'funds_reinstated' | 'closed',
  dispute: Dispute,
): void {
  emit(work, `charge.dispute.${what}`, presentDispute(dispute, plainView(work)));
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
