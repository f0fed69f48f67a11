import { expect, test } from 'vitest';
import { openSandbox } from './test-client.ts';

test('a customer is created, read, changed and deleted', async () => {
  const { post, get, put, call, refusal } = await openSandbox();
  const created = await post('/v2/customers', {
    idempotency_key: 'one',
    given_name: 'Ada',
    email_address: 'ada@shop.test',
    reference_id: 'cus_1',
    note: 'Tea',
  });
  const { customer } = created.body;
  expect(customer).toMatchObject({ given_name: 'Ada', reference_id: 'cus_1', version: 0 });
  const path = `/v2/customers/${customer.id}`;
  expect((await get(path)).body).toEqual({ customer });
  const changed = await put(path, { given_name: 'Grace', note: null, version: 0 });
  expect(changed.body.customer).toMatchObject({ given_name: 'Grace', version: 1 });
  expect(changed.body.customer.note).toBeUndefined();
  expect(changed.body.customer.email_address).toBe('ada@shop.test');
  expect(refusal(await put(path, { given_name: 'Eve', version: 0 }))).toEqual([409, 'CONFLICT']);
  expect(refusal(await call('DELETE', `${path}?version=0`))).toEqual([409, 'CONFLICT']);
  expect((await call('DELETE', path)).text).toBe('{}');
  expect(refusal(await get(path))).toEqual([404, 'NOT_FOUND']);
  expect(refusal(await call('DELETE', path))).toEqual([404, 'NOT_FOUND']);
});

test('a customer needs a name, an address to write to or a number', async () => {
  const { post, put, customer, refusal } = await openSandbox();
  expect(refusal(await post('/v2/customers', { note: 'Tea' }))).toEqual([400, 'BAD_REQUEST']);
  const { id } = await customer();
  expect(refusal(await put(`/v2/customers/${id}`, { given_name: null }))).toEqual([
    400,
    'BAD_REQUEST',
  ]);
  const wrong = { email_address: 'nobody', phone_number: '12' };
  expect(refusal(await post('/v2/customers', wrong))).toEqual([
    400,
    'INVALID_EMAIL_ADDRESS',
    'INVALID_PHONE_NUMBER',
  ]);
});

test('customers are searched for by what they carry', async () => {
  const { post, customer, refusal } = await openSandbox();
  const ada = await customer({ given_name: 'Ada', reference_id: 'cus_1' });
  const search = (filter: object, more: object = {}) =>
    post('/v2/customers/search', { query: { filter }, ...more });
  await customer({ given_name: 'Bob', email_address: 'bob@shop.test' });
  const found = await search({ reference_id: { exact: 'cus_1' } }, { count: true });
  expect(found.body).toEqual({ customers: [ada], count: 1 });
  expect((await search({ email_address: { exact: 'bob@shop.test' } })).body.customers).toHaveLength(
    1,
  );
  expect((await search({ reference_id: { exact: 'cus_2' } })).body).toEqual({});
  expect(refusal(await search({ reference_id: { fuzzy: 'cus' } }))).toEqual([
    400,
    'SANDBOX_NOT_SUPPORTED',
  ]);
  expect(refusal(await post('/v2/customers/search', { limit: 101 }))).toEqual([
    400,
    'VALUE_TOO_HIGH',
  ]);
});

test('customers are listed by name or by age, page by page', async () => {
  const { get, customer } = await openSandbox();
  for (const given_name of ['Cid', 'Ada', 'Bob']) await customer({ given_name });
  const names = async (query: string) => {
    const { body } = await get(`/v2/customers?${query}`);
    return { names: body.customers?.map((one) => one.given_name), cursor: body.cursor };
  };
  expect((await names('')).names).toEqual(['Ada', 'Bob', 'Cid']);
  expect((await names('sort_field=CREATED_AT&sort_order=DESC')).names).toEqual([
    'Bob',
    'Ada',
    'Cid',
  ]);
  const first = await names('limit=2');
  expect(first.names).toEqual(['Ada', 'Bob']);
  expect((await names(`limit=2&cursor=${first.cursor}`)).names).toEqual(['Cid']);
});

test('a customer that is deleted takes the cards off file', async () => {
  const client = await openSandbox();
  const { id } = await client.customer();
  const stored = await client.post('/v2/cards', {
    idempotency_key: 'one',
    source_id: 'cnon:card-nonce-ok',
    card: { customer_id: id },
  });
  const card = stored.body.card.id;
  await client.call('DELETE', `/v2/customers/${id}`);
  expect((await client.get(`/v2/cards/${card}`)).body.card.enabled).toBe(false);
  expect(client.refusal(await client.pay(card, { customer_id: id }))).toEqual([404, 'NOT_FOUND']);
});
