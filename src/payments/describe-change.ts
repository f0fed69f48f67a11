import type { NewEvent } from '../database/begin.ts';
import type { Change } from '../database/commit.ts';
import type { NewSavedMethod } from '../database/payment-methods.ts';
import { endOfWaiting } from '../domain/conclude.ts';
import { paymentEvents, refundEvents, type EventType } from '../domain/event.ts';
import { nextLookInMs } from '../domain/next-look.ts';
import type { Payment } from '../domain/payment.ts';
import type { Refund, RefundStatus } from '../domain/refund.ts';
import { newId } from '../ids.ts';
import type { PaymentDependencies } from './dependencies.ts';
import { presentPayment, presentRefund } from './present.ts';

/** A change with the objects that its events tell of, for those who are told after it was committed. */
export interface DescribedChange extends Change {
  refundAfter: Refund | null;
}

/** Puts together what has to be committed when a payment, and perhaps a refund of it, goes from one state to another. */
export function describeChange(
  { actionExpiryMs, clock }: Pick<PaymentDependencies, 'actionExpiryMs' | 'clock'>,
  before: Payment,
  after: Payment,
  refund?: { before: RefundStatus | null; after: Refund },
): DescribedChange {
  const events = paymentEvents(before, after).map((type) => paymentEvent(type, after));
  if (refund) {
    for (const type of refundEvents(refund.before, refund.after)) {
      events.push({ id: newId('evt'), type, object: presentRefund(refund.after) });
    }
  }
  const justAgreed = after.awaitsCompletion && !before.awaitsCompletion;
  return {
    payment: after,
    lookAgainInMs: justAgreed ? 0 : nextLookInMs(after, { actionExpiryMs, now: clock() }),
    savedMethod: before.savedMethod === null ? newSavedMethod(after) : undefined,
    events,
    waitingOutcome: endOfWaiting(after),
    refundAfter: refund?.after ?? null,
  };
}

/** The method that the gateway keeps from now on, for the customer whose it is. */
function newSavedMethod({ customerId, gateway, savedMethod }: Payment): NewSavedMethod | undefined {
  if (customerId === null || savedMethod === null) return undefined;
  return { id: newId('pm'), customerId, gateway, method: savedMethod };
}

/** An event that tells of a payment as it is now. */
export function paymentEvent(type: EventType, payment: Payment): NewEvent {
  return { id: newId('evt'), type, object: presentPayment(payment) };
}

/** Tells the observer of everything that a committed change has made true. */
export function tell(deps: Pick<PaymentDependencies, 'observer'>, change: DescribedChange): void {
  for (const event of change.events) {
    deps.observer.told({
      type: event.type,
      payment: change.payment,
      refund: event.type.startsWith('refund.') ? change.refundAfter : null,
      dispute: event.type.startsWith('dispute.') ? (change.dispute ?? null) : null,
    });
  }
}
