import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Database } from '../../src/database/database.ts';
import { readLastLedgerCheck } from '../../src/database/ledger-audit.ts';
import { verifyLedger } from '../../src/ledger/verify-ledger.ts';
import { checkLedger } from '../../src/worker/check-ledger.ts';
import { createDatabase, openDatabase, type TestDatabase } from '../support/services/postgres.ts';

let database: TestDatabase;
let db: Database;
beforeAll(async () => {
  database = await createDatabase();
  db = openDatabase(database.runtimeUrl);
  // As a version without a ledger leaves payments behind that runs beside this one: with no entries.
  await db.sql`
    INSERT INTO payments (id, status, amount, currency, capture_method, amount_captured, amount_refunded,
                          amount_disputed_lost, gateway, fee_terms, created_at, updated_at)
    SELECT 'pay_' || n, 'succeeded', 1000, 'EUR', 'automatic', 1000, 300, 250, 'stripe',
           '{"percentage": "2.9", "fixed": "0.30"}'::jsonb, now(), now() FROM generate_series(1, 50) AS n`;
  await db.sql`
    INSERT INTO refunds (id, payment_id, status, amount, currency, gateway, source, created_at, updated_at)
    SELECT 'ref_' || n, 'pay_' || n, 'succeeded', 300, 'EUR', 'stripe', 'api', now(), now() FROM generate_series(1, 50) AS n`;
  await db.sql`
    INSERT INTO disputes (id, payment_id, gateway, gateway_dispute_id, status, amount, amount_lost, currency, reason,
                          gateway_reason, opened_at, created_at, updated_at)
    SELECT 'dis_' || n, 'pay_' || n, 'stripe', 'dp_' || n, 'lost', 250, 250, 'EUR', 'general', 'general', now(), now(), now()
      FROM generate_series(1, 50) AS n`;
  // And records of payouts, as a version stores them that posts none.
  await db.sql`
    INSERT INTO settlement_records (gateway, record_id, kind, movement_id, gross, fee, net, currency, occurred_at, raw)
    VALUES ('stripe', 'txn_1', 'payout', 'po_1', -700, 0, -700, 'EUR', now(), '{}')`;
  // What was changed is not what was left out.
  await db.sql`
    INSERT INTO payments (id, status, amount, currency, capture_method, amount_captured, gateway, created_at, updated_at)
    VALUES ('pay_changed', 'succeeded', 1000, 'EUR', 'automatic', 1000, 'stripe', now(), now())`;
  await db.sql`
    INSERT INTO ledger_entries (amount, currency, debit_account, credit_account, cause, payment_id)
    VALUES (999, 'EUR', 'gateway_clearing/stripe', 'merchant_balance', 'capture', 'pay_changed')`;
});
afterAll(() => db.close());

async function counts() {
  const [row] = await db.sql<{ entries: number; told: number }[]>`
    SELECT (SELECT count(*)::int FROM ledger_entries) AS entries,
           (SELECT count(*)::int FROM audit_log WHERE action = 'ledger.catch_up') AS told`;
  return row;
}

test('a verification names what was left out, and changes nothing', async () => {
  expect(await readLastLedgerCheck(db)).toMatchObject({ differences: null, durationSeconds: null });
  const { findings } = await verifyLedger(db);
  expect(findings).toContainEqual(
    expect.objectContaining({ paymentId: 'pay_1', account: 'merchant_balance', found: 0n }),
  );
  expect(await counts()).toEqual({ entries: 1, told: 0 });
});

test('a check long after the last migration posts nothing: no older version can have left it out', async () => {
  const owner = openDatabase(database.ownerUrl);
  const shift = (days: number) =>
    owner.sql`UPDATE schema_migrations SET run_on = run_on + ${days}::int * interval '1 day'`;
  await shift(-8);
  await checkLedger(db);
  expect(await counts()).toEqual({ entries: 1, told: 0 });
  expect((await readLastLedgerCheck(db)).differences).toBe(100);
  await shift(8);
  await owner.close();
});

test('checks at once post it once, tell the audit log, and leave alone what was changed', async () => {
  await Promise.all([checkLedger(db), checkLedger(db)]);
  // Of each payment a capture, its expected fee, a refund, and a dispute that was opened and lost.
  expect(await counts()).toEqual({ entries: 1 + 50 * 5 + 1, told: 51 });
  const { findings } = await verifyLedger(db);
  expect(findings).toMatchObject([
    { kind: 'entries_differ', paymentId: 'pay_changed', expected: 1_000n, found: 999n },
    { kind: 'entries_differ', paymentId: 'pay_changed', account: 'merchant_balance' },
  ]);
  await checkLedger(db);
  expect(await counts()).toMatchObject({ told: 51 });
  const { differences, durationSeconds, ageSeconds } = await readLastLedgerCheck(db);
  expect(differences).toBe(2);
  expect(durationSeconds).toBeGreaterThan(0);
  expect(ageSeconds).toBeGreaterThanOrEqual(0);
});
