import Stripe from 'stripe';
import { expect, test } from 'vitest';
import { DECLINE_CODES } from '../../domain/report.ts';
import { declineOf, failureOf, Unanswered, UNREADABLE } from './errors.ts';

const raise = (statusCode: number, error: Omit<Stripe.StripeRawError, 'statusCode'>) =>
  Stripe.errors.StripeError.generate({ requestId: 'req_1', ...error, statusCode });

const summary = (thrown: unknown) => {
  const failure = failureOf(thrown);
  return failure.kind === 'declined' ? 'declined' : `${failure.kind} ${failure.error.category}`;
};

/** The types that the SDK knows, those of the v2 API and of OAuth included, and one that it does not. */
const TYPES = [
  'card_error',
  'invalid_request_error',
  'api_error',
  'idempotency_error',
  'rate_limit_error',
  'authentication_error',
  'invalid_grant',
  'insufficient_funds',
  'temporary_session_expired',
  'error_of_next_year',
  UNREADABLE,
] as const;

const EXPECTED: Record<string, string> = {
  '400 card_error': 'declined',
  '400 invalid_request_error': 'refused invalid_request',
  '400 idempotency_error': 'unknown key_conflict',
  '401 invalid_request_error': 'refused authentication',
  '401 authentication_error': 'refused authentication',
  '402 card_error': 'declined',
  '402 invalid_request_error': 'refused invalid_request',
  '403 invalid_request_error': 'refused authentication',
  '403 authentication_error': 'refused authentication',
  '404 invalid_request_error': 'refused invalid_request',
  '409 invalid_request_error': 'unknown key_conflict',
  '409 idempotency_error': 'unknown key_conflict',
  '429 card_error': 'declined',
  '429 invalid_request_error': 'refused rate_limited',
  '429 rate_limit_error': 'refused rate_limited',
};

const STATUSES = [
  200, 201, 204, 301, 302, 400, 401, 402, 403, 404, 405, 406, 407, 408, 409, 410, 411, 413, 415,
  417, 421, 422, 424, 425, 426, 428, 429, 431, 451, 500, 501, 502, 503, 504, 520, 522, 529, 599,
];

test('every status and type of error has the one meaning that is certain, and is unknown otherwise', () => {
  for (const status of STATUSES) {
    for (const type of TYPES) {
      const key = `${status} ${type}`;
      const thrown = raise(status, { type: type as Stripe.RawErrorType, message: 'm' });
      expect(`${key}: ${summary(thrown)}`).toBe(
        `${key}: ${EXPECTED[key] ?? 'unknown gateway_fault'}`,
      );
    }
  }
});

test.for([
  [400, 'invalid_request_error', 'payment_intent_unexpected_state', 'refused invalid_request'],
  [400, 'invalid_request_error', 'charge_already_captured', 'refused invalid_request'],
  [400, 'invalid_request_error', 'charge_expired_for_capture', 'refused invalid_request'],
  [400, 'invalid_request_error', 'charge_already_refunded', 'refused invalid_request'],
  [400, 'invalid_request_error', 'amount_too_small', 'refused invalid_request'],
  [400, 'invalid_request_error', 'parameter_unknown', 'refused invalid_request'],
  [400, 'invalid_request_error', 'rate_limit', 'refused rate_limited'],
  [404, 'invalid_request_error', 'resource_missing', 'refused invalid_request'],
  [409, 'invalid_request_error', 'idempotency_key_in_use', 'unknown key_conflict'],
  [409, 'invalid_request_error', 'lock_timeout', 'unknown key_conflict'],
  [429, 'invalid_request_error', 'rate_limit', 'refused rate_limited'],
  [429, 'invalid_request_error', 'lock_timeout', 'refused rate_limited'],
  [402, 'card_error', 'card_declined', 'declined'],
  [402, 'card_error', 'capture_charge_authorization_expired', 'declined'],
  [402, 'card_error', 'a_code_of_next_year', 'declined'],
] as const)('%s %s %s is %s', ([status, type, code, expected]) => {
  expect(summary(raise(status, { type, code, message: 'm' }))).toBe(expected);
});

test('every class of error that the SDK has is decided by what Stripe said, not by its class', () => {
  const classes = Object.entries(Stripe.errors).filter(([name]) => /Error$/.test(name));
  expect(classes.length).toBeGreaterThan(30);
  for (const [name, make] of classes) {
    if (name.startsWith('generate')) continue;
    const Class = make as unknown as new (...args: unknown[]) => Error;
    const raw = { type: 'api_error', statusCode: 500, message: 'm' };
    const thrown =
      name === 'StripeSignatureVerificationError' ? new Class('h', 'p', raw) : new Class(raw);
    expect(`${name}: ${summary(thrown)}`).toBe(`${name}: unknown gateway_fault`);
  }
});

test('a refusal tells code, status, message and the id of the exchange, and brings the intent along', () => {
  const payment_intent = { id: 'pi_1' } as Stripe.PaymentIntent;
  const thrown = raise(400, {
    type: 'invalid_request_error',
    code: 'charge_already_captured',
    message: 'Already captured.',
    payment_intent,
  });
  expect(failureOf(thrown)).toEqual({
    kind: 'refused',
    error: {
      category: 'invalid_request',
      code: 'charge_already_captured',
      message: 'Already captured.',
      httpStatus: 400,
      gatewayRequestId: 'req_1',
    },
    paymentIntent: payment_intent,
  });
});

test('what was not sent is refused, and what was not answered is unknown', () => {
  const inSdk = (detail: Error) =>
    new Stripe.errors.StripeConnectionError({ message: 'm', detail });
  const notSent = new Unanswered({ kind: 'not_sent', code: 'ECONNREFUSED', message: 'm' });
  expect(failureOf(inSdk(notSent))).toMatchObject({
    kind: 'refused',
    error: { category: 'unreachable', code: 'ECONNREFUSED', httpStatus: null },
  });
  const noAnswer = new Unanswered({ kind: 'no_answer', code: 'timeout', message: 'm' });
  expect(failureOf(inSdk(noAnswer))).toMatchObject({
    kind: 'unknown',
    error: { category: 'no_answer', code: 'timeout' },
  });
});

test('whatever else is thrown is unknown', () => {
  const thrown = [
    new TypeError('x is not a function'),
    'text',
    undefined,
    null,
    { statusCode: 400 },
  ];
  for (const value of thrown) expect(summary(value)).toBe('unknown gateway_fault');
  expect(summary(new Stripe.errors.StripeConnectionError({ message: 'm' }))).toBe(
    'unknown gateway_fault',
  );
});

/** https://docs.stripe.com/declines/codes, in its order. */
const CARD_DECLINES = {
  authentication_required: 'authentication_required',
  authentication_not_handled: 'authentication_required',
  approve_with_id: 'card_declined',
  call_issuer: 'card_declined',
  card_not_supported: 'card_not_supported',
  card_velocity_exceeded: 'limit_exceeded',
  currency_not_supported: 'currency_not_supported',
  do_not_honor: 'card_declined',
  do_not_try_again: 'card_declined',
  duplicate_transaction: 'duplicate_transaction',
  expired_card: 'expired_card',
  fraudulent: 'fraud_suspected',
  generic_decline: 'card_declined',
  incorrect_address: 'incorrect_postal_code',
  incorrect_cvc: 'incorrect_cvc',
  incorrect_number: 'incorrect_number',
  incorrect_pin: 'authentication_failed',
  incorrect_zip: 'incorrect_postal_code',
  insufficient_funds: 'insufficient_funds',
  invalid_account: 'payment_method_not_usable',
  invalid_amount: 'amount_not_allowed',
  invalid_cvc: 'incorrect_cvc',
  invalid_expiry_month: 'expired_card',
  invalid_expiry_year: 'expired_card',
  invalid_number: 'incorrect_number',
  invalid_pin: 'authentication_failed',
  issuer_not_available: 'processing_error',
  lost_card: 'lost_or_stolen_card',
  merchant_blacklist: 'fraud_suspected',
  new_account_information_available: 'payment_method_not_usable',
  no_action_taken: 'card_declined',
  not_permitted: 'card_declined',
  offline_pin_required: 'authentication_required',
  online_or_offline_pin_required: 'authentication_required',
  pickup_card: 'lost_or_stolen_card',
  pin_try_exceeded: 'authentication_failed',
  processing_error: 'processing_error',
  reenter_transaction: 'processing_error',
  restricted_card: 'lost_or_stolen_card',
  revocation_of_all_authorizations: 'card_declined',
  revocation_of_authorization: 'card_declined',
  security_violation: 'card_declined',
  service_not_allowed: 'card_declined',
  stolen_card: 'lost_or_stolen_card',
  stop_payment_order: 'card_declined',
  testmode_decline: 'payment_method_not_usable',
  transaction_not_allowed: 'card_declined',
  try_again_later: 'processing_error',
  withdrawal_count_limit_exceeded: 'limit_exceeded',
  mobile_device_authentication_required: 'authentication_required',
};

const LOCAL_DECLINES = {
  partner_generic_decline: 'card_declined',
  invalid_customer_account: 'payment_method_not_usable',
  payment_limit_exceeded: 'limit_exceeded',
  invalid_billing_agreement: 'payment_method_not_usable',
  partner_expired_card: 'expired_card',
  partner_processing_error: 'processing_error',
  partner_insufficient_funds: 'insufficient_funds',
  partner_invalid_currency: 'currency_not_supported',
  partner_invalid_amount: 'amount_not_allowed',
  invalid_business_account: 'payment_method_not_usable',
  partner_high_risk_customer: 'fraud_suspected',
  compliance_violation: 'card_declined',
  payment_disputed: 'card_declined',
  invalid_authorization: 'card_declined',
  invalid_payment_information: 'payment_method_not_usable',
  partner_payment_not_found: 'processing_error',
  expired_payment_information: 'expired_card',
  partner_duplicate_transaction: 'duplicate_transaction',
  recurring_not_supported_by_bank: 'card_not_supported',
  partner_action_not_supported: 'card_not_supported',
};

test('every decline code in the documentation has its normalised code, beside which it is kept', () => {
  expect(Object.keys(CARD_DECLINES)).toHaveLength(50);
  for (const [gatewayCode, code] of Object.entries({ ...CARD_DECLINES, ...LOCAL_DECLINES })) {
    const thrown = raise(402, {
      type: 'card_error',
      code: 'card_declined',
      decline_code: gatewayCode,
      message: 'Said Stripe.',
    });
    expect(failureOf(thrown)).toMatchObject({
      kind: 'declined',
      decline: { code, gatewayCode, message: 'Said Stripe.' },
    });
    expect(DECLINE_CODES).toContain(code);
  }
});

test.for([
  ['expired_card', 'expired_card'],
  ['incorrect_cvc', 'incorrect_cvc'],
  ['authentication_required', 'authentication_required'],
  ['payment_intent_authentication_failure', 'authentication_failed'],
  ['card_decline_rate_limit_exceeded', 'limit_exceeded'],
  ['payment_method_provider_decline', 'card_declined'],
  ['payment_method_provider_timeout', 'processing_error'],
  ['capture_charge_authorization_expired', 'capture_expired'],
  ['insufficient_funds', 'insufficient_funds'],
] as const)('without a decline code, the error code %s says %s', ([errorCode, code]) => {
  expect(declineOf('', errorCode, 'm')).toEqual({ code, gatewayCode: errorCode, message: 'm' });
});

test('a decline code of next year is a plain decline, and is kept', () => {
  for (const unknownCode of ['a_code_of_next_year', 'constructor', '__proto__']) {
    expect(declineOf(unknownCode, 'card_declined', 'm')).toEqual({
      code: 'card_declined',
      gatewayCode: unknownCode,
      message: 'm',
    });
  }
  expect(declineOf('a_code_of_next_year', 'expired_card', 'm').code).toBe('expired_card');
});
