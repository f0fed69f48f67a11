import { newResourceId } from './account.ts';
import type { Work } from './account.ts';
import { asOutcome, notFound, refuse, succeed } from './errors.ts';
import type { Refused, Result } from './errors.ts';
import { emitRefund } from './events.ts';
import type { Capture, Refund, RefundStatus } from './model.ts';
import { chargeIdOf } from './model.ts';
import { lostOf, refundableOf, refundedOf } from './money-taken.ts';
import { readAmount } from './parameters.ts';
import type { RefundParameters } from './payment-parameters.ts';
import { link, presentRefund } from './present.ts';

/** A capture can be refunded for 180 days. */
const REFUND_WINDOW_SECONDS = 180 * 86_400;

/** `POST /v2/payments/captures/{id}/refund`: what is left of it unless an amount is named. */
export function refundCapture(work: Work, sent: RefundParameters, id: string): Result<object> {
  const capture = work.account.captures.get(id);
  if (capture === undefined) return notFound('capture_id', id);
  const left = refundableOf(capture);
  const wanted =
    sent?.amount === undefined
      ? succeed({ amount: left, currency: capture.currency })
      : readAmount(sent.amount, '/amount', 'DECIMALS_NOT_SUPPORTED');
  if (!wanted.ok) return wanted;
  if (wanted.value.currency !== capture.currency) {
    return refuse('REFUND_CAPTURE_CURRENCY_MISMATCH');
  }
  const refusal = whyNotRefunded(work, capture, wanted.value.amount);
  if (refusal !== null) return refusal;
  const refund = openRefund(work, capture, wanted.value.amount, sent);
  const { baseUrl } = work;
  if (work.wantsAll) return succeed(presentRefund(refund, baseUrl));
  return succeed({
    id: refund.id,
    status: refund.status,
    links: [
      link(`${baseUrl}/v2/payments/refunds/${refund.id}`, 'self'),
      link(`${baseUrl}/v2/payments/captures/${id}`, 'up'),
    ],
  });
}

/** `GET /v2/payments/refunds/{id}` */
export function retrieveRefund(work: Work, _: unknown, id: string): Result<object> {
  const refund = work.account.refunds.get(id);
  if (refund === undefined) return notFound('refund_id', id);
  return succeed(presentRefund(refund, work.baseUrl));
}

/** Lets a pending refund succeed. Gives null when there is no such pending refund. */
export function completeRefund(work: Work, id: string): Refund | null {
  const refund = work.account.refunds.get(id);
  if (refund?.status !== 'PENDING') return null;
  enter(work, refund, 'COMPLETED');
  emitRefund(work, 'PAYMENT.CAPTURE.REFUNDED', refund);
  return refund;
}

/**
 * Lets a refund fail, also one that had succeeded: the money comes back and the capture can be
 * refunded again. Gives null when there is no refund that could fail.
 */
export function failRefund(work: Work, id: string): Refund | null {
  const refund = work.account.refunds.get(id);
  if (refund === undefined || refund.status === 'FAILED') return null;
  enter(work, refund, 'FAILED');
  emitRefund(work, 'PAYMENT.REFUND.FAILED', refund);
  return refund;
}

function whyNotRefunded(work: Work, capture: Capture, wanted: bigint): Refused | null {
  const { status, created, disputes } = capture;
  if (status === 'PENDING') return refuse('PENDING_CAPTURE');
  if (status === 'DECLINED') return refuse('REFUND_NOT_ALLOWED');
  if (work.account.clock.nowSeconds() - created > REFUND_WINDOW_SECONDS) {
    return refuse('REFUND_TIME_LIMIT_EXCEEDED');
  }
  if (disputes.some((dispute) => dispute.outcome === null)) return refuse('TRANSACTION_DISPUTED');
  const left = refundableOf(capture);
  if (left > 0n) return wanted > left ? refuse('REFUND_AMOUNT_EXCEEDED') : null;
  return lostOf(capture) > 0n
    ? asOutcome(refuse('REFUND_NOT_PERMITTED_DUE_TO_CHARGEBACK'))
    : refuse('CAPTURE_FULLY_REFUNDED');
}

/** Pays `amount` of a capture back: at once, or after a while as the behaviour has it. */
export function openRefund(
  work: Work,
  capture: Capture,
  amount: bigint,
  sent: RefundParameters,
): Refund {
  const { account } = work;
  const created = account.clock.nowSeconds();
  const refund: Refund = {
    id: newResourceId(account),
    created,
    updated: created,
    capture,
    amount,
    customId: sent?.custom_id ?? capture.customId,
    invoiceId: sent?.invoice_id ?? capture.invoiceId,
    noteToPayer: sent?.note_to_payer ?? null,
    status: 'PENDING',
    totalRefunded: refundedOf(capture) + amount,
  };
  capture.refunds.push(refund);
  account.refunds.add(refund);
  const isPending = work.hasBehaviour('refunds_pending');
  enter(work, refund, isPending ? 'PENDING' : 'COMPLETED');
  emitRefund(work, isPending ? 'PAYMENT.REFUND.PENDING' : 'PAYMENT.CAPTURE.REFUNDED', refund);
  return refund;
}

const RECORDED = {
  PENDING: 'refund_pending',
  COMPLETED: 'refund_succeeded',
  FAILED: 'refund_failed',
} as const;

/** Moves a refund into `status`, writes that down, and lets the capture show it. */
function enter(work: Work, refund: Refund, status: RefundStatus): void {
  const { capture, amount } = refund;
  const now = work.account.clock.nowSeconds();
  refund.status = status;
  refund.updated = now;
  // A pending refund counts as refunded: what is promised cannot be promised again.
  const refunded = refundedOf(capture);
  if (refunded === 0n) capture.status = 'COMPLETED';
  else capture.status = refunded === capture.amount ? 'REFUNDED' : 'PARTIALLY_REFUNDED';
  capture.updated = now;
  work.account.journal.record({
    kind: RECORDED[status],
    payment: capture.order.id,
    charge: chargeIdOf(capture),
    refund: refund.id,
    amount,
    currency: capture.currency,
  });
}
