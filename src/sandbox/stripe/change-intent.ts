import type { Work } from './account.ts';
import { captureCharge, releaseCharge } from './charges.ts';
import { choosePaymentMethod } from './confirm-intent.ts';
import { invalidRequest, stateRefusal } from './errors.ts';
import type { Result } from './errors.ts';
import { emitCharge, emitIntent, plainView } from './events.ts';
import { readExpansion } from './expand.ts';
import {
  answerIntent,
  checkCustomer,
  checkTypes,
  findIntent,
  mergeCardOptions,
  mergeMetadata,
  readMoney,
  refuseDescriptor,
  refuseState,
} from './intents.ts';
import type { CancelIntent, CaptureIntent, UpdateIntent } from './intent-parameters.ts';
import type { CancellationReason, IntentStatus, PaymentIntent, RefundReason } from './model.ts';
import { presentIntent } from './present.ts';

const OPEN: readonly IntentStatus[] = [
  'requires_payment_method',
  'requires_confirmation',
  'requires_action',
];

const CANCELABLE: readonly IntentStatus[] = [...OPEN, 'requires_capture'];

/** What may still be changed once money is held or taken. */
const ALWAYS_CHANGEABLE = new Set([
  'description',
  'expand',
  'metadata',
  'receipt_email',
  'transfer_group',
]);

/** `POST /v1/payment_intents/{id}` */
export function updateIntent(work: Work, parameters: UpdateIntent, id: string): Result<object> {
  const expansion = readExpansion(parameters.expand, 'payment_intent');
  if (!expansion.ok) return expansion;
  const found = findIntent(work, id);
  if (!found.ok) return found;
  const intent = found.value;
  const touchesMoney = Object.keys(parameters).some((name) => !ALWAYS_CHANGEABLE.has(name));
  if (intent.status === 'canceled' || (touchesMoney && !OPEN.includes(intent.status))) {
    return refuseState(work, intent, 'updated', OPEN);
  }
  const types = checkTypes(parameters);
  if (!types.ok) return types;
  const customer = checkCustomer(work, parameters.customer);
  if (!customer.ok) return customer;
  const money = readMoney(
    parameters.amount ?? intent.amount,
    parameters.currency ?? intent.currency,
  );
  if (!money.ok) return money;
  const method = choosePaymentMethod(work, parameters, intent.paymentMethod);
  if (!method.ok) return method;
  if (method.value !== null && parameters.statement_descriptor !== undefined) {
    return refuseDescriptor();
  }
  Object.assign(intent, money.value);
  intent.paymentMethod = method.value;
  if (touchesMoney && method.value !== null) {
    // What was authenticated, or asked to be, was the payment as it stood before.
    intent.status = 'requires_confirmation';
    intent.isAuthenticated = false;
  }
  applyDetails(intent, parameters);
  return answerIntent(work, intent, expansion.value);
}

function applyDetails(intent: PaymentIntent, parameters: UpdateIntent): void {
  const { setup_future_usage: usage, payment_method_options: options } = parameters;
  intent.metadata = mergeMetadata(intent.metadata, parameters.metadata);
  intent.cardOptions = mergeCardOptions(intent.cardOptions, options?.card);
  intent.captureMethod = parameters.capture_method ?? intent.captureMethod;
  intent.customer = parameters.customer ?? intent.customer;
  intent.paymentMethodTypes = parameters.payment_method_types ?? intent.paymentMethodTypes;
  intent.statementDescriptor = parameters.statement_descriptor ?? intent.statementDescriptor;
  intent.statementDescriptorSuffix =
    parameters.statement_descriptor_suffix ?? intent.statementDescriptorSuffix;
  intent.transferGroup = parameters.transfer_group ?? intent.transferGroup;
  if (parameters.description !== undefined) intent.description = parameters.description;
  if (parameters.receipt_email !== undefined) intent.receiptEmail = parameters.receipt_email;
  if (usage !== undefined) intent.setupFutureUsage = usage || null;
}

/** `POST /v1/payment_intents/{id}/capture` */
export function captureIntent(work: Work, parameters: CaptureIntent, id: string): Result<object> {
  const expansion = readExpansion(parameters.expand, 'payment_intent');
  if (!expansion.ok) return expansion;
  const found = findIntent(work, id);
  if (!found.ok) return found;
  const intent = found.value;
  const charge = intent.latestCharge;
  if (intent.status !== 'requires_capture' || charge === null) {
    return refuseState(work, intent, 'captured', ['requires_capture']);
  }
  if (parameters.statement_descriptor !== undefined) return refuseDescriptor();
  if (parameters.final_capture === false) {
    return invalidRequest('Capturing a payment more than once is not enabled on this account.', {
      param: 'final_capture',
    });
  }
  const amount = parameters.amount_to_capture ?? charge.amount;
  if (amount > charge.amount) {
    return stateRefusal(
      'The payment could not be captured because the requested capture amount is greater than the amount you can capture for this charge.',
      {
        code: 'amount_too_large',
        param: 'amount_to_capture',
        payment_intent: presentIntent(intent, plainView(work)),
      },
    );
  }
  intent.metadata = mergeMetadata(intent.metadata, parameters.metadata);
  intent.statementDescriptorSuffix =
    parameters.statement_descriptor_suffix ?? intent.statementDescriptorSuffix;
  captureCharge(work, charge, amount);
  intent.status = 'succeeded';
  emitCharge(work, 'charge.captured', charge);
  emitIntent(work, 'payment_intent.succeeded', intent);
  return answerIntent(work, intent, expansion.value);
}

/** `POST /v1/payment_intents/{id}/cancel` */
export function cancelIntent(work: Work, parameters: CancelIntent, id: string): Result<object> {
  const expansion = readExpansion(parameters.expand, 'payment_intent');
  if (!expansion.ok) return expansion;
  const found = findIntent(work, id);
  if (!found.ok) return found;
  const intent = found.value;
  if (!CANCELABLE.includes(intent.status)) {
    return refuseState(work, intent, 'canceled', CANCELABLE);
  }
  const charge = intent.status === 'requires_capture' ? intent.latestCharge : null;
  endIntent(work, intent, parameters.cancellation_reason ?? null, null);
  if (charge !== null) emitCharge(work, 'charge.refunded', charge);
  emitIntent(work, 'payment_intent.canceled', intent);
  return answerIntent(work, intent, expansion.value);
}

/**
 * Cancels the intents whose authorisation has run out. Authorisations last equally long, so the
 * oldest runs out first and one look at the head of the line is enough.
 */
export function expireAuthorizations(work: Work): void {
  const { authorizations, clock } = work.account;
  const now = clock.nowSeconds();
  for (;;) {
    const charge = authorizations.charges[authorizations.next];
    if (charge === undefined || (charge.captureBefore ?? 0) > now) return;
    authorizations.next += 1;
    const { intent } = charge;
    if (intent.status !== 'requires_capture' || intent.latestCharge !== charge) continue;
    endIntent(work, intent, 'automatic', 'expired_uncaptured_charge');
    emitCharge(work, 'charge.expired', charge);
    emitIntent(work, 'payment_intent.canceled', intent);
  }
}

/** Ends an intent, and lets go of what it holds. */
function endIntent(
  work: Work,
  intent: PaymentIntent,
  reason: CancellationReason | null,
  releaseReason: RefundReason | null,
): void {
  const { latestCharge } = intent;
  if (intent.status === 'requires_capture' && latestCharge !== null) {
    releaseCharge(work, latestCharge, latestCharge.amount, releaseReason);
  }
  intent.status = 'canceled';
  intent.canceledAt = work.account.clock.nowSeconds();
  intent.cancellationReason = reason;
}
