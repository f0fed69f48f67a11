import type { z } from 'zod';
import { stamp, touch } from './account.ts';
import type { Account, Work } from './account.ts';
import { notFound, refuse, succeed } from './errors.ts';
import type { Refused, Result } from './errors.ts';
import { emitPayment, emitRefund } from './events.ts';
import type { Payment, Refund, RefundStatus } from './model.ts';
import { flag, key, money, object, unsupported, words } from './parameters.ts';
import { changePayment, findPayment, isExpectedVersion, refuseVersion } from './payments.ts';
import { presentRefund, refundedAmount } from './present.ts';

/** Source: https://developer.squareup.com/reference/square/refunds-api/refund-payment */
export const createRefundParameters = object({
  idempotency_key: key(),
  amount_money: money(),
  payment_id: words(192),
  payment_version_token: words(192).nullable().optional(),
  reason: words(192).nullable().optional(),
  unlinked: flag().nullable().optional(),
  app_fee_money: unsupported(),
  cash_details: unsupported(),
  customer_id: unsupported(),
  destination_id: unsupported(),
  external_details: unsupported(),
  location_id: unsupported(),
  team_member_id: unsupported(),
});

type CreateRefund = z.output<typeof createRefundParameters>;

/** "You can refund a payment within one year of the payment." */
const REFUNDABLE_MS = 365 * 86_400_000;

/** `POST /v2/refunds`: the refund is pending at first, and ends a moment later. */
export function createRefund(work: Work, parameters: CreateRefund): Result<object> {
  const found = findPayment(work, parameters.payment_id);
  if (!found.ok) return found;
  const payment = found.value;
  if (!isExpectedVersion(payment, parameters.payment_version_token)) return refuseVersion();
  if (parameters.unlinked === true) {
    return refuse('SANDBOX_NOT_SUPPORTED', 'Unlinked refunds are not supported in this sandbox.', {
      field: 'unlinked',
    });
  }
  const obstacle = findObstacle(work.account, payment, parameters.amount_money);
  if (obstacle !== null) return obstacle;
  const refund = newRefund(
    work.account,
    payment,
    parameters.amount_money.amount,
    parameters.reason ?? null,
  );
  openRefund(work, refund);
  return succeed({ refund: presentRefund(refund) });
}

/** `GET /v2/refunds/{refund_id}` */
export function retrieveRefund(
  work: Work,
  _: object,
  [id = '']: readonly string[],
): Result<object> {
  const refund = work.account.refunds.get(id);
  if (refund === undefined) return notFound('Refund', id, 'refund_id');
  return succeed({ refund: presentRefund(refund) });
}

/** Makes a refund; it is not yet part of the account. */
export function newRefund(
  account: Account,
  payment: Payment,
  amount: bigint,
  reason: string | null,
): Refund {
  const dated = stamp(account, `${payment.id}_${account.newId('', 43)}`);
  const orderId = account.newId('', 26);
  return {
    ...dated,
    updatedMs: dated.createdMs,
    payment,
    amount,
    reason,
    orderId,
    status: 'PENDING',
  };
}

/** Lets a pending refund complete. Gives null when there is no such pending refund. */
export function completeRefund(work: Work, id: string): Refund | null {
  const refund = work.account.refunds.get(id);
  if (refund?.status !== 'PENDING') return null;
  endRefund(work, refund, 'COMPLETED');
  return refund;
}

/** Lets a pending refund fail, as when the funds cannot be secured. Gives null when there is none. */
export function failRefund(work: Work, id: string): Refund | null {
  const refund = work.account.refunds.get(id);
  if (refund?.status !== 'PENDING') return null;
  endRefund(work, refund, 'FAILED');
  return refund;
}

/** Ends the refunds that wait for it, as the behaviours say; some may stay pending. */
export function settleRefunds(work: Work): void {
  for (const refund of work.account.unsettled.refunds.splice(0)) {
    if (refund.status !== 'PENDING') continue;
    const status = work.refundsBecome();
    if (status !== 'PENDING') endRefund(work, refund, status);
  }
}

function findObstacle(
  account: Account,
  payment: Payment,
  wanted: { amount: bigint; currency: string },
): Refused | null {
  if (payment.status === 'APPROVED') {
    return refuse(
      'REFUND_ERROR_PAYMENT_NEEDS_COMPLETION',
      'The payment is approved and needs to be completed before it can be refunded.',
    );
  }
  const isTooOld = account.clock.nowMs() - payment.createdMs > REFUNDABLE_MS;
  if (payment.status !== 'COMPLETED' || isTooOld) {
    return refuse('PAYMENT_NOT_REFUNDABLE', 'The payment is not refundable.');
  }
  if (payment.dispute !== null && payment.dispute.state !== 'WON') {
    return refuse('PAYMENT_NOT_REFUNDABLE_DUE_TO_DISPUTE', 'The payment has been disputed.');
  }
  if (wanted.currency !== payment.currency) {
    return refuse('INVALID_VALUE', `The payment is in ${payment.currency}.`, {
      field: 'amount_money.currency',
    });
  }
  if (refundedAmount(payment) + wanted.amount <= payment.amount) return null;
  return refuse(
    'REFUND_AMOUNT_INVALID',
    'The requested refund amount exceeds the amount available to refund.',
    { field: 'amount_money.amount' },
  );
}

function openRefund(work: Work, refund: Refund): void {
  const { account } = work;
  const { payment } = refund;
  payment.refunds.push(refund);
  account.refunds.add(refund);
  account.unsettled.refunds.push(refund);
  changePayment(account, payment);
  record(account, refund, 'refund_pending');
  emitRefund(work, 'refund.created', refund);
  emitPayment(work, 'payment.updated', payment);
  work.settleSoon();
}

function endRefund(work: Work, refund: Refund, status: Exclude<RefundStatus, 'PENDING'>): void {
  const { account } = work;
  refund.status = status;
  touch(account, refund);
  changePayment(account, refund.payment);
  record(account, refund, status === 'COMPLETED' ? 'refund_succeeded' : 'refund_failed');
  emitRefund(work, 'refund.updated', refund);
  emitPayment(work, 'payment.updated', refund.payment);
}

function record(
  account: Account,
  refund: Refund,
  kind: 'refund_pending' | 'refund_succeeded' | 'refund_failed',
): void {
  const { payment, amount } = refund;
  const { id, currency } = payment;
  account.journal.record({ kind, payment: id, charge: id, refund: refund.id, amount, currency });
}
