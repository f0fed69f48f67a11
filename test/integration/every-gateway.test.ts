import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readBalances } from '../../src/database/ledger-balances.ts';
import { verifyLedger } from '../../src/ledger/verify-ledger.ts';
import { ADMIN_TOKEN, asAdmin } from '../support/as-operator.ts';
import { eventsOf } from '../support/checkout.ts';
import { eventually } from '../support/eventually.ts';
import { atTheMoney, GATEWAYS, type GatewayUnderTest } from '../support/gateways.ts';
import { dieAt } from '../support/tender-processes.ts';
import { startTenderWith, type AnySandbox, type Tender } from '../support/tender.ts';

/** The promises that hold whichever gateway takes the money, shown at each of them. */
describe.each(GATEWAYS)('at $name', (gateway: GatewayUnderTest) => {
  let tender: Tender<AnySandbox>;
  beforeAll(async () => {
    tender = await startTenderWith(gateway.open, {
      env: { TENDER_ADMIN_TOKEN: ADMIN_TOKEN, PAYMENT_RECONCILIATION_PENDING_HOURS: '0' },
    });
  });
  afterAll(async () => {
    expect(tender.sandbox.checkBooks()).toEqual([]);
    await tender.close();
  });

  const pay = (key: string) =>
    tender.call('POST', '/api/v1/payments', {
      key,
      body: {
        amount: 10_000,
        currency: gateway.currency,
        gateway: gateway.name,
        payment_method: gateway.method,
        confirm: true,
        return_url: 'https://shop.example/done',
      },
    });

  /** The customer agrees where they are asked, which the answer tells. */
  const agree = async (payment: { next_action: { url: string } | null }) => {
    if (gateway.agreement === null) return;
    const page = payment.next_action?.url ?? 'no page';
    await fetch(page, {
      method: 'POST',
      body: new URLSearchParams(gateway.agreement),
      redirect: 'manual',
    });
  };

  const read = async (id: string) => (await tender.call('GET', `/api/v1/payments/${id}`)).json;

  const succeeded = (id: string) =>
    eventually(async () => {
      expect(await read(id)).toMatchObject({ status: 'succeeded', amount_captured: 10_000 });
    }, 60_000);

  /** Every attempt that this payment ever made at the gateway, by the gateway's own books. */
  const liveCharges = async (paymentId: string) => {
    const attempts = await tender.db.sql<{ id: string }[]>`
      SELECT id FROM payment_attempts WHERE payment_id = ${paymentId}`;
    const payments = new Map(
      attempts
        .flatMap(
          ({ id }) =>
            tender.sandbox.books(gateway.filterFor({ paymentId, attemptId: id })).payments,
        )
        .map((each) => [each.id, each]),
    );
    return [...payments.values()]
      .flatMap(({ charges }) => charges)
      .filter(({ status }) => status === 'live');
  };

  test('a charge whose answer is lost ends as one charge and succeeded, without help', async () => {
    tender.sandbox.faults.add(atTheMoney(gateway, { kind: 'drop', when: 'after' }));
    const { json } = await pay('the answer is lost');
    await agree(json);
    await succeeded(json.id);
    expect(await liveCharges(json.id)).toMatchObject([{ captured: 10_000, refunded: 0 }]);
  });

  test('kill -9 just after the charge ends as one charge and succeeded', async () => {
    const killed = tender[gateway.chargedBy];
    await killed.stop();
    const { json: asked } = gateway.chargedBy === 'worker' ? await pay('killed') : { json: null };
    await dieAt(killed, 'payment.called:kill', () =>
      asked === null ? expect(pay('killed')).rejects.toThrow() : agree(asked),
    );
    await killed.start();
    const [row] = await tender.db.sql<{ id: string }[]>`
      SELECT payment_id AS id FROM idempotency_keys WHERE key = 'killed'`;
    await succeeded(String(row?.id));
    expect(await liveCharges(String(row?.id))).toMatchObject([{ captured: 10_000 }]);
    // The killed handler's lease has to lapse before another may answer in its place.
    await eventually(async () => {
      expect((await pay('killed')).json).toMatchObject({ id: row?.id });
    });
  });

  test('the webhook that comes before the answer is applied once, and so is the answer', async () => {
    tender.sandbox.faults.add(atTheMoney(gateway, { kind: 'delay', ms: 600, when: 'after' }));
    const { json } = await pay('the webhook is faster');
    await agree(json);
    await succeeded(json.id);
    await tender.settled();
    expect(await liveCharges(json.id)).toMatchObject([{ captured: 10_000 }]);
    const events = await eventsOf(tender, json.id);
    expect(events.filter(({ type }) => type === 'payment.succeeded')).toHaveLength(1);
  });

  test('a refund goes back once, whatever the gateway tells of it and when', async () => {
    const { json } = await pay('to be refunded');
    await agree(json);
    await succeeded(json.id);
    const refund = await tender.call('POST', `/api/v1/payments/${json.id}/refunds`, {
      body: { amount: 4_000 },
    });
    expect(refund.status).toBe(201);
    await eventually(async () => {
      expect(await read(json.id)).toMatchObject({
        amount_refunded: 4_000,
        amount_refund_pending: 0,
      });
    }, 60_000);
    await tender.settled();
    expect(await liveCharges(json.id)).toMatchObject([{ captured: 10_000, refunded: 4_000 }]);
    const { json: refunds } = await tender.call('GET', `/api/v1/payments/${json.id}/refunds`);
    expect(refunds.data).toHaveLength(1);
  });

  test("the gateway's own records match, and what it has paid out is in the ledger", async () => {
    const { json: payment } = await pay('to be paid out');
    await agree(payment);
    await succeeded(payment.id);
    await tender.settled();
    await fetch(`${tender.sandbox.url}/__sandbox/payouts`, { method: 'POST' });
    const days = [Date.now() - 86_400_000, Date.now()].map((ms) => new Date(ms).toISOString());
    const [from, to] = days.map((day) => day.slice(0, 10));
    const asked = { gateway: gateway.name, from, to };
    const { json: begun } = await asAdmin(tender, 'POST', '/reconciliation/runs', asked);
    const run = await eventually(async () => {
      const { json } = await asAdmin(tender, 'GET', `/reconciliation/runs/${begun.id}`);
      expect(json.status, JSON.stringify(json)).toBe('finished');
      return json;
    }, 50_000);
    const states = run.totals.map(({ kind, state }: Record<string, string>) => [kind, state]);
    expect(states).toContainEqual(['charge', 'matched']);
    expect(states.filter(([, state]: string[]) => state !== 'matched')).toEqual([]);
    expect((await verifyLedger(tender.db)).findings).toEqual([]);
    const [paidOut] = await tender.db.sql<{ sum: bigint }[]>`
      SELECT -sum(net)::bigint AS sum FROM settlement_records WHERE kind = 'payout'`;
    const balances = await readBalances(tender.db, null);
    const payouts = balances.filter(({ account }) => account === `payouts/${gateway.name}`);
    expect(paidOut?.sum).toBeGreaterThan(0n);
    expect(payouts).toMatchObject([{ debits: paidOut?.sum, credits: 0n }]);
  });
});
