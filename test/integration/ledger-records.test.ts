import { Client } from 'pg';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { Database } from '../../src/database/database.ts';
import { listLedgerEntries } from '../../src/database/ledger-entries.ts';
import { storeSettlementPage } from '../../src/database/settlement.ts';
import { pageOf } from '../../src/gateways/settlement-amounts.ts';
import { verifyLedger } from '../../src/ledger/verify-ledger.ts';
import { createDatabase, openDatabase, type TestDatabase } from '../support/services/postgres.ts';
import { sampleRecord, takeIn } from '../support/settlement.ts';

let database: TestDatabase;
let db: Database;
let another: Database;
let owner: Client;
beforeAll(async () => {
  database = await createDatabase();
  db = openDatabase(database.runtimeUrl);
  another = openDatabase(database.runtimeUrl);
  owner = new Client(database.ownerUrl);
  await owner.connect();
});
afterAll(() => Promise.all([db.close(), another.close(), owner.end()]));

/** Each test has records of its own. */
let number = 0;
beforeEach(() => (number += 1));
const named = (over: Parameters<typeof sampleRecord>[0] = {}) =>
  sampleRecord({ recordId: `txn_${number}`, ...over });

/** What was posted of a record, the oldest first. */
async function posted(recordId = `txn_${number}`): Promise<[cause: string, amount: bigint][]> {
  const all = await listLedgerEntries(db, {}, { below: null, limit: 100 });
  return all
    .filter(({ sourceId }) => sourceId === `stripe/${recordId}`)
    .map(({ cause, amount }): [string, bigint] => [cause, amount])
    .reverse();
}

test('a payout is posted once, however often it is read and however many processes read it at once', async () => {
  const payouts = Array.from({ length: 20 }, (_, n) => named({ recordId: `txn_many_${n}` }));
  await Promise.all(
    [db, another, db, another].map((each, n) =>
      takeIn(each, 'stripe', ...(n % 2 === 0 ? payouts : payouts.toReversed())),
    ),
  );
  await takeIn(db, 'stripe', ...payouts);
  for (const { recordId } of payouts) expect(await posted(recordId)).toEqual([['payout', 100n]]);
  expect((await verifyLedger(db)).findings).toEqual([]);
});

test('a payout whose page is not stored after all is not posted', async () => {
  await expect(
    db.sql.begin(async (tx) => {
      await storeSettlementPage(tx, 'stripe', pageOf([named()], [], null));
      throw new Error('the process dies');
    }),
  ).rejects.toThrow('dies');
  expect(await posted()).toEqual([]);
});

test('a payout that fails, or of which less was paid out, is put right by the difference', async () => {
  await takeIn(db, 'stripe', named({ gross: -100n }));
  await takeIn(db, 'stripe', named({ gross: -90n }));
  await takeIn(db, 'stripe', named({ gross: 0n }));
  expect(await posted()).toEqual([
    ['payout', 100n],
    ['payout_returned', 10n],
    ['payout_returned', 90n],
  ]);
  expect((await verifyLedger(db)).findings).toEqual([]);
});

test('what is settled in another currency is posted as a conversion beside the payments', async () => {
  const original = { amount: 1_000n, currency: 'EUR' };
  await takeIn(db, 'stripe', named({ kind: 'charge', gross: 1_100n, currency: 'USD', original }));
  expect(await posted()).toEqual([
    ['conversion', 1_000n],
    ['conversion', 1_100n],
  ]);
  expect((await verifyLedger(db)).findings).toEqual([]);
});

test('a verification finds a payout that was changed, an entry taken away and one that was added', async () => {
  const [changed, missing] = [`txn_${number}_changed`, `txn_${number}_missing`];
  await takeIn(db, 'stripe', named({ recordId: changed }), named({ recordId: missing }));
  await owner.query('ALTER TABLE ledger_entries DISABLE TRIGGER USER');
  await owner.query('UPDATE ledger_entries SET amount = 101 WHERE source_id = $1', [
    `stripe/${changed}`,
  ]);
  await owner.query('DELETE FROM ledger_entries WHERE source_id = $1', [`stripe/${missing}`]);
  await owner.query(
    `INSERT INTO ledger_entries (amount, currency, debit_account, credit_account, cause, source_id)
     VALUES (5, 'EUR', 'payouts/stripe', 'gateway_clearing/stripe', 'payout', 'stripe/txn_nobody')`,
  );
  await owner.query('ALTER TABLE ledger_entries ENABLE TRIGGER USER');
  const { findings } = await verifyLedger(db);
  const about = (kind: string, recordId: string) =>
    findings.filter(
      (each) => each.kind === kind && 'sourceId' in each && each.sourceId === `stripe/${recordId}`,
    );
  expect(findings).toHaveLength(5);
  expect(about('record_differs', changed)).toMatchObject([
    { account: 'payouts/stripe', expected: 100n, found: 101n },
    { account: 'gateway_clearing/stripe', expected: -100n, found: -101n },
  ]);
  expect(about('record_differs', missing)).toMatchObject([
    { account: 'payouts/stripe', expected: 100n, found: 0n },
    { account: 'gateway_clearing/stripe', expected: -100n, found: 0n },
  ]);
  expect(about('record_missing', 'txn_nobody')).toHaveLength(1);
  // The gateway's record read once more, as it was, covers nothing up.
  await takeIn(db, 'stripe', named({ recordId: changed }), named({ recordId: missing }));
  expect((await verifyLedger(db)).findings).toEqual(findings);
});
