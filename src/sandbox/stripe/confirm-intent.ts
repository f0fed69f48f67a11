import type { Work } from './account.ts';
import { DECLINES } from './cards.ts';
import type { Decline } from './cards.ts';
import { capturesByHand, captureCharge, openCharge } from './charges.ts';
import { invalidRequest, stateRefusal, succeed } from './errors.ts';
import type { Refusal, Result } from './errors.ts';
import { emitCharge, emitIntent, plainView } from './events.ts';
import { readExpansion } from './expand.ts';
import {
  answerIntent,
  checkTypes,
  findIntent,
  mergeCardOptions,
  refuseDescriptor,
  refuseState,
} from './intents.ts';
import type { ConfirmIntent } from './intent-parameters.ts';
import { checkOwner, keepUsedMethod } from './keep-methods.ts';
import type { IntentStatus, PaymentIntent, PaymentMethod } from './model.ts';
import { findPaymentMethod, storeCard } from './payment-methods.ts';
import { presentFailure, presentIntent } from './present.ts';

const CONFIRMABLE: readonly IntentStatus[] = [
  'requires_payment_method',
  'requires_confirmation',
  'requires_action',
];

/** How a confirmation is to go about authentication. */
export type ConfirmationTerms = {
  returnUrl: string | null;
  /** The customer is absent, or the caller wants no challenge: a needed one is a decline. */
  refusesChallenge: boolean;
  usesScript: boolean;
};

/** `POST /v1/payment_intents/{id}/confirm` */
export function confirmIntent(work: Work, parameters: ConfirmIntent, id: string): Result<object> {
  const expansion = readExpansion(parameters.expand, 'payment_intent');
  if (!expansion.ok) return expansion;
  const found = findIntent(work, id, parameters.client_secret);
  if (!found.ok) return found;
  const intent = found.value;
  if (!CONFIRMABLE.includes(intent.status)) {
    return refuseState(work, intent, 'confirmed', CONFIRMABLE);
  }
  const types = checkTypes(parameters);
  if (!types.ok) return types;
  if (intent.statementDescriptor !== null) return refuseDescriptor();
  const terms = readTerms(parameters);
  const allowed = checkReturnUrl(intent.automaticPaymentMethods, terms);
  if (!allowed.ok) return allowed;
  const method = choosePaymentMethod(work, parameters, intent.paymentMethod);
  if (!method.ok) return method;
  if (method.value === null) {
    return stateRefusal(
      "You cannot confirm this PaymentIntent because it's missing a payment method. Update it with one, or confirm it with one.",
      {
        code: 'payment_intent_unexpected_state',
        payment_intent: presentIntent(intent, plainView(work)),
      },
    );
  }
  const owned = checkOwner(method.value, intent.customer);
  if (!owned.ok) return owned;
  intent.captureMethod = parameters.capture_method ?? intent.captureMethod;
  intent.paymentMethodTypes = parameters.payment_method_types ?? intent.paymentMethodTypes;
  intent.cardOptions = mergeCardOptions(
    intent.cardOptions,
    parameters.payment_method_options?.card,
  );
  if (parameters.receipt_email !== undefined) intent.receiptEmail = parameters.receipt_email;
  if (parameters.setup_future_usage !== undefined) {
    intent.setupFutureUsage = parameters.setup_future_usage || null;
  }
  const refusal = attemptPayment(work, intent, method.value, terms);
  return refusal === null ? answerIntent(work, intent, expansion.value) : { ok: false, refusal };
}

/** The terms of a confirmation, read from its parameters. */
export function readTerms(
  parameters: Pick<
    ConfirmIntent,
    'return_url' | 'off_session' | 'error_on_requires_action' | 'use_stripe_sdk'
  >,
): ConfirmationTerms {
  const { off_session: offSession } = parameters;
  return {
    returnUrl: parameters.return_url ?? null,
    refusesChallenge:
      (offSession !== undefined && offSession !== 'false') ||
      parameters.error_on_requires_action === true,
    usesScript: parameters.use_stripe_sdk === true,
  };
}

/**
 * With automatic payment methods the customer may be redirected, so Stripe wants to know where to,
 * unless redirects are ruled out.
 */
export function checkReturnUrl(
  automatic: PaymentIntent['automaticPaymentMethods'],
  terms: ConfirmationTerms,
): Result<null> {
  if (terms.returnUrl !== null && !URL.canParse(terms.returnUrl)) {
    return invalidRequest('Not a valid URL', { code: 'url_invalid', param: 'return_url' });
  }
  const mayRedirect = automatic !== null && automatic.allowRedirects === 'always';
  if (mayRedirect && terms.returnUrl === null) {
    return invalidRequest(
      'This PaymentIntent accepts payment methods that might redirect your customer, so you must provide a `return_url`. ' +
        'To accept none that redirect, set `automatic_payment_methods[enabled]` to `true` and `automatic_payment_methods[allow_redirects]` to `never` when creating the PaymentIntent.',
      { param: 'return_url' },
    );
  }
  return succeed(null);
}

/** The payment method that a request names or describes, or else the one that is there already. */
export function choosePaymentMethod(
  work: Work,
  parameters: Pick<ConfirmIntent, 'payment_method' | 'payment_method_data'>,
  current: PaymentMethod | null,
): Result<PaymentMethod | null> {
  const { payment_method: id, payment_method_data: data } = parameters;
  if (id !== undefined && data !== undefined) {
    return invalidRequest('You may only specify one of payment_method, payment_method_data.', {
      code: 'parameters_exclusive',
      param: 'payment_method',
    });
  }
  if (data !== undefined) return storeCard(work, data);
  return id === undefined ? succeed(current) : findPaymentMethod(work, id);
}

/**
 * Tries to take the payment: a challenge, a decline or a charge. Gives the refusal that answers a
 * decline, and null when the intent itself is the answer.
 */
export function attemptPayment(
  work: Work,
  intent: PaymentIntent,
  method: PaymentMethod,
  terms: ConfirmationTerms,
): Refusal | null {
  intent.paymentMethod = method;
  intent.challenge = null;
  intent.lastFailure = null;
  if (needsChallenge(intent, method, terms)) {
    if (terms.refusesChallenge) {
      return declinePayment(work, intent, method, DECLINES.authenticationRequired);
    }
    const asksForRedirect = terms.returnUrl !== null && !terms.usesScript;
    intent.challenge = {
      kind: asksForRedirect ? 'redirect' : 'script',
      returnUrl: terms.returnUrl,
    };
    intent.status = 'requires_action';
    emitIntent(work, 'payment_intent.requires_action', intent);
    return null;
  }
  return chargeCard(work, intent, method);
}

/** Charges the card of an intent that needs no challenge, or has passed it. */
export function chargeCard(
  work: Work,
  intent: PaymentIntent,
  method: PaymentMethod,
): Refusal | null {
  const { decline } = method.card;
  if (decline !== null) return declinePayment(work, intent, method, decline);
  const charge = openCharge(work, intent, method, null);
  keepUsedMethod(work, intent, method);
  if (capturesByHand(intent)) {
    intent.status = 'requires_capture';
    emitCharge(work, 'charge.succeeded', charge);
    emitIntent(work, 'payment_intent.amount_capturable_updated', intent);
    return null;
  }
  captureCharge(work, charge, charge.amount);
  intent.status = 'succeeded';
  emitCharge(work, 'charge.succeeded', charge);
  emitIntent(work, 'payment_intent.succeeded', intent);
  return null;
}

function needsChallenge(
  intent: PaymentIntent,
  method: PaymentMethod,
  terms: ConfirmationTerms,
): boolean {
  if (intent.isAuthenticated) return false;
  switch (method.card.authentication) {
    case 'never':
      return false;
    case 'always':
      return true;
    case 'on_session':
      return !terms.refusesChallenge;
    case 'until_set_up':
      return !(method.isSetUp && terms.refusesChallenge);
    case 'on_request':
      return intent.cardOptions.requestThreeDSecure !== 'automatic';
  }
}

function declinePayment(
  work: Work,
  intent: PaymentIntent,
  method: PaymentMethod,
  decline: Decline,
): Refusal {
  const charge = openCharge(work, intent, method, decline);
  intent.lastFailure = {
    type: 'card_error',
    code: decline.code,
    declineCode: decline.declineCode,
    message: decline.message,
    charge,
    paymentMethod: method,
  };
  intent.status = 'requires_payment_method';
  intent.paymentMethod = null;
  intent.isAuthenticated = false;
  emitIntent(work, 'payment_intent.payment_failed', intent);
  return {
    status: 402,
    executed: true,
    error: {
      ...presentFailure(intent.lastFailure),
      payment_intent: presentIntent(intent, plainView(work)),
    },
  };
}
