import type { Work } from './account.ts';
import { BUYER, newResourceId } from './account.ts';
import { formatMoney, presentMoney } from './currencies.ts';
import type { Authorization, Capture, Dispute, Order, PaymentToken, Refund } from './model.ts';
import { moneyOf } from './model.ts';
import { link, presentAuthorization, presentCapture, presentOrder } from './present.ts';
import { PAYER, presentPaymentToken, presentRefund, presentTime, withContext } from './present.ts';
import { presentDispute } from './present-dispute.ts';

/**
 * What an event speaks of, with the version of that resource.
 * Source: https://developer.paypal.com/api/rest/webhooks/event-names/
 */
const VERSIONS = {
  'checkout-order': '2.0',
  authorization: '2.0',
  capture: '2.0',
  refund: '2.0',
  payment_token: '3.0',
  dispute: null,
} as const;

type ResourceType = keyof typeof VERSIONS;

export type OrderEvent =
  | 'CHECKOUT.ORDER.APPROVED'
  | 'CHECKOUT.ORDER.COMPLETED'
  | 'CHECKOUT.ORDER.DECLINED'
  | 'CHECKOUT.ORDER.SAVED'
  | 'CHECKOUT.ORDER.VOIDED';

export type AuthorizationEvent = 'PAYMENT.AUTHORIZATION.CREATED' | 'PAYMENT.AUTHORIZATION.VOIDED';

export type CaptureEvent =
  | 'PAYMENT.CAPTURE.COMPLETED'
  | 'PAYMENT.CAPTURE.PENDING'
  | 'PAYMENT.CAPTURE.DECLINED'
  | 'PAYMENT.CAPTURE.DENIED';

/** These speak of the refund, not of the capture that they are named after. */
export type RefundEvent =
  | 'PAYMENT.CAPTURE.REFUNDED'
  | 'PAYMENT.CAPTURE.REVERSED'
  | 'PAYMENT.REFUND.PENDING'
  | 'PAYMENT.REFUND.FAILED';

export type DisputeEvent =
  | 'CUSTOMER.DISPUTE.CREATED'
  | 'CUSTOMER.DISPUTE.UPDATED'
  | 'CUSTOMER.DISPUTE.RESOLVED';

export type VaultEvent =
  | 'VAULT.PAYMENT-TOKEN.CREATED'
  | 'VAULT.PAYMENT-TOKEN.DELETED'
  | 'VAULT.PAYMENT-TOKEN.DELETION-INITIATED';

/** An event before it is sent: its envelope needs an id and a time only. */
export type EventContent = {
  resourceType: string;
  resourceVersion: string | null;
  summary: string;
  resource: object;
};

export function orderEvent(work: Work, type: OrderEvent, order: Order): EventContent {
  const resource = presentOrder(order, work.baseUrl);
  return content('checkout-order', `Order ${order.id}: ${lastWord(type)}.`, resource);
}

/** Tells that an order was approved and not completed in time: the buyer owes nothing. */
export function approvalReversed(order: Order): EventContent {
  const { unit } = order;
  const resource = {
    order_id: order.id,
    purchase_units: [
      {
        reference_id: unit.referenceId,
        ...(unit.customId !== null && { custom_id: unit.customId }),
        ...(unit.invoiceId !== null && { invoice_id: unit.invoiceId }),
        amount: presentMoney(moneyOf(unit)),
      },
    ],
    payment_source: { paypal: { name: PAYER.name, account_id: BUYER.id } },
  };
  return content('checkout-order', 'A payment has been reversed after approval.', resource);
}

export function authorizationEvent(
  work: Work,
  type: AuthorizationEvent,
  authorization: Authorization,
): EventContent {
  const presented = presentAuthorization(authorization, work.baseUrl);
  const summary = `A payment authorization was ${lastWord(type)}.`;
  return content('authorization', summary, withContext(presented, authorization));
}

export function captureEvent(work: Work, type: CaptureEvent, capture: Capture): EventContent {
  const presented = presentCapture(capture, work.baseUrl);
  const amount = `${formatMoney(moneyOf(capture))} ${capture.currency}`;
  const summary = `Payment ${lastWord(type)} for ${amount}.`;
  return content('capture', summary, withContext(presented, capture));
}

export function refundEvent(work: Work, type: RefundEvent, refund: Refund): EventContent {
  const { currency } = refund.capture;
  const amount = `${formatMoney({ amount: refund.amount, currency })} ${currency}`;
  const summary = `A refund of ${amount}: ${lastWord(type)}.`;
  return content('refund', summary, presentRefund(refund, work.baseUrl));
}

export function disputeEvent(work: Work, type: DisputeEvent, dispute: Dispute): EventContent {
  const summary = `Dispute ${lastWord(type)} with Case # ${dispute.id}.`;
  return content('dispute', summary, presentDispute(dispute, work.baseUrl));
}

export function vaultEvent(work: Work, type: VaultEvent, token: PaymentToken): EventContent {
  const resource = {
    ...presentPaymentToken(token, work.baseUrl),
    time_created: presentTime(token.created),
    ...(token.order !== null && { metadata: { order_id: token.order } }),
  };
  return content('payment_token', `A payment token has been ${lastWord(type)}.`, resource);
}

/** The body of an event of this moment, with a new id. */
export function envelope(work: Work, type: string, what: EventContent) {
  const { account, baseUrl } = work;
  const id = `WH-${newResourceId(account)}-${newResourceId(account)}`;
  const self = `${baseUrl}/v1/notifications/webhooks-events/${id}`;
  return {
    id,
    event_version: '1.0',
    create_time: new Date(account.clock.nowMs()).toISOString(),
    resource_type: what.resourceType,
    ...(what.resourceVersion !== null && { resource_version: what.resourceVersion }),
    event_type: type,
    summary: what.summary,
    resource: what.resource,
    links: [link(self, 'self'), link(`${self}/resend`, 'resend', 'POST')],
  };
}

/** Sends an event with its resource as it is now. */
export function emit(work: Work, type: string, what: EventContent): void {
  const event = envelope(work, type, what);
  work.deliver({ id: event.id, type, body: JSON.stringify(event) });
}

export function emitOrder(work: Work, type: OrderEvent, order: Order): void {
  emit(work, type, orderEvent(work, type, order));
}

export function emitAuthorization(work: Work, type: AuthorizationEvent, of: Authorization): void {
  emit(work, type, authorizationEvent(work, type, of));
}

export function emitCapture(work: Work, type: CaptureEvent, capture: Capture): void {
  emit(work, type, captureEvent(work, type, capture));
}

export function emitRefund(work: Work, type: RefundEvent, refund: Refund): void {
  emit(work, type, refundEvent(work, type, refund));
}

export function emitDispute(work: Work, type: DisputeEvent, dispute: Dispute): void {
  emit(work, type, disputeEvent(work, type, dispute));
}

export function emitVault(work: Work, type: VaultEvent, token: PaymentToken): void {
  emit(work, type, vaultEvent(work, type, token));
}

function content(resourceType: ResourceType, summary: string, resource: object): EventContent {
  return { resourceType, resourceVersion: VERSIONS[resourceType], summary, resource };
}

function lastWord(type: string): string {
  return (type.split('.').at(-1) ?? '').toLowerCase().replaceAll('-', ' ');
}
