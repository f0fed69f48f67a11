import { expect, test } from 'vitest';
import { openSandbox } from './test-client.ts';
import type { Body, Client } from './test-client.ts';

const storing =
  ({ post, newKey }: Client) =>
  (customer: string, source: string, more: Body = {}) =>
    post('/v2/cards', {
      idempotency_key: newKey(),
      source_id: source,
      card: { customer_id: customer, reference_id: 'pm_1' },
      ...more,
    });

test('a card on file is charged with its customer, until it is disabled', async () => {
  const client = await openSandbox();
  const { pay, post, get, refusal } = client;
  const { id: customer } = await client.customer();
  const { card } = (await storing(client)(customer, 'cnon:card-nonce-ok')).body;
  expect(card).toMatchObject({ customer_id: customer, enabled: true, last_4: '1111', version: 1 });
  expect((await get(`/v2/cards/${card.id}`)).body.card).toEqual(card);
  const charged = await pay(card.id, { customer_id: customer });
  expect(charged.body.payment).toMatchObject({
    status: 'COMPLETED',
    customer_id: customer,
    card_details: { entry_method: 'ON_FILE' },
  });
  expect(refusal(await pay(card.id))).toEqual([400, 'MISSING_REQUIRED_PARAMETER']);
  const { id: other } = await client.customer();
  expect(refusal(await pay(card.id, { customer_id: other }))).toEqual([404, 'NOT_FOUND']);
  expect(refusal(await pay(card.id, { customer_id: 'NONE' }))).toEqual([404, 'NOT_FOUND']);
  const disabled = await post(`/v2/cards/${card.id}/disable`);
  expect(disabled.body.card).toMatchObject({ enabled: false, version: 2 });
  expect((await post(`/v2/cards/${card.id}/disable`)).body).toEqual(disabled.body);
  expect(refusal(await pay(card.id, { customer_id: customer }))).toEqual([400, 'INVALID_CARD']);
  expect(refusal(await post('/v2/cards/none/disable'))).toEqual([404, 'NOT_FOUND']);
});

test('a card is put on file from a payment once, within a day', async () => {
  const client = await openSandbox();
  const { pay, refusal, sandbox } = client;
  const store = storing(client);
  const { id: customer } = await client.customer();
  const paid = (await pay('cnon:card-nonce-ok')).body.payment.id;
  const card = (await store(customer, paid)).body.card.id;
  expect(refusal(await store(customer, paid))).toEqual([400, 'SOURCE_USED']);
  const again = (await pay(card, { customer_id: customer })).body.payment.id;
  expect(refusal(await store(customer, again))).toEqual([400, 'SOURCE_USED']);
  const failed = (await pay('cnon:card-nonce-declined')).body.payment.id;
  expect(refusal(await store(customer, failed))).toEqual([400, 'INVALID_CARD_DATA']);
  const late = (await pay('cnon:card-nonce-ok')).body.payment.id;
  sandbox.advance(86_401);
  expect(refusal(await store(customer, late))).toEqual([400, 'SOURCE_EXPIRED']);
});

test('a nonce that is refused, or needs verification, is not put on file', async () => {
  const client = await openSandbox();
  const { get, refusal } = client;
  const store = storing(client);
  const { id: customer } = await client.customer();
  const cases: [string, [number, string]][] = [
    ['cnon:card-nonce-rejected-cvv', [400, 'VERIFY_CVV_FAILURE']],
    ['cnon:card-nonce-rejected-postalcode', [400, 'VERIFY_AVS_FAILURE']],
    ['cnon:card-nonce-rejected-expiration', [400, 'INVALID_EXPIRATION']],
    ['cnon:card-nonce-declined', [402, 'CARD_DECLINED']],
    ['cnon:card-nonce-already-used', [400, 'CARD_TOKEN_USED']],
    ['cnon:gift-card-nonce-ok', [400, 'INVALID_CARD']],
    ['ccof:customer-card-id-ok', [400, 'INVALID_CARD_DATA']],
    ['cnon:card-nonce-requires-verification', [402, 'CARD_DECLINED_VERIFICATION_REQUIRED']],
  ];
  for (const [source, expected] of cases) {
    expect([source, refusal(await store(customer, source))]).toEqual([source, expected]);
  }
  expect(refusal(await store('NONE', 'cnon:card-nonce-ok'))).toEqual([404, 'CUSTOMER_NOT_FOUND']);
  expect((await get(`/v2/cards?customer_id=${customer}`)).body).toEqual({});
  const verified = { verification_token: 'verf:test' };
  const { card } = (await store(customer, 'cnon:card-nonce-requires-verification', verified)).body;
  const charged = await client.pay(card.id, { customer_id: customer });
  expect(charged.body.payment.status).toBe('COMPLETED');
});

test('a card can go bad after it was put on file', async () => {
  const client = await openSandbox();
  const store = storing(client);
  const { id: customer } = await client.customer();
  const declined = (await store(customer, 'cnon:card-nonce-ok-then-declined')).body.card.id;
  expect(client.refusal(await client.pay(declined, { customer_id: customer }))).toEqual([
    402,
    'GENERIC_DECLINE',
  ]);
  const source = 'cnon:card-nonce-ok-then-requires-verification';
  const unverified = (await store(customer, source)).body.card.id;
  expect(client.refusal(await client.pay(unverified, { customer_id: customer }))).toEqual([
    402,
    'CARD_DECLINED_VERIFICATION_REQUIRED',
  ]);
});

test('cards are listed 25 at a time, without the disabled ones unless they are asked for', async () => {
  const client = await openSandbox();
  const store = storing(client);
  const { id: customer } = await client.customer();
  const ids: string[] = [];
  for (let i = 0; i < 27; i += 1) {
    ids.push((await store(customer, 'cnon:card-nonce-ok')).body.card.id);
  }
  await client.post(`/v2/cards/${ids[0]}/disable`);
  const first = (await client.get(`/v2/cards?customer_id=${customer}`)).body;
  expect(first.cards?.map(({ id }) => id)).toEqual(ids.slice(1, 26));
  const path = `/v2/cards?customer_id=${customer}&cursor=${first.cursor}`;
  const second = (await client.get(path)).body;
  expect(second.cards?.map(({ id }) => id)).toEqual(ids.slice(26));
  expect(second.cursor).toBeUndefined();
  const all = (await client.get('/v2/cards?include_disabled=true&sort_order=DESC')).body;
  expect(all.cards?.[0]?.id).toBe(ids[26]);
  const none = await client.get('/v2/cards?reference_id=pm_2');
  expect(none.body).toEqual({});
});
