import { createHmac } from 'node:crypto';
import { expect, test } from 'vitest';
import { openReceiver } from '../test-receiver.ts';
import { openSandbox } from './test-client.ts';
import type { Client } from './test-client.ts';

const SECRET = 'whsec_test';

const open = async (options: { retryDelaysMs?: number[]; maxAttempts?: number } = {}) => {
  const receiver = await openReceiver();
  const client = await openSandbox({
    webhook: { url: receiver.url, secret: SECRET, retryDelaysMs: [1], ...options },
  });
  return { ...client, receiver };
};

const idle = ({ sandbox }: Client) => sandbox.webhooks.idle();

test('every event arrives, signed over its time and its exact bytes', async () => {
  const { receiver, ...client } = await open();
  await client.pay('pm_card_visa');
  await idle(client);
  expect(receiver.types().sort()).toEqual([
    'charge.succeeded',
    'payment_intent.created',
    'payment_intent.succeeded',
  ]);
  for (const { body, headers } of receiver.received) {
    const header = String(headers['stripe-signature']);
    const [, timestamp, signature] = /^t=(\d+),v1=([0-9a-f]{64})$/.exec(header) ?? [];
    const expected = createHmac('sha256', SECRET).update(`${timestamp}.${body}`).digest('hex');
    expect(signature).toBe(expected);
    expect(Math.abs(Number(timestamp) - Date.now() / 1000)).toBeLessThan(5);
  }
});

test('advancing the clock does not date signatures into the future', async () => {
  const { receiver, ...client } = await open();
  client.sandbox.advance(30 * 86_400);
  await client.pay('pm_card_visa');
  await idle(client);
  const header = String(receiver.received[0]?.headers['stripe-signature']);
  expect(Number(/^t=(\d+)/.exec(header)?.[1])).toBeLessThan(Date.now() / 1000 + 5);
});

const story = async (client: Client): Promise<void> => {
  const { pay, post } = client;
  const held = await pay('pm_card_visa', { capture_method: 'manual' });
  await post(`/v1/payment_intents/${held.body.id}/capture`);
  await post('/v1/refunds', { payment_intent: held.body.id, amount: '500' });
  const canceled = await pay('pm_card_visa', { capture_method: 'manual' });
  await post(`/v1/payment_intents/${canceled.body.id}/cancel`);
  await pay('pm_card_chargeDeclined');
  await pay('pm_card_threeDSecure2Required');
  await pay('pm_card_visa', { capture_method: 'manual' });
  client.sandbox.advance(7 * 86_400);
};

test('each change of state has its event', async () => {
  const { receiver, ...client } = await open();
  await story(client);
  await idle(client);
  expect([...new Set(receiver.types())].sort()).toEqual([
    'charge.captured',
    'charge.expired',
    'charge.failed',
    'charge.refunded',
    'charge.succeeded',
    'payment_intent.amount_capturable_updated',
    'payment_intent.canceled',
    'payment_intent.created',
    'payment_intent.payment_failed',
    'payment_intent.requires_action',
    'payment_intent.succeeded',
    'refund.created',
  ]);
});

test('a refund that changes is told under both names, and its failure once more', async () => {
  const { receiver, ...client } = await open();
  const { body } = await client.pay('pm_card_visa');
  const refund = await client.post('/v1/refunds', { payment_intent: body.id });
  await idle(client);
  receiver.received.length = 0;
  client.sandbox.failRefund(refund.body.id);
  await idle(client);
  expect(receiver.types().sort()).toEqual([
    'charge.refund.updated',
    'charge.updated',
    'refund.failed',
    'refund.updated',
  ]);
});

test('a delivery is tried again until the endpoint takes it, and every attempt is shown', async () => {
  const { receiver, ...client } = await open();
  receiver.statuses.push(500, 302, 404);
  await client.post('/v1/payment_intents', { amount: '2000', currency: 'usd' });
  await idle(client);
  const { deliveries, delivered } = client.sandbox.webhooks.report();
  expect(delivered).toBe(1);
  expect(deliveries).toMatchObject([{ type: 'payment_intent.created', state: 'delivered' }]);
  expect(deliveries[0]?.attempts.map((attempt) => attempt.status)).toEqual([500, 302, 404, 200]);
  expect(new Set(receiver.received.map((one) => one.event.id)).size).toBe(1);
});

test('an endpoint that is away is given up after the last attempt', async () => {
  const client = await openSandbox({
    webhook: {
      url: 'http://127.0.0.1:1/hook',
      secret: SECRET,
      retryDelaysMs: [1],
      maxAttempts: 3,
    },
  });
  await client.post('/v1/payment_intents', { amount: '2000', currency: 'usd' });
  await idle(client);
  const { deliveries, givenUp } = client.sandbox.webhooks.report();
  expect(givenUp).toBe(1);
  expect(deliveries[0]?.state).toBe('given_up');
  expect(deliveries[0]?.attempts).toHaveLength(3);
  expect(deliveries[0]?.attempts[0]).toMatchObject({ status: null });
  expect(deliveries[0]?.attempts[0]?.error).toContain('ECONNREFUSED');
});

test('an event counts as pending until it is delivered', async () => {
  const { receiver, ...client } = await open();
  client.sandbox.faults.add({ webhook: { kind: 'withhold' } });
  await client.post('/v1/payment_intents', { amount: '2000', currency: 'usd' });
  const pending = async () => (await client.get('/v1/events')).body.data[0]?.pending_webhooks;
  expect(await pending()).toBe(1);
  expect((await client.get('/v1/events', { delivery_success: 'true' })).body.data).toEqual([]);
  client.sandbox.webhooks.release();
  await idle(client);
  expect(await pending()).toBe(0);
  expect(receiver.received).toHaveLength(1);
});

test('a duplicated event arrives as often as asked, with one id', async () => {
  const { receiver, ...client } = await open();
  client.sandbox.faults.add({
    match: { type: 'charge.succeeded' },
    webhook: { kind: 'duplicate', times: 4 },
    times: 1,
  });
  await client.pay('pm_card_visa');
  await idle(client);
  const copies = receiver.received.filter((one) => one.event.type === 'charge.succeeded');
  expect(copies).toHaveLength(5);
  expect(new Set(copies.map((one) => one.body)).size).toBe(1);
});

test('withheld events arrive when they are released, and not before', async () => {
  const { receiver, ...client } = await open();
  client.sandbox.faults.add({
    match: { type: 'payment_intent.succeeded' },
    webhook: { kind: 'withhold' },
  });
  await client.pay('pm_card_visa');
  await idle(client);
  expect(receiver.types()).not.toContain('payment_intent.succeeded');
  expect(client.sandbox.webhooks.report().held).toBe(1);
  const released = await client.control('POST', 'webhooks/release');
  expect(JSON.parse(released.text)).toEqual({ released: 1 });
  await idle(client);
  expect(receiver.types()).toContain('payment_intent.succeeded');
});

test('reordered events arrive newest first', async () => {
  const { receiver, ...client } = await open();
  client.sandbox.faults.add({ webhook: { kind: 'reorder', windowMs: 50 } });
  await client.pay('pm_card_visa');
  await idle(client);
  expect(receiver.types()).toEqual([
    'payment_intent.succeeded',
    'charge.succeeded',
    'payment_intent.created',
  ]);
});

test('a delayed event comes after those that followed it', async () => {
  const { receiver, ...client } = await open();
  client.sandbox.faults.add({
    match: { type: 'payment_intent.created' },
    webhook: { kind: 'delay', ms: 100 },
  });
  await client.pay('pm_card_visa');
  await idle(client);
  expect(receiver.types().at(-1)).toBe('payment_intent.created');
});

test('deliveries are shown over HTTP, also without an endpoint', async () => {
  const { receiver, ...client } = await open();
  await client.pay('pm_card_visa');
  await idle(client);
  const report = JSON.parse((await client.control('GET', 'webhooks')).text) as object;
  expect(report).toMatchObject({ endpoint: receiver.url, pending: 0, delivered: 3 });
  const silent = await openSandbox();
  await silent.pay('pm_card_visa');
  const none = JSON.parse((await silent.control('GET', 'webhooks')).text) as object;
  expect(none).toMatchObject({ endpoint: null, pending: 0, delivered: 0, deliveries: [] });
});

test('a hundred payments deliver every event exactly once', async () => {
  const { receiver, ...client } = await open();
  await Promise.all(Array.from({ length: 100 }, () => client.pay('pm_card_visa')));
  await idle(client);
  expect(receiver.received).toHaveLength(300);
  expect(new Set(receiver.received.map((one) => one.event.id)).size).toBe(300);
});

test('closing stops the retries of an endpoint that never takes anything', async () => {
  const { receiver, ...client } = await open({ retryDelaysMs: [60_000] });
  receiver.statuses.push(500);
  await client.post('/v1/payment_intents', { amount: '2000', currency: 'usd' });
  await expect.poll(() => receiver.received.length).toBe(1);
  await client.sandbox.close();
  expect(receiver.received).toHaveLength(1);
});
