import Stripe from 'stripe';
import type { Decline, DeclineCode } from '../../domain/report.ts';
import type { GatewayError } from '../gateway.ts';
import type { Exchange } from '../transport.ts';

type NoAnswer = Exclude<Exchange, { kind: 'answered' }>;

/** What a call that did not succeed came to. `paymentIntent` is the object as Stripe sent it along, if it did. */
export type Failure =
  | { kind: 'declined'; decline: Decline; error: GatewayError; paymentIntent: unknown }
  | { kind: 'refused'; error: GatewayError; paymentIntent: unknown }
  | { kind: 'unknown'; error: GatewayError };

/**
 * Thrown into the SDK in place of an answer that did not come.
 * It has no `code` on purpose: the SDK sends again after `ECONNRESET` and `EPIPE`, even where it is told never to.
 */
export class Unanswered extends Error {
  readonly exchange: NoAnswer;

  constructor(exchange: NoAnswer) {
    super(exchange.message);
    this.exchange = exchange;
  }
}

/** The type given to an answer that is none in Stripe's format. No ruling knows it. */
export const UNREADABLE = 'unreadable_answer';

type Ruling =
  | { kind: 'declined' }
  | { kind: 'refused' | 'unknown'; category: GatewayError['category'] };

const declined: Ruling = { kind: 'declined' };
const refused = (category: GatewayError['category']): Ruling => ({ kind: 'refused', category });
const unknown = (category: GatewayError['category']): Ruling => ({ kind: 'unknown', category });

/**
 * What an error means, by HTTP status and type, and code where that makes a difference. All others are unknown.
 *
 * A request that gets a 409 was not executed, but is told that another one on its key or object is running: that one
 * may take money, so nothing is certain. A 429 is decided before anything is executed.
 * Sources: https://docs.stripe.com/api/errors, https://docs.stripe.com/error-low-level,
 * https://docs.stripe.com/api/idempotent_requests, https://docs.stripe.com/rate-limits
 */
const RULINGS: ReadonlyMap<string, Ruling> = new Map([
  ['400 card_error', declined],
  ['400 idempotency_error', unknown('key_conflict')],
  ['400 invalid_request_error', refused('invalid_request')],
  ['400 invalid_request_error rate_limit', refused('rate_limited')],
  ['401 invalid_request_error', refused('authentication')],
  ['401 authentication_error', refused('authentication')],
  ['402 card_error', declined],
  ['402 invalid_request_error', refused('invalid_request')],
  ['403 invalid_request_error', refused('authentication')],
  ['403 authentication_error', refused('authentication')],
  ['404 invalid_request_error', refused('invalid_request')],
  ['409 idempotency_error', unknown('key_conflict')],
  ['409 invalid_request_error', unknown('key_conflict')],
  ['429 card_error', declined],
  ['429 invalid_request_error', refused('rate_limited')],
  ['429 rate_limit_error', refused('rate_limited')],
]);

/** Decides what a call came to, from whatever the SDK threw. Never claims more than is certain. */
export function failureOf(thrown: unknown): Failure {
  const cause = thrown instanceof Stripe.errors.StripeError ? thrown.detail : undefined;
  if (cause instanceof Unanswered) return withoutAnswer(cause.exchange);
  if (!(thrown instanceof Stripe.errors.StripeError) || thrown.statusCode === undefined) {
    return gatewayFault('unexpected_exception', String(thrown), null, null);
  }
  const key = `${thrown.statusCode} ${thrown.rawType}`;
  const ruling =
    RULINGS.get(`${key} ${thrown.code}`) ?? RULINGS.get(key) ?? unknown('gateway_fault');
  const code = thrown.code ?? thrown.rawType ?? UNREADABLE;
  const error: GatewayError = {
    category: ruling.kind === 'declined' ? 'invalid_request' : ruling.category,
    code,
    message: thrown.message,
    httpStatus: thrown.statusCode,
    gatewayRequestId: thrown.requestId ?? null,
  };
  switch (ruling.kind) {
    case 'declined': {
      const decline = declineOf(thrown.decline_code ?? '', code, thrown.message);
      return { kind: 'declined', decline, error, paymentIntent: thrown.payment_intent };
    }
    case 'refused':
      return { kind: 'refused', error, paymentIntent: thrown.payment_intent };
    case 'unknown':
      return { kind: 'unknown', error };
  }
}

/** What a schema has to say of a long list would fill pages. */
const MAX_MESSAGE = 500;

/** An answer that arrived and does not tell what happened. */
export function gatewayFault(
  code: string,
  message: string,
  httpStatus: number | null,
  gatewayRequestId: string | null,
): Failure & { kind: 'unknown' } {
  const error = { code, message: message.slice(0, MAX_MESSAGE), httpStatus, gatewayRequestId };
  return { kind: 'unknown', error: { category: 'gateway_fault', ...error } };
}

function withoutAnswer({ kind, code, message }: NoAnswer): Failure {
  const error = { code, message, httpStatus: null, gatewayRequestId: null };
  return kind === 'not_sent'
    ? { kind: 'refused', error: { category: 'unreachable', ...error }, paymentIntent: undefined }
    : { kind: 'unknown', error: { category: 'no_answer', ...error } };
}

/**
 * Stripe's decline codes, for cards and for local payment methods, and those of its error codes that say as much.
 * Sources: https://docs.stripe.com/declines/codes, https://docs.stripe.com/error-codes
 */
const DECLINES: Record<DeclineCode, string> = {
  card_declined:
    'approve_with_id call_issuer card_declined compliance_violation debit_not_authorized do_not_honor ' +
    'do_not_try_again generic_decline invalid_authorization no_action_taken not_permitted partner_generic_decline ' +
    'payment_disputed payment_method_customer_decline payment_method_provider_decline refer_to_customer ' +
    'revocation_of_all_authorizations revocation_of_authorization security_violation service_not_allowed ' +
    'stop_payment_order transaction_not_allowed',
  insufficient_funds: 'insufficient_funds partner_insufficient_funds',
  expired_card:
    'expired_card expired_payment_information expired_payment_method invalid_expiry_month invalid_expiry_year ' +
    'partner_expired_card',
  incorrect_cvc: 'incorrect_cvc invalid_cvc',
  incorrect_number: 'incorrect_number invalid_number',
  incorrect_postal_code: 'incorrect_address incorrect_postal_code incorrect_zip',
  authentication_required:
    'authentication_not_handled authentication_required mobile_device_authentication_required offline_pin_required ' +
    'online_or_offline_pin_required',
  authentication_failed:
    'authentication_failure incorrect_pin invalid_pin payment_intent_authentication_failure pin_try_exceeded ' +
    'setup_intent_authentication_failure three_d_secure_authentication_not_supported',
  fraud_suspected: 'fraudulent merchant_blacklist partner_high_risk_customer',
  lost_or_stolen_card: 'lost_card lost_or_stolen_card pickup_card restricted_card stolen_card',
  limit_exceeded:
    'card_decline_rate_limit_exceeded card_velocity_exceeded charge_exceeds_source_limit ' +
    'charge_exceeds_transaction_limit payment_limit_exceeded withdrawal_count_limit_exceeded',
  card_not_supported:
    'card_not_supported invalid_card_type partner_action_not_supported recurring_not_supported_by_bank',
  currency_not_supported:
    'currency_not_supported partner_invalid_currency payment_method_currency_mismatch',
  amount_not_allowed:
    'amount_too_large amount_too_small invalid_amount invalid_charge_amount partner_invalid_amount',
  duplicate_transaction: 'duplicate_transaction partner_duplicate_transaction',
  processing_error:
    'issuer_not_available partner_payment_not_found partner_processing_error payment_intent_payment_attempt_expired ' +
    'payment_intent_payment_attempt_failed payment_method_not_available payment_method_provider_timeout ' +
    'processing_error reenter_transaction setup_attempt_failed setup_intent_setup_attempt_expired try_again_later',
  payment_method_not_usable:
    'account_closed bank_account_restricted bank_account_unusable card_already_activated invalid_account ' +
    'invalid_billing_agreement invalid_business_account invalid_customer_account invalid_payment_information ' +
    'invalid_track_data new_account_information_available payment_intent_mandate_invalid ' +
    'setup_intent_mandate_invalid testmode_decline',
  capture_expired:
    'capture_charge_authorization_expired capture_unauthorized_payment charge_expired_for_capture',
};

const DECLINE_OF: ReadonlyMap<string, DeclineCode> = new Map(
  (Object.keys(DECLINES) as DeclineCode[]).flatMap((code) =>
    DECLINES[code].split(' ').map((gatewayCode): [string, DeclineCode] => [gatewayCode, code]),
  ),
);

/**
 * Normalises a decline.
 *
 * @param declineCode the issuer's reason in Stripe's words; empty where there is none
 * @param errorCode Stripe's own code
 */
export function declineOf(declineCode: string, errorCode: string, message: string): Decline {
  const code = DECLINE_OF.get(declineCode) ?? DECLINE_OF.get(errorCode) ?? 'card_declined';
  return { code, gatewayCode: declineCode || errorCode, message };
}
