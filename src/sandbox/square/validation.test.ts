import { expect, test } from 'vitest';
import { openSandbox } from './test-client.ts';
import type { Body } from './test-client.ts';

test('a wrong token is refused before anything else', async () => {
  const { call, refusal } = await openSandbox();
  for (const options of [{ token: 'wrong' }, { headers: { authorization: 'Basic abc' } }]) {
    const reply = await call('POST', '/v2/payments', {}, options);
    expect(refusal(reply)).toEqual([401, 'UNAUTHORIZED']);
    expect(reply.body.errors?.[0]?.category).toBe('AUTHENTICATION_ERROR');
  }
});

test('each flaw of a payment is told with its field', async () => {
  const { pay, sandbox } = await openSandbox();
  const cases: [Body, string, string][] = [
    [{ source_id: undefined }, 'MISSING_REQUIRED_PARAMETER', 'source_id'],
    [{ source_id: '' }, 'VALUE_EMPTY', 'source_id'],
    [{ idempotency_key: undefined }, 'MISSING_REQUIRED_PARAMETER', 'idempotency_key'],
    [{ amount_money: undefined }, 'MISSING_REQUIRED_PARAMETER', 'amount_money'],
    [{ amount_money: 'much' }, 'EXPECTED_OBJECT', 'amount_money'],
    [amount(0), 'VALUE_TOO_LOW', 'amount_money.amount'],
    [amount(-5), 'VALUE_TOO_LOW', 'amount_money.amount'],
    [amount(1.5), 'EXPECTED_INTEGER', 'amount_money.amount'],
    [amount('5'), 'EXPECTED_INTEGER', 'amount_money.amount'],
    [amount(5_000_001), 'PAYMENT_LIMIT_EXCEEDED', 'amount_money.amount'],
    [{ amount_money: { amount: 5 } }, 'MISSING_REQUIRED_PARAMETER', 'amount_money.currency'],
    [{ reference_id: 'x'.repeat(41) }, 'VALUE_TOO_LONG', 'reference_id'],
    [{ note: 'x'.repeat(501) }, 'VALUE_TOO_LONG', 'note'],
    [{ note: 5 }, 'EXPECTED_STRING', 'note'],
    [{ autocomplete: 'yes' }, 'EXPECTED_BOOLEAN', 'autocomplete'],
    [
      { statement_description_identifier: 'x'.repeat(21) },
      'VALUE_TOO_LONG',
      'statement_description_identifier',
    ],
    [{ delay_action: 'WAIT' }, 'INVALID_ENUM_VALUE', 'delay_action'],
    [{ delay_duration: 'PT169H' }, 'INVALID_VALUE', 'delay_duration'],
    [{ delay_duration: 'soon' }, 'INVALID_VALUE', 'delay_duration'],
    [{ buyer_email_address: 'nobody' }, 'INVALID_EMAIL_ADDRESS', 'buyer_email_address'],
    [{ customer_id: 'NONE' }, 'NOT_FOUND', 'customer_id'],
    [{ tip_money: { amount: 5, currency: 'USD' } }, 'SANDBOX_NOT_SUPPORTED', 'tip_money'],
    [{ colour: 'red' }, 'UNKNOWN_BODY_PARAMETER', 'colour'],
  ];
  for (const [body, code, field] of cases) {
    const reply = await pay('cnon:card-nonce-ok', { autocomplete: false, ...body });
    expect(reply.body.errors).toMatchObject([{ code, field }]);
  }
  expect(sandbox.books().payments).toEqual([]);
});

function amount(value: unknown): Body {
  return { amount_money: { amount: value, currency: 'USD' } };
}

test('several flaws are told at once', async () => {
  const { post, refusal } = await openSandbox();
  expect(refusal(await post('/v2/payments', { note: 5, colour: 'red' }))).toEqual([
    400,
    'MISSING_REQUIRED_PARAMETER',
    'MISSING_REQUIRED_PARAMETER',
    'MISSING_REQUIRED_PARAMETER',
    'EXPECTED_STRING',
    'UNKNOWN_BODY_PARAMETER',
  ]);
});

test('a body that is no JSON, a path that is none and a method too many are refused', async () => {
  const { call, refusal } = await openSandbox();
  const broken = await call('POST', '/v2/payments', '{"source_id":');
  expect(refusal(broken)).toEqual([400, 'EXPECTED_JSON_BODY']);
  const form = { headers: { 'content-type': 'application/x-www-form-urlencoded' } };
  expect(refusal(await call('POST', '/v2/payments', 'a=b', form))).toEqual([
    400,
    'EXPECTED_JSON_BODY',
  ]);
  for (const body of ['[]', '7', 'null']) {
    expect(refusal(await call('POST', '/v2/payments', body))).toEqual([400, 'EXPECTED_OBJECT']);
  }
  for (const path of [
    '/v2/nothing',
    '/v2/payments/',
    '/v2/payments/a/b/c',
    '/v2/payments//cancel',
  ]) {
    expect([path, refusal(await call('POST', path))]).toEqual([path, [404, 'NOT_FOUND']]);
  }
  expect(refusal(await call('DELETE', '/v2/payments'))).toEqual([405, 'METHOD_NOT_ALLOWED']);
  expect(refusal(await call('POST', '/v2/customers?note=Tea', { given_name: 'Ada' }))).toEqual([
    400,
    'UNKNOWN_QUERY_PARAMETER',
  ]);
});

test('the version of the API is a date, and comes back', async () => {
  const { call, refusal } = await openSandbox();
  const ask = (version: string) =>
    call('GET', '/v2/locations', undefined, { headers: { 'square-version': version } });
  expect((await ask('2026-09-16')).headers.get('square-version')).toBe('2026-09-16');
  expect(refusal(await ask('newest'))).toEqual([400, 'INVALID_SQUARE_VERSION_FORMAT']);
});
