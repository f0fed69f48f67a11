import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { DRAFT, liveCharges, PATIENT, pay, read, VISA } from '../support/checkout.ts';
import { newCustomer } from '../support/customers.ts';
import { startTender, type Tender } from '../support/tender.ts';

let tender: Tender;
beforeAll(async () => {
  tender = await startTender({ env: PATIENT });
});
afterAll(async () => {
  await tender.close();
});

const ADA = { reference: 'user-1', email: 'ada@example.com', name: 'Ada', metadata: { tier: 'a' } };

async function rowsOf(id: string): Promise<object[]> {
  return tender.db.sql`SELECT * FROM customers WHERE id = ${id}`;
}

describe('a customer', () => {
  test('is shown as they were made, changed field by field, and found by reference and by email', async () => {
    const ada = await newCustomer(tender, ADA);
    expect(ada).toMatchObject({ object: 'customer', ...ADA, default_payment_method: null });
    const path = `/api/v1/customers/${ada.id}`;
    expect((await tender.call('GET', path)).json).toEqual(ada);
    const { json: changed } = await tender.call('PATCH', path, {
      body: { email: null, name: 'Ada L.' },
    });
    expect(changed).toMatchObject({ ...ADA, email: null, name: 'Ada L.' });
    await tender.call('PATCH', path, { body: { email: 'a+l@example.com' } });
    for (const query of ['reference=user-1', 'email=a%2Bl@example.com']) {
      const { json } = await tender.call('GET', `/api/v1/customers?${query}`);
      expect(
        json.data.map(({ id }: { id: string }) => id),
        query,
      ).toEqual([ada.id]);
    }
    const { json: none } = await tender.call('GET', '/api/v1/customers?email=ada@example.com');
    expect(none.data).toEqual([]);
  });

  test('is made once, however often the request is sent', async () => {
    const send = (body: object) =>
      tender.call('POST', '/api/v1/customers', { body, key: 'customer-once' });
    const answers = await Promise.all([1, 2, 3, 4].map(() => send({ name: 'Once' })));
    expect(new Set(answers.map(({ text }) => text)).size).toBe(1);
    expect(answers.map(({ status }) => status)).toEqual([201, 201, 201, 201]);
    const other = await send({ name: 'Twice' });
    expect(other).toMatchObject({ status: 422, json: { code: 'idempotency_key_reused' } });
    const [row] = await tender.db.sql`SELECT count(*)::int FROM customers WHERE name = 'Once'`;
    expect(row).toEqual({ count: 1 });
  });

  test('has a reference of their own, which is free again once they are deleted', async () => {
    const first = await newCustomer(tender, { reference: 'shared' });
    const second = await newCustomer(tender, { reference: 'mine' });
    const taken = { status: 409, json: { code: 'customer_reference_taken', param: 'reference' } };
    const body = { reference: 'shared' };
    expect(await tender.call('POST', '/api/v1/customers', { body })).toMatchObject(taken);
    const path = `/api/v1/customers/${second.id}`;
    expect(await tender.call('PATCH', path, { body })).toMatchObject(taken);
    await tender.call('DELETE', `/api/v1/customers/${first.id}`);
    expect((await tender.call('PATCH', path, { body })).json).toMatchObject(body);
  });

  test('is listed page by page, the newest first', async () => {
    const made: string[] = [];
    for (let n = 0; n < 3; n += 1) made.unshift((await newCustomer(tender)).id);
    const first = await tender.call('GET', '/api/v1/customers?limit=2');
    const cursor: string = first.json.next_cursor;
    const second = await tender.call('GET', `/api/v1/customers?limit=1&cursor=${cursor}`);
    const listed = [...first.json.data, ...second.json.data];
    expect(listed.map(({ id }: { id: string }) => id)).toEqual(made);
  });

  test.for([
    ['an address without @', { email: 'ada' }, 'email'],
    ['an empty name', { name: ' ' }, 'name'],
    ['a parameter that there is none of', { phone: '1' }, 'phone'],
    ['a card number', { name: '4242424242424242' }, 'name'],
    ['notes that are no texts', { metadata: { a: 1 } }, 'metadata.a'],
  ] as const)('is not made with %s', async ([, body, param]) => {
    const refused = await tender.call('POST', '/api/v1/customers', { body });
    expect(refused.status).toBe(422);
    expect(refused.json.param).toBe(param);
  });

  test('who is deleted leaves nothing personal behind, and the payments that were made', async () => {
    const ada = await newCustomer(tender, { ...ADA, reference: 'user-gone' });
    const { json: payment } = await pay(tender, { ...VISA, customer: ada.id });
    expect(payment.customer).toBe(ada.id);
    const list = await tender.call('GET', `/api/v1/payments?customer=${ada.id}`);
    expect(list.json.data).toMatchObject([{ id: payment.id }]);
    const path = `/api/v1/customers/${ada.id}`;
    const deleted = await tender.call('DELETE', path);
    expect(deleted.json).toEqual({ id: ada.id, object: 'customer', deleted: true });
    for (const method of ['GET', 'DELETE'] as const) {
      expect((await tender.call(method, path)).json.code, method).toBe('customer_not_found');
    }
    expect((await tender.call('PATCH', path, { body: {} })).json.code).toBe('customer_not_found');
    const row = JSON.stringify(await rowsOf(ada.id));
    expect(row).toContain(ada.id);
    expect(row).not.toMatch(/ada@|"Ada"|user-gone|tier/);
    expect(await read(tender, payment.id)).toMatchObject({ customer: ada.id, status: 'succeeded' });
  });
});

describe('a payment', () => {
  test('of a customer who is not there is refused, and nothing is written or sent', async () => {
    const { id } = await newCustomer(tender);
    await tender.call('DELETE', `/api/v1/customers/${id}`);
    const before = tender.sandbox.books().payments.length;
    for (const customer of [id, 'cus_unknown']) {
      for (const body of [VISA, DRAFT]) {
        const refused = await pay(tender, { ...body, customer });
        expect(refused).toMatchObject({ status: 404, json: { code: 'customer_not_found' } });
      }
    }
    expect(tender.sandbox.books().payments).toHaveLength(before);
    const rows = await tender.db.sql`SELECT FROM payments WHERE customer_id = ${id}`;
    expect(rows).toHaveLength(0);
  });

  test('with a token of another gateway is refused, and nothing is written or sent', async () => {
    const key = 'token-of-another-gateway';
    const before = tender.sandbox.books().payments.length;
    const body = { ...VISA, payment_method: 'cnon:card-nonce-ok' };
    expect(await pay(tender, body, { key })).toMatchObject({
      status: 422,
      json: { code: 'payment_method_of_another_gateway', param: 'payment_method' },
    });
    expect(tender.sandbox.books().payments).toHaveLength(before);
    const keys = await tender.db.sql`SELECT FROM idempotency_keys WHERE key = ${key}`;
    expect(keys).toHaveLength(0);
    const { json: draft } = await pay(tender, DRAFT);
    const refused = await tender.call('POST', `/api/v1/payments/${draft.id}/confirm`, {
      body: { payment_method: 'cnon:card-nonce-ok' },
    });
    expect(refused.json.code).toBe('payment_method_of_another_gateway');
    expect(await read(tender, draft.id)).toMatchObject({ status: 'requires_payment_method' });
  });

  test('of a customer without a default method needs one to be confirmed', async () => {
    const { id } = await newCustomer(tender);
    const refused = await pay(tender, { ...DRAFT, confirm: true, customer: id });
    expect(refused.json.code).toBe('payment_method_not_found');
    const without = await pay(tender, { ...DRAFT, confirm: true });
    expect(without).toMatchObject({ status: 422, json: { param: 'payment_method' } });
    const { json: payment } = await pay(tender, { ...VISA, customer: id });
    expect(liveCharges(tender, payment.id)).toHaveLength(1);
  });

  test('names its customer where it is to save, or to charge, a method', async () => {
    for (const body of [
      { ...VISA, save_payment_method: true },
      { ...VISA, payment_method: 'pm_01k0000000000000000000000f' },
    ]) {
      const refused = await pay(tender, body);
      expect(refused).toMatchObject({ status: 422, json: { param: 'customer' } });
    }
  });
});

test('a checkout page learns which gateways are on, what they can do, and with which key to tokenise', async () => {
  const { status, json } = await tender.call('GET', '/api/v1/gateways');
  expect(status).toBe(200);
  const [on, ...off] = json.data;
  expect(on).toMatchObject({
    object: 'gateway',
    enabled: true,
    publishable_key: expect.stringMatching(/^pk_test_/),
    capabilities: { saved_methods: true, partial_refund: true },
  });
  expect(on.checkout_keys).toEqual({ publishable_key: on.publishable_key });
  expect(on.currencies).toEqual(expect.arrayContaining(['EUR', 'JPY', 'KWD']));
  for (const gateway of off) {
    expect(gateway).toMatchObject({ enabled: false, currencies: [], capabilities: null });
  }
  const anonymous = await fetch(`${tender.apiUrl}/api/v1/gateways`);
  expect(anonymous.status).toBe(401);
});
