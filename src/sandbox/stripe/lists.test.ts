import { expect, test } from 'vitest';
import { processingFee } from './balance.ts';
import { writableFee } from './currencies.ts';
import { openSandbox } from './test-client.ts';

test('intents are listed newest first, in pages that leave nothing out', async () => {
  const { pay, get } = await openSandbox();
  const made: string[] = [];
  for (let n = 0; n < 5; n += 1) made.unshift((await pay('pm_card_visa')).body.id);
  const seen: string[] = [];
  let hasMore = true;
  while (hasMore) {
    const after = seen.at(-1);
    const { body } = await get('/v1/payment_intents', {
      limit: '2',
      ...(after === undefined ? {} : { starting_after: after }),
    });
    seen.push(...body.data.map((intent) => intent.id));
    hasMore = body.has_more;
  }
  expect(seen).toEqual(made);
  const back = await get('/v1/payment_intents', { limit: '2', ending_before: made[3] ?? '' });
  expect(back.body.data.map((intent) => intent.id)).toEqual(made.slice(1, 3));
});

test('a list is bounded by the time of creation', async () => {
  const { pay, get, sandbox } = await openSandbox();
  const early = (await pay('pm_card_visa')).body;
  sandbox.advance(60);
  const late = (await pay('pm_card_visa')).body;
  const idsWith = async (range: Record<string, string>) =>
    (await get('/v1/payment_intents', range)).body.data.map((intent) => intent.id);
  const at = String(late.created);
  expect(await idsWith({ 'created[gte]': at })).toEqual([late.id]);
  expect(await idsWith({ 'created[gt]': at })).toEqual([]);
  expect(await idsWith({ 'created[lt]': at })).toEqual([early.id]);
  expect(await idsWith({ 'created[gte]': String(early.created), 'created[lte]': at })).toEqual([
    late.id,
    early.id,
  ]);
  expect(await idsWith({ created: String(early.created) })).toEqual([early.id]);
});

test.each([{ limit: '0' }, { limit: '101' }, { limit: 'x' }, { 'created[near]': '1' }])(
  'a list refuses %o',
  async (query) => {
    const { get } = await openSandbox();
    expect((await get('/v1/charges', query)).status).toBe(400);
  },
);

test('a list refuses a cursor that names nothing', async () => {
  const { get } = await openSandbox();
  const { status, body } = await get('/v1/charges', { starting_after: 'ch_nothing' });
  expect(status).toBe(400);
  expect(body.error).toMatchObject({ code: 'resource_missing', param: 'starting_after' });
});

test('charges, refunds and balance transactions of one object are found through it', async () => {
  const { pay, post, get } = await openSandbox();
  const { body } = await pay('pm_card_visa');
  await pay('pm_card_visa');
  const refund = (await post('/v1/refunds', { payment_intent: body.id, amount: '500' })).body;
  const charges = await get('/v1/charges', { payment_intent: body.id });
  expect(charges.body.data.map((charge) => charge.id)).toEqual([body.latest_charge]);
  for (const query of [{ payment_intent: body.id }, { charge: body.latest_charge }]) {
    const refunds = await get('/v1/refunds', query);
    expect(refunds.body.data.map((one) => one.id)).toEqual([refund.id]);
  }
  const paid = await get('/v1/balance_transactions', { source: refund.id });
  expect(paid.body.data).toMatchObject([{ type: 'refund', amount: -500, fee: 0 }]);
  const taken = await get('/v1/balance_transactions', { source: body.latest_charge });
  expect(taken.body.data).toMatchObject([{ type: 'charge', amount: 2000, fee: 88, net: 1912 }]);
  const refundsOnly = await get('/v1/balance_transactions', { type: 'refund' });
  expect(refundsOnly.body.data).toHaveLength(1);
});

test.each([
  [2000n, 88n],
  [50n, 31n],
  [99_999_999n, 2_900_030n],
  [1n, 30n],
  // 17 minor units cost 0.493 by the percentage, and 18 cost 0.522: halves round up.
  [17n, 30n],
  [18n, 31n],
])('the fee on %s minor units is %s', (amount, fee) => {
  expect(processingFee(amount)).toBe(fee);
});

test.each([
  ['isk', 233n, 300n],
  ['ugx', 300n, 300n],
  ['usd', 233n, 233n],
])('a fee in %s of %s is written as %s', (currency, fee, written) => {
  expect(writableFee(fee, currency)).toBe(written);
});

test('an asynchronous capture gets its balance transaction a moment after the answer', async () => {
  const { pay, get } = await openSandbox();
  const { body } = await pay('pm_card_visa', {
    capture_method: 'automatic_async',
    'expand[]': 'latest_charge',
  });
  expect(body).toMatchObject({ status: 'succeeded', amount_received: 2000 });
  expect(body.latest_charge.balance_transaction).toBeNull();
  const settled = async () =>
    (await get(`/v1/charges/${body.latest_charge.id}`)).body.balance_transaction;
  await expect.poll(settled).toMatch(/^txn_/);
  const events = await get('/v1/events', { type: 'charge.updated' });
  expect(events.body.data).toHaveLength(1);
});

test('money becomes available two days after it was taken', async () => {
  const { pay, get, sandbox } = await openSandbox();
  await pay('pm_card_visa');
  const status = async () => (await get('/v1/balance_transactions')).body.data[0]?.status;
  expect(await status()).toBe('pending');
  sandbox.advance(2 * 86_400);
  expect(await status()).toBe('available');
});

test('objects are expanded through one another, in answers and in lists', async () => {
  const { pay, get } = await openSandbox();
  const { body } = await pay('pm_card_visa', {
    'expand[0]': 'latest_charge.balance_transaction',
    'expand[1]': 'payment_method',
  });
  expect(body.latest_charge.balance_transaction.amount).toBe(2000);
  expect(body.payment_method.card.last4).toBe('4242');
  const list = await get('/v1/payment_intents', { 'expand[]': 'data.latest_charge' });
  expect(list.body.data[0]?.latest_charge.id).toBe(body.latest_charge.id);
  const tooDeep = await get(`/v1/payment_intents/${body.id}`, {
    'expand[]': 'latest_charge.balance_transaction.source.payment_intent.latest_charge',
  });
  expect(tooDeep.status).toBe(400);
});

test('an event keeps its object as it was, and names the request that caused it', async () => {
  const { pay, get } = await openSandbox();
  const reply = await pay('pm_card_visa', {}, { idempotencyKey: 'k1' });
  const { body } = await get('/v1/events');
  expect(body.data.map((event) => event.type)).toEqual([
    'payment_intent.succeeded',
    'charge.succeeded',
    'payment_intent.created',
  ]);
  const [, , created] = body.data as unknown as { data: { object: object }; id: string }[];
  expect(created?.data.object).toMatchObject({ id: reply.body.id, latest_charge: null });
  const event = await get(`/v1/events/${created?.id}`);
  expect(event.body.request).toEqual({
    id: reply.headers.get('request-id'),
    idempotency_key: 'k1',
  });
});

test('events are listed by type, by several types, and by the start of a type', async () => {
  const { pay, get } = await openSandbox();
  await pay('pm_card_visa');
  const typesWith = async (query: Record<string, string>) =>
    (await get('/v1/events', query)).body.data.map((event) => event.type);
  expect(await typesWith({ type: 'charge.succeeded' })).toEqual(['charge.succeeded']);
  expect(await typesWith({ type: 'payment_intent.*' })).toHaveLength(2);
  expect(
    await typesWith({ 'types[0]': 'charge.succeeded', 'types[1]': 'charge.failed' }),
  ).toHaveLength(1);
});
