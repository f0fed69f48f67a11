import { setTimeout as delay } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { openSandbox } from './test-client.ts';
import type { Client } from './test-client.ts';

async function disputed(form: Record<string, string> = {}) {
  const client = await openSandbox();
  const { body: paid } = await client.pay('pm_card_visa', form);
  const { body: opened } = await client.control('POST', 'disputes', { payment: paid.id });
  return { ...client, paid, id: opened.id };
}

const movementsOf = async ({ get }: Pick<Client, 'get'>, source: string) =>
  (await get('/v1/balance_transactions', { source })).body.data.toReversed();

async function typesOf({ get }: Pick<Client, 'get'>): Promise<string[]> {
  const { body } = await get('/v1/events', { type: 'charge.dispute.*' });
  return body.data.map(({ type }) => type.slice('charge.dispute.'.length)).reverse();
}

test('a dispute withdraws its money with a fee, and losing it moves nothing more', async () => {
  const { id, paid, ...client } = await disputed();
  const withdrawn = { type: 'adjustment', amount: -2000, fee: 1500, net: -3500, source: id };
  expect(await movementsOf(client, id)).toMatchObject([withdrawn]);
  expect((await client.get(`/v1/charges/${paid.latest_charge}`)).body).toMatchObject({
    disputed: true,
  });
  await client.control('POST', `disputes/${id}/lose`);
  expect(await movementsOf(client, id)).toMatchObject([withdrawn]);
  expect(await typesOf(client)).toEqual(['created', 'funds_withdrawn', 'closed']);
  expect(client.sandbox.checkBooks()).toEqual([]);
});

test('a dispute that is won gives the money back, and the dispute shows both movements', async () => {
  const { id, ...client } = await disputed();
  await client.control('POST', `disputes/${id}/win`);
  expect((await client.get(`/v1/disputes/${id}`)).body).toMatchObject({
    status: 'won',
    balance_transactions: [
      { amount: -2000, reporting_category: 'dispute' },
      { amount: 2000, fee: 0, reporting_category: 'dispute_reversal' },
    ],
  });
  expect(await typesOf(client)).toEqual([
    'created',
    'funds_withdrawn',
    'funds_reinstated',
    'closed',
  ]);
  expect(client.sandbox.checkBooks()).toEqual([]);
});

test('disputes are listed by their payment and by their charge, and expand into it', async () => {
  const { id, paid, get, pay, control } = await disputed();
  const { body: other } = await pay('pm_card_visa');
  await control('POST', 'disputes', { payment: other.id });
  for (const query of [{ payment_intent: paid.id }, { charge: paid.latest_charge }]) {
    const { body } = await get('/v1/disputes', { ...query, 'expand[]': 'data.charge' });
    expect(body.data).toMatchObject([{ id, charge: { id: paid.latest_charge } }]);
  }
  expect((await get('/v1/disputes')).body.data).toHaveLength(2);
});

test.each([
  ['pm_card_createDispute', 'fraudulent', {}],
  ['pm_card_createDisputeProductNotReceived', 'product_not_received', {}],
  ['pm_card_createDispute', 'fraudulent', { capture_method: 'automatic_async' }],
])('a payment with %s is disputed as %s by itself', async (token, reason, form) => {
  const client = await openSandbox();
  const { body: paid } = await client.pay(token, form);
  expect(paid.status).toBe('succeeded');
  const { body } = await until(client, paid.id);
  expect(body.data).toMatchObject([{ reason, amount: 2000, status: 'needs_response' }]);
  expect(client.sandbox.checkBooks()).toEqual([]);
});

test('what is only authorised is disputed when it is captured, for what was captured', async () => {
  const client = await openSandbox();
  const { body: held } = await client.pay('pm_card_createDispute', { capture_method: 'manual' });
  expect((await client.get('/v1/disputes')).body.data).toEqual([]);
  await client.post(`/v1/payment_intents/${held.id}/capture`, { amount_to_capture: '1500' });
  expect((await until(client, held.id)).body.data).toMatchObject([{ amount: 1500 }]);
});

/** The list of a payment's disputes, as soon as there is one in it. */
async function until({ get }: Client, payment: string) {
  for (;;) {
    const listed = await get('/v1/disputes', { payment_intent: payment });
    if (listed.body.data.length > 0) return listed;
    await delay(5);
  }
}
