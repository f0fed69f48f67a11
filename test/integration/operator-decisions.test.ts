import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ADMIN_TOKEN, asAdmin } from '../support/as-operator.ts';
import {
  act,
  askStripe,
  DRAFT,
  eventsOf,
  HELD,
  liveCharges,
  pay,
  read,
  refundsOf,
  until,
  VISA,
} from '../support/checkout.ts';
import { eventually } from '../support/eventually.ts';
import { KEYS, startTender, type Answer, type Tender } from '../support/tender.ts';

/** What operators decide where the gateway can no longer tell what became of a call. */

let tender: Tender;
let withheld: string;
beforeAll(async () => {
  tender = await startTender({
    env: {
      PAYMENT_GATEWAY_TIMEOUT_SECONDS: '3',
      PAYMENT_LEASE_SECONDS: '5',
      TENDER_ADMIN_TOKEN: ADMIN_TOKEN,
    },
  });
  // So that nothing is known but what is asked for.
  withheld = tender.sandbox.faults.add({ webhook: { kind: 'withhold' } }).id;
});
afterAll(async () => {
  expect(tender.sandbox.checkBooks()).toEqual([]);
  await tender.close();
});

let orders = 0;
/** A payment whose creation is never answered, however often it is asked for. */
async function lose(when: 'before' | 'after', body: object = VISA): Promise<string> {
  orders += 1;
  const order_id = `lost ${orders}`;
  tender.sandbox.faults.add({
    match: { method: 'POST', path: '/v1/payment_intents$', metadata: { order_id } },
    fault: { kind: 'drop', when },
  });
  const { status, json } = await pay(tender, { ...body, order_id });
  expect(status).toBe(202);
  await unknown(json.id);
  return json.id;
}

async function unknown(id: string): Promise<void> {
  await eventually(async () => {
    const [attempt] = await tender.db.sql<{ outcome: string }[]>`
      SELECT outcome FROM payment_attempts WHERE payment_id = ${id} ORDER BY created_at DESC LIMIT 1`;
    expect(attempt?.outcome).toBe('unknown');
  });
}

/** Makes a call so old that the gateway has forgotten its key, and its lists are not searched for it where it was. */
async function age(id: string): Promise<void> {
  await tender.db.sql`
    UPDATE payment_attempts SET created_at = created_at - interval '2 days' WHERE payment_id = ${id}`;
}

async function loseForGood(when: 'before' | 'after', body?: object): Promise<string> {
  const id = await lose(when, body);
  await age(id);
  return id;
}

const note = "Searched the gateway's dashboard for the order.";
const reason = 'The customer asks for their parcel.';
function decide(
  id: string,
  decision: 'charged' | 'not_charged',
  gateway_payment_id?: string,
): ReturnType<typeof asAdmin> {
  const evidence = { note, ...(gateway_payment_id === undefined ? {} : { gateway_payment_id }) };
  return asAdmin(tender, 'POST', `/payments/${id}/resolve`, { decision, evidence, reason });
}

function decideRefund(
  id: string,
  decision: 'refunded' | 'not_refunded',
  gateway_refund_id?: string,
) {
  const evidence = { note, ...(gateway_refund_id === undefined ? {} : { gateway_refund_id }) };
  return asAdmin(tender, 'POST', `/refunds/${id}/resolve`, { decision, evidence, reason });
}

/** What the gateway calls a payment, as its dashboard shows. */
function idAtGateway(paymentId: string): string {
  const { payments } = tender.sandbox.books({ metadata: { tender_payment_id: paymentId } });
  expect(payments).toHaveLength(1);
  return payments[0]?.id ?? '';
}

async function typesOf(id: string): Promise<string[]> {
  return (await eventsOf(tender, id)).map(({ type }) => type);
}

async function timelineOf(id: string): Promise<Answer['json'][]> {
  return (await asAdmin(tender, 'GET', `/payments/${id}/timeline`)).json.data;
}

describe('while the gateway may still tell', () => {
  test('nobody decides: it remembers the key', async () => {
    const id = await lose('before');
    for (const decision of ['charged', 'not_charged'] as const) {
      const refused = await decide(id, decision, 'pi_1');
      expect(refused).toMatchObject({ status: 409, json: { code: 'outcome_may_be_told' } });
      expect(refused.json.detail).toMatch(/remembers the call's key.*minutes/);
    }
    await age(id);
    expect((await decide(id, 'not_charged')).status).toBe(200);
  });

  test('it is listed, with when somebody may decide, and counted for the alert', async () => {
    const id = await loseForGood('before');
    const { json } = await asAdmin(tender, 'GET', '/unknown-outcomes?gateway=stripe&limit=1');
    expect(json.data).toMatchObject([
      {
        object: 'unknown_outcome',
        operation: 'create',
        payment_id: id,
        refund_id: null,
        gateway: 'stripe',
        amount: 10_000,
        currency: 'EUR',
      },
    ]);
    const [{ age_seconds, decidable_from }] = json.data;
    expect(age_seconds).toBeGreaterThanOrEqual(172_800);
    expect(Date.parse(decidable_from)).toBeLessThan(Date.now());
    const metric = (name: string, gateway: string) =>
      tender.worker.metric(`payment_unknown_${name}{gateway="${gateway}"}`);
    await eventually(async () => {
      expect(await metric('attempts', 'stripe')).toBeGreaterThan(0);
      expect(await metric('oldest_age_seconds', 'stripe')).toBeGreaterThanOrEqual(172_800);
    });
    expect(await metric('oldest_age_seconds', 'square')).toBe(0);
    expect((await decide(id, 'not_charged')).status).toBe(200);
  });

  test('nobody decides: it is away, and can be asked when it is back', async () => {
    const id = await loseForGood('before');
    const { id: fault } = tender.sandbox.faults.add({
      match: { method: 'GET', path: '/v1/payment_intents' },
      fault: { kind: 'drop' },
    });
    expect(await decide(id, 'not_charged')).toMatchObject({
      status: 409,
      json: { code: 'outcome_may_be_told', detail: expect.stringContaining('just now') },
    });
    tender.sandbox.faults.clear(fault);
    expect((await decide(id, 'not_charged')).status).toBe(200);
  });

  test('it is asked first, and what it says counts', async () => {
    const { json: draft } = await pay(tender, DRAFT);
    const path = `/v1/payment_intents/${draft.gateway_payment_id}`;
    tender.sandbox.faults.add({
      match: { method: 'POST', path },
      fault: { kind: 'drop', when: 'after' },
    });
    const { id: fault } = tender.sandbox.faults.add({
      match: { method: 'GET', path },
      fault: { kind: 'drop' },
    });
    await act(tender, draft.id, 'confirm', { payment_method: 'pm_card_visa' });
    await unknown(draft.id);
    await age(draft.id);
    tender.sandbox.faults.clear(fault);
    expect(await decide(draft.id, 'not_charged')).toMatchObject({
      status: 409,
      json: { code: 'outcome_not_unknown', detail: expect.stringContaining('succeeded') },
    });
    expect(await read(tender, draft.id)).toMatchObject({
      status: 'succeeded',
      amount_captured: 10_000,
    });
  });
});

test('a payment whose outcome is known is not decided about, nor is one that is not there', async () => {
  const { json } = await pay(tender);
  expect(await decide(json.id, 'charged', json.gateway_payment_id)).toMatchObject({
    status: 409,
    json: { code: 'outcome_not_unknown' },
  });
  expect((await decide('pay_nowhere', 'not_charged')).json.code).toBe('payment_not_found');
  expect((await decideRefund('ref_nowhere', 'not_refunded')).json.code).toBe('refund_not_found');
});

describe('a charge that the operator has found', () => {
  test('has to be the one of this payment', async () => {
    const id = await loseForGood('after', { ...VISA, amount: 7_700 });
    expect(await decide(id, 'charged')).toMatchObject({
      status: 422,
      json: { code: 'parameter_missing', param: 'evidence.gateway_payment_id' },
    });
    const { json: other } = await pay(tender, { ...VISA, amount: 7_700 });
    const foreign = await askStripe(tender, KEYS.secretKey, '/v1/payment_intents', {
      amount: '7700',
      currency: 'eur',
      confirm: 'true',
      payment_method: 'pm_card_visa',
      'automatic_payment_methods[enabled]': 'true',
      'automatic_payment_methods[allow_redirects]': 'never',
    });
    for (const [named, why] of [
      ['pi_of_nobody', 'does not know'],
      [other.gateway_payment_id, `${other.id}`],
      [foreign.id, 'reference'],
    ]) {
      const refused = await decide(id, 'charged', named);
      expect(refused).toMatchObject({ status: 409, json: { code: 'evidence_contradicted' } });
      expect(refused.json.detail).toContain(why);
    }
    expect(await read(tender, id)).toMatchObject({ status: 'processing' });
    expect((await decide(id, 'charged', idAtGateway(id))).status).toBe(200);
  });

  test('ends the payment as the gateway has it, with an event, in the timeline and in the audit log', async () => {
    const id = await loseForGood('after');
    const found = idAtGateway(id);
    const decided = await decide(id, 'charged', found);
    expect(decided).toMatchObject({
      status: 200,
      json: {
        object: 'payment_resolution',
        decision: 'charged',
        verified: true,
        reason,
        evidence: { gateway_payment_id: found, note },
        decided_by: { name: 'bootstrap' },
        payment: { id, status: 'succeeded', amount_captured: 10_000, gateway_payment_id: found },
      },
    });
    expect(await read(tender, id)).toMatchObject({
      status: 'succeeded',
      gateway_payment_id: found,
    });
    expect(liveCharges(tender, id)).toHaveLength(1);
    expect(await typesOf(id)).toEqual(['payment.created', 'payment.succeeded', 'payment.resolved']);
    const happened = await timelineOf(id);
    expect(happened.filter(({ kind }) => kind === 'decision')).toMatchObject([
      { details: { decision: 'charged', gateway_id: found, note, verified: true, reason } },
    ]);
    expect(happened.filter(({ kind }) => kind === 'operator')).toMatchObject([
      { details: { action: 'payment.resolve', actor_name: 'bootstrap' } },
    ]);
    const { json: log } = await asAdmin(
      tender,
      'GET',
      `/audit-log?subject_kind=payment&subject_id=${id}`,
    );
    expect(log.data).toMatchObject([
      {
        action: 'payment.resolve',
        before: { status: 'processing', operation: 'create', outcome: 'unknown' },
        after: { status: 'succeeded', decision: 'charged', reason },
      },
    ]);
    // The payment can be refunded as any other.
    expect((await act(tender, id, 'refunds', { amount: 1_000 })).status).toBe(201);
  });
});

describe('a decision', () => {
  test('may be repeated and changes nothing then; a contrary one is refused', async () => {
    const id = await loseForGood('before');
    const first = await decide(id, 'not_charged');
    expect(first.json.payment).toMatchObject({
      status: 'failed',
      last_error: { code: 'not_charged', gateway_code: 'operator_decision' },
    });
    const again = await decide(id, 'not_charged');
    expect(again).toMatchObject({ status: 200, json: { id: first.json.id } });
    expect(await decide(id, 'charged', 'pi_1')).toMatchObject({
      status: 409,
      json: { code: 'outcome_already_decided' },
    });
    expect(await typesOf(id)).toEqual(['payment.created', 'payment.failed', 'payment.resolved']);
    const late = await act(tender, id, 'confirm', { payment_method: 'pm_card_visa' });
    expect(late).toMatchObject({ status: 409, json: { code: 'payment_state_conflict' } });
  });

  test('is made once, also where two operators decide at the same moment', async () => {
    const id = await loseForGood('after');
    const found = idAtGateway(id);
    const answers = await Promise.all([
      decide(id, 'not_charged'),
      decide(id, 'charged', found),
      decide(id, 'not_charged'),
      decide(id, 'charged', found),
    ]);
    const winners = answers.filter(({ status }) => status === 200);
    expect(new Set(winners.map(({ json }) => json.id)).size).toBe(1);
    expect(answers.filter(({ status }) => status === 409)).toHaveLength(2);
    const made = await tender.db.sql`SELECT FROM outcome_decisions WHERE payment_id = ${id}`;
    expect(made).toHaveLength(1);
    expect((await typesOf(id)).filter((type) => type === 'payment.resolved')).toHaveLength(1);
  });

  test('is never changed or deleted', async () => {
    await expect(tender.db.sql`UPDATE outcome_decisions SET reason = 'another'`).rejects.toThrow();
    await expect(tender.db.sql`DELETE FROM outcome_decisions`).rejects.toThrow();
  });
});

/** Waits until what was taken for a payment that counts as not charged has gone back, once. */
async function goneBack(id: string): Promise<void> {
  await eventually(async () => {
    expect(liveCharges(tender, id)).toMatchObject([{ captured: 10_000, refunded: 10_000 }]);
    const types = await typesOf(id);
    expect(types.filter((type) => type === 'payment.late_charge_returned')).toHaveLength(1);
  }, 40_000);
  expect(await read(tender, id)).toMatchObject({ status: 'failed', amount_captured: 0 });
}

describe('a charge that turns up although it was decided that there is none', () => {
  let byReading: string;

  test('goes back when the gateway, read every day, shows it', async () => {
    byReading = await loseForGood('after');
    expect((await decide(byReading, 'not_charged')).status).toBe(200);
    const [attempt] = await tender.db.sql<{ inHours: number }[]>`
      SELECT (extract(epoch FROM due_at - now()) / 3600)::float8 AS in_hours
        FROM payment_attempts WHERE payment_id = ${byReading}`;
    expect(attempt?.inHours).toBeGreaterThan(23);
    // The next day, at which the list has caught up.
    await tender.db.sql`
      UPDATE payment_attempts SET due_at = now(), created_at = created_at + interval '2 days'
       WHERE payment_id = ${byReading}`;
    await goneBack(byReading);
  });

  test('goes back when a webhook tells of it, and somebody is told', async () => {
    const id = await loseForGood('after');
    const before =
      (await tender.worker.metric('payment_contradiction_total{gateway="stripe"}')) ?? 0;
    expect((await decide(id, 'not_charged')).status).toBe(200);
    tender.sandbox.faults.clear(withheld);
    tender.sandbox.webhooks.release();
    await goneBack(id);
    const after = await tender.worker.metric('payment_contradiction_total{gateway="stripe"}');
    expect(after).toBeGreaterThan(before);
    await tender.sandbox.webhooks.idle();
    // What went back already does not go back again because of its webhook.
    await goneBack(byReading);
  });
});

test('a capture that was decided not to have happened, and has, is taken over and told', async () => {
  const { json: held } = await pay(tender, HELD);
  const path = `/v1/payment_intents/${held.gateway_payment_id}`;
  const { faults, webhooks } = tender.sandbox;
  const withheldAgain = faults.add({ webhook: { kind: 'withhold' } }).id;
  faults.add({ match: { method: 'POST', path }, fault: { kind: 'drop', when: 'after' } });
  // Another account's credentials, perhaps: the gateway answers and knows nothing of it.
  const body = { error: { type: 'invalid_request_error', code: 'resource_missing' } };
  const missing = { kind: 'status', status: 404, body } as const;
  const { id: fault } = faults.add({ match: { method: 'GET', path }, fault: missing });
  expect((await act(tender, held.id, 'capture')).status).toBe(202);
  await unknown(held.id);
  await age(held.id);
  const decided = await decide(held.id, 'not_charged');
  expect(decided.json.payment).toMatchObject({
    status: 'requires_capture',
    amount_capturable: 10_000,
  });
  faults.clear(fault);
  faults.clear(withheldAgain);
  webhooks.release();
  await until(tender, held.id, { status: 'succeeded', amount_captured: 10_000 });
  await eventually(() =>
    expect(tender.worker.output).toContain('decided that it was not captured'),
  );
});

describe('a refund', () => {
  async function loseRefund(amount: number) {
    const { json: payment } = await pay(tender);
    const metadata = { tender_payment_id: payment.id };
    const match = { method: 'POST', path: '/v1/refunds$', metadata } as const;
    const { id: fault } = tender.sandbox.faults.add({ match, fault: { kind: 'drop' } });
    const { status, json: refund } = await act(tender, payment.id, 'refunds', { amount });
    expect(status).toBe(202);
    return { payment, refund, fault };
  }

  test('that the gateway may still make is not decided about; then what was reserved is free again', async () => {
    const { payment, refund, fault } = await loseRefund(6_000);
    expect((await decideRefund(refund.id, 'not_refunded')).json.code).toBe('outcome_may_be_told');
    await tender.db.sql`
      UPDATE refunds SET created_at = created_at - interval '2 days' WHERE id = ${refund.id}`;
    expect(await decideRefund(refund.id, 'refunded', 're_of_nobody')).toMatchObject({
      status: 409,
      json: { code: 'evidence_contradicted' },
    });
    const decided = await decideRefund(refund.id, 'not_refunded');
    expect(decided).toMatchObject({
      status: 200,
      json: {
        object: 'refund_resolution',
        decision: 'not_refunded',
        refund: { status: 'failed', failure_code: 'operator_decision' },
      },
    });
    expect((await decideRefund(refund.id, 'not_refunded')).json.id).toBe(decided.json.id);
    expect((await decideRefund(refund.id, 'refunded', 're_1')).json.code).toBe(
      'outcome_already_decided',
    );
    expect(await read(tender, payment.id)).toMatchObject({
      amount_refund_pending: 0,
      amount_refunded: 0,
    });
    tender.sandbox.faults.clear(fault);
    expect((await act(tender, payment.id, 'refunds', { amount: 10_000 })).status).toBe(201);
    expect((await typesOf(payment.id)).filter((type) => type === 'refund.resolved')).toHaveLength(
      1,
    );
    expect(await timelineOf(payment.id)).toContainEqual(
      expect.objectContaining({
        kind: 'decision',
        details: expect.objectContaining({ refund_id: refund.id }),
      }),
    );
  });

  test('that was made although it was decided otherwise is recorded as the gateway has it', async () => {
    const { payment, refund } = await loseRefund(2_500);
    await tender.db.sql`
      UPDATE refunds SET created_at = created_at - interval '2 days' WHERE id = ${refund.id}`;
    expect((await decideRefund(refund.id, 'not_refunded')).status).toBe(200);
    // The call that nobody expected any more arrives.
    await askStripe(tender, KEYS.secretKey, '/v1/refunds', {
      payment_intent: payment.gateway_payment_id,
      amount: '2500',
      'metadata[tender_refund_id]': refund.id,
    });
    await until(tender, payment.id, { amount_refunded: 2_500, amount_refund_pending: 0 });
    expect(await refundsOf(tender, payment.id)).toMatchObject([
      { id: refund.id, status: 'succeeded' },
    ]);
    await eventually(() => {
      expect(tender.worker.output).toContain(`${refund.id} had failed here`);
    });
  });
});

test("where the gateway's credentials are gone for good, the operator's word is kept as such", async () => {
  tender.sandbox.faults.add({ webhook: { kind: 'withhold' } });
  const id = await loseForGood('after');
  const found = idAtGateway(id);
  await tender.api.stop();
  await tender.api.start({ STRIPE_SECRET_KEY: '' });
  const decided = await decide(id, 'charged', found);
  expect(decided).toMatchObject({
    status: 200,
    json: {
      verified: false,
      payment: { status: 'succeeded', amount_captured: 10_000, gateway_payment_id: found },
    },
  });
  // The worker, which has them, bears it out and then lets it be.
  await tender.db.sql`UPDATE payment_attempts SET due_at = now() WHERE payment_id = ${id}`;
  await eventually(async () => {
    const [attempt] = await tender.db
      .sql`SELECT due_at FROM payment_attempts WHERE payment_id = ${id}`;
    expect(attempt?.dueAt).toBeNull();
  });
});
