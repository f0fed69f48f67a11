import { expect, test } from 'vitest';
import { declineOf, failureOf } from './errors.ts';
import { answer, NOT_SENT, SILENCE, squareError } from './square.fixture.ts';

/** Every code of the category PAYMENT_METHOD_ERROR that Square documents, but for the one that leaves things open. */
const DOCUMENTED = {
  card_declined:
    'GENERIC_DECLINE CARD_DECLINED CARD_DECLINED_CALL_ISSUER VOICE_FAILURE READER_DECLINED BUYER_REFUSED_PAYMENT ' +
    'INSUFFICIENT_PERMISSIONS CARDHOLDER_INSUFFICIENT_PERMISSIONS',
  insufficient_funds: 'INSUFFICIENT_FUNDS GIFT_CARD_AVAILABLE_AMOUNT',
  expired_card: 'CARD_EXPIRED INVALID_EXPIRATION EXPIRATION_FAILURE BAD_EXPIRATION',
  incorrect_cvc: 'CVV_FAILURE VERIFY_CVV_FAILURE',
  incorrect_number: 'PAN_FAILURE INVALID_ACCOUNT INVALID_CARD',
  incorrect_postal_code: 'ADDRESS_VERIFICATION_FAILURE VERIFY_AVS_FAILURE INVALID_POSTAL_CODE',
  authentication_required: 'CARD_DECLINED_VERIFICATION_REQUIRED APPLE_TTP_PIN_TOKEN MISSING_PIN',
  authentication_failed: 'INVALID_PIN',
  limit_exceeded: 'TRANSACTION_LIMIT PAYMENT_LIMIT_EXCEEDED ALLOWABLE_PIN_TRIES_EXCEEDED',
  card_not_supported:
    'CARD_NOT_SUPPORTED UNSUPPORTED_CARD_BRAND UNSUPPORTED_ENTRY_METHOD INVALID_LOCATION MISSING_ACCOUNT_TYPE ' +
    'MANUALLY_ENTERED_PAYMENT_NOT_SUPPORTED CHIP_INSERTION_REQUIRED',
  currency_not_supported: 'CURRENCY_MISMATCH',
  amount_not_allowed: 'PAYMENT_AMOUNT_MISMATCH INVALID_FEES',
  payment_method_not_usable: 'ACCOUNT_UNUSABLE INVALID_ENCRYPTED_CARD',
} as const;

const pairs = Object.entries(DOCUMENTED).flatMap(([ours, theirs]) =>
  theirs.split(' ').map((code): [string, string] => [code, ours]),
);

test.for(pairs)('%s is a decline: %s', ([code, ours]) => {
  const failure = failureOf(squareError(code, { category: 'PAYMENT_METHOD_ERROR', status: 402 }));
  expect(failure).toMatchObject({
    kind: 'declined',
    decline: { code: ours, gatewayCode: code, message: `Of ${code}` },
  });
});

test('what the issuer says of data or of a refund is a decline whatever its category', () => {
  expect(failureOf(squareError('INVALID_EXPIRATION_YEAR'))).toMatchObject({
    kind: 'declined',
    decline: { code: 'expired_card' },
  });
  const refund = squareError('REFUND_DECLINED', { category: 'REFUND_ERROR' });
  expect(failureOf(refund).kind).toBe('declined');
});

test('a code that is not known yet is a plain decline, and keeps its name', () => {
  const failure = failureOf(squareError('MOOD_OF_THE_DAY', { category: 'PAYMENT_METHOD_ERROR' }));
  expect(failure).toMatchObject({
    kind: 'declined',
    decline: { code: 'card_declined', gatewayCode: 'MOOD_OF_THE_DAY' },
  });
  expect(declineOf('MOOD_OF_THE_DAY', null).message).toBe('MOOD_OF_THE_DAY');
});

test('a payment that failed makes a decline of whatever error it comes with', () => {
  const failed = (code: string) => squareError(code, { payment: { status: 'FAILED' } });
  expect(failureOf(failed('TEMPORARY_ERROR'))).toMatchObject({
    kind: 'declined',
    decline: { code: 'processing_error' },
  });
  expect(failureOf(failed('UNEXPECTED_VALUE')).kind).toBe('declined');
});

test('errors beside a payment that did not fail tell nothing of it', () => {
  for (const status of ['APPROVED', 'COMPLETED', 'PENDING', 'CANCELED']) {
    const strange = squareError('GENERIC_DECLINE', {
      category: 'PAYMENT_METHOD_ERROR',
      payment: { status },
    });
    expect(failureOf(strange), status).toMatchObject({
      kind: 'unknown',
      error: { category: 'gateway_fault' },
    });
  }
});

test.for([
  ['a server error', squareError('INTERNAL_SERVER_ERROR', { category: 'API_ERROR', status: 500 })],
  ['an unavailable service', squareError('SERVICE_UNAVAILABLE', { status: 503 })],
  ['an error of the API under 400', squareError('GATEWAY_TIMEOUT', { category: 'API_ERROR' })],
  ['a time-out that is told', squareError('REQUEST_TIMEOUT', { status: 408 })],
  ['a time-out under 400', squareError('REQUEST_TIMEOUT')],
  ['a fault for which to ask again', squareError('TEMPORARY_ERROR', { status: 402 })],
  ['a page of a proxy', answer('<html>Not found</html>', 404)],
  ['errors without one', answer({ errors: [] }, 400)],
  ['a redirect', answer('', 302)],
] as const)('%s leaves the outcome unknown', ([, exchange]) => {
  expect(failureOf(exchange)).toMatchObject({
    kind: 'unknown',
    error: { category: 'gateway_fault', gatewayRequestId: 'square-1' },
  });
});

test.for([
  ['IDEMPOTENCY_KEY_REUSED', 400],
  ['CONFLICT', 409],
] as const)('%s leaves open what the other request with the key does', ([code, status]) => {
  expect(failureOf(squareError(code, { status }))).toMatchObject({
    kind: 'unknown',
    error: { category: 'key_conflict', code },
  });
});

test.for([
  ['UNAUTHORIZED', 401, 'AUTHENTICATION_ERROR', 'authentication'],
  ['ACCESS_TOKEN_EXPIRED', 401, 'AUTHENTICATION_ERROR', 'authentication'],
  ['FORBIDDEN', 403, 'AUTHENTICATION_ERROR', 'authentication'],
  ['RATE_LIMITED', 429, 'RATE_LIMIT_ERROR', 'rate_limited'],
  ['BAD_REQUEST', 400, 'INVALID_REQUEST_ERROR', 'invalid_request'],
  ['NOT_FOUND', 404, 'INVALID_REQUEST_ERROR', 'invalid_request'],
  ['CARD_TOKEN_USED', 400, 'INVALID_REQUEST_ERROR', 'method_used'],
  ['CARD_PROCESSING_NOT_ENABLED', 403, 'INVALID_REQUEST_ERROR', 'invalid_request'],
  ['PAYMENT_NOT_REFUNDABLE_DUE_TO_DISPUTE', 400, 'REFUND_ERROR', 'invalid_request'],
] as const)('%s is refused for certain', ([code, status, category, ours]) => {
  expect(failureOf(squareError(code, { status, category }))).toEqual({
    kind: 'refused',
    error: {
      category: ours,
      code,
      message: `Of ${code}`,
      httpStatus: status,
      gatewayRequestId: 'square-1',
    },
  });
});

test('401 and 429 are refusals whatever their body says', () => {
  expect(failureOf(answer('', 401))).toMatchObject({ kind: 'refused', error: { code: '401' } });
  expect(failureOf(answer('<html>', 429))).toMatchObject({
    kind: 'refused',
    error: { category: 'rate_limited' },
  });
});

test('what was never sent is refused, and what was not answered is unknown', () => {
  expect(failureOf(NOT_SENT)).toMatchObject({
    kind: 'refused',
    error: { category: 'unreachable', code: 'ECONNREFUSED', httpStatus: null },
  });
  expect(failureOf(SILENCE)).toMatchObject({
    kind: 'unknown',
    error: { category: 'no_answer', code: 'timeout', httpStatus: null },
  });
});

test("Square's words are cut to what is worth keeping", () => {
  const body = { errors: [{ category: 'X', code: 'BAD_REQUEST', detail: 'x'.repeat(9_000) }] };
  expect(failureOf(answer(body, 400)).error.message).toHaveLength(500);
});
