import { afterAll, beforeAll, expect, test } from 'vitest';
import type { SqlTransaction } from '../../src/database/database.ts';
import { act, pay, read, until } from '../support/checkout.ts';
import { eventually } from '../support/eventually.ts';
import { GATEWAYS } from '../support/gateways.ts';
import { startTenderWith, type AnySandbox, type Answer, type Tender } from '../support/tender.ts';

/** What becomes of calls to a gateway that cannot be searched, and that forgets what was not paid. */

const PAYPAL = GATEWAYS.find(({ name }) => name === 'paypal');
const TERMS = {
  amount: 10_000,
  currency: 'EUR',
  payment_method: 'paypal',
  confirm: true,
  return_url: 'https://shop.example/done',
};

let tender: Tender<AnySandbox>;
beforeAll(async () => {
  if (!PAYPAL) throw new Error('PayPal is not among the gateways under test');
  const env = { PAYMENT_GATEWAY_TIMEOUT_SECONDS: '3', PAYMENT_LEASE_SECONDS: '5' };
  tender = await startTenderWith(PAYPAL.open, { env });
});
afterAll(() => tender.close());

async function agree(payment: Answer['json']): Promise<void> {
  const body = new URLSearchParams({ result: 'approve' });
  await fetch(payment.next_action.url, { method: 'POST', body, redirect: 'manual' });
}

/**
 * Makes the last call about a payment so old that the gateway has forgotten its key, and has it asked for at once.
 *
 * @param also changes something else before anybody asks
 */
async function age(id: string, also?: (sql: SqlTransaction) => Promise<void>): Promise<void> {
  await eventually(() =>
    tender.db.sql.begin(async (sql) => {
      // While a worker has it, it would put its own time in the place of this one.
      const aged = await sql`
        UPDATE payment_attempts SET created_at = created_at - interval '2 days', due_at = now()
         WHERE payment_id = ${id} AND outcome = 'unknown' AND lease_until IS NULL
        RETURNING id`;
      expect(aged).toHaveLength(1);
      await also?.(sql);
    }),
  );
}

async function triesOf(id: string): Promise<number> {
  const [attempt] = await tender.db.sql<{ tries: number }[]>`
    SELECT tries FROM payment_attempts WHERE payment_id = ${id} AND outcome = 'unknown'`;
  return attempt?.tries ?? -1;
}

async function unknown(id: string, operation: string): Promise<void> {
  await eventually(async () => {
    const [attempt] = await tender.db.sql`
      SELECT FROM payment_attempts
       WHERE payment_id = ${id} AND operation = ${operation} AND outcome = 'unknown'`;
    expect(attempt).toBeDefined();
  });
}

test('an order that is gone was not charged, if the account is the one that was asked', async () => {
  const { json: earlier } = await pay(tender, TERMS);
  await agree(earlier);
  await until(tender, earlier.id, { status: 'succeeded' });

  const { json: payment } = await pay(tender, TERMS);
  tender.sandbox.faults.add({
    match: { method: 'POST', path: `/v2/checkout/orders/${payment.gateway_payment_id}/capture$` },
    fault: { kind: 'drop' },
  });
  await agree(payment);
  await unknown(payment.id, 'complete');
  tender.sandbox.advance(4 * 3_600);
  await age(payment.id);
  // Nothing shows that these credentials are of the account that was asked then: it may have charged.
  const tries = await triesOf(payment.id);
  await eventually(async () => expect(await triesOf(payment.id)).toBeGreaterThan(tries));
  await age(payment.id);
  await eventually(async () => expect(await triesOf(payment.id)).toBeGreaterThan(tries + 1));
  expect(await read(tender, payment.id)).toMatchObject({ status: 'processing' });

  // An account that knows what was paid before is that account.
  await age(payment.id, async (sql) => {
    await sql`
      UPDATE payments SET created_at = created_at - interval '9 days' WHERE id = ${earlier.id}`;
  });
  await until(tender, payment.id, {
    status: 'requires_payment_method',
    last_error: { code: 'refused', gateway_code: 'forgotten' },
  });
});

test('an order whose id was never learned takes no money, and ends once it cannot be made any more', async () => {
  const { id: fault } = tender.sandbox.faults.add({
    match: { method: 'POST', path: '/v2/checkout/orders$' },
    fault: { kind: 'drop', when: 'after' },
  });
  const { status, json: payment } = await pay(tender, TERMS);
  expect(status).toBe(202);
  await unknown(payment.id, 'create');
  const tries = await triesOf(payment.id);
  await eventually(async () => expect(await triesOf(payment.id)).toBeGreaterThan(tries));
  expect(await read(tender, payment.id)).toMatchObject({ status: 'processing' });
  await age(payment.id);
  await until(tender, payment.id, { status: 'requires_payment_method' });
  tender.sandbox.faults.clear(fault);
  const { payment_method, return_url } = TERMS;
  const again = await act(tender, payment.id, 'confirm', { payment_method, return_url });
  expect(again.json).toMatchObject({ status: 'requires_action' });
});
