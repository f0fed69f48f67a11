import { expect, test } from 'vitest';
import { captureOf, NO_KEY, openSandbox } from './test-client.ts';

const ORDERS = '/v2/checkout/orders';
const KEY = { 'paypal-request-id': 'k1' };
const ORDER = {
  intent: 'CAPTURE',
  purchase_units: [{ amount: { currency_code: 'USD', value: '20.00' } }],
};

test('a repeated order is the same order, told with 200', async () => {
  const { post, sandbox } = await openSandbox();
  const first = await post(ORDERS, ORDER, KEY);
  const again = await post(ORDERS, ORDER, KEY);
  expect([first.status, again.status]).toEqual([201, 200]);
  expect(again.text).toBe(first.text);
  expect(sandbox.books().payments).toHaveLength(1);
});

test('an id stands for one call: the capture may carry the id of its order', async () => {
  const { order, decide, post, sandbox } = await openSandbox();
  const created = await order();
  await decide(created, 'approve');
  const capture = () => post(`${ORDERS}/${created.id}/capture`, undefined, KEY);
  const [first, again] = [await capture(), await capture()];
  expect([first.status, again.status]).toEqual([201, 200]);
  expect(again.text).toBe(first.text);
  expect((await post(ORDERS, ORDER, KEY)).status).toBe(201);
  expect(sandbox.books().totals.liveCharges).toBe(1);
});

test('an id with another body is refused', async () => {
  const { post, sandbox } = await openSandbox();
  await post(ORDERS, ORDER, KEY);
  const other = await post(ORDERS, { ...ORDER, intent: 'AUTHORIZE' }, KEY);
  expect([other.status, other.body.details[0]?.issue]).toEqual([422, 'DUPLICATE_REQUEST_ID']);
  expect(sandbox.books().payments).toHaveLength(1);
});

test('a request whose id is in flight is a conflict, and does not run', async () => {
  const { post, sandbox } = await openSandbox();
  sandbox.faults.add({ fault: { kind: 'delay', ms: 300 }, match: { path: ORDERS }, times: 1 });
  const slow = post(ORDERS, ORDER, KEY);
  await expect.poll(() => sandbox.faults.list()).toEqual([]);
  const meanwhile = await post(ORDERS, ORDER, KEY);
  expect([meanwhile.status, meanwhile.body.details[0]?.issue]).toEqual([
    409,
    'PREVIOUS_REQUEST_IN_PROGRESS',
  ]);
  expect((await slow).status).toBe(201);
  expect(sandbox.books().payments).toHaveLength(1);
});

test('what state refuses can be tried again with the same id, a decline stands', async () => {
  const { order, decide, post } = await openSandbox();
  const created = await order();
  const capture = (id: string) =>
    post(`${ORDERS}/${created.id}/capture`, undefined, { 'paypal-request-id': id });
  expect((await capture('a')).body.details[0]?.issue).toBe('ORDER_NOT_APPROVED');
  await decide(created, 'approve-declined');
  expect((await capture('a')).body.details[0]?.issue).toBe('INSTRUMENT_DECLINED');
  await decide(created, 'approve');
  expect((await capture('a')).body.details[0]?.issue).toBe('INSTRUMENT_DECLINED');
  expect((await capture('b')).body.status).toBe('COMPLETED');
});

test('ids of orders are forgotten after six hours, those of refunds after 45 days', async () => {
  const { post, pay, sandbox, renewToken } = await openSandbox();
  const { id } = captureOf(await pay());
  const body = { amount: { currency_code: 'USD', value: '1.00' } };
  const refund = () => post(`/v2/payments/captures/${id}/refund`, body, KEY);
  const order = async () => (await post(ORDERS, ORDER, KEY)).body.id;
  const [firstOrder, firstRefund] = [await order(), await refund()];
  sandbox.advance(6 * 3_600 - 60);
  expect(await order()).toBe(firstOrder);
  sandbox.advance(60);
  expect(await order()).not.toBe(firstOrder);
  sandbox.advance(44 * 86_400);
  renewToken();
  expect((await refund()).body.id).toBe(firstRefund.body.id);
  sandbox.advance(86_400);
  renewToken();
  expect((await refund()).body.id).not.toBe(firstRefund.body.id);
});

test('an order that pays needs an id, and so does everything in the vault', async () => {
  const { call } = await openSandbox();
  const send = (path: string, body: object) => call('POST', path, body, NO_KEY);
  const paying = await send(ORDERS, { ...ORDER, payment_source: { paypal: {} } });
  expect([paying.status, paying.body.details[0]?.issue]).toEqual([
    400,
    'PAYPAL_REQUEST_ID_REQUIRED',
  ]);
  expect((await send(ORDERS, ORDER)).status).toBe(201);
  const vaulting = await send('/v3/vault/setup-tokens', {});
  expect(vaulting.body.details[0]).toMatchObject({
    issue: 'MISSING_REQUIRED_PARAMETER',
    field: 'PayPal-Request-Id',
  });
});

test('an id is at most 108 characters long', async () => {
  const { post } = await openSandbox();
  const send = (length: number) => post(ORDERS, ORDER, { 'paypal-request-id': 'k'.repeat(length) });
  expect((await send(108)).status).toBe(201);
  expect((await send(109)).body.details[0]?.issue).toBe('INVALID_STRING_LENGTH');
});
