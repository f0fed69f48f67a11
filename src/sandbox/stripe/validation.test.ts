import { expect, test } from 'vitest';
import { openSandbox } from './test-client.ts';
import type { Form } from './test-client.ts';

const refusals: [string, Form, { code?: string; param: string }][] = [
  ['an unknown parameter', { nonsense: '1' }, { code: 'parameter_unknown', param: 'nonsense' }],
  [
    'an unknown nested parameter',
    { 'payment_method_options[card][nonsense]': '1' },
    { code: 'parameter_unknown', param: 'payment_method_options[card][nonsense]' },
  ],
  ['an empty amount', { amount: '' }, { code: 'parameter_invalid_empty', param: 'amount' }],
  [
    'a fractional amount',
    { amount: '10.5' },
    { code: 'parameter_invalid_integer', param: 'amount' },
  ],
  ['a negative amount', { amount: '-100' }, { code: 'parameter_invalid_integer', param: 'amount' }],
  ['an amount of zero', { amount: '0' }, { code: 'parameter_invalid_integer', param: 'amount' }],
  [
    'an endless amount',
    { amount: '9'.repeat(500) },
    { code: 'parameter_invalid_integer', param: 'amount' },
  ],
  ['an amount below the minimum', { amount: '49' }, { code: 'amount_too_small', param: 'amount' }],
  [
    'an amount above the maximum',
    { amount: '100000000' },
    { code: 'amount_too_large', param: 'amount' },
  ],
  ['an unknown currency', { currency: 'xyz' }, { param: 'currency' }],
  ['an unknown capture method', { capture_method: 'later' }, { param: 'capture_method' }],
  ['a boolean that is none', { confirm: 'yes' }, { param: 'confirm' }],
  ['a hash that is none', { metadata: 'x' }, { param: 'metadata' }],
  ['a list that is none', { expand: 'latest_charge' }, { param: 'expand' }],
  ['an expansion that is none', { 'expand[]': 'status' }, { param: 'expand' }],
  ['metadata with a long key', { [`metadata[${'k'.repeat(41)}]`]: 'x' }, { param: 'metadata' }],
  ['a long descriptor', { statement_descriptor_suffix: 'x'.repeat(23) }, { param: 'descriptor' }],
  ['a description that is too long', { description: 'x'.repeat(1001) }, { param: 'description' }],
  ['a return_url without confirm', { return_url: 'https://a.test' }, { param: 'return_url' }],
  ['off_session without confirm', { off_session: 'true' }, { param: 'off_session' }],
  [
    'a confirmation without a payment method',
    { confirm: 'true' },
    { code: 'parameter_missing', param: 'payment_method' },
  ],
  [
    'a confirmation that may redirect nowhere',
    { confirm: 'true', payment_method: 'pm_card_visa' },
    { param: 'return_url' },
  ],
  [
    'a return_url that is none',
    { confirm: 'true', payment_method: 'pm_card_visa', return_url: 'nowhere' },
    { code: 'url_invalid', param: 'return_url' },
  ],
  [
    'automatic and named payment method types',
    { 'payment_method_types[]': 'card', 'automatic_payment_methods[enabled]': 'true' },
    { code: 'parameters_exclusive', param: 'payment_method_types' },
  ],
  ['types without card', { 'payment_method_types[]': 'sofort' }, { param: 'payment_method_types' }],
  [
    'a whole statement descriptor for a card',
    { payment_method: 'pm_card_visa', statement_descriptor: 'SHOP' },
    { param: 'statement_descriptor' },
  ],
  [
    'a customer of another form',
    { customer: '17' },
    { code: 'resource_missing', param: 'customer' },
  ],
];

test.each(refusals)('%s is refused and nothing is created', async (_, form, expected) => {
  const { post, sandbox } = await openSandbox();
  const { status, body } = await post('/v1/payment_intents', {
    amount: '2000',
    currency: 'usd',
    ...form,
  });
  const { param, ...error } = expected;
  expect(status).toBe(400);
  expect(body.error).toMatchObject({ type: 'invalid_request_error', ...error });
  expect(body.error.param).toContain(param);
  expect(sandbox.books().payments).toEqual([]);
});

test('a parameter that is left out is missing', async () => {
  const { post } = await openSandbox();
  const { body } = await post('/v1/payment_intents', { currency: 'usd' });
  expect(body.error).toMatchObject({ code: 'parameter_missing', param: 'amount' });
});

const money: [string, string, string | undefined][] = [
  ['50', 'jpy', undefined],
  ['49', 'jpy', 'amount_too_small'],
  ['99999999', 'usd', undefined],
  ['1000', 'USD', undefined],
  ['1230', 'kwd', undefined],
  ['1234', 'kwd', 'parameter_invalid_integer'],
  ['500', 'isk', undefined],
  ['550', 'isk', 'parameter_invalid_integer'],
  ['30', 'gbp', undefined],
];

test.each(money)('%s minor units of %s: %s', async (amount, currency, code) => {
  const { post } = await openSandbox();
  const { body } = await post('/v1/payment_intents', { amount, currency });
  if (code === undefined) expect(body).toMatchObject({ amount: Number(amount) });
  else expect(body.error.code).toBe(code);
});

test('a key is taken as Bearer or as the user of Basic, and no other', async () => {
  const { sandbox } = await openSandbox();
  const statusWith = async (authorization: string | undefined) => {
    const headers = authorization === undefined ? {} : { authorization };
    return (await fetch(`${sandbox.url}/v1/payment_intents`, { headers })).status;
  };
  expect(await statusWith('Bearer sk_test_sandbox')).toBe(200);
  expect(await statusWith(`Basic ${btoa('sk_test_sandbox:')}`)).toBe(200);
  expect(await statusWith('Bearer sk_test_other')).toBe(401);
  expect(await statusWith('Bearer pk_test_sandbox')).toBe(401);
  expect(await statusWith(undefined)).toBe(401);
});

test('a wrong key is not repeated in full', async () => {
  const { pay } = await openSandbox();
  const { body } = await pay('pm_card_visa', {}, { key: 'sk_test_0123456789abcdef' });
  expect(body.error.message).toContain('sk_test_****cdef');
});

test('what does not exist is missing, and unknown calls are unrecognised', async () => {
  const { get, post } = await openSandbox();
  for (const path of ['payment_intents/pi_1', 'charges/ch_1', 'refunds/re_1', 'events/evt_1']) {
    const { status, body } = await get(`/v1/${path}`);
    expect(status, path).toBe(404);
    expect(body.error.code).toBe('resource_missing');
  }
  const unknown = await post('/v1/subscriptions');
  expect(unknown.status).toBe(404);
  expect(unknown.body.error.message).toContain('POST: /v1/subscriptions');
});

test('a body that is not a form is refused', async () => {
  const { post } = await openSandbox();
  const { status } = await post(
    '/v1/payment_intents',
    { amount: '2000', currency: 'usd' },
    { headers: { 'content-type': 'application/json' } },
  );
  expect(status).toBe(400);
});

test('a body above a megabyte is refused', async () => {
  const { post } = await openSandbox();
  const { status } = await post('/v1/payment_intents', { description: 'x'.repeat(1_100_000) });
  expect(status).toBe(413);
});

test('every answer carries a request id, and the version that was asked for', async () => {
  const { post } = await openSandbox();
  const { headers } = await post(
    '/v1/payment_intents',
    { amount: '2000', currency: 'usd' },
    { headers: { 'stripe-version': '2026-10-28.endive' } },
  );
  expect(headers.get('request-id')).toMatch(/^req_\w{14}$/);
  expect(headers.get('stripe-version')).toBe('2026-10-28.endive');
});

test('newer versions of the API capture asynchronously unless told otherwise', async () => {
  const { post } = await openSandbox();
  const methodOf = async (version: string) => {
    const headers = { 'stripe-version': version };
    const form = { amount: '2000', currency: 'usd' };
    return (await post('/v1/payment_intents', form, { headers })).body.capture_method;
  };
  expect(await methodOf('2023-08-16')).toBe('automatic');
  expect(await methodOf('2026-10-28.endive')).toBe('automatic_async');
});

test('any newer version may name the allowed types in place of the types', async () => {
  const { post } = await openSandbox();
  const { status } = await post('/v1/payment_intents', {
    amount: '2000',
    currency: 'usd',
    'allowed_payment_method_types[0]': 'card',
  });
  expect(status).toBe(200);
});
