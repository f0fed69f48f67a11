import type { MovementKind } from '../journal.ts';
import { newResourceId } from './account.ts';
import type { Work } from './account.ts';
import { notFound, succeed } from './errors.ts';
import type { Result } from './errors.ts';
import { emitCapture, emitOrder } from './events.ts';
import { undoCapture } from './holds.ts';
import type { Authorization, Capture, CaptureStatus, Order } from './model.ts';
import { chargeIdOf } from './model.ts';
import { presentCapture, withContext } from './present.ts';

/** What to take of an order, or of the authorization that it was given. */
export type Taking = {
  authorization: Authorization | null;
  amount: bigint;
  isFinal: boolean;
  invoiceId: string | null;
};

/** Takes money of an order: at once, after a review, or not at all, as behaviours have it. */
export function openCapture(work: Work, order: Order, taking: Taking): Capture {
  const { account } = work;
  const created = account.clock.nowSeconds();
  const capture: Capture = {
    id: newResourceId(account),
    created,
    updated: created,
    order,
    ...taking,
    currency: order.unit.currency,
    customId: order.unit.customId,
    status: nextStatus(work),
    refunds: [],
    disputes: [],
  };
  order.captures.push(capture);
  account.captures.add(capture);
  const isDeclined = capture.status === 'DECLINED';
  // What was authorized before is in the journal already, and a decline leaves it as it is.
  if (taking.authorization === null) record(work, isDeclined ? 'decline' : 'authorize', capture);
  if (capture.status === 'COMPLETED') record(work, 'capture', capture);
  switch (capture.status) {
    case 'COMPLETED':
      emitCapture(work, 'PAYMENT.CAPTURE.COMPLETED', capture);
      break;
    case 'PENDING':
      emitCapture(work, 'PAYMENT.CAPTURE.PENDING', capture);
      break;
    default:
      emitCapture(work, 'PAYMENT.CAPTURE.DECLINED', capture);
  }
  return capture;
}

/** `GET /v2/payments/captures/{id}` */
export function retrieveCapture(work: Work, _: unknown, id: string): Result<object> {
  const capture = work.account.captures.get(id);
  if (capture === undefined) return notFound('capture_id', id);
  return succeed(withContext(presentCapture(capture, work.baseUrl), capture));
}

/** Lets PayPal's review pass a pending capture. Gives null when there is no such capture. */
export function completeCapture(work: Work, id: string): Capture | null {
  const capture = pendingCapture(work, id);
  if (capture === null) return null;
  settle(work, capture, 'COMPLETED');
  record(work, 'capture', capture);
  emitCapture(work, 'PAYMENT.CAPTURE.COMPLETED', capture);
  if (capture.order.intent === 'CAPTURE') {
    emitOrder(work, 'CHECKOUT.ORDER.COMPLETED', capture.order);
  }
  return capture;
}

/** Lets the review refuse a pending capture. Gives null when there is no such capture. */
export function declineCapture(work: Work, id: string): Capture | null {
  const capture = pendingCapture(work, id);
  if (capture === null) return null;
  settle(work, capture, 'DECLINED');
  const { authorization, amount } = capture;
  if (authorization === null) record(work, 'release', capture);
  else undoCapture(work.account, authorization, amount);
  emitCapture(work, 'PAYMENT.CAPTURE.DENIED', capture);
  return capture;
}

function nextStatus(work: Work): CaptureStatus {
  if (work.hasBehaviour('captures_declined')) return 'DECLINED';
  return work.hasBehaviour('captures_pending') ? 'PENDING' : 'COMPLETED';
}

function pendingCapture(work: Work, id: string): Capture | null {
  const capture = work.account.captures.get(id);
  return capture?.status === 'PENDING' ? capture : null;
}

function settle(work: Work, capture: Capture, status: CaptureStatus): void {
  capture.status = status;
  capture.updated = work.account.clock.nowSeconds();
}

function record(work: Work, kind: MovementKind, capture: Capture): void {
  const { order, amount, currency } = capture;
  const charge = chargeIdOf(capture);
  work.account.journal.record({ kind, payment: order.id, charge, refund: null, amount, currency });
}
