import { expect, test } from 'vitest';
import { openSandbox } from './test-client.ts';
import type { Client } from './test-client.ts';

const typesOf = async ({ get }: Client) =>
  (await get('/v1/events', { type: 'customer.*' })).body.data.map(({ type }) => type).reverse();

test('a customer is changed in what is named only, and an empty value clears', async () => {
  const client = await openSandbox();
  const { post, get } = client;
  const form = { name: 'Ada', email: 'ada@shop.test', 'metadata[a]': '1', 'metadata[b]': '2' };
  const { body: ada } = await post('/v1/customers', form);
  await post(`/v1/customers/${ada.id}`, { email: '', 'metadata[a]': '' });
  expect((await get(`/v1/customers/${ada.id}`)).body).toMatchObject({
    name: 'Ada',
    email: null,
    metadata: { b: '2' },
  });
  expect(await typesOf(client)).toEqual(['customer.created', 'customer.updated']);
});

test('customers are listed page by page and by their address; who was deleted is not', async () => {
  const { post, get, sandbox } = await openSandbox();
  const ids: string[] = [];
  for (const email of ['a@shop.test', 'b@shop.test', 'c@shop.test']) {
    ids.push((await post('/v1/customers', { email })).body.id);
  }
  const listed = async (query = {}) =>
    (await get('/v1/customers', query)).body.data.map(({ id }) => id);
  expect(await listed()).toEqual(ids.toReversed());
  expect(await listed({ email: 'b@shop.test' })).toEqual([ids[1]]);
  expect(await listed({ limit: '1', starting_after: ids[2] })).toEqual([ids[1]]);
  const headers = { authorization: 'Bearer sk_test_sandbox' };
  await fetch(`${sandbox.url}/v1/customers/${ids[0]}`, { method: 'DELETE', headers });
  expect(await listed()).toEqual([ids[2], ids[1]]);
  expect((await post(`/v1/customers/${ids[0]}`, { name: 'Ada' })).status).toBe(404);
});

test("a customer's payment methods are listed page by page, and only theirs", async () => {
  const { post, get } = await openSandbox();
  const { body: ada } = await post('/v1/customers');
  const { body: bob } = await post('/v1/customers');
  const attach = async (token: string, customer: string) =>
    (await post(`/v1/payment_methods/${token}/attach`, { customer })).body.id;
  const first = await attach('pm_card_visa', ada.id);
  await attach('pm_card_visa', bob.id);
  const second = await attach('pm_card_mastercard', ada.id);
  const path = `/v1/customers/${ada.id}/payment_methods`;
  const { body: page } = await get(path, { limit: '1', type: 'card' });
  expect(page).toMatchObject({ data: [{ id: second }], has_more: true });
  const { body: rest } = await get(path, { starting_after: second });
  expect(rest).toMatchObject({ data: [{ id: first }], has_more: false });
});

test('a card that has to be set up pays in absence once that was done, and not before', async () => {
  const { post, get, pay, sandbox } = await openSandbox();
  const { body: ada } = await post('/v1/customers');
  const card = 'pm_card_authenticationRequiredOnSetup';
  const absent = { customer: ada.id, off_session: 'true' };
  expect((await pay(card, absent)).body.error.code).toBe('authentication_required');
  const { body: attached } = await post(`/v1/payment_methods/${card}/attach`, {
    customer: ada.id,
  });
  expect((await pay(attached.id, absent)).status).toBe(402);

  const { body: setup } = await post('/v1/setup_intents', {
    customer: ada.id,
    payment_method: card,
    usage: 'off_session',
    confirm: 'true',
  });
  const url = setup.next_action?.use_stripe_sdk?.stripe_js ?? '';
  await fetch(url, { method: 'POST', body: new URLSearchParams({ result: 'complete' }) });
  const { body: kept } = await get(`/v1/setup_intents/${setup.id}`);
  expect(kept.status).toBe('succeeded');
  expect((await pay(kept.payment_method, absent)).body.status).toBe('succeeded');
  expect((await pay(kept.payment_method, { customer: ada.id })).body.status).toBe(
    'requires_action',
  );
  expect(sandbox.checkBooks()).toEqual([]);
});
