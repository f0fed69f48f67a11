import { isOpen, type Dispute } from './dispute.ts';
import type { Payment, PaymentStatus } from './payment.ts';
import type { Refund, RefundStatus } from './refund.ts';

/** Everything that Tender tells of a payment's life. */
export const EVENT_TYPES = [
  'payment.created',
  'payment.waiting',
  'payment.action_required',
  'payment.processing',
  'payment.authorized',
  'payment.succeeded',
  'payment.canceled',
  'payment.failed',
  'payment.declined',
  'payment.capture_expiring',
  'payment.late_charge_returned',
  'payment.resolved',
  'refund.created',
  'refund.succeeded',
  'refund.failed',
  'refund.resolved',
  'dispute.created',
  'dispute.updated',
  'dispute.won',
  'dispute.lost',
  'dispute.closed',
] as const;

export type EventType = (typeof EVENT_TYPES)[number];

const OF_PAYMENT_STATUS: Readonly<Record<PaymentStatus, EventType>> = {
  requires_payment_method: 'payment.waiting',
  requires_action: 'payment.action_required',
  processing: 'payment.processing',
  requires_capture: 'payment.authorized',
  succeeded: 'payment.succeeded',
  canceled: 'payment.canceled',
  failed: 'payment.failed',
};

/** The events of a payment's change from one state to the next, in order. */
export function paymentEvents(before: Payment, after: Payment): EventType[] {
  const declined = after.lastError !== null && after.lastError !== before.lastError;
  if (after.status === 'requires_payment_method' && declined) return ['payment.declined'];
  return after.status === before.status ? [] : [OF_PAYMENT_STATUS[after.status]];
}

/** The events of a refund's change; `before` is `null` where it is new. */
export function refundEvents(before: RefundStatus | null, after: Refund): EventType[] {
  const events: EventType[] = before === null ? ['refund.created'] : [];
  if (after.status !== before && after.status !== 'pending') {
    events.push(after.status === 'succeeded' ? 'refund.succeeded' : 'refund.failed');
  }
  return events;
}

/** The events of a dispute's change; `before` is `null` where it is new. */
export function disputeEvents(before: Dispute | null, after: Dispute): EventType[] {
  const isNew = before === null;
  const ended = isOpen(after) || after.status === before?.status ? null : after.status;
  switch (ended) {
    case 'won':
    case 'lost':
    case 'closed':
      return isNew ? ['dispute.created', `dispute.${ended}`] : [`dispute.${ended}`];
    default:
      return [isNew ? 'dispute.created' : 'dispute.updated'];
  }
}
