import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { INBOX_SETTINGS, startInboxTender, type InboxTender } from '../support/inbox-settings.ts';
import { expectSameBooks } from '../support/same-books.ts';
import {
  atGateway,
  createUnpaid,
  deliver,
  deliverAll,
  eventAbout,
  eventsAtGateway,
  payBehindOurBack,
  receiptOf,
  toldAbout,
  type StripeEvent,
} from '../support/stripe-webhook.ts';
import { startTender, type Tender } from '../support/tender.ts';

const SETTINGS = {
  PAYMENT_WEBHOOK_MAX_RETRIES: '2',
  PAYMENT_GATEWAY_TIMEOUT_SECONDS: '4',
  PAYMENT_LEASE_SECONDS: '7',
};

describe.each(INBOX_SETTINGS)('events in any order $setting', ({ withRedis }) => {
  let inbox: InboxTender<Tender>;
  let tender: Tender;
  beforeAll(async () => {
    inbox = await startInboxTender(startTender, withRedis, { env: SETTINGS });
    tender = inbox.tender;
  });
  afterAll(async () => {
    await expectSameBooks(tender);
    await inbox.close();
  });

  const stateOf = async (event: StripeEvent) => (await receiptOf(tender, event.id))?.state;
  const becomes = (event: StripeEvent, state: string) =>
    eventually(async () => expect(await stateOf(event)).toBe(state), 30_000);
  const send = async (event: StripeEvent) => {
    expect((await deliver(tender, { body: JSON.stringify(event) })).status).toBe(200);
  };
  /** Has the worker look at a webhook again now instead of after its wait. */
  const hurry = ({ id }: StripeEvent) =>
    tender.db
      .sql`UPDATE webhook_receipts SET due_at = now() WHERE event_id = ${id} AND due_at IS NOT NULL`;
  const show = async (id: string) => (await tender.call('GET', `/api/v1/payments/${id}`)).json;
  const intentAtGateway = (intent: string) =>
    atGateway(tender, 'GET', `/v1/payment_intents/${intent}`);

  test('an event that arrives five times at once and five times later is stored and applied once', async () => {
    const payment = await payBehindOurBack(tender);
    const event = eventAbout(await intentAtGateway(payment.intent), 'payment_intent.succeeded');
    const five = Array.from({ length: 5 }, () => event);
    expect(await deliverAll(tender, five)).toEqual([200, 200, 200, 200, 200]);
    await becomes(event, 'processed');
    expect(await deliverAll(tender, five)).toEqual([200, 200, 200, 200, 200]);
    await tender.settled();
    const receipts = await tender.db.sql`
      SELECT tries FROM webhook_receipts WHERE event_id = ${event.id}`;
    expect([...receipts]).toEqual([{ tries: 1 }]);
    expect(await toldAbout(tender, payment.id)).toEqual(['payment.created', 'payment.succeeded']);
  });

  test('events in the reverse order, and all of them again, end in the state of the gateway', async () => {
    const payment = await createUnpaid(tender, 10_000, { capture_method: 'manual' });
    const at = `/v1/payment_intents/${payment.intent}`;
    const decline = atGateway(tender, 'POST', `${at}/confirm`, {
      payment_method: 'pm_card_chargeDeclined',
      return_url: 'https://shop.example/done',
    });
    await expect(decline).rejects.toThrow('402');
    await atGateway(tender, 'POST', `${at}/confirm`, {
      payment_method: 'pm_card_visa',
      return_url: 'https://shop.example/done',
    });
    await atGateway(tender, 'POST', `${at}/capture`, { amount_to_capture: '6000' });
    await atGateway(tender, 'POST', '/v1/refunds', {
      payment_intent: payment.intent,
      amount: '1000',
    });
    const events = await eventsAtGateway(tender, payment.intent);
    for (const event of events.toReversed()) {
      await send(event);
      await becomes(event, 'processed');
    }
    expect(await show(payment.id)).toMatchObject({
      status: 'succeeded',
      amount_captured: 6_000,
      amount_capturable: 0,
      amount_refunded: 1_000,
      amount_refund_pending: 0,
    });
    const told = await toldAbout(tender, payment.id);
    const again = events.map((event) => ({ ...event, id: `${event.id}again` }));
    expect(await deliverAll(tender, again)).toEqual(again.map(() => 200));
    await tender.settled();
    expect(await toldAbout(tender, payment.id)).toEqual(told);
  });

  test('a late event about an earlier moment takes nothing back', async () => {
    const payment = await createUnpaid(tender);
    const early = eventAbout(await intentAtGateway(payment.intent), 'payment_intent.created');
    await tender.call('POST', `/api/v1/payments/${payment.id}/confirm`, {
      body: { payment_method: 'pm_card_visa' },
    });
    await send(early);
    await becomes(early, 'processed');
    expect(await show(payment.id)).toMatchObject({ status: 'succeeded', amount_captured: 10_000 });
  });

  test('an event that contradicts what is stored is not believed: the gateway is read instead', async () => {
    const payment = await payBehindOurBack(tender);
    const intent = await intentAtGateway(payment.intent);
    const exaggerated = eventAbout(
      { ...intent, amount_received: 990_000, amount: 990_000 },
      'payment_intent.succeeded',
    );
    await send(exaggerated);
    await becomes(exaggerated, 'processed');
    expect(await show(payment.id)).toMatchObject({ status: 'succeeded', amount_captured: 10_000 });

    const other = await createUnpaid(tender);
    const falseEnd = eventAbout(
      { ...(await intentAtGateway(other.intent)), currency: 'usd', status: 'canceled' },
      'payment_intent.canceled',
    );
    await send(falseEnd);
    await becomes(falseEnd, 'processed');
    expect(await show(other.id)).toMatchObject({ status: 'requires_payment_method' });
  });

  test('an event that is faster than the answer to its own payment is applied, and the answer stands', async () => {
    tender.sandbox.faults.add({
      match: { method: 'POST', path: '/v1/payment_intents' },
      fault: { kind: 'delay', ms: 1_500, when: 'after' },
      times: 1,
    });
    const body = { amount: 10_000, currency: 'EUR', payment_method: 'pm_card_visa', confirm: true };
    const answer = tender.call('POST', '/api/v1/payments', { body });
    const [payment] = await eventually(async () => {
      const rows = await tender.db.sql<{ id: string }[]>`
        SELECT id FROM payments WHERE gateway_payment_id IS NULL AND pending_attempt_id IS NOT NULL`;
      expect(rows).toHaveLength(1);
      return rows;
    });
    const early = await eventually(async () => {
      const events = await eventsAtGateway(tender);
      const found = events.filter(
        ({ data }) =>
          (data.object['metadata'] as { tender_payment_id?: string }).tender_payment_id ===
          payment?.id,
      );
      expect(found.map(({ type }) => type)).toContain('payment_intent.succeeded');
      return found;
    });
    await deliverAll(tender, early);
    expect((await answer).json).toMatchObject({ status: 'succeeded', amount_captured: 10_000 });
    // Those that had to wait for the answer look again after a moment.
    await tender.settled();
    for (const event of early) expect(await stateOf(event)).toBe('processed');
    const told = await toldAbout(tender, payment?.id ?? '');
    expect(told).toEqual(['payment.created', 'payment.succeeded']);
  });

  /** The intent of a customer's payment, as if the commit of our row had been lost: its reference names nobody. */
  async function strangerWithOurReference(paymentId: string) {
    const at = '/v1/payment_intents';
    return atGateway(tender, 'POST', at, {
      amount: '10000',
      currency: 'eur',
      'metadata[tender_payment_id]': paymentId,
    });
  }

  test('an event of a payment that is not here is parked, and applied once its payment turns up', async () => {
    const payment = await payBehindOurBack(tender);
    const intent = await intentAtGateway(payment.intent);
    const latecomer = payment.id.replace(/.$/, (last) => (last === '0' ? '1' : '0'));
    const event = eventAbout(
      { ...intent, id: `${payment.intent}late`, metadata: { tender_payment_id: latecomer } },
      'payment_intent.succeeded',
    );
    await send(event);
    await becomes(event, 'parked');
    // However often it has to look, that uses up none of its tries.
    const park = { state: 'parked', tries: 0, lastError: expect.stringContaining(latecomer) };
    for (let look = 0; look < 4; look += 1) {
      await hurry(event);
      await eventually(async () => {
        const [row] = await tender.db.sql`
          SELECT due_at > now() AS waits FROM webhook_receipts WHERE event_id = ${event.id}`;
        expect(row?.waits).toBe(true);
      });
      expect(await receiptOf(tender, event.id)).toMatchObject(park);
    }

    await tender.db.sql`
      INSERT INTO payments (id, status, amount, currency, capture_method, gateway, created_at, updated_at)
      VALUES (${latecomer}, 'requires_payment_method', 10000, 'EUR', 'automatic', 'stripe', now(), now())`;
    await hurry(event);
    await becomes(event, 'processed');
    expect(await show(latecomer)).toMatchObject({ status: 'succeeded', amount_captured: 10_000 });
    expect(await toldAbout(tender, latecomer)).toEqual(['payment.succeeded']);
    // Only the test ever made this payment: the gateway's books know nothing of it.
    await asOwner('ALTER TABLE ledger_entries DISABLE TRIGGER ledger_entries_kept');
    await asOwner('DELETE FROM ledger_entries WHERE payment_id = $1', latecomer);
    await asOwner('ALTER TABLE ledger_entries ENABLE TRIGGER ledger_entries_kept');
    await asOwner('DELETE FROM events WHERE payment_id = $1', latecomer);
    await asOwner('DELETE FROM payments WHERE id = $1', latecomer);
    await tender.call('POST', `/api/v1/payments/${payment.id}/sync`);
  });

  test('an event whose payment has not turned up in 24 hours is orphaned, and that can be seen', async () => {
    const intent = await strangerWithOurReference('pay_01k0000000e00000000000000');
    const event = eventAbout(intent, 'payment_intent.created');
    await send(event);
    await becomes(event, 'parked');
    expect(await tender.worker.metric('webhook_orphaned')).toBe(0);
    // The body lies in the partition of its time, so both rows move.
    await asOwner(
      `WITH receipt AS (
         UPDATE webhook_receipts SET received_at = received_at - interval '24 hours', due_at = now()
          WHERE event_id = $1 RETURNING id, received_at)
       UPDATE webhook_payloads p SET received_at = receipt.received_at
         FROM receipt WHERE p.receipt_id = receipt.id`,
      event.id,
    );
    await becomes(event, 'orphaned');
    await eventually(async () => expect(await tender.worker.metric('webhook_orphaned')).toBe(1));
    expect(tender.worker.output).toContain('A webhook about a payment of ours that is not here');
  });

  test('events that are not ours, or of a type that is not known, are stored and ignored', async () => {
    const foreign = await atGateway(tender, 'POST', '/v1/payment_intents', {
      amount: '5000',
      currency: 'eur',
    });
    const ignored = [
      eventAbout(foreign, 'payment_intent.created'),
      eventAbout({ object: 'customer', id: 'cus_1' }, 'customer.created'),
      eventAbout({ object: 'unheard_of', id: 'x_1' }, 'payment_intent.unheard_of'),
      eventAbout({ object: 'payout', id: 'po_1' }, 'v9.something.else'),
    ];
    for (const event of ignored) await send(event);
    for (const event of ignored) await becomes(event, 'ignored');
    const [stored] = await tender.db.sql<{ bodies: number }[]>`
      SELECT count(*)::int AS bodies FROM webhook_receipts r JOIN webhook_payloads p ON p.receipt_id = r.id
       WHERE r.event_id = ANY(${ignored.map(({ id }) => id)})`;
    expect(stored?.bodies).toBe(ignored.length);
  });

  test('an event that cannot be worked off is tried again with a growing wait, and dead in the end', async () => {
    const payment = await payBehindOurBack(tender);
    const [charge] = (await eventsAtGateway(tender, payment.intent)).filter(
      ({ type }) => type === 'charge.succeeded',
    );
    if (!charge) throw new Error('the gateway told of no charge');
    const fault = tender.sandbox.faults.add({
      match: { method: 'GET' },
      fault: { kind: 'status', status: 503 },
    });
    const deadBefore = await tender.worker.metric('webhook_dead');
    expect(deadBefore).toBe(0);
    await send(charge);
    const waits: number[] = [];
    for (const tries of [1, 2]) {
      const [row] = await eventually(async () => {
        const rows = await tender.db.sql<{ waitMs: number }[]>`
          SELECT (extract(epoch FROM due_at - now()) * 1000)::int AS wait_ms FROM webhook_receipts
           WHERE event_id = ${charge.id} AND state = 'pending' AND tries = ${tries} AND lease_until IS NULL`;
        expect(rows).toHaveLength(1);
        return rows;
      });
      waits.push(row?.waitMs ?? 0);
      expect((await receiptOf(tender, charge.id))?.lastError).toContain('could not be asked');
      await hurry(charge);
    }
    await becomes(charge, 'dead');
    expect(waits[0]).toBeGreaterThan(500);
    expect(waits[1]).toBeGreaterThan(waits[0] ?? 0);
    await eventually(async () => expect(await tender.worker.metric('webhook_dead')).toBe(1));
    expect(tender.worker.output).toContain('A webhook is given up after too many tries');
    tender.sandbox.faults.clear(fault.id);
    await tender.call('POST', `/api/v1/payments/${payment.id}/sync`);
    expect(await show(payment.id)).toMatchObject({ status: 'succeeded' });
  });

  async function asOwner(statement: string, ...values: string[]): Promise<void> {
    const owner = new Client(tender.database.ownerUrl);
    await owner.connect();
    await owner.query(statement, values);
    await owner.end();
  }
});
