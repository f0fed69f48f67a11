import { expect, test } from 'vitest';
import { openSandbox } from './test-client.ts';

const ORDERS = '/v2/checkout/orders';
const usd = { currency_code: 'USD', value: '20.00' };
const order = (unit: object, more: object = {}) => ({
  intent: 'CAPTURE',
  purchase_units: [{ amount: usd, ...unit }],
  ...more,
});

test.each([
  [{}, 'MISSING_REQUIRED_PARAMETER', '/intent'],
  [order({}, { intent: 'SALE' }), 'INVALID_PARAMETER_VALUE', '/intent'],
  [{ intent: 'CAPTURE', purchase_units: [] }, 'INVALID_ARRAY_MIN_ITEMS', '/purchase_units'],
  [order({ amount: 20 }), 'INVALID_PARAMETER_SYNTAX', '/purchase_units/0/amount'],
  [
    order({ amount: { ...usd, value: '20,00' } }),
    'INVALID_PARAMETER_SYNTAX',
    '/purchase_units/0/amount/value',
  ],
  [order({ custom_id: 'x'.repeat(128) }), 'INVALID_STRING_LENGTH', '/purchase_units/0/custom_id'],
  [order({ custom: 'x' }), 'INVALID_PARAMETER_SYNTAX', '/purchase_units/0/custom'],
  [
    order({}, { payment_source: { token: { id: 'x', type: 'CARD' } } }),
    'INVALID_PARAMETER_VALUE',
    '/payment_source/token/type',
  ],
])('a malformed order is an invalid request: %j', async (body, issue, field) => {
  const { post, sandbox } = await openSandbox();
  const refused = await post(ORDERS, body);
  expect([refused.status, refused.body.name]).toEqual([400, 'INVALID_REQUEST']);
  expect(refused.body.details).toContainEqual(expect.objectContaining({ issue, field }));
  expect(refused.body.debug_id).toBe(refused.headers.get('paypal-debug-id'));
  expect(sandbox.books().payments).toEqual([]);
});

test.each([
  ['USD', '20.005', 'DECIMAL_PRECISION'],
  ['JPY', '20.00', 'DECIMAL_PRECISION'],
  ['HUF', '20.5', 'DECIMAL_PRECISION'],
  ['KWD', '20.000', 'INVALID_CURRENCY_CODE'],
  ['USD', '0.00', 'CANNOT_BE_ZERO_OR_NEGATIVE'],
  ['USD', '-5.00', 'CANNOT_BE_ZERO_OR_NEGATIVE'],
  ['USD', '1000000000000000.00', 'MAX_VALUE_EXCEEDED'],
])('an amount that cannot be is unprocessable: %s %s', async (currency_code, value, issue) => {
  const { post } = await openSandbox();
  const refused = await post(ORDERS, order({ amount: { currency_code, value } }));
  expect([refused.status, refused.body.details[0]?.issue]).toEqual([422, issue]);
});

test('several flaws are told of at once', async () => {
  const { post } = await openSandbox();
  const refused = await post(ORDERS, { purchase_units: [{ amount: usd, extra: 1, more: 2 }] });
  expect(refused.body.details.map(({ field }) => field).sort()).toEqual([
    '/intent',
    '/purchase_units/0/extra',
    '/purchase_units/0/more',
  ]);
});

test('a body that is no JSON, or not said to be, is refused', async () => {
  const { call, send, post } = await openSandbox();
  await post(ORDERS, order({}));
  const token = (
    await send(
      'POST',
      '/v1/oauth2/token',
      { authorization: `Basic ${btoa('client_id_sandbox:client_secret_sandbox')}` },
      'grant_type=client_credentials',
    )
  ).body.access_token;
  const authorization = `Bearer ${token}`;
  const json = { authorization, 'content-type': 'application/json' };
  const broken = await send('POST', ORDERS, json, '{"intent"');
  expect(broken.body.details[0]?.issue).toBe('MALFORMED_REQUEST_JSON');
  const form = { authorization, 'content-type': 'application/x-www-form-urlencoded' };
  const wrong = await send('POST', ORDERS, form, 'intent=CAPTURE');
  expect([wrong.status, wrong.body.name]).toEqual([415, 'UNSUPPORTED_MEDIA_TYPE']);
  expect((await call('GET', '/v2/checkout/nothing')).status).toBe(404);
});

test('an order has one purchase unit here', async () => {
  const { post } = await openSandbox();
  const refused = await post(ORDERS, {
    intent: 'CAPTURE',
    purchase_units: [{ amount: usd }, { amount: usd, reference_id: 'b' }],
  });
  expect([refused.status, refused.body.details[0]?.issue]).toEqual([400, 'NOT_SUPPORTED']);
});

test('patches are applied together or not at all', async () => {
  const { post, call, get } = await openSandbox();
  const { body } = await post(ORDERS, order({ description: 'old' }));
  const at = (field: string, reference = 'default') =>
    `/purchase_units/@reference_id=='${reference}'/${field}`;
  const good = { op: 'replace', path: at('description'), value: 'new' };
  for (const [bad, issue] of [
    [{ op: 'replace', path: at('payee'), value: 'x' }, 'FIELD_NOT_PATCHABLE'],
    [{ op: 'replace', path: '/intent', value: 'AUTHORIZE' }, 'FIELD_NOT_PATCHABLE'],
    [{ op: 'replace', path: 'intent', value: 'x' }, 'INVALID_JSON_POINTER_FORMAT'],
    [{ op: 'replace', path: at('custom_id', 'other'), value: 'x' }, 'REFERENCE_ID_NOT_FOUND'],
    [{ op: 'replace', path: at('custom_id') }, 'PATCH_VALUE_REQUIRED'],
    [{ op: 'remove', path: at('custom_id') }, 'INVALID_PATCH_OPERATION'],
    [{ op: 'move', path: at('custom_id') }, 'INVALID_PARAMETER_VALUE'],
  ] as const) {
    const refused = await call('PATCH', `${ORDERS}/${body.id}`, [good, bad]);
    expect(refused.body.details[0]?.issue).toBe(issue);
  }
  const kept = (await get(`${ORDERS}/${body.id}`)).body.purchase_units[0];
  expect(kept?.description).toBe('old');
});
