import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  act,
  authenticate,
  CHALLENGED,
  DRAFT,
  eventsOf,
  HELD,
  liveCharges,
  pay,
  PATIENT,
  read,
  until,
} from '../support/checkout.ts';
import { eventually } from '../support/eventually.ts';
import { expectSameBooks } from '../support/same-books.ts';
import { startTender, type Tender } from '../support/tender.ts';

const WEEK_SECONDS = 7 * 24 * 3_600;

let tender: Tender;
beforeAll(async () => {
  // Customers have 7.2 seconds.
  const env = { ...PATIENT, PAYMENT_CUSTOMER_ACTION_EXPIRY_HOURS: '0.002' };
  tender = await startTender({ env });
});
afterAll(async () => {
  tender.sandbox.faults.clear();
  await tender.settled();
  await expectSameBooks(tender);
  await tender.close();
});

function atTheGateway(paymentId: string) {
  const { payments } = tender.sandbox.books({ metadata: { tender_payment_id: paymentId } });
  return payments.map(({ status }) => status);
}

describe('a payment whose customer does not come back', () => {
  test.concurrent.for([
    ['never paid', DRAFT],
    ['never authenticated', CHALLENGED],
  ] as const)(
    'because the customer %s is canceled at the gateway, then failed',
    async ([, body]) => {
      const { json: payment } = await pay(tender, body);
      const failed = await until(tender, payment.id, { status: 'failed' });
      expect(failed).toMatchObject({ last_error: { code: 'expired' }, next_action: null });
      expect(atTheGateway(payment.id)).toEqual(['canceled']);
      await eventually(async () => {
        const types = (await eventsOf(tender, payment.id)).map(({ type }) => type);
        expect(types.at(-1)).toBe('payment.failed');
      });
      const late = await act(tender, payment.id, 'confirm', { payment_method: 'pm_card_visa' });
      expect(late).toMatchObject({ status: 409, json: { code: 'payment_state_conflict' } });
    },
  );

  test.concurrent('but who paid at the last moment, unheard of, has paid', async () => {
    const { id: fault } = tender.sandbox.faults.add({ webhook: { kind: 'withhold' } });
    const { json: payment } = await pay(tender, CHALLENGED);
    await authenticate(payment, 'complete');
    await until(tender, payment.id, { status: 'succeeded', amount_captured: 10_000 });
    tender.sandbox.faults.clear(fault);
    tender.sandbox.webhooks.release();
  });

  test.concurrent('is not failed while the gateway could still charge it, nor is the gateway stormed', async () => {
    const { json: payment } = await pay(tender, DRAFT);
    const { id: fault } = tender.sandbox.faults.add({
      match: { path: `/v1/payment_intents/${payment.gateway_payment_id}` },
      fault: { kind: 'status', status: 429 },
    });
    const tries = () =>
      tender.db.sql`
        SELECT FROM payment_attempts WHERE payment_id = ${payment.id} AND operation = 'cancel'`;
    await eventually(async () => {
      expect(await tries()).not.toHaveLength(0);
    });
    // Two further payments come and expire meanwhile, so there was time for more.
    const others = [await pay(tender, DRAFT), await pay(tender, DRAFT)];
    for (const { json } of others) await until(tender, json.id, { status: 'failed' });
    expect(await tries()).toHaveLength(1);
    expect((await read(tender, payment.id)).status).toBe('requires_payment_method');
    tender.sandbox.faults.clear(fault);
    // Its next look is some way off.
    await tender.db.sql`UPDATE payments SET due_at = now() WHERE id = ${payment.id}`;
    await until(tender, payment.id, { status: 'failed' });
    expect(atTheGateway(payment.id)).toEqual(['canceled']);
  });
});

describe('an authorization that is not captured in time', () => {
  test('is told of a day before its end, once', async () => {
    const { json: held } = await pay(tender, HELD);
    const left = Date.parse(held.capture_before) - Date.now();
    expect(left / 1_000).toBeGreaterThan(WEEK_SECONDS - 3_600);
    const moved = await tender.db.sql`
      UPDATE payments SET capture_before = now() + interval '23 hours', due_at = now()
       WHERE id = ${held.id} RETURNING id`;
    expect(moved).toHaveLength(1);
    await eventually(async () => {
      const types = (await eventsOf(tender, held.id)).map(({ type }) => type);
      expect(types.filter((type) => type === 'payment.capture_expiring')).toHaveLength(1);
    });
    const [row] = await tender.db.sql<{ ahead: boolean }[]>`
      SELECT due_at > capture_before AS ahead FROM payments WHERE id = ${held.id}`;
    expect(row?.ahead).toBe(true);
    await act(tender, held.id, 'cancel');
  });

  test('is canceled when the gateway lets it go, whether its webhook comes or not', async () => {
    const [heard, unheard] = [await pay(tender, HELD), await pay(tender, HELD)];
    const { id: fault } = tender.sandbox.faults.add({ webhook: { kind: 'withhold' } });
    tender.sandbox.advance(WEEK_SECONDS + 60);
    const late = await act(tender, unheard.json.id, 'capture');
    expect(late).toMatchObject({
      status: 422,
      json: { code: 'gateway_refused', payment: { status: 'canceled', amount_capturable: 0 } },
    });
    expect((await read(tender, heard.json.id)).status).toBe('requires_capture');
    tender.sandbox.faults.clear(fault);
    tender.sandbox.webhooks.release();
    for (const { json } of [heard, unheard]) {
      await until(tender, json.id, { status: 'canceled', amount_capturable: 0 });
      expect(liveCharges(tender, json.id)).toEqual([]);
    }
  });
});
