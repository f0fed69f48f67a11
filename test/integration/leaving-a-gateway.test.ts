import { afterAll, beforeAll, expect, test } from 'vitest';
import type { FaultRuleInput } from '../../src/sandbox/fault-rules.ts';
import { asAdmin } from '../support/as-operator.ts';
import { act, askStripe, eventsOf, read, until } from '../support/checkout.ts';
import { eventually } from '../support/eventually.ts';
import type { Answer, Tender } from '../support/tender.ts';
import { BOTH, startWithTwoGateways, type TwoGateways } from '../support/two-gateways.ts';

/**
 * A payment that one gateway has an object of is paid at another one only after that object is canceled, since a browser
 * may hold what it needs to pay there.
 */

let gateways: TwoGateways;
let tender: Tender;

beforeAll(async () => {
  gateways = await startWithTwoGateways();
  tender = gateways.tender;
});

afterAll(() => gateways.close());

const TERMS = { amount: 10_000, currency: 'USD' };
const CONFIRM = '/v1/payment_intents/*/confirm';
const CANCEL = '/v1/payment_intents/*/cancel';
const PUBLISHABLE_KEY = 'pk_test_sandbox_opens_nothing_real';

/** Stripe refuses the next call of this kind for the moment. */
const busy = (path: string): FaultRuleInput => ({
  match: { method: 'POST', path },
  fault: { kind: 'status', status: 429 },
  times: 1,
});

/** A payment that Stripe knows, and a browser too. */
async function draftAtStripe(): Promise<Answer['json']> {
  const body = { ...TERMS, gateway: 'stripe' };
  const { json: draft } = await tender.call('POST', '/api/v1/payments', { body });
  expect(draft).toMatchObject({ gateway: 'stripe', status: 'requires_payment_method' });
  expect(draft.client_secret).toEqual(expect.any(String));
  return draft;
}

const confirm = (id: string, methods: object = BOTH, key?: string) =>
  act(tender, id, 'confirm', { payment_methods: methods }, key === undefined ? {} : { key });

/** A browser tab that was left open pays at Stripe, as it was offered to once. */
function payInOldTab(draft: Answer['json']) {
  const [intentId] = draft.client_secret.split('_secret_');
  return askStripe(tender, PUBLISHABLE_KEY, `/v1/payment_intents/${intentId}/confirm`, {
    client_secret: draft.client_secret,
    payment_method: BOTH.stripe,
  });
}

async function attemptsOf(id: string) {
  const rows = await tender.db.sql`
    SELECT operation, gateway, outcome FROM payment_attempts WHERE payment_id = ${id} ORDER BY created_at`;
  return rows.map(({ operation, gateway, outcome }) => [operation, gateway, outcome]);
}

async function eventTypesOf(id: string): Promise<string[]> {
  return (await eventsOf(tender, id)).map(({ type }) => type);
}

/** Waits until a webhook about this payment is done with. */
function hasWorkedOff(eventType: string, paymentId: string): Promise<void> {
  return eventually(async () => {
    const rows = await tender.db.sql`
      SELECT 1 FROM webhook_receipts
       WHERE event_type = ${eventType} AND payment_id = ${paymentId} AND state = 'processed'`;
    expect(rows).toHaveLength(1);
  }, 30_000);
}

test('a confirmation that is refused for the moment leaves the gateway and is paid at the next', async () => {
  const draft = await draftAtStripe();
  tender.sandbox.faults.add(busy(CONFIRM));
  const paid = await confirm(draft.id, BOTH, 'leaves-once');
  expect(paid).toMatchObject({
    status: 200,
    json: {
      status: 'succeeded',
      gateway: 'square',
      routing: { considered: [{ gateway: 'square' }, { passed_over: { reason: 'refused' } }] },
    },
  });
  expect(await attemptsOf(draft.id)).toEqual([
    ['create', 'stripe', 'succeeded'],
    ['confirm', 'stripe', 'refused'],
    ['cancel', 'stripe', 'succeeded'],
    ['create', 'square', 'succeeded'],
  ]);
  expect((await confirm(draft.id, BOTH, 'leaves-once')).text).toBe(paid.text);
  expect(await gateways.chargesOf(draft.id)).toEqual(['square']);
});

test('an old browser tab that pays late finds nothing to pay', async () => {
  const draft = await draftAtStripe();
  const paid = await confirm(draft.id, { square: BOTH.square });
  expect(paid.json).toMatchObject({ status: 'succeeded', gateway: 'square' });
  const { error } = await payInOldTab(draft);
  expect(error).toMatchObject({ code: 'payment_intent_unexpected_state' });
  expect(await gateways.chargesOf(draft.id)).toEqual(['square']);
});

test('an old browser tab that pays first has paid, and nobody else is asked', async () => {
  const draft = await draftAtStripe();
  // The gateway tells of it only after the payment was to leave.
  const told = { type: 'payment_intent.succeeded' };
  tender.sandbox.faults.add({ match: told, webhook: { kind: 'delay', ms: 3_000 }, times: 1 });
  expect(await payInOldTab(draft)).toMatchObject({ status: 'succeeded' });
  const { status, json } = await confirm(draft.id, { square: BOTH.square });
  expect([status, json.status, json.gateway]).toEqual([200, 'succeeded', 'stripe']);
  expect(await gateways.chargesOf(draft.id)).toEqual(['stripe']);
});

test('a gateway that an operator has switched off is left as well', async () => {
  const draft = await draftAtStripe();
  await asAdmin(tender, 'POST', '/gateways/stripe/disable', {});
  const paid = await confirm(draft.id);
  await asAdmin(tender, 'POST', '/gateways/stripe/enable', {});
  expect(paid.json).toMatchObject({ status: 'succeeded', gateway: 'square' });
  expect(await gateways.chargesOf(draft.id)).toEqual(['square']);
});

test('a gateway that does not give the payment up keeps it, and the retry goes on', async () => {
  const draft = await draftAtStripe();
  tender.sandbox.faults.add(busy(CONFIRM));
  tender.sandbox.faults.add(busy(CANCEL));
  const refused = await confirm(draft.id, BOTH, 'refused-twice');
  expect(refused).toMatchObject({ status: 503, json: { code: 'gateway_unavailable' } });
  expect(await read(tender, draft.id)).toMatchObject({
    status: 'requires_payment_method',
    gateway: 'stripe',
  });
  // It is refused no more, so that nothing has to be left.
  const paid = await confirm(draft.id, BOTH, 'refused-twice');
  expect(paid.json).toMatchObject({ status: 'succeeded', gateway: 'stripe' });
  expect(await gateways.chargesOf(draft.id)).toEqual(['stripe']);
});

test('nothing is left where no other gateway could take it', async () => {
  const draft = await draftAtStripe();
  tender.sandbox.faults.add(busy(CONFIRM));
  const refused = await confirm(draft.id, { stripe: BOTH.stripe });
  expect(refused).toMatchObject({ status: 503, json: { code: 'gateway_unavailable' } });
  expect(await attemptsOf(draft.id)).toHaveLength(2);
  const paid = await confirm(draft.id);
  expect(paid.json).toMatchObject({ status: 'succeeded', gateway: 'stripe' });
});

test('a cancellation whose answer is lost is found out before anybody else is asked', async () => {
  const draft = await draftAtStripe();
  const fault = { kind: 'drop', when: 'after' } as const;
  tender.sandbox.faults.add({ match: { method: 'POST', path: CANCEL }, fault, times: 1 });
  const first = await confirm(draft.id, { square: BOTH.square });
  expect(first).toMatchObject({ status: 202, json: { status: 'processing', gateway: 'stripe' } });
  expect(await gateways.chargesOf(draft.id)).toEqual([]);
  await until(tender, draft.id, { status: 'requires_payment_method' }, 60_000);
  const paid = await confirm(draft.id, { square: BOTH.square });
  expect(paid.json).toMatchObject({ status: 'succeeded', gateway: 'square' });
  expect(await gateways.chargesOf(draft.id)).toEqual(['square']);
});

test('the webhook of the cancellation that comes before its answer does not cancel the payment', async () => {
  const draft = await draftAtStripe();
  const slow = { kind: 'delay', ms: 2_000, when: 'after' } as const;
  tender.sandbox.faults.add({ match: { method: 'POST', path: CANCEL }, fault: slow, times: 1 });
  const confirming = confirm(draft.id, { square: BOTH.square });
  await hasWorkedOff('payment_intent.canceled', draft.id);
  expect((await confirming).json).toMatchObject({ status: 'succeeded', gateway: 'square' });
  expect(await eventTypesOf(draft.id)).not.toContain('payment.canceled');
});

test('nor does one that comes while the payment is at no gateway', async () => {
  const draft = await draftAtStripe();
  const fault = { kind: 'drop', when: 'after' } as const;
  tender.sandbox.faults.add({ match: { method: 'POST', path: CANCEL }, fault, times: 1 });
  const told = { type: 'payment_intent.canceled' };
  tender.sandbox.faults.add({ match: told, webhook: { kind: 'delay', ms: 6_000 }, times: 1 });
  expect((await confirm(draft.id, { square: BOTH.square })).status).toBe(202);
  await until(tender, draft.id, { status: 'requires_payment_method' }, 60_000);
  await hasWorkedOff(told.type, draft.id);
  expect(await read(tender, draft.id)).toMatchObject({ status: 'requires_payment_method' });
  expect((await confirm(draft.id)).json).toMatchObject({ status: 'succeeded', gateway: 'stripe' });
  expect(await gateways.chargesOf(draft.id)).toEqual(['stripe']);
  expect(await eventTypesOf(draft.id)).not.toContain('payment.canceled');
});
