import type { z } from 'zod';
import { stamp, touch } from './account.ts';
import type { Account, Work } from './account.ts';
import { notFound, refuse, succeed } from './errors.ts';
import type { Result } from './errors.ts';
import { emitDispute } from './events.ts';
import { sifted, takePage } from './lists.ts';
import type { Dispute, DisputeState, Payment } from './model.ts';
import { choice, object, words } from './parameters.ts';
import { presentDispute, refundedAmount } from './present.ts';

const STATES = [
  'INQUIRY_EVIDENCE_REQUIRED',
  'INQUIRY_PROCESSING',
  'INQUIRY_CLOSED',
  'EVIDENCE_REQUIRED',
  'PROCESSING',
  'WON',
  'LOST',
  'ACCEPTED',
] as const;

/** Source: https://developer.squareup.com/reference/square/disputes-api/list-disputes */
export const listDisputesParameters = object({
  cursor: words(500).optional(),
  location_id: words(50).optional(),
  states: choice(STATES).optional(),
});

const PAGE = 100;
/** How long the seller has to answer. */
const DUE_MS = 14 * 86_400_000;

/** `GET /v2/disputes`, the newest first. */
export function listDisputes(
  work: Work,
  parameters: z.output<typeof listDisputesParameters>,
): Result<object> {
  const { cursor, ...query } = parameters;
  const found = sifted(
    work.account.disputes.all(),
    'DESC',
    (dispute) =>
      (query.states === undefined || dispute.state === query.states) &&
      (query.location_id === undefined || dispute.payment.location.id === query.location_id),
  );
  const page = takePage(found, { limit: PAGE, cursor, query });
  if (!page.ok) return page;
  const { items, ...rest } = page.value;
  return succeed(items.length === 0 ? {} : { disputes: items.map(presentDispute), ...rest });
}

/** `GET /v2/disputes/{dispute_id}` */
export function retrieveDispute(
  work: Work,
  _: object,
  [id = '']: readonly string[],
): Result<object> {
  const found = findDispute(work, id);
  return found.ok ? succeed({ dispute: presentDispute(found.value) }) : found;
}

/** `POST /v2/disputes/{dispute_id}/accept`: the seller gives the money up. */
export function acceptDispute(work: Work, _: object, [id = '']: readonly string[]): Result<object> {
  const found = findAnswerable(work, id);
  if (!found.ok) return found;
  endDispute(work, found.value, 'ACCEPTED');
  return succeed({ dispute: presentDispute(found.value) });
}

export function findDispute(work: Work, id: string): Result<Dispute> {
  const dispute = work.account.disputes.get(id);
  return dispute === undefined ? notFound('Dispute', id, 'dispute_id') : succeed(dispute);
}

/** A dispute that the seller can still answer. */
export function findAnswerable(work: Work, id: string): Result<Dispute> {
  const found = findDispute(work, id);
  if (!found.ok || found.value.state === 'EVIDENCE_REQUIRED') return found;
  return refuse('BAD_REQUEST', `The dispute is in the state ${found.value.state}.`);
}

/** What of a payment can be disputed: what was taken and not paid back. */
export function disputableAmount(payment: Payment): bigint {
  return payment.status === 'COMPLETED' ? payment.amount - refundedAmount(payment) : 0n;
}

/** Makes a dispute; it is not yet part of the account. */
export function newDispute(
  account: Account,
  payment: Payment,
  amount: bigint,
  reason: string,
): Dispute {
  const dated = stamp(account, account.newId('', 22));
  return {
    ...dated,
    updatedMs: dated.createdMs,
    payment,
    amount,
    reason,
    brandId: account.newId('', 22),
    dueMs: dated.createdMs + DUE_MS,
    state: 'EVIDENCE_REQUIRED',
    version: 1,
    evidence: [],
  };
}

/** Opens a dispute of a completed payment that has no open or lost one. */
export function openDispute(work: Work, payment: Payment, amount: bigint, reason: string): Dispute {
  const { account } = work;
  const dispute = newDispute(account, payment, amount, reason);
  payment.dispute = dispute;
  account.disputes.add(dispute);
  account.contested.add(dispute);
  record(account, dispute, 'dispute_opened');
  emitDispute(work, 'dispute.created', dispute);
  return dispute;
}

/** Ends a dispute: the money stays with the seller when it is won, and is withdrawn otherwise. */
export function endDispute(
  work: Work,
  dispute: Dispute,
  state: Extract<DisputeState, 'WON' | 'LOST' | 'ACCEPTED'>,
): void {
  work.account.contested.delete(dispute);
  record(work.account, dispute, state === 'WON' ? 'dispute_won' : 'dispute_lost');
  enterState(work, dispute, state);
}

/** Moves a dispute into `state`, and tells of it. */
export function enterState(work: Work, dispute: Dispute, state: DisputeState): void {
  dispute.state = state;
  changeDispute(work.account, dispute);
  emitDispute(work, 'dispute.state.updated', dispute);
}

export function changeDispute(account: Account, dispute: Dispute): void {
  dispute.version += 1;
  touch(account, dispute);
}

/** A dispute that nobody answered in time is lost. */
export function loseOverdueDisputes(work: Work): void {
  const now = work.account.clock.nowMs();
  for (const dispute of work.account.contested) {
    const isOverdue = dispute.state === 'EVIDENCE_REQUIRED' && dispute.dueMs <= now;
    if (isOverdue) endDispute(work, dispute, 'LOST');
  }
}

function record(
  account: Account,
  { payment, amount }: Dispute,
  kind: 'dispute_opened' | 'dispute_won' | 'dispute_lost',
): void {
  const { id, currency } = payment;
  account.journal.record({ kind, payment: id, charge: id, refund: null, amount, currency });
}
