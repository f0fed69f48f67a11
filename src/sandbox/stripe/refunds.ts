import type { z } from 'zod';
import type { Work } from './account.ts';
import { bookRefund, bookRefundFailure } from './balance.ts';
import { unreturned } from './charges.ts';
import { invalidRequest, noSuch, stateRefusal, succeed } from './errors.ts';
import type { Result } from './errors.ts';
import { emitCharge, emitRefund, plainView } from './events.ts';
import { readExpansion } from './expand.ts';
import { mergeMetadata } from './intents.ts';
import type { Charge, Refund, RefundStatus } from './model.ts';
import { amount, choice, expand, hash, metadata, text, unsettable } from './parameters.ts';
import { presentRefund } from './present.ts';

/** Source: https://docs.stripe.com/api/refunds/create */
export const createRefundParameters = hash({
  amount: amount().optional(),
  charge: text().optional(),
  expand: expand(),
  metadata: unsettable(metadata()).optional(),
  payment_intent: text().optional(),
  reason: choice(['duplicate', 'fraudulent', 'requested_by_customer']).optional(),
});

export const updateRefundParameters = hash({
  expand: expand(),
  metadata: unsettable(metadata()).optional(),
});

type CreateRefund = z.output<typeof createRefundParameters>;

/** `POST /v1/refunds` */
export function createRefund(work: Work, parameters: CreateRefund): Result<object> {
  const expansion = readExpansion(parameters.expand, 'refund');
  if (!expansion.ok) return expansion;
  const found = findRefundable(work, parameters);
  if (!found.ok) return found;
  const charge = found.value;
  if (charge.dispute !== null && charge.dispute.status !== 'won') {
    return stateRefusal(`Charge ${charge.id} has been charged back and cannot be refunded.`, {
      code: 'charge_disputed',
    });
  }
  const left = unreturned(charge);
  const wanted = parameters.amount ?? left;
  if (left === 0n) {
    return stateRefusal(`Charge ${charge.id} has already been refunded.`, {
      code: 'charge_already_refunded',
    });
  }
  if (wanted > left) {
    return stateRefusal(
      `Refund amount (${wanted} ${charge.currency}) is greater than unrefunded amount on charge (${left} ${charge.currency}).`,
      { param: 'amount' },
    );
  }
  const refund = openRefund(work, charge, wanted, parameters);
  return succeed(presentRefund(refund, { ...plainView(work), expand: expansion.value }));
}

/** `GET /v1/refunds/{id}` */
export function retrieveRefund(
  work: Work,
  parameters: { expand?: string[] | undefined },
  id: string,
): Result<object> {
  const expansion = readExpansion(parameters.expand, 'refund');
  if (!expansion.ok) return expansion;
  const refund = work.account.refunds.get(id);
  if (refund === undefined) return noSuch('refund', id, 'id');
  return succeed(presentRefund(refund, { ...plainView(work), expand: expansion.value }));
}

/** `POST /v1/refunds/{id}` */
export function updateRefund(
  work: Work,
  parameters: z.output<typeof updateRefundParameters>,
  id: string,
): Result<object> {
  const expansion = readExpansion(parameters.expand, 'refund');
  if (!expansion.ok) return expansion;
  const refund = work.account.refunds.get(id);
  if (refund === undefined) return noSuch('refund', id, 'id');
  refund.metadata = mergeMetadata(refund.metadata, parameters.metadata);
  emitChange(work, refund);
  return succeed(presentRefund(refund, { ...plainView(work), expand: expansion.value }));
}

/** Lets a pending refund succeed. Gives null when there is no such pending refund. */
export function completeRefund(work: Work, id: string): Refund | null {
  const refund = work.account.refunds.get(id);
  if (refund?.status !== 'pending') return null;
  enter(work, refund, 'succeeded');
  bookRefund(work.account, refund);
  emitChange(work, refund);
  return refund;
}

/**
 * Lets a refund fail, also one that had succeeded: the money comes back and the charge can be
 * refunded again. Gives null when there is no refund that could fail.
 */
export function failRefund(work: Work, id: string): Refund | null {
  const refund = work.account.refunds.get(id);
  if (refund === undefined || refund.isRelease || refund.status === 'failed') return null;
  const wasPaid = refund.status === 'succeeded';
  enter(work, refund, 'failed');
  refund.charge.amountRefunded -= refund.amount;
  if (wasPaid) bookRefundFailure(work.account, refund);
  emitChange(work, refund);
  emitRefund(work, 'refund.failed', refund);
  emitCharge(work, 'charge.updated', refund.charge);
  return refund;
}

function findRefundable(work: Work, parameters: CreateRefund): Result<Charge> {
  const { charge: chargeId, payment_intent: intentId } = parameters;
  if (chargeId === undefined && intentId === undefined) {
    return invalidRequest(
      'One of the following params should be provided for this request: payment_intent or charge.',
      { code: 'parameter_missing', param: 'payment_intent' },
    );
  }
  if (chargeId !== undefined && intentId !== undefined) {
    return invalidRequest('You may only specify one of these parameters: charge, payment_intent.', {
      code: 'parameters_exclusive',
      param: 'charge',
    });
  }
  const { charges, intents } = work.account;
  if (chargeId !== undefined) {
    const charge = charges.get(chargeId);
    return charge === undefined ? noSuch('charge', chargeId, 'charge') : checkCaptured(charge);
  }
  const id = intentId ?? '';
  const intent = intents.get(id);
  if (intent === undefined) return noSuch('payment_intent', id, 'payment_intent');
  const { latestCharge } = intent;
  if (latestCharge === null || latestCharge.decline !== null) {
    return stateRefusal(`This PaymentIntent (${id}) does not have a successful charge to refund.`, {
      param: 'payment_intent',
    });
  }
  return checkCaptured(latestCharge);
}

/** Money that is only held is let go of by canceling the intent, not by a refund. */
function checkCaptured(charge: Charge): Result<Charge> {
  if (charge.decline !== null) {
    return stateRefusal(`Charge ${charge.id} failed: there is nothing to refund.`, {
      param: 'charge',
    });
  }
  if (charge.isCaptured || charge.intent.status === 'canceled') return succeed(charge);
  return stateRefusal(
    `Charge ${charge.id} has not been captured. Cancel its PaymentIntent to let go of the money.`,
    { param: 'charge' },
  );
}

function openRefund(work: Work, charge: Charge, wanted: bigint, parameters: CreateRefund): Refund {
  const { account } = work;
  const isPending = charge.paymentMethod.card.refunds === 'pending' || work.refundsArePending();
  const refund: Refund = {
    id: account.newId('re_', 24),
    created: account.clock.nowSeconds(),
    charge,
    amount: wanted,
    reason: parameters.reason ?? null,
    isRelease: false,
    metadata: mergeMetadata({}, parameters.metadata),
    status: 'pending',
    balanceTransaction: null,
    failureBalanceTransaction: null,
  };
  // A pending refund counts as refunded: what is promised cannot be promised again.
  charge.amountRefunded += wanted;
  charge.refunds.push(refund);
  account.refunds.add(refund);
  enter(work, refund, isPending ? 'pending' : 'succeeded');
  if (!isPending) bookRefund(account, refund);
  emitRefund(work, 'refund.created', refund);
  emitCharge(work, 'charge.refunded', charge);
  return refund;
}

/** Moves a refund into `status` and writes that down in the journal. */
function enter(work: Work, refund: Refund, status: RefundStatus): void {
  refund.status = status;
  work.account.journal.record({
    kind: `refund_${status}`,
    payment: refund.charge.intent.id,
    charge: refund.charge.id,
    refund: refund.id,
    amount: refund.amount,
    currency: refund.charge.currency,
  });
}

/** Stripe tells of a changed refund twice, under the older and the newer name of the event. */
function emitChange(work: Work, refund: Refund): void {
  emitRefund(work, 'charge.refund.updated', refund);
  emitRefund(work, 'refund.updated', refund);
}
