import { createHmac } from 'node:crypto';
import { expect, test } from 'vitest';
import { openReceiver } from '../test-receiver.ts';
import { openSandbox, SIGNATURE_KEY } from './test-client.ts';
import { eventTypes } from './subjects.ts';

/** The parts of a notification that tests look at. */
type Notification = {
  event_id: string;
  type: string;
  merchant_id: string;
  data: {
    type: string;
    id: string;
    deleted?: boolean;
    object: Record<string, { id: string; status?: string; state?: string }>;
  };
};

async function openWithReceiver() {
  const receiver = await openReceiver();
  const client = await openSandbox({
    webhook: {
      url: receiver.url,
      signatureKey: SIGNATURE_KEY,
      notificationUrl: 'https://shop.test/hook',
      retryDelaysMs: [1],
    },
  });
  const notifications = () => receiver.received.map(({ body }) => JSON.parse(body) as Notification);
  return { ...client, receiver, notifications };
}

test('a payment and its refund are told step by step, each state as it was', async () => {
  const { pay, post, newKey, sandbox, receiver, notifications } = await openWithReceiver();
  const { id } = (await pay('cnon:card-nonce-ok')).body.payment;
  sandbox.advance(1);
  await post('/v2/refunds', {
    idempotency_key: newKey(),
    payment_id: id,
    amount_money: { amount: 500, currency: 'USD' },
  });
  sandbox.advance(1);
  await expect.poll(() => receiver.received.length).toBe(7);
  // Notifications may overtake each other on the way.
  const told = notifications()
    .map(({ type, data }) => `${type} ${Object.values(data.object)[0]?.status}`)
    .sort();
  expect(told).toEqual([
    'payment.created APPROVED',
    ...['COMPLETED', 'COMPLETED', 'COMPLETED', 'COMPLETED'].map((one) => `payment.updated ${one}`),
    'refund.created PENDING',
    'refund.updated COMPLETED',
  ]);
  expect(new Set(notifications().map((one) => one.event_id)).size).toBe(7);
});

test('a notification is signed over the configured URL and the body', async () => {
  const { pay, receiver } = await openWithReceiver();
  await pay('cnon:card-nonce-declined');
  await expect.poll(() => receiver.received.length).toBe(1);
  const [{ body, headers }] = receiver.received as [(typeof receiver.received)[0]];
  const signature = createHmac('sha256', SIGNATURE_KEY)
    .update(`https://shop.test/hook${body}`)
    .digest('base64');
  expect(headers['x-square-hmacsha256-signature']).toBe(signature);
  expect(JSON.parse(body)).toMatchObject({
    type: 'payment.created',
    merchant_id: 'MLSANDBOX0000',
    data: { type: 'payment', object: { payment: { status: 'FAILED' } } },
  });
});

test('a notification that is not taken comes again', async () => {
  const { pay, receiver, sandbox } = await openWithReceiver();
  receiver.statuses.push(500);
  await pay('cnon:card-nonce-declined');
  await expect.poll(() => receiver.received.length).toBe(2);
  await sandbox.webhooks.idle();
  expect(sandbox.webhooks.report()).toMatchObject({ delivered: 1, pending: 0 });
});

test('customers, cards and disputes are told of', async () => {
  const client = await openWithReceiver();
  const { post, put, call, control, notifications } = client;
  const { id } = await client.customer();
  await put(`/v2/customers/${id}`, { note: 'Tea' });
  const card = { customer_id: id };
  await post('/v2/cards', { idempotency_key: 'one', source_id: 'cnon:card-nonce-ok', card });
  await call('DELETE', `/v2/customers/${id}`);
  await client.pay('cnon:card-nonce-ok');
  await control('POST', 'disputes');
  const { text } = await client.get('/v2/disputes');
  const [open] = (JSON.parse(text) as { disputes: { id: string }[] }).disputes;
  const path = `/v2/disputes/${open?.id}`;
  const evidence = await post(`${path}/evidence-text`, {
    idempotency_key: 'two',
    evidence_text: 'A receipt',
  });
  await call('DELETE', `${path}/evidence/${evidence.body.evidence.id}`);
  await post(`${path}/accept`);
  const expected = [
    'card.created',
    'card.disabled',
    'customer.created',
    'customer.deleted',
    'customer.updated',
    'dispute.created',
    'dispute.evidence.created',
    'dispute.evidence.deleted',
    'dispute.state.updated',
  ];
  const told = () =>
    notifications()
      .map(({ type }) => type)
      .filter((type) => !type.startsWith('payment.'))
      .sort();
  await expect.poll(told).toEqual(expected);
  const deleted = notifications().find(({ type }) => type === 'customer.deleted');
  expect(deleted?.data).toMatchObject({ deleted: true, object: { customer: { id } } });
});

test('any event can be asked for, about something made up or about the newest, with parts of it set', async () => {
  const client = await openWithReceiver();
  const { control, notifications, sandbox } = client;
  for (const type of eventTypes()) {
    const { status, text } = await control('POST', 'events', { type });
    expect([status, JSON.parse(text)]).toMatchObject([200, { type }]);
  }
  const types = () => notifications().map(({ type }) => type);
  await expect.poll(() => types().sort()).toEqual([...eventTypes()].sort());
  expect(sandbox.books().payments).toEqual([]);
  const { id } = (await client.pay('cnon:card-nonce-declined')).body.payment;
  await control('POST', 'events', {
    type: 'payment.updated',
    set: { 'data.object.payment.status': 'CANCELED', 'data.object.payment.note': 'Tea' },
  });
  await expect
    .poll(() => notifications().at(-1)?.data.object)
    .toMatchObject({ payment: { id, status: 'CANCELED', note: 'Tea' } });
  expect((await client.get(`/v2/payments/${id}`)).body.payment.status).toBe('FAILED');
  const unknown = await control('POST', 'events', { type: 'payment.exploded' });
  expect([unknown.status, unknown.text]).toEqual([400, expect.stringContaining('payment.created')]);
});

test('faults duplicate, withhold and reorder notifications', async () => {
  const { pay, receiver, sandbox } = await openWithReceiver();
  sandbox.faults.add({
    match: { type: 'payment.created' },
    webhook: { kind: 'duplicate', times: 2 },
    times: 1,
  });
  await pay('cnon:card-nonce-declined');
  await expect.poll(() => receiver.received.length).toBe(3);
  sandbox.faults.add({ match: { type: 'payment.created' }, webhook: { kind: 'withhold' } });
  await pay('cnon:card-nonce-declined');
  expect(sandbox.webhooks.report()).toMatchObject({ held: 1 });
  expect(sandbox.webhooks.release()).toBe(1);
  await expect.poll(() => receiver.received.length).toBe(4);
});
