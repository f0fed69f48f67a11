import { expect, test } from 'vitest';
import { captureOf, EXPERIENCE, openSandbox, openWithReceiver, VAULTING } from './test-client.ts';
import type { Answer, Client } from './test-client.ts';

const TOKENS = '/v3/vault/payment-tokens';
const ORDERS = '/v2/checkout/orders';
const issueOf = (reply: { body: Answer }) => reply.body.details[0]?.issue;

const setUp = (client: Client, customer?: string) =>
  client.post('/v3/vault/setup-tokens', {
    ...(customer !== undefined && { customer: { id: customer } }),
    payment_source: { paypal: { usage_type: 'MERCHANT', experience_context: EXPERIENCE } },
  });

const exchange = (client: Client, id: string) =>
  client.post(TOKENS, { payment_source: { token: { id, type: 'SETUP_TOKEN' } } });

async function save(client: Client, result = 'approve', customer?: string): Promise<Answer> {
  const setup = await setUp(client, customer);
  await client.decide(setup.body, result);
  return (await exchange(client, setup.body.id)).body;
}

const charge = (client: Client, vaultId: string, more: object = {}) =>
  client.post(ORDERS, {
    intent: 'CAPTURE',
    purchase_units: [{ amount: { currency_code: 'USD', value: '9.00' } }],
    payment_source: { paypal: { vault_id: vaultId } },
    ...more,
  });

test('a wallet is saved once its owner approves, and charged without him', async () => {
  const client = await openSandbox();
  const setup = await setUp(client, 'customer_1');
  expect([setup.status, setup.body.status]).toEqual([201, 'PAYER_ACTION_REQUIRED']);
  expect(issueOf(await exchange(client, setup.body.id))).toBe('SETUP_TOKEN_NOT_APPROVED');
  const decided = await client.decide(setup.body, 'approve');
  expect(decided.headers.get('location')).toContain(`approval_token_id=${setup.body.id}`);
  expect((await client.get(`/v3/vault/setup-tokens/${setup.body.id}`)).body.status).toBe(
    'APPROVED',
  );
  const token = await exchange(client, setup.body.id);
  expect(token.status).toBe(201);
  expect(token.body.customer.id).toBe('customer_1');
  expect(issueOf(await exchange(client, setup.body.id))).toBe('SETUP_TOKEN_ALREADY_USED');
  const order = await charge(client, token.body.id);
  expect([order.status, order.body.status]).toEqual([201, 'COMPLETED']);
  expect(captureOf(order.body).amount.value).toBe('9.00');
  expect(client.sandbox.checkBooks()).toEqual([]);
});

test('an order can be charged to a saved wallet when it is captured', async () => {
  const client = await openSandbox();
  const { id } = await save(client);
  for (const source of [
    { token: { id, type: 'PAYMENT_METHOD_TOKEN' } },
    { paypal: { vault_id: id } },
  ]) {
    const created = await client.order({ payment_source: undefined });
    const paid = await client.post(`${ORDERS}/${created.id}/capture`, { payment_source: source });
    expect([paid.status, paid.body.status]).toEqual([201, 'COMPLETED']);
  }
  const created = await client.order({ payment_source: undefined });
  const unapproved = await client.post(`${ORDERS}/${created.id}/capture`, {
    payment_source: { paypal: { experience_context: EXPERIENCE } },
  });
  expect(issueOf(unapproved)).toBe('PAYER_ACTION_REQUIRED');
  expect(unapproved.body.links.some(({ rel }) => rel === 'payer-action')).toBe(true);
});

test('a saved wallet whose funding fails is declined, and leaves no order behind', async () => {
  const client = await openSandbox();
  const { id } = await save(client, 'approve-declined');
  const declined = await charge(client, id);
  expect([declined.status, issueOf(declined)]).toEqual([422, 'INSTRUMENT_DECLINED']);
  expect(client.sandbox.books().payments).toEqual([]);
});

test('a wallet that is not approved is not saved', async () => {
  const client = await openSandbox();
  const setup = await setUp(client);
  expect((await client.decide(setup.body, 'cancel')).headers.get('location')).toContain('/cancel');
  expect(issueOf(await exchange(client, setup.body.id))).toBe('SETUP_TOKEN_NOT_APPROVED');
  client.sandbox.advance(3 * 86_400);
  expect((await client.decide(setup.body, 'approve')).status).toBe(404);
});

test('a payment can save the wallet that it is made with', async () => {
  const client = await openWithReceiver();
  const order = await client.pay(VAULTING);
  const { vault } = order.payment_source.paypal.attributes;
  expect(vault.status).toBe('VAULTED');
  expect((await charge(client, vault.id)).body.status).toBe('COMPLETED');
  const list = await client.get(`${TOKENS}?customer_id=${vault.customer.id}`);
  expect(list.body.payment_tokens.map(({ id }) => id)).toEqual([vault.id]);
  const [created] = (await client.events()).filter(
    (event) => event.event_type === 'VAULT.PAYMENT-TOKEN.CREATED',
  );
  expect(created?.resource).toMatchObject({ id: vault.id, metadata: { order_id: order.id } });
});

test('a wallet that is saved late is told of by the webhook and by later answers', async () => {
  const client = await openWithReceiver();
  client.sandbox.faults.add({ behaviour: 'vaulting_late', times: 1 });
  const order = await client.pay(VAULTING);
  const { vault } = order.payment_source.paypal.attributes;
  expect(vault.status).toBe('APPROVED');
  expect(vault.id).toBeUndefined();
  expect(await client.types()).toContain('VAULT.PAYMENT-TOKEN.CREATED');
  const later = await client.get(`${ORDERS}/${order.id}`);
  expect(later.body.payment_source.paypal.attributes.vault.status).toBe('VAULTED');
});

test('a payment that fails saves nothing', async () => {
  const client = await openWithReceiver();
  const order = await client.order(VAULTING);
  await client.decide(order, 'approve-declined');
  await client.post(`${ORDERS}/${order.id}/capture`);
  expect(await client.types()).not.toContain('VAULT.PAYMENT-TOKEN.CREATED');
});

test('saved wallets are listed by customer and in pages, the newest first', async () => {
  const client = await openSandbox();
  const ids: string[] = [];
  for (let count = 0; count < 3; count += 1)
    ids.unshift((await save(client, 'approve', 'customer_7')).id);
  await save(client, 'approve', 'customer_8');
  const first = await client.get(`${TOKENS}?customer_id=customer_7x&total_required=true`);
  expect(first.body.payment_tokens).toEqual([]);
  const query = `${TOKENS}?customer_id=customer_7&page_size=2&total_required=true`;
  const page = await client.get(query);
  expect(page.body).toMatchObject({ total_items: 3, total_pages: 2 });
  expect(page.body.payment_tokens.map(({ id }) => id)).toEqual(ids.slice(0, 2));
  const next = await client.get(`${query}&page=2`);
  expect(next.body.payment_tokens.map(({ id }) => id)).toEqual(ids.slice(2));
});

test('a deleted wallet is neither found nor charged, and deleting it again succeeds', async () => {
  const client = await openWithReceiver();
  const { id } = await save(client);
  const deleted = await client.call('DELETE', `${TOKENS}/${id}`);
  expect([deleted.status, deleted.text]).toEqual([204, '']);
  expect((await client.get(`${TOKENS}/${id}`)).status).toBe(404);
  expect((await charge(client, id)).status).toBe(404);
  expect((await client.call('DELETE', `${TOKENS}/${id}`)).status).toBe(204);
  expect((await client.types()).sort()).toEqual([
    'VAULT.PAYMENT-TOKEN.CREATED',
    'VAULT.PAYMENT-TOKEN.DELETED',
    'VAULT.PAYMENT-TOKEN.DELETION-INITIATED',
  ]);
});

test('saving needs places to lead the buyer back to', async () => {
  const { post } = await openSandbox();
  const source = { paypal: { experience_context: { return_url: EXPERIENCE.return_url } } };
  const refused = await post('/v3/vault/setup-tokens', { payment_source: source });
  expect([refused.status, issueOf(refused)]).toEqual([400, 'MISSING_REQUIRED_PARAMETER']);
});
