import type { z } from 'zod';
import type { Work } from './account.ts';
import { refuse, succeed } from './errors.ts';
import type { Result } from './errors.ts';
import { emitPayment } from './events.ts';
import type { Payment } from './model.ts';
import { choice, key, money, object, readOnly, text, unsupported, words } from './parameters.ts';
import {
  answerPayment,
  capturePayment,
  changePayment,
  findApproved,
  recordMovement,
  voidPayment,
} from './payments.ts';

/** Source: https://developer.squareup.com/docs/payments-api/update-payments */
export const updatePaymentParameters = object({
  idempotency_key: key(),
  payment: object({
    amount_money: money().optional(),
    delay_action: choice(['CANCEL', 'COMPLETE']).optional(),
    version_token: words(192).nullable().optional(),
    app_fee_money: unsupported(),
    tip_money: unsupported(),
    id: readOnly(),
    note: readOnly(),
    reference_id: readOnly(),
    status: readOnly(),
  }),
});

export const completePaymentParameters = object({
  version_token: words(192).nullable().optional(),
});

export const cancelByKeyParameters = object({ idempotency_key: text(45) });

/** `PUT /v2/payments/{payment_id}`: changes the amount of an approved payment, for a partial capture. */
export function updatePayment(
  work: Work,
  { payment: changes }: z.output<typeof updatePaymentParameters>,
  [id = '']: readonly string[],
): Result<object> {
  const found = findApproved(work, id, changes.version_token);
  if (!found.ok) return found;
  const payment = found.value;
  const { amount_money: wanted } = changes;
  if (wanted !== undefined) {
    const changed = changeAmount(work, payment, wanted);
    if (!changed.ok) return changed;
  }
  payment.delayAction = changes.delay_action ?? payment.delayAction;
  changePayment(work.account, payment);
  emitPayment(work, 'payment.updated', payment);
  return answerPayment(work, payment);
}

/** A higher amount needs a new approval; a lower one leaves what was approved as it is. */
function changeAmount(
  work: Work,
  payment: Payment,
  wanted: { amount: bigint; currency: string },
): Result<null> {
  const field = 'payment.amount_money';
  if (wanted.currency !== payment.currency) {
    return refuse('INVALID_VALUE', `The payment is in ${payment.currency}.`, { field });
  }
  const isRaised = wanted.amount > payment.amount;
  if (!payment.location.editsAmounts && wanted.amount !== payment.amount) {
    const capability = isRaised ? 'EDIT_AMOUNT_UP' : 'EDIT_AMOUNT_DOWN';
    const direction = isRaised ? 'increased' : 'decreased';
    return refuse(
      'BAD_REQUEST',
      `amount_money cannot be ${direction} in value. ${capability} capability is not available.`,
      { field: 'amount_money' },
    );
  }
  payment.amount = wanted.amount;
  if (wanted.amount > payment.approved) {
    payment.approved = wanted.amount;
    recordMovement(work.account, payment, 'authorize', wanted.amount);
  }
  return succeed(null);
}

/** `POST /v2/payments/{payment_id}/complete` */
export function completePayment(
  work: Work,
  parameters: z.output<typeof completePaymentParameters>,
  [id = '']: readonly string[],
): Result<object> {
  const found = findApproved(work, id, parameters.version_token);
  if (!found.ok) return found;
  capturePayment(work, found.value);
  return answerPayment(work, found.value);
}

/** `POST /v2/payments/{payment_id}/cancel` */
export function cancelPayment(work: Work, _: object, [id = '']: readonly string[]): Result<object> {
  const found = findApproved(work, id, null);
  if (!found.ok) return found;
  voidPayment(work, found.value, false);
  return answerPayment(work, found.value);
}

/**
 * `POST /v2/payments/cancel`: succeeds also where no payment was created with the key, so that its
 * success does not tell whether there was one.
 */
export function cancelByKey(
  work: Work,
  parameters: z.output<typeof cancelByKeyParameters>,
): Result<object> {
  const payment = work.account.paymentsByKey.get(parameters.idempotency_key);
  if (payment === undefined || payment.status === 'CANCELED' || payment.status === 'FAILED') {
    return succeed({});
  }
  const found = findApproved(work, payment.id, null);
  if (!found.ok) return found;
  voidPayment(work, payment, false);
  return succeed({});
}

/** Completes or cancels the approved payments whose time has run out. */
export function endDelayedPayments(work: Work): void {
  const now = work.account.clock.nowMs();
  for (const payment of work.account.approved) {
    if (payment.delayedUntilMs > now) continue;
    if (payment.delayAction === 'COMPLETE') capturePayment(work, payment);
    else voidPayment(work, payment, true);
  }
}
