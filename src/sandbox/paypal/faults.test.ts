import { expect, test } from 'vitest';
import { captureOf, openSandbox } from './test-client.ts';

const ORDERS = '/v2/checkout/orders';
const CAPTURES = `${ORDERS}/*/capture`;
const KEY = { 'paypal-request-id': 'k1' };

test('an answer that is lost after the work has charged once, and the retry gets it', async () => {
  const { order, decide, post, sandbox } = await openSandbox();
  const created = await order();
  await decide(created, 'approve');
  sandbox.faults.add({
    match: { path: CAPTURES },
    fault: { kind: 'drop', when: 'after' },
    times: 1,
  });
  const capture = () => post(`${ORDERS}/${created.id}/capture`, undefined, KEY);
  await expect(capture()).rejects.toThrow();
  expect(sandbox.books().totals.liveCharges).toBe(1);
  expect((await capture()).body.status).toBe('COMPLETED');
  expect(sandbox.books().totals.liveCharges).toBe(1);
});

test('an answer that is lost before the work has charged nothing', async () => {
  const { order, decide, post, sandbox } = await openSandbox();
  const created = await order();
  await decide(created, 'approve');
  sandbox.faults.add({ match: { path: CAPTURES }, fault: { kind: 'drop' }, times: 1 });
  const capture = () => post(`${ORDERS}/${created.id}/capture`, undefined, KEY);
  await expect(capture()).rejects.toThrow();
  expect(sandbox.books().totals.liveCharges).toBe(0);
  expect((await capture()).body.status).toBe('COMPLETED');
});

test('a failure after the work is not what is kept: the retry is told how it went', async () => {
  const { order, decide, post, sandbox } = await openSandbox();
  const created = await order();
  await decide(created, 'approve');
  sandbox.faults.add({
    match: { path: CAPTURES },
    fault: { kind: 'status', status: 503, when: 'after' },
    times: 1,
  });
  const capture = () => post(`${ORDERS}/${created.id}/capture`, undefined, KEY);
  const failed = await capture();
  expect([failed.status, failed.body.name]).toEqual([503, 'SERVICE_UNAVAILABLE']);
  expect((await capture()).body.status).toBe('COMPLETED');
  expect(sandbox.books().totals.liveCharges).toBe(1);
});

test('faults come in the shape of the gateway, or as they were given', async () => {
  const { get, sandbox } = await openSandbox();
  for (const [status, name] of [
    [429, 'RATE_LIMIT_REACHED'],
    [500, 'INTERNAL_SERVER_ERROR'],
    [403, 'NOT_AUTHORIZED'],
  ] as const) {
    sandbox.faults.add({
      match: { path: ORDERS },
      fault: { kind: 'status', status },
      times: 1,
    });
    const answer = await get(`${ORDERS}/X`);
    expect([answer.status, answer.body.name]).toEqual([status, name]);
  }
  sandbox.faults.add({ match: { path: ORDERS }, fault: { kind: 'malformed' }, times: 1 });
  expect((await get(`${ORDERS}/X`)).text).toContain('<html>');
});

test('tokens can be refused too', async () => {
  const { get, sandbox } = await openSandbox();
  const path = '/v1/oauth2/token';
  sandbox.faults.add({ match: { path }, fault: { kind: 'status', status: 503 }, times: 1 });
  expect((await get('/v1/customer/disputes')).status).toBe(401);
});

test('a fault can be meant for one payment, by the references that it carries', async () => {
  const { order, get, post, sandbox } = await openSandbox();
  const [first, second] = [
    await order({}, { custom_id: 'pay_1' }),
    await order({}, { custom_id: 'pay_2' }),
  ];
  sandbox.faults.add({
    match: { metadata: { custom_id: 'pay_2' } },
    fault: { kind: 'status', status: 500 },
  });
  expect((await get(`${ORDERS}/${first.id}`)).status).toBe(200);
  expect((await get(`${ORDERS}/${second.id}`)).status).toBe(500);
  const unit = { amount: { currency_code: 'USD', value: '1.00' }, custom_id: 'pay_2' };
  const third = await post(ORDERS, { intent: 'CAPTURE', purchase_units: [unit] });
  expect(third.status).toBe(500);
});

test('an error can be asked for with a header', async () => {
  const { pay, post, sandbox } = await openSandbox();
  const { id } = captureOf(await pay());
  const mock = (code: string) =>
    post(`/v2/payments/captures/${id}/refund`, undefined, {
      'paypal-mock-response': JSON.stringify({ mock_application_codes: code }),
    });
  const refused = await mock('REFUND_FAILED_INSUFFICIENT_FUNDS');
  expect([refused.status, refused.body.details[0]?.issue]).toEqual([
    422,
    'REFUND_FAILED_INSUFFICIENT_FUNDS',
  ]);
  expect((await mock('NO_SUCH_CODE')).body.details[0]?.issue).toBe('INVALID_PARAMETER_VALUE');
  expect(sandbox.books().payments[0]?.refunds).toEqual([]);
});

test('a reset forgets orders and faults', async () => {
  const { pay, control, sandbox, get } = await openSandbox();
  const order = await pay();
  sandbox.faults.add({ behaviour: 'captures_pending' });
  expect((await control('POST', 'reset')).status).toBe(200);
  expect(sandbox.books().payments).toEqual([]);
  expect(sandbox.faults.list()).toEqual([]);
  expect((await get(`${ORDERS}/${order.id}`)).status).toBe(404);
});
