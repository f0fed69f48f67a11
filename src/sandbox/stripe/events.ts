import type { Work } from './account.ts';
import { NOTHING_EXPANDED } from './expand.ts';
import type { Charge, PaymentIntent, Refund, StripeEvent } from './model.ts';
import { presentCharge, presentIntent, presentRefund } from './present.ts';
import type { View } from './present.ts';

export type IntentEvent =
  | 'payment_intent.created'
  | 'payment_intent.requires_action'
  | 'payment_intent.amount_capturable_updated'
  | 'payment_intent.succeeded'
  | 'payment_intent.payment_failed'
  | 'payment_intent.canceled';

export type ChargeEvent =
  | 'charge.succeeded'
  | 'charge.captured'
  | 'charge.failed'
  | 'charge.refunded'
  | 'charge.updated'
  | 'charge.expired';

export type RefundEvent =
  | 'refund.created'
  | 'refund.updated'
  | 'refund.failed'
  | 'charge.refund.updated';

/** How objects look in the events and errors of this work: nothing expanded. */
export function plainView(work: Work): View {
  return {
    expand: NOTHING_EXPANDED,
    nowSeconds: work.account.clock.nowSeconds(),
    baseUrl: work.baseUrl,
  };
}

export function emitIntent(work: Work, type: IntentEvent, intent: PaymentIntent): void {
  emit(work, type, presentIntent(intent, plainView(work)));
}

export function emitCharge(work: Work, type: ChargeEvent, charge: Charge): void {
  emit(work, type, presentCharge(charge, plainView(work)));
}

export function emitRefund(work: Work, type: RefundEvent, refund: Refund): void {
  emit(work, type, presentRefund(refund, plainView(work)));
}

/** Keeps the event with its object as it is now, and hands it over for delivery. */
export function emit(work: Work, type: string, object: object): void {
  const { account } = work;
  const event: StripeEvent = {
    id: account.newId('evt_', 24),
    created: account.clock.nowSeconds(),
    type,
    object,
    request: { id: work.requestId, idempotencyKey: work.idempotencyKey },
    pendingWebhooks: 0,
  };
  account.events.add(event);
  work.deliver(event);
}
