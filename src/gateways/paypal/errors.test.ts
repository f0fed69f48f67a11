import { expect, test } from 'vitest';
import type { Exchange } from '../transport.ts';
import { declineOf, failureOf } from './errors.ts';

function answer(status: number, body: unknown, headers = {}): Exchange {
  return {
    kind: 'answered',
    status,
    headers,
    body: typeof body === 'string' ? body : JSON.stringify(body),
  };
}

function error(issue: string, over: object = {}) {
  return {
    name: 'UNPROCESSABLE_ENTITY',
    message: 'The requested action could not be performed.',
    debug_id: 'debug-1',
    details: [{ issue, description: `About ${issue}`, ...over }],
    links: [],
  };
}

const of = (status: number, issue: string) => failureOf(answer(status, error(issue)));

test('a refusal is told with the issue, the words, and the id that support asks for', () => {
  expect(of(422, 'REFUND_AMOUNT_EXCEEDED')).toEqual({
    kind: 'refused',
    isOfState: false,
    error: {
      category: 'invalid_request',
      code: 'REFUND_AMOUNT_EXCEEDED',
      message: 'About REFUND_AMOUNT_EXCEEDED',
      httpStatus: 422,
      gatewayRequestId: 'debug-1',
    },
  });
  const bare = answer(
    400,
    { name: 'INVALID_REQUEST', message: 'No.' },
    { 'paypal-debug-id': 'd2' },
  );
  expect(failureOf(bare).error).toMatchObject({
    code: 'INVALID_REQUEST',
    message: 'No.',
    gatewayRequestId: 'd2',
  });
  const oauth = answer(401, { error: 'invalid_token', error_description: 'It has lapsed' });
  expect(failureOf(oauth).error).toMatchObject({ code: 'invalid_token', message: 'It has lapsed' });
});

test('only a refusal that says so is one: by its status, and with a body of PayPal’s', () => {
  for (const [status, category] of [
    [400, 'invalid_request'],
    [401, 'authentication'],
    [403, 'authentication'],
    [404, 'invalid_request'],
    [405, 'invalid_request'],
    [406, 'invalid_request'],
    [415, 'invalid_request'],
    [422, 'invalid_request'],
    [429, 'rate_limited'],
  ] as const) {
    expect(of(status, 'ANY'), String(status)).toMatchObject({
      kind: 'refused',
      error: { category },
    });
    const sure = status === 401 || status === 429;
    for (const body of ['<html>Bad Request</html>', '', '{}', '[]', '"x"']) {
      const kind = failureOf(answer(status, body)).kind;
      expect(kind, `${status} ${body}`).toBe(sure ? 'refused' : 'unknown');
    }
  }
});

test('every 5xx, every other status and every redirect leaves the outcome open', () => {
  for (const status of [301, 302, 307, 402, 408, 418, 500, 502, 503, 504, 599]) {
    expect(of(status, 'INSTRUMENT_DECLINED'), String(status)).toMatchObject({
      kind: 'unknown',
      error: { category: 'gateway_fault' },
    });
  }
});

test('a request of the same id or on the same order, running or another, leaves the outcome open', () => {
  for (const [status, issue] of [
    [409, 'PREVIOUS_REQUEST_IN_PROGRESS'],
    [409, 'ANY'],
    [422, 'DUPLICATE_REQUEST_ID'],
    [422, 'ORDER_COMPLETION_IN_PROGRESS'],
    [422, 'PREVIOUS_REQUEST_IN_PROGRESS'],
  ] as const) {
    expect(of(status, issue), issue).toMatchObject({
      kind: 'unknown',
      error: { category: 'key_conflict' },
    });
  }
});

test('without an answer it depends on whether the request was sent', () => {
  const lost = { code: 'timeout', message: 'No whole answer' };
  expect(failureOf({ kind: 'not_sent', ...lost })).toMatchObject({
    kind: 'refused',
    error: { category: 'unreachable', code: 'timeout' },
  });
  expect(failureOf({ kind: 'no_answer', ...lost })).toMatchObject({
    kind: 'unknown',
    error: { category: 'no_answer', code: 'timeout' },
  });
});

test('what PayPal says no to for the payer’s sake is a decline with a code of ours', () => {
  for (const [issue, code] of [
    ['INSTRUMENT_DECLINED', 'card_declined'],
    ['PAYER_CANNOT_PAY', 'card_declined'],
    ['TRANSACTION_REFUSED', 'card_declined'],
    ['PAYMENT_SOURCE_DECLINED_BY_PROCESSOR', 'card_declined'],
    ['CARD_EXPIRED', 'expired_card'],
    ['INVALID_SECURITY_CODE_LENGTH', 'incorrect_cvc'],
    ['BILLING_ADDRESS_INVALID', 'incorrect_postal_code'],
    ['PAYER_ACTION_REQUIRED', 'authentication_required'],
    ['TRANSACTION_BLOCKED_BY_PAYEE', 'fraud_suspected'],
    ['TRANSACTION_LIMIT_EXCEEDED', 'limit_exceeded'],
    ['CARD_TYPE_NOT_SUPPORTED', 'card_not_supported'],
    ['CURRENCY_NOT_SUPPORTED_FOR_COUNTRY', 'currency_not_supported'],
    ['DUPLICATE_INVOICE_ID', 'duplicate_transaction'],
    ['PAYER_ACCOUNT_RESTRICTED', 'payment_method_not_usable'],
    ['TOKEN_ID_NOT_FOUND', 'payment_method_not_usable'],
    ['REFUND_FAILED_INSUFFICIENT_FUNDS', 'insufficient_funds'],
  ] as const) {
    expect(of(422, issue), issue).toMatchObject({
      kind: 'declined',
      decline: { code, gatewayCode: issue },
    });
    expect(of(400, issue).kind, issue).toBe('refused');
  }
  expect(declineOf('SOMETHING_NEW', 'words').code).toBe('card_declined');
});

test('a kept wallet that is gone is a decline, and an order that is gone is not', () => {
  const field = '/payment_source/paypal/vault_id';
  expect(failureOf(answer(404, error('INVALID_RESOURCE_ID', { field })))).toMatchObject({
    kind: 'declined',
    decline: { code: 'payment_method_not_usable' },
  });
  expect(of(404, 'INVALID_RESOURCE_ID').kind).toBe('refused');
});

test('where the order stands elsewhere, the refusal says that the order tells more', () => {
  for (const issue of [
    'ORDER_ALREADY_CAPTURED',
    'ORDER_NOT_APPROVED',
    'PREVIOUSLY_VOIDED',
    'AUTHORIZATION_EXPIRED',
  ]) {
    expect(of(422, issue), issue).toMatchObject({ kind: 'refused', isOfState: true });
  }
});

test('where the payer can put it right the way there is told', () => {
  const links = [{ rel: 'payer-action', href: 'https://paypal.example/act' }];
  const body = { ...error('PAYER_ACTION_REQUIRED'), links };
  expect(failureOf(answer(422, body))).toMatchObject({
    kind: 'declined',
    payerActionUrl: 'https://paypal.example/act',
  });
});
