import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { act, PATIENT, pay, read, refundsOf, until } from '../support/checkout.ts';
import {
  decide,
  disputeAtGateway,
  disputesOf,
  sendEvent,
  untilDisputed,
} from '../support/disputes.ts';
import { eventually } from '../support/eventually.ts';
import { CARD, openSquareSandbox, type SquareTender } from '../support/square.ts';
import { startTenderWith, type Answer } from '../support/tender.ts';

let tender: SquareTender;
beforeAll(async () => {
  tender = await startTenderWith(openSquareSandbox, { env: PATIENT });
});
afterAll(async () => {
  await tender.settled();
  expect(tender.sandbox.checkBooks()).toEqual([]);
  await tender.close();
});

async function paid(): Promise<Answer['json']> {
  return (await pay(tender, CARD)).json;
}

/** From the table: the list of events holds back what was committed beside an SQL transaction that still runs. */
async function toldOfDisputes(payment: string): Promise<string[]> {
  const rows = await tender.db.sql<{ type: string }[]>`
    SELECT type FROM events WHERE payment_id = ${payment} AND type LIKE 'dispute.%' ORDER BY payment_sequence`;
  return rows.map(({ type }) => type);
}

/** What became of the newest webhook. */
async function newestReceipt(): Promise<{ id: bigint; state: string } | undefined> {
  const [row] = await tender.db.sql<{ id: bigint; state: string }[]>`
    SELECT id, state FROM webhook_receipts ORDER BY id DESC LIMIT 1`;
  return row;
}

/** Has the sandbox send an event, and waits until it is worked off. */
async function tell(type: string, set: Record<string, unknown>): Promise<string> {
  await tender.settled();
  const before = await newestReceipt();
  await sendEvent(tender, type, set);
  return eventually(async () => {
    const receipt = await newestReceipt();
    expect(receipt?.id).not.toBe(before?.id);
    expect(receipt?.state).toMatch(/^(?:processed|ignored)$/);
    return receipt?.state ?? '';
  });
}

describe('a dispute', () => {
  test('is shown with its deadline, and its payment is disputed until the bank decides', async () => {
    const payment = await paid();
    const id = await disputeAtGateway(tender, payment, { reason: 'NO_KNOWLEDGE' });
    const open = await untilDisputed(tender, payment.id, { status: 'needs_response' });
    expect(open).toMatchObject({
      object: 'dispute',
      payment_id: payment.id,
      amount: 10_000,
      amount_lost: 0,
      currency: 'USD',
      reason: 'fraudulent',
      gateway: payment.gateway,
      gateway_dispute_id: id,
      evidence_due_by: expect.any(String),
    });
    expect((await tender.call('GET', `/api/v1/disputes/${open.id}`)).json).toEqual(open);
    expect(await read(tender, payment.id)).toMatchObject({
      disputed: true,
      amount_disputed: 10_000,
      amount_disputed_lost: 0,
    });
    await decide(tender, id, 'lose');
    await untilDisputed(tender, payment.id, { id: open.id, status: 'lost', amount_lost: 10_000 });
    await tender.settled();
    expect(await read(tender, payment.id)).toMatchObject({
      disputed: false,
      amount_disputed: 0,
      amount_disputed_lost: 10_000,
      status: 'succeeded',
    });
    const told = await toldOfDisputes(payment.id);
    expect([told.at(0), told.at(-1)]).toEqual(['dispute.created', 'dispute.lost']);
    expect(told.filter((type) => type !== 'dispute.updated')).toHaveLength(2);
  });

  test('that is won leaves everything to be refunded', async () => {
    const payment = await paid();
    const id = await disputeAtGateway(tender, payment);
    await untilDisputed(tender, payment.id);
    await decide(tender, id, 'win');
    await untilDisputed(tender, payment.id, { status: 'won', amount_lost: 0 });
    expect(await read(tender, payment.id)).toMatchObject({ disputed: false, amount_disputed: 0 });
    expect((await act(tender, payment.id, 'refunds')).json).toMatchObject({ amount: 10_000 });
  });

  test('ends where the gateway says, when its webhooks come twice and in the reverse order', async () => {
    const payment = await paid();
    await tender.settled();
    const faults = [
      tender.sandbox.faults.add({ webhook: { kind: 'reorder', windowMs: 300 } }),
      tender.sandbox.faults.add({ webhook: { kind: 'duplicate', times: 2 } }),
    ];
    const id = await disputeAtGateway(tender, payment);
    await decide(tender, id, 'lose');
    await tender.settled();
    for (const fault of faults) tender.sandbox.faults.clear(fault.id);
    expect(await disputesOf(tender, payment.id)).toMatchObject([
      { status: 'lost', amount_lost: 10_000 },
    ]);
    const told = await toldOfDisputes(payment.id);
    expect(told.filter((type) => type !== 'dispute.updated')).toEqual([
      'dispute.created',
      'dispute.lost',
    ]);
  });

  test('is not won after it was lost because an event says so: the gateway has the last word', async () => {
    const payment = await paid();
    const id = await disputeAtGateway(tender, payment);
    await decide(tender, id, 'lose');
    const lost = await untilDisputed(tender, payment.id, { status: 'lost' });
    const told = await toldOfDisputes(payment.id);
    for (const state of ['WON', 'EVIDENCE_REQUIRED']) {
      const set = {
        'data.object.dispute.id': id,
        'data.object.dispute.dispute_id': id,
        'data.object.dispute.state': state,
        'data.object.dispute.disputed_payment.payment_id': payment.gateway_payment_id,
      };
      expect(await tell('dispute.state.updated', set)).toBe('processed');
    }
    expect(await disputesOf(tender, payment.id)).toEqual([lost]);
    expect(await toldOfDisputes(payment.id)).toEqual(told);
    expect(await read(tender, payment.id)).toMatchObject({ amount_disputed_lost: 10_000 });
  });

  test('that is raised before the answer to the charge has come waits for its payment', async () => {
    tender.sandbox.faults.add({
      match: { path: '/v2/payments$', method: 'POST' },
      fault: { kind: 'delay', ms: 1_500, when: 'after' },
      times: 1,
    });
    // This amount is disputed a moment after it was taken.
    const { json } = await pay(tender, { ...CARD, amount: 8_806 });
    await untilDisputed(tender, json.id, { amount: 8_806, reason: 'not_received' });
    await until(tender, json.id, { disputed: true, status: 'succeeded' });
  });

  test('of a payment that was not made here is ignored', async () => {
    const set = {
      'data.object.dispute.id': 'elsewhere',
      'data.object.dispute.dispute_id': 'elsewhere',
      'data.object.dispute.disputed_payment.payment_id': 'elsewhere',
    };
    expect(await tell('dispute.created', set)).toBe('ignored');
  });

  test('is listed page by page, by status and by payment, and is not found under another id', async () => {
    for (let n = 0; n < 2; n += 1) {
      const other = await paid();
      await disputeAtGateway(tender, other);
      await untilDisputed(tender, other.id);
    }
    const payment = await paid();
    const first = await disputeAtGateway(tender, payment, { amount: 1_000 });
    await untilDisputed(tender, payment.id, { gateway_dispute_id: first });
    const open = await tender.call('GET', '/api/v1/disputes?status=needs_response&limit=1');
    expect(open.json.data).toMatchObject([{ gateway_dispute_id: first, amount: 1_000 }]);
    const { next_cursor: cursor, has_more: hasMore } = open.json;
    expect(hasMore).toBe(true);
    const next = await tender.call('GET', `/api/v1/disputes?limit=1&cursor=${cursor}`);
    expect(next.json.data[0].id).not.toBe(open.json.data[0].id);
    const none = await tender.call('GET', `/api/v1/disputes?payment_id=${payment.id}&status=won`);
    expect(none.json.data).toEqual([]);
    const missing = await tender.call('GET', '/api/v1/disputes/dis_none');
    expect(missing).toMatchObject({ status: 404, json: { code: 'dispute_not_found' } });
  });

  test('is counted, by its gateway and its reason', async () => {
    const payment = await paid();
    const labels = `{gateway="${payment.gateway}",reason="duplicate"}`;
    const id = await disputeAtGateway(tender, payment, { reason: 'DUPLICATE' });
    await decide(tender, id, 'lose');
    await untilDisputed(tender, payment.id, { status: 'lost' });
    for (const name of ['dispute_created_total', 'dispute_lost_total']) {
      await eventually(async () =>
        expect(await tender.worker.metric(`${name}${labels}`), name).toBe(1),
      );
    }
  });
});

describe('a refund of a disputed payment', () => {
  test('is refused while the dispute may take the same money, and says so', async () => {
    const payment = await paid();
    await disputeAtGateway(tender, payment);
    await untilDisputed(tender, payment.id);
    for (const body of [{}, { amount: 1 }]) {
      const refused = await act(tender, payment.id, 'refunds', body);
      expect(refused).toMatchObject({ status: 409, json: { code: 'payment_disputed' } });
    }
    const tooMuch = await act(tender, payment.id, 'refunds', { amount: 10_001 });
    expect(tooMuch.json.code).toBe('refund_exceeds_captured');
    expect(await refundsOf(tender, payment.id)).toEqual([]);
  });

  test('never pays out more than was captured, when twenty of them race the dispute', async () => {
    const payment = await paid();
    const refunds = Array.from({ length: 20 }, () =>
      act(tender, payment.id, 'refunds', { amount: 1_000 }),
    );
    const [id, ...answers] = await Promise.all([
      disputeAtGateway(tender, payment, { amount: 5_000 }),
      ...refunds,
    ]);
    await untilDisputed(tender, payment.id, { gateway_dispute_id: id });
    await tender.settled();
    const made = answers.filter(({ status }) => status === 201).length;
    const refunded = made * 1_000;
    await until(tender, payment.id, { amount_refunded: refunded, amount_disputed: 5_000 });
    // What was refunded before the dispute was known stays refunded; nothing more is from then on.
    const late = await act(tender, payment.id, 'refunds', { amount: 10_000 - refunded });
    expect(late.status).not.toBe(201);
    expect(refunded).toBeLessThanOrEqual(10_000);
  });

  test('that was made before a dispute was lost over the same money is recorded and raises an alert', async () => {
    const payment = await paid();
    await tender.settled();
    const name = `payment_contradiction_total{gateway="${payment.gateway}"}`;
    const before = (await tender.worker.metric(name)) ?? 0;
    expect((await act(tender, payment.id, 'refunds', { amount: 4_000 })).status).toBe(201);
    // The gateway completes the refund a moment later; told after the loss, that would raise the alert once more.
    await until(tender, payment.id, { amount_refunded: 4_000 });
    await tender.settled();
    await tell('dispute.state.updated', {
      'data.object.dispute.id': `late-${payment.id}`,
      'data.object.dispute.dispute_id': `late-${payment.id}`,
      'data.object.dispute.state': 'LOST',
      'data.object.dispute.amount_money': { amount: 10_000, currency: 'USD' },
      'data.object.dispute.disputed_payment.payment_id': payment.gateway_payment_id,
    });
    await untilDisputed(tender, payment.id, { status: 'lost', amount_lost: 10_000 });
    expect(await read(tender, payment.id)).toMatchObject({
      amount_refunded: 4_000,
      amount_disputed_lost: 10_000,
    });
    // The process counts what it has committed, so a moment after others can read it.
    await eventually(async () => expect(await tender.worker.metric(name)).toBe(before + 1));
    const nothing = await act(tender, payment.id, 'refunds', { amount: 1 });
    expect(nothing.json.code).toBe('refund_exceeds_captured');
  });
});
