import { afterAll, beforeAll, expect, test } from 'vitest';
import { commitChange } from '../../src/database/commit.ts';
import { findPayment } from '../../src/database/payments.ts';
import type { FaultRuleInput } from '../../src/sandbox/fault-rules.ts';
import { asAdmin } from '../support/as-operator.ts';
import { act, eventsOf, read } from '../support/checkout.ts';
import { eventually } from '../support/eventually.ts';
import { openStripeSandbox, type Answer, type Tender } from '../support/tender.ts';
import { BOTH, startWithTwoGateways, type TwoGateways } from '../support/two-gateways.ts';

/** Where payments go before two gateways, and that none of them is ever charged at both. */

let gateways: TwoGateways;
let tender: Tender;

beforeAll(async () => {
  gateways = await startWithTwoGateways();
  tender = gateways.tender;
});

afterAll(() => gateways.close());

const TERMS = { amount: 10_000, currency: 'USD' };
const PAID = { ...TERMS, confirm: true, payment_methods: BOTH };
const CREATION = { method: 'POST', path: '/v1/payment_intents$' } as const;
/** Stripe refuses the next creation for the moment. */
const BUSY: FaultRuleInput = { match: CREATION, fault: { kind: 'status', status: 429 }, times: 1 };

const create = (body: object, key?: string) =>
  tender.call('POST', '/api/v1/payments', { body, ...(key === undefined ? {} : { key }) });

async function setPolicy(policy: object): Promise<void> {
  expect(await asAdmin(tender, 'PUT', '/routing', policy)).toMatchObject({
    status: 200,
  });
}

const INITIAL = { default: { strategy: 'priority' } };

test('without a policy payments go to the first gateway, and say which were considered', async () => {
  const { json: payment } = await create(PAID);
  expect(payment).toMatchObject({
    status: 'succeeded',
    gateway: 'stripe',
    routing: {
      decided_by: 'policy',
      strategy: 'priority',
      rule: null,
      policy_version: 0,
      considered: [
        { gateway: 'stripe', rank: 1, passed_over: null },
        { gateway: 'square', rank: 2, passed_over: null },
      ],
    },
  });
  expect(await gateways.chargesOf(payment.id)).toEqual(['stripe']);
});

test('the gateway that was asked for, or that made the payment method, needs no policy', async () => {
  const asked = await create({ ...TERMS, gateway: 'square' });
  expect(asked.json).toMatchObject({ gateway: 'square', routing: { decided_by: 'request' } });
  const owned = await create({ ...TERMS, confirm: true, payment_method: BOTH.square });
  expect(owned.json).toMatchObject({
    gateway: 'square',
    routing: { decided_by: 'payment_method', strategy: null },
  });
});

test('a policy is validated, versioned, written to the audit log, and decides from then on', async () => {
  const wrong = { default: { strategy: 'priority', gateways: ['adyen'] } };
  expect(await asAdmin(tender, 'PUT', '/routing', wrong)).toMatchObject({
    status: 422,
    json: { code: 'gateway_unknown' },
  });
  const weightless = { default: { strategy: 'weighted' } };
  expect((await asAdmin(tender, 'PUT', '/routing', weightless)).status).toBe(422);

  const policy = {
    default: { strategy: 'priority', gateways: ['stripe'] },
    rules: [
      {
        name: 'large ones',
        strategy: 'weighted',
        gateways: [],
        weights: { square: 1 },
        min_amount: '50.00',
        currencies: ['USD'],
      },
    ],
  };
  await setPolicy(policy);
  const { json: current } = await asAdmin(tender, 'GET', '/routing');
  expect(current).toMatchObject({ version: 1, ...policy });
  const stale = await asAdmin(tender, 'PUT', '/routing', INITIAL, {
    'if-match': '"0"',
  });
  expect(stale).toMatchObject({ status: 412, json: { code: 'precondition_failed' } });

  const large = await create(PAID);
  expect(large.json).toMatchObject({
    gateway: 'square',
    routing: {
      strategy: 'weighted',
      rule: 'large ones',
      policy_version: 1,
      considered: [
        { gateway: 'square', rank: 1 },
        { gateway: 'stripe', rank: null, passed_over: { reason: 'no_weight' } },
      ],
    },
  });
  const small = await create({ ...PAID, amount: 4_999 });
  expect(small.json).toMatchObject({ gateway: 'stripe', routing: { rule: null } });
  const entries = await tender.db.sql`SELECT 1 FROM audit_log WHERE action = 'routing.change'`;
  expect(entries).toHaveLength(1);
});

test('a simulation tells what would happen and why, also under a policy that is only tried', async () => {
  const simulate = async (body: object) =>
    (await asAdmin(tender, 'POST', '/routing/simulate', { ...TERMS, ...body })).json;
  expect(await simulate({})).toMatchObject({ gateway: 'square', rule: 'large ones' });
  expect(await simulate({ policy: INITIAL })).toMatchObject({
    gateway: 'stripe',
    policy_version: null,
  });
  expect(await simulate({ currency: 'EUR', policy: INITIAL })).toMatchObject({
    gateway: 'stripe',
    considered: [
      { gateway: 'stripe', rank: 1 },
      { gateway: 'square', passed_over: { reason: 'currency_not_supported' } },
    ],
  });
  const fees = { fee_percentage: 2.9, fee_fixed: 0.3 };
  await asAdmin(tender, 'PUT', '/gateways/stripe/config', fees);
  const cheaper = { fee_percentage: 2.6, fee_fixed: 0.1 };
  await asAdmin(tender, 'PUT', '/gateways/square/config', cheaper);
  expect(await simulate({ policy: { default: { strategy: 'lowest_fee' } } })).toMatchObject({
    gateway: 'square',
    considered: [
      { gateway: 'square', expected_fee: 270 },
      { gateway: 'stripe', expected_fee: 320 },
    ],
  });
  await setPolicy(INITIAL);
});

test('a refusal for the moment goes on to the next gateway, and the key replays what came of it', async () => {
  tender.sandbox.faults.add(BUSY);
  const key = 'goes-on-to-the-next';
  const first = await create(PAID, key);
  expect(first).toMatchObject({
    status: 201,
    json: {
      status: 'succeeded',
      gateway: 'square',
      routing: {
        considered: [
          { gateway: 'square', rank: 1 },
          { gateway: 'stripe', passed_over: { reason: 'refused' } },
        ],
      },
    },
  });
  const again = await create(PAID, key);
  expect(again.text).toBe(first.text);
  expect(await gateways.chargesOf(first.json.id)).toEqual(['square']);
  const attempts = await tender.db.sql`
    SELECT gateway, outcome FROM payment_attempts WHERE payment_id = ${first.json.id} ORDER BY ordinal`;
  expect([...attempts]).toEqual([
    { gateway: 'stripe', outcome: 'refused' },
    { gateway: 'square', outcome: 'succeeded' },
  ]);
});

test('payment methods of gateways without credentials are refused, and nothing waits for them', async () => {
  const methods = { paypal: 'vault-token' };
  const refused = { status: 422, json: { code: 'gateway_not_configured' } };
  expect(await create({ ...PAID, payment_methods: methods })).toMatchObject(refused);
  const { json: draft } = await create(TERMS);
  const confirmed = await act(tender, draft.id, 'confirm', { payment_methods: methods });
  expect(confirmed).toMatchObject(refused);
  expect(await read(tender, draft.id)).toMatchObject({ status: 'requires_payment_method' });
});

test('a creation that nobody pays yet goes on as well, and is paid at the next gateway', async () => {
  tender.sandbox.faults.add(BUSY);
  const { json: draft } = await create(TERMS);
  expect(draft).toMatchObject({ status: 'requires_payment_method', gateway: 'square' });
  const paid = await act(tender, draft.id, 'confirm', { payment_method: BOTH.square });
  expect(paid.json).toMatchObject({ status: 'succeeded', gateway: 'square' });
});

test('a confirmation goes on to the next gateway where the first has no object of the payment', async () => {
  const { json: draft } = await create({ ...TERMS, gateway: 'square' });
  const fault = { kind: 'status', status: 429 } as const;
  gateways.square.faults.add({ match: { method: 'POST', path: '/v2/payments$' }, fault, times: 1 });
  const paid = await act(tender, draft.id, 'confirm', { payment_methods: BOTH });
  expect(paid).toMatchObject({ status: 200, json: { status: 'succeeded', gateway: 'stripe' } });
  expect(await gateways.chargesOf(draft.id)).toEqual(['stripe']);
});

test('an unknown outcome never goes on: the same gateway is asked until it tells', async () => {
  const fault = { kind: 'status', status: 500, when: 'after' } as const;
  tender.sandbox.faults.add({ match: CREATION, fault, times: 1 });
  const { status, json } = await create(PAID);
  expect(status).toBe(202);
  await eventually(async () => {
    expect(await read(tender, json.id)).toMatchObject({ status: 'succeeded', gateway: 'stripe' });
  }, 60_000);
  expect(await gateways.chargesOf(json.id)).toEqual(['stripe']);
});

test("an issuer's decline never goes on", async () => {
  const methods = { ...BOTH, stripe: 'pm_card_chargeDeclined' };
  const { status, json } = await create({ ...PAID, payment_methods: methods });
  expect(status).toBe(402);
  expect(json.payment).toMatchObject({ gateway: 'stripe', status: 'requires_payment_method' });
  expect(await gateways.chargesOf(json.payment.id)).toEqual([]);
});

/** Has a payment go on from Stripe, which takes the money although it says that it refuses. */
async function payAfterRefusal(): Promise<Answer['json']> {
  const fault = { kind: 'status', status: 429, when: 'after' } as const;
  tender.sandbox.faults.add({ match: CREATION, fault, times: 1 });
  // Not before the payment has gone on: what comes earlier is applied to it where it is.
  for (const type of ['payment_intent.created', 'payment_intent.succeeded', 'charge.succeeded']) {
    tender.sandbox.faults.add({ match: { type }, webhook: { kind: 'delay', ms: 3_000 }, times: 1 });
  }
  const { json: payment } = await create(PAID);
  expect(payment).toMatchObject({ status: 'succeeded', gateway: 'square' });
  return payment;
}

async function goneBackOnce(payment: Answer['json']): Promise<void> {
  const metadata = { tender_payment_id: payment.id };
  await eventually(async () => {
    const charges = tender.sandbox.books({ metadata }).payments.flatMap((each) => each.charges);
    expect(charges).toMatchObject([{ captured: 10_000, refunded: 10_000 }]);
    const types = (await eventsOf(tender, payment.id)).map(({ type }) => type);
    expect(types.filter((type) => type === 'payment.late_charge_returned')).toHaveLength(1);
  }, 60_000);
  expect(await read(tender, payment.id)).toMatchObject({
    amount_captured: 10_000,
    amount_refunded: 0,
  });
}

test('what a gateway takes after it had refused is refunded at once, and told', async () => {
  await goneBackOnce(await payAfterRefusal());
});

test('what goes back is told and posted although the answer to its refund is lost', async () => {
  const match = { method: 'POST', path: '/v1/refunds$' } as const;
  tender.sandbox.faults.add({ match, fault: { kind: 'drop', when: 'after' }, times: 1 });
  const payment = await payAfterRefusal();
  await goneBackOnce(payment);
  const entries = await tender.db.sql`
    SELECT FROM ledger_entries WHERE payment_id = ${payment.id} AND cause LIKE 'late_charge%'`;
  expect(entries).toHaveLength(2);
});

test('what one gateway says of a payment is never applied to it at another', async () => {
  const { json: draft } = await create({ ...TERMS, gateway: 'square' });
  const start = await findPayment(tender.db, draft.id);
  await tender.db.sql`
    UPDATE payments SET gateway = 'stripe', version = version + 1 WHERE id = ${draft.id}`;
  const change = await commitChange(tender.db, start!, (payment) => ({
    payment: { ...payment, status: 'succeeded' },
    lookAgainInMs: null,
    events: [],
  }));
  expect(change).toBeNull();
  expect(await read(tender, draft.id)).toMatchObject({ status: 'requires_payment_method' });
});

test('gateways that are switched off are passed over, and without any the answer says so', async () => {
  const turn = (gateway: string, verb: 'enable' | 'disable') =>
    asAdmin(tender, 'POST', `/gateways/${gateway}/${verb}`, {});
  await turn('stripe', 'disable');
  const { json } = await create(PAID);
  expect(json).toMatchObject({
    gateway: 'square',
    routing: {
      considered: [{ gateway: 'square' }, { passed_over: { reason: 'disabled' } }],
    },
  });
  await turn('square', 'disable');
  expect((await create(PAID)).json).toMatchObject({ code: 'gateway_disabled' });
  await turn('square', 'enable');
  await turn('stripe', 'enable');
});

test('a gateway that is away is left alone by all processes, payments succeed at the other, and it comes back', async () => {
  const port = Number(new URL(tender.sandbox.url).port);
  await tender.sandbox.close();
  const { routing } = await eventually(async () => {
    const { status, json } = await create(PAID);
    expect([status, json.gateway]).toEqual([201, 'square']);
    expect(json.routing.considered[1].passed_over.reason).toBe('unavailable');
    return json;
  }, 30_000);
  expect(routing.considered).toMatchObject([{ gateway: 'square', rank: 1 }, { gateway: 'stripe' }]);
  const asked = await create({ ...TERMS, gateway: 'stripe' });
  expect(asked).toMatchObject({ status: 503, json: { code: 'gateway_unavailable' } });
  expect(Number(asked.headers.get('retry-after'))).toBeGreaterThan(0);
  const { json: status } = await asAdmin(tender, 'GET', '/gateways/status');
  expect(status.data.find((each: { gateway: string }) => each.gateway === 'stripe')).toMatchObject({
    breaker: { cause: { category: 'unreachable' } },
  });

  const back = await openStripeSandbox(`${tender.apiUrl}/api/v1/payments/webhook`, port);
  tender.sandbox = back.sandbox;
  await eventually(async () => {
    expect((await create(PAID)).json).toMatchObject({ status: 'succeeded', gateway: 'stripe' });
  }, 60_000);
});
