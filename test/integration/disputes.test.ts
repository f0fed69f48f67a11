import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { act, PATIENT, pay, read, refundsOf, until, VISA } from '../support/checkout.ts';
import { decide, disputeAtGateway, disputesOf, untilDisputed } from '../support/disputes.ts';
import { eventually } from '../support/eventually.ts';
import {
  deliver,
  eventAbout,
  eventsAtGateway,
  receiptOf,
  toldAbout,
  type StripeEvent,
} from '../support/stripe-webhook.ts';
import { startTender, type Answer, type Tender } from '../support/tender.ts';

let tender: Tender;
beforeAll(async () => {
  tender = await startTender({ env: PATIENT });
});
afterAll(async () => {
  await tender.close();
});

async function paid(): Promise<Answer['json']> {
  return (await pay(tender)).json;
}

async function disputeEvents(dispute: string): Promise<StripeEvent[]> {
  const events = await eventsAtGateway(tender);
  return events.filter(({ data }) => data.object.id === dispute);
}

/** Delivers the events once more, under ids of their own so that they are worked on, and waits until they are. */
async function deliverAnew(events: readonly StripeEvent[]): Promise<void> {
  for (const { type, data } of events) {
    const event = eventAbout(data.object, type);
    await deliver(tender, { body: JSON.stringify(event) });
    await eventually(async () =>
      expect((await receiptOf(tender, event.id))?.state).toBe('processed'),
    );
  }
}

const disputed = (types: string[]) => types.filter((type) => type.startsWith('dispute.'));

describe('a dispute', () => {
  test('is shown with its deadline, and its payment is disputed until the bank decides', async () => {
    const payment = await paid();
    const id = await disputeAtGateway(tender, payment, { reason: 'fraudulent' });
    const open = await untilDisputed(tender, payment.id, { status: 'needs_response' });
    expect(open).toMatchObject({
      object: 'dispute',
      payment_id: payment.id,
      amount: 10_000,
      amount_lost: 0,
      currency: 'EUR',
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
    const told = disputed(await toldAbout(tender, payment.id));
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

  test('stays as it is when everything that was told of it is told again, backwards', async () => {
    const payment = await paid();
    const id = await disputeAtGateway(tender, payment);
    await decide(tender, id, 'lose');
    const lost = await untilDisputed(tender, payment.id, { status: 'lost' });
    await tender.settled();
    const told = await toldAbout(tender, payment.id);
    await deliverAnew((await disputeEvents(id)).reverse());
    expect(await disputesOf(tender, payment.id)).toEqual([lost]);
    expect(await toldAbout(tender, payment.id)).toEqual(told);
  });

  test('is not won after it was lost because an event says so: the gateway has the last word', async () => {
    const payment = await paid();
    const id = await disputeAtGateway(tender, payment);
    await decide(tender, id, 'lose');
    await untilDisputed(tender, payment.id, { status: 'lost' });
    const [event] = (await disputeEvents(id)).slice(-1);
    const object = { ...event!.data.object, status: 'won' };
    await deliverAnew([{ ...event!, data: { object } }]);
    expect(await disputesOf(tender, payment.id)).toMatchObject([{ status: 'lost' }]);
    expect(await read(tender, payment.id)).toMatchObject({ amount_disputed_lost: 10_000 });
  });

  test('that is raised before the answer to the charge has come waits for its payment', async () => {
    tender.sandbox.faults.add({
      match: { path: '/v1/payment_intents$', method: 'POST' },
      fault: { kind: 'delay', ms: 1_500, when: 'after' },
      times: 1,
    });
    const { json } = await pay(tender, { ...VISA, payment_method: 'pm_card_createDispute' });
    await untilDisputed(tender, json.id, { amount: 10_000 });
    await until(tender, json.id, { disputed: true, status: 'succeeded' });
  });

  test('of a payment that was not made here is ignored', async () => {
    const object = { ...(await anyDispute()), id: 'dp_elsewhere', payment_intent: 'pi_elsewhere' };
    const event = eventAbout(object, 'charge.dispute.created');
    await deliver(tender, { body: JSON.stringify(event) });
    await eventually(async () =>
      expect((await receiptOf(tender, event.id))?.state).toBe('ignored'),
    );
  });

  async function anyDispute() {
    const id = await disputeAtGateway(tender, await paid());
    return (await disputeEvents(id))[0]!.data.object;
  }

  test('is listed page by page, by status and by payment, and is not found under another id', async () => {
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
    const id = await disputeAtGateway(tender, payment, { reason: 'duplicate' });
    await decide(tender, id, 'lose');
    await untilDisputed(tender, payment.id, { status: 'lost' });
    for (const name of ['dispute_created_total', 'dispute_lost_total']) {
      expect(await tender.worker.metric(`${name}${labels}`), name).toBe(1);
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
    const { amount_refunded: refunded, amount_disputed: held } = await read(tender, payment.id);
    expect(refunded).toBe(made * 1_000);
    expect(held).toBe(5_000);
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
    const object = {
      ...(await exampleOf(payment)),
      status: 'lost',
      amount: 10_000,
    };
    const event = eventAbout(object, 'charge.dispute.closed');
    await deliver(tender, { body: JSON.stringify(event) });
    await untilDisputed(tender, payment.id, { status: 'lost', amount_lost: 10_000 });
    expect(await read(tender, payment.id)).toMatchObject({
      amount_refunded: 4_000,
      amount_disputed_lost: 10_000,
    });
    expect(await tender.worker.metric(name)).toBe(before + 1);
    const nothing = await act(tender, payment.id, 'refunds', { amount: 1 });
    expect(nothing.json.code).toBe('refund_exceeds_captured');
  });

  /** A dispute as the gateway writes it, about another payment. */
  async function exampleOf(payment: Answer['json']) {
    const other = await paid();
    const id = await disputeAtGateway(tender, other);
    const [{ data }] = (await disputeEvents(id)) as [StripeEvent];
    return { ...data.object, id: `${id}x`, payment_intent: payment.gateway_payment_id };
  }
});
