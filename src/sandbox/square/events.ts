import type { Account, Work } from './account.ts';
import type { Customer, Dispute, Payment, Refund, StoredCard } from './model.ts';
import {
  presentCard,
  presentCustomer,
  presentDispute,
  presentPayment,
  presentRefund,
} from './present.ts';

/** What an event is about: the kind, the id, and how the object looks now. */
export type EventSubject = {
  kind: 'payment' | 'refund' | 'dispute' | 'card' | 'customer';
  id: string;
  shown: object;
  /** Events about disputes tell the location beside the merchant. */
  locationId?: string;
};

export type EventBody = {
  merchant_id: string;
  location_id?: string;
  type: string;
  event_id: string;
  created_at: string;
  data: { type: string; id: string; deleted?: boolean; object: object };
};

export type PaymentEvent = 'payment.created' | 'payment.updated';
export type RefundEvent = 'refund.created' | 'refund.updated';
export type CardEvent =
  | 'card.created'
  | 'card.updated'
  | 'card.disabled'
  | 'card.forgotten'
  | 'card.automatically_updated';
export type CustomerEvent = 'customer.created' | 'customer.updated' | 'customer.deleted';
export type DisputeEvent =
  | 'dispute.created'
  | 'dispute.state.updated'
  | 'dispute.evidence.created'
  | 'dispute.evidence.deleted';
/** The names that Square sent disputes under before 2021-06-16, and still does to old subscriptions. */
export type OlderDisputeEvent =
  | 'dispute.state.changed'
  | 'dispute.evidence.added'
  | 'dispute.evidence.removed';

export type EventType =
  | PaymentEvent
  | RefundEvent
  | CardEvent
  | CustomerEvent
  | DisputeEvent
  | OlderDisputeEvent;

export function emitPayment(work: Work, type: PaymentEvent, payment: Payment): void {
  emit(work, type, paymentSubject(work.account, payment));
}

export function emitRefund(work: Work, type: RefundEvent, refund: Refund): void {
  emit(work, type, refundSubject(refund));
}

export function emitCard(work: Work, type: CardEvent, card: StoredCard): void {
  emit(work, type, cardSubject(work.account, card));
}

export function emitCustomer(work: Work, type: CustomerEvent, customer: Customer): void {
  emit(work, type, customerSubject(customer));
}

export function emitDispute(work: Work, type: DisputeEvent, dispute: Dispute): void {
  emit(work, type, disputeSubject(dispute));
}

export function paymentSubject(account: Account, payment: Payment): EventSubject {
  const shown = presentPayment(payment, account.applicationId);
  return { kind: 'payment', id: payment.id, shown };
}

export function refundSubject(refund: Refund): EventSubject {
  return { kind: 'refund', id: refund.id, shown: presentRefund(refund) };
}

export function cardSubject(account: Account, card: StoredCard): EventSubject {
  return { kind: 'card', id: card.id, shown: presentCard(card, account.merchantId) };
}

export function customerSubject(customer: Customer): EventSubject {
  return { kind: 'customer', id: customer.id, shown: presentCustomer(customer) };
}

export function disputeSubject(dispute: Dispute): EventSubject {
  const locationId = dispute.payment.location.id;
  return { kind: 'dispute', id: dispute.id, shown: presentDispute(dispute), locationId };
}

/** The body of a notification. Source: https://developer.squareup.com/docs/webhooks/v2webhook-events-tech-ref */
export function eventBody(
  account: Account,
  type: EventType,
  { kind, id, shown, locationId }: EventSubject,
): EventBody {
  return {
    merchant_id: account.merchantId,
    ...(locationId === undefined ? {} : { location_id: locationId }),
    type,
    event_id: account.newId('', 32),
    created_at: new Date(account.clock.nowMs()).toISOString(),
    data: {
      type: kind,
      id,
      ...(type === 'customer.deleted' ? { deleted: true } : {}),
      object: { [kind]: shown },
    },
  };
}

function emit(work: Work, type: EventType, subject: EventSubject): void {
  const body = eventBody(work.account, type, subject);
  work.deliver({ id: body.event_id, type, body });
}
