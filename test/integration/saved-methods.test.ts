import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { SquareSandbox } from '../../src/sandbox/square/start.ts';
import { act, PATIENT, pay, read } from '../support/checkout.ts';
import {
  customersAtGateway,
  gatewayMethodOf,
  methodsOf,
  newCustomer,
  save,
} from '../support/customers.ts';
import { eventually } from '../support/eventually.ts';
import { atSquare, CARD, openSquareSandbox, takenBySquare, UNPAID } from '../support/square.ts';
import { dieAt } from '../support/tender-processes.ts';
import { startTenderWith, type Answer, type Tender } from '../support/tender.ts';

let tender: Tender<SquareSandbox>;
beforeAll(async () => {
  tender = await startTenderWith(openSquareSandbox, { env: PATIENT });
});
afterAll(async () => {
  await tender.settled();
  expect(tender.sandbox.checkBooks()).toEqual([]);
  await tender.close();
});

const ADA = { name: 'Ada', email: 'ada@example.com' };

/** A customer with one saved card. */
async function customerWithCard(card?: string): Promise<{ customer: string; method: string }> {
  const { id: customer } = await newCustomer(tender, ADA);
  const { status, text, json } = await save(tender, customer, card);
  if (status !== 201) throw new Error(`${status} ${text}`);
  return { customer, method: json.id };
}

/** A payment with a saved method, or with the customer's default one. */
function charge(customer: string, payment_method?: string, more: object = {}): Promise<Answer> {
  return pay(tender, { ...UNPAID, confirm: true, customer, payment_method, ...more });
}

/** Whether the gateway would still charge the method. */
async function isKeptAtGateway(gatewayMethodId: string): Promise<boolean> {
  return (await atSquare(tender, 'GET', `/v2/cards/${gatewayMethodId}`)).card.enabled;
}

describe('a method that is saved by itself', () => {
  test('is shown in the little that may be shown, and the first one is the default', async () => {
    const { customer, method } = await customerWithCard();
    const { json: second } = await save(tender, customer, 'cnon:card-nonce-mastercard');
    const [newest, first] = await methodsOf(tender, customer);
    expect(newest).toEqual(second);
    expect(newest).toMatchObject({ brand: 'mastercard', default: false });
    expect(first).toMatchObject({
      id: method,
      object: 'payment_method',
      customer,
      type: 'card',
      brand: 'visa',
      last4: '1111',
      expiry_month: expect.any(Number),
      expiry_year: expect.any(Number),
      default: true,
    });
    expect(await customersAtGateway(tender, customer)).toHaveLength(1);
    const path = `/api/v1/customers/${customer}`;
    const body = { default_payment_method: second.id };
    expect((await tender.call('PATCH', path, { body })).json).toMatchObject(body);
    const defaults = (await methodsOf(tender, customer)).map((each) => each.default);
    expect(defaults).toEqual([true, false]);
  });

  test('is saved once, however often the request is sent', async () => {
    const { id: customer } = await newCustomer(tender, ADA);
    const key = `save-once-${customer}`;
    const answers = await Promise.all(
      [1, 2, 3].map(() => save(tender, customer, undefined, { key })),
    );
    expect(answers.map(({ status }) => status)).toContain(201);
    const again = await save(tender, customer, undefined, { key });
    expect(again.status).toBe(201);
    expect(again.headers.get('idempotent-replayed')).toBe('true');
    expect(await methodsOf(tender, customer)).toHaveLength(1);
    expect(await customersAtGateway(tender, customer)).toHaveLength(1);
  });

  test('is charged off session, with only the customer named, or confirmed later', async () => {
    const { customer, method } = await customerWithCard();
    const named = await charge(customer, method, { off_session: true });
    expect(named).toMatchObject({
      status: 201,
      json: { status: 'succeeded', customer, payment_method: { brand: 'visa', last4: '1111' } },
    });
    expect((await charge(customer)).json.status).toBe('succeeded');
    const { json: draft } = await pay(tender, { ...UNPAID, customer });
    const confirmed = await act(tender, draft.id, 'confirm', { payment_method: method });
    expect(confirmed.json).toMatchObject({ status: 'succeeded', customer });
    expect(takenBySquare(tender, confirmed.json)).toBe(10_000);
    expect(await customersAtGateway(tender, customer)).toHaveLength(1);
  });

  test('is not saved where the issuer says no, and the answer says so', async () => {
    const { id: customer } = await newCustomer(tender, ADA);
    const declined = await save(tender, customer, 'cnon:card-nonce-declined');
    expect(declined).toMatchObject({ status: 402, json: { code: 'payment_method_declined' } });
    expect(await methodsOf(tender, customer)).toEqual([]);
  });

  test('belongs to one customer, and nobody else can be charged with it', async () => {
    const { method } = await customerWithCard();
    const { id: other } = await newCustomer(tender, ADA);
    const refused = await charge(other, method);
    expect(refused).toMatchObject({ status: 404, json: { code: 'payment_method_not_found' } });
    const path = `/api/v1/customers/${other}`;
    const body = { default_payment_method: method };
    const patched = await tender.call('PATCH', path, { body });
    expect(patched.json).toMatchObject({
      code: 'payment_method_not_found',
      param: 'default_payment_method',
    });
    const deleted = await tender.call('DELETE', `${path}/payment-methods/${method}`);
    expect(deleted.json.code).toBe('payment_method_not_found');
  });
});

describe('a method that is saved by a payment', () => {
  test.for([
    ['charged at once', CARD],
    ['authorized', { ...CARD, capture_method: 'manual' }],
  ] as const)('that is %s is there afterwards and can be charged', async ([, body]) => {
    const { id: customer } = await newCustomer(tender, ADA);
    const { json: payment } = await pay(tender, { ...body, customer, save_payment_method: true });
    expect(payment).toMatchObject({ save_payment_method: true, customer });
    const [method] = await methodsOf(tender, customer);
    expect(method).toMatchObject({ brand: 'visa', last4: '1111', default: true });
    const again = await charge(customer, method.id, { off_session: true });
    expect(again.json.status).toBe('succeeded');
    await tender.settled();
    expect(await methodsOf(tender, customer)).toHaveLength(1);
  });

  test('can be saved by a confirmation, of a payment that knows its customer', async () => {
    const { id: customer } = await newCustomer(tender, ADA);
    const { json: draft } = await pay(tender, { ...UNPAID, customer });
    const body = { payment_method: 'cnon:card-nonce-ok', save_payment_method: true };
    const confirmed = await act(tender, draft.id, 'confirm', body);
    expect(confirmed.json).toMatchObject({ status: 'succeeded', save_payment_method: true });
    expect(await methodsOf(tender, customer)).toHaveLength(1);

    const { json: other } = await newCustomer(tender, ADA).then(({ id }) =>
      pay(tender, { ...UNPAID, customer: id }),
    );
    const foreign = await act(tender, other.id, 'confirm', { ...body, customer });
    expect(foreign).toMatchObject({ status: 409, json: { param: 'customer' } });
  });

  test('loses none of those that are saved at the same moment', async () => {
    const { id: customer } = await newCustomer(tender, ADA);
    const body = { ...CARD, customer, save_payment_method: true };
    // The first use makes the customer at the gateway.
    await pay(tender, body);
    const answers = await Promise.all([1, 2, 3, 4].map(() => pay(tender, body)));
    expect(answers.map(({ status }) => status)).toEqual([201, 201, 201, 201]);
    const methods = await methodsOf(tender, customer);
    expect(methods).toHaveLength(5);
    expect(methods.filter((each) => each.default)).toHaveLength(1);
  });
});

describe('a method that is taken away', () => {
  test('is not charged from that moment on, and is detached at the gateway', async () => {
    const { customer, method } = await customerWithCard();
    const gatewayMethodId = await gatewayMethodOf(tender, method);
    const path = `/api/v1/customers/${customer}/payment-methods/${method}`;
    expect((await tender.call('DELETE', path)).json).toMatchObject({ id: method, deleted: true });
    expect((await charge(customer, method)).json.code).toBe('payment_method_not_found');
    expect((await charge(customer)).json.code).toBe('payment_method_not_found');
    expect((await tender.call('DELETE', path)).status).toBe(404);
    expect(await methodsOf(tender, customer)).toEqual([]);
    await eventually(
      async () => expect(await isKeptAtGateway(gatewayMethodId)).toBe(false),
      20_000,
    );
  });

  test('at the gateway itself is gone here as well', async () => {
    const { customer, method } = await customerWithCard();
    const gatewayMethodId = await gatewayMethodOf(tender, method);
    await atSquare(tender, 'POST', `/v2/cards/${gatewayMethodId}/disable`);
    await eventually(async () => expect(await methodsOf(tender, customer)).toEqual([]), 20_000);
    expect((await charge(customer)).json.code).toBe('payment_method_not_found');
  });
});

describe('a customer who is deleted', () => {
  test('is forgotten by the gateway too, also where that fails at first', async () => {
    const { customer, method } = await customerWithCard();
    const gatewayMethodId = await gatewayMethodOf(tender, method);
    const status = { kind: 'status', status: 503 } as const;
    tender.sandbox.faults.add({ match: { method: 'DELETE' }, fault: status, times: 1 });
    const detach = `/v2/cards/${gatewayMethodId}/disable`;
    tender.sandbox.faults.add({ match: { path: detach }, fault: status, times: 1 });
    await tender.call('DELETE', `/api/v1/customers/${customer}`);
    expect((await charge(customer, method)).json.code).toBe('customer_not_found');
    await eventually(async () => {
      expect(await customersAtGateway(tender, customer)).toEqual([]);
      expect(await isKeptAtGateway(gatewayMethodId)).toBe(false);
      const due = await tender.db.sql`
        SELECT FROM gateway_customers WHERE customer_id = ${customer} AND due_at IS NOT NULL`;
      expect(due).toHaveLength(0);
    }, 30_000);
  });

  test('is not charged any more once the deletion is answered, however many charges race it', async () => {
    for (let round = 0; round < 3; round += 1) {
      const { customer, method } = await customerWithCard();
      const late = async () => {
        await tender.call('DELETE', `/api/v1/customers/${customer}`);
        return charge(customer, method);
      };
      const racing = Array.from({ length: 8 }, () => charge(customer, method));
      const [afterwards, ...answers] = await Promise.all([late(), ...racing]);
      expect(afterwards.json.code).toBe('customer_not_found');
      const charged = answers.filter(({ status }) => status === 201);
      const refused = answers.filter(({ status }) => status === 404);
      expect(charged.length + refused.length).toBe(answers.length);
      for (const { json } of charged) expect(takenBySquare(tender, json)).toBe(10_000);
      const [row] = await tender.db.sql`
        SELECT count(*)::int FROM payments WHERE customer_id = ${customer}`;
      expect(row).toEqual({ count: charged.length });
    }
  });

  test('while a payment saves a method leaves nothing behind at the gateway', async () => {
    const { id: customer } = await newCustomer(tender, ADA);
    await pay(tender, { ...CARD, customer, save_payment_method: true });
    tender.sandbox.faults.add({
      match: { path: '/v2/payments$', method: 'POST' },
      fault: { kind: 'delay', ms: 1_000, when: 'after' },
      times: 1,
    });
    const saving = pay(tender, { ...CARD, customer, save_payment_method: true });
    await eventually(async () => {
      const rows = await tender.db.sql`
        SELECT FROM payments WHERE customer_id = ${customer} AND pending_attempt_id IS NOT NULL`;
      expect(rows).toHaveLength(1);
    });
    await tender.call('DELETE', `/api/v1/customers/${customer}`);
    const { status, json } = await saving;
    expect(status).toBe(201);
    expect(await read(tender, json.id)).toMatchObject({ status: 'succeeded' });
    await eventually(async () => {
      const kept = await tender.db.sql`
        SELECT FROM payment_methods
         WHERE customer_id = ${customer} AND (detached_at IS NULL OR due_at IS NOT NULL)`;
      expect(kept).toHaveLength(0);
      expect(await customersAtGateway(tender, customer)).toEqual([]);
    }, 30_000);
  });
});

describe('a gateway that is away', () => {
  test('leaves the caller with a key to try again, and nothing is made twice', async () => {
    const { id: customer } = await newCustomer(tender, ADA);
    const key = `away-${customer}`;
    const fault = { kind: 'drop', when: 'after' } as const;
    tender.sandbox.faults.add({
      match: { path: '/v2/customers$', method: 'POST' },
      fault,
      times: 1,
    });
    tender.sandbox.faults.add({ match: { path: '/v2/cards$', method: 'POST' }, fault, times: 1 });
    const away = { status: 503, json: { code: 'gateway_unavailable' } };
    expect(await save(tender, customer, undefined, { key })).toMatchObject(away);
    expect(await save(tender, customer, undefined, { key })).toMatchObject(away);
    expect((await save(tender, customer, undefined, { key })).status).toBe(201);
    expect(await customersAtGateway(tender, customer)).toHaveLength(1);
    expect(await methodsOf(tender, customer)).toHaveLength(1);
  });

  test('is told to delete a customer whose making was never answered', async () => {
    const { id: customer } = await newCustomer(tender, ADA);
    tender.sandbox.faults.add({
      match: { path: '/v2/customers$', method: 'POST' },
      fault: { kind: 'drop', when: 'after' },
      times: 1,
    });
    expect((await save(tender, customer)).status).toBe(503);
    expect(await customersAtGateway(tender, customer)).toHaveLength(1);
    await tender.call('DELETE', `/api/v1/customers/${customer}`);
    await eventually(async () => {
      expect(await customersAtGateway(tender, customer)).toEqual([]);
      const rows = await tender.db.sql`
        SELECT asked FROM gateway_customers WHERE customer_id = ${customer} AND due_at IS NULL`;
      expect(rows).toEqual([{ asked: null }]);
    }, 20_000);
  });

  test('meets the same customer and method again after a crash between its answer and ours', async () => {
    const { id: customer } = await newCustomer(tender, ADA);
    const key = `crash-${customer}`;
    for (const step of ['customer.made', 'method.saved']) {
      await dieAt(tender.api, `${step}:kill`, () =>
        expect(save(tender, customer, undefined, { key })).rejects.toThrow(),
      );
      await tender.db.sql`UPDATE idempotency_keys SET lease_until = now() WHERE key = ${key}`;
    }
    await tender.api.start();
    const { status, json } = await save(tender, customer, undefined, { key });
    expect(status).toBe(201);
    expect(await customersAtGateway(tender, customer)).toHaveLength(1);
    expect(await methodsOf(tender, customer)).toEqual([json]);
  });
});
