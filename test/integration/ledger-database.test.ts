import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Database } from '../../src/database/database.ts';
import { readBalances } from '../../src/database/ledger-balances.ts';
import { moveCheckpoint } from '../../src/database/ledger-checkpoints.ts';
import { listLedgerEntries } from '../../src/database/ledger-entries.ts';
import { insertRecordEntries } from '../../src/database/ledger.ts';
import type { Posting } from '../../src/domain/posting.ts';
import { recordPostings } from '../../src/domain/record-posting.ts';
import { verifyLedger } from '../../src/ledger/verify-ledger.ts';
import { createDatabase, type TestDatabase } from '../support/services/postgres.ts';
import { sampleRecord, takeIn } from '../support/settlement.ts';

let database: TestDatabase;
let db: Database;
let owner: Client;
let service: Client;

beforeAll(async () => {
  database = await createDatabase();
  const common = { poolSize: 4, prepare: true, applicationName: 'test' };
  db = new Database({ url: database.runtimeUrl, ...common });
  owner = new Client(database.ownerUrl);
  await owner.connect();
  service = new Client(database.runtimeUrl);
  await service.connect();
});
afterAll(async () => {
  await db.close();
  await owner.end();
  await service.end();
});

const ALWAYS = { minEntries: 1, patienceMs: 20_000 };
let records = 0;
/** A payout of so many cents; below zero one that comes back. */
const payout = (amount: bigint) => {
  records += 1;
  return sampleRecord({ recordId: `record_${records}`, gross: -amount });
};
const pay = (amount: bigint) => takeIn(db, 'stripe', payout(amount));

/** What the entries come to when all of them are added up. */
async function addedUp(at: Date | null = null) {
  const { rows } = await owner.query<{ account: string; currency: string; d: string; c: string }>(
    `SELECT account, currency, sum(d)::text AS d, sum(c)::text AS c FROM (
       SELECT debit_account AS account, currency, amount AS d, 0 AS c, recorded_at FROM ledger_entries
       UNION ALL
       SELECT credit_account, currency, 0, amount, recorded_at FROM ledger_entries) AS line
      WHERE $1::timestamptz IS NULL OR recorded_at <= $1
      GROUP BY 1, 2 ORDER BY 1, 2`,
    [at],
  );
  return rows.map(({ account, currency, d, c }) => ({
    account,
    currency,
    debits: BigInt(d),
    credits: BigInt(c),
  }));
}

/** Takes a payout in whose entry is of a time of the past, which the service's role may not write. */
async function payAt(recordedAt: Date, amount: bigint): Promise<void> {
  const record = payout(amount);
  const [entry] = recordPostings('stripe', record);
  if (!entry) throw new Error('a payout of nothing');
  await owner.query(
    `INSERT INTO settlement_records (gateway, record_id, kind, movement_id, gross, fee, net, currency, occurred_at, raw)
     VALUES ('stripe', $1, 'payout', $1, $2, 0, $2, 'EUR', $3, '{}')`,
    [record.recordId, record.gross, recordedAt],
  );
  await owner.query(
    `INSERT INTO ledger_entries (recorded_at, amount, currency, debit_account, credit_account, cause, source_id)
     VALUES ($1, $2, $3, $4, $5, $6, $7)`,
    [
      recordedAt,
      entry.amount,
      entry.currency,
      entry.debit,
      entry.credit,
      entry.cause,
      `stripe/${record.recordId}`,
    ],
  );
}

describe("the service's role", () => {
  test.for([
    ['changes', 'UPDATE ledger_entries SET amount = 1'],
    ['deletes', 'DELETE FROM ledger_entries'],
    ['truncates', 'TRUNCATE ledger_entries'],
    ['changes a checkpoint', 'UPDATE ledger_checkpoints SET up_to = up_to + 1'],
    ['changes a balance', 'UPDATE ledger_checkpoint_balances SET debits = 0'],
    ['deletes a balance', 'DELETE FROM ledger_checkpoint_balances'],
    ['dates back', entry('recorded_at', `'2020-01-01'`)],
    ['numbers itself', entry('id', '1')],
    ['drops the guard', 'DROP TRIGGER ledger_entries_kept ON ledger_entries'],
    ['switches the guard off', 'ALTER TABLE ledger_entries DISABLE TRIGGER ALL'],
  ] as const)('is refused where it %s', async ([, statement]) => {
    await pay(100n);
    await expect(service.query(statement)).rejects.toMatchObject({ code: '42501' });
  });

  test.for(['UPDATE ledger_entries SET amount = 1', 'TRUNCATE ledger_entries CASCADE'] as const)(
    'is not the only one: the owner is refused %s as well',
    async (statement) => {
      await expect(owner.query(statement)).rejects.toThrow('never changed or deleted');
    },
  );

  test('cannot write an entry that is not balanced or moves nothing', async () => {
    const posting: Posting = {
      debit: 'payouts/stripe',
      credit: 'gateway_clearing/stripe',
      amount: 100n,
      currency: 'EUR',
      cause: 'payout',
    };
    const write = (over: Partial<Posting>) =>
      insertRecordEntries(db.sql, [{ sourceId: 'x', postings: [{ ...posting, ...over }] }]);
    await expect(write({ amount: 0n })).rejects.toThrow('amount');
    await expect(write({ credit: 'payouts/stripe' })).rejects.toThrow('check');
  });
});

function entry(column: string, value: string): string {
  return `INSERT INTO ledger_entries (${column}, amount, currency, debit_account, credit_account, cause, source_id)
          ${column === 'id' ? 'OVERRIDING SYSTEM VALUE' : ''} VALUES (${value}, 1, 'EUR', 'a', 'b', 'capture', 'x')`;
}

test('a balance is the same with checkpoints as without, now and at every moment of the past', async () => {
  const moments: Date[] = [];
  const start = Date.UTC(2026, 0, 1);
  for (let i = 0; i < 60; i += 1) {
    // Not in the order of time: an entry may be written down later than those of its time.
    const at = new Date(start + ((i * 37) % 60) * 60_000);
    moments.push(at);
    await payAt(at, i % 3 === 0 ? -BigInt(100 + i) : BigInt(100 + i));
    if (i % 7 === 6) expect(await moveCheckpoint(db, ALWAYS)).toBe(true);
  }
  expect(await readBalances(db, null)).toEqual(await addedUp());
  for (const at of [...moments, new Date(start - 1), new Date()]) {
    expect(await readBalances(db, at), at.toISOString()).toEqual(await addedUp(at));
  }
});

test('every currency balances by itself', async () => {
  const sums = new Map<string, bigint>();
  for (const { currency, debits, credits } of await readBalances(db, null)) {
    sums.set(currency, (sums.get(currency) ?? 0n) + debits - credits);
  }
  expect([...sums.values()].every((sum) => sum === 0n)).toBe(true);
});

test('entries are listed page by page, by account and by time, as they are without checkpoints', async () => {
  const from = new Date(Date.UTC(2026, 0, 1, 0, 10));
  const before = new Date(Date.UTC(2026, 0, 1, 0, 40));
  const { rows } = await owner.query<{ id: string }>(
    `SELECT id FROM ledger_entries WHERE recorded_at >= $1 AND recorded_at < $2
        AND 'payouts/stripe' IN (debit_account, credit_account) ORDER BY id DESC`,
    [from, before],
  );
  const filter = { account: 'payouts/stripe', from, before };
  const listed: bigint[] = [];
  for (let below: bigint | null = null; ; below = listed.at(-1) ?? null) {
    const page = await listLedgerEntries(db, filter, { below, limit: 7 });
    if (page.length === 0) break;
    listed.push(...page.map(({ id }) => id));
  }
  expect(listed.map(String)).toEqual(rows.map(({ id }) => id));
  expect(listed).toHaveLength(30);
});

test('a checkpoint leaves out no entry that is written down but not committed', async () => {
  await owner.query('BEGIN');
  await payAt(new Date(), 5_000n);
  await pay(7n);
  expect(await moveCheckpoint(db, { minEntries: 1, patienceMs: 200 })).toBe(false);
  const waiting = moveCheckpoint(db, ALWAYS);
  await owner.query('COMMIT');
  expect(await waiting).toBe(true);
  expect(await readBalances(db, null)).toEqual(await addedUp());
});

test('two workers that make a checkpoint at once make one that is right', async () => {
  await pay(9n);
  const made = await Promise.all([moveCheckpoint(db, ALWAYS), moveCheckpoint(db, ALWAYS)]);
  expect(made.filter(Boolean)).toHaveLength(1);
  expect(await readBalances(db, null)).toEqual(await addedUp());
  expect(await moveCheckpoint(db, ALWAYS)).toBe(false);
  expect((await verifyLedger(db)).findings).toEqual([]);
});

/** Changes something, runs the check, and puts it back. */
async function findingsAfter(change: string, undo: string) {
  await owner.query(change);
  const { findings } = await verifyLedger(db);
  await owner.query(undo);
  return findings;
}

test('a verification finds a checkpoint that somebody with all rights has changed, moved or taken away', async () => {
  await pay(11n);
  await pay(12n);
  expect(await moveCheckpoint(db, ALWAYS)).toBe(true);
  await owner.query('ALTER TABLE ledger_checkpoints DISABLE TRIGGER USER');
  await owner.query('ALTER TABLE ledger_checkpoint_balances DISABLE TRIGGER USER');
  await owner.query(
    'ALTER TABLE ledger_checkpoint_balances DROP CONSTRAINT ledger_checkpoint_balances_up_to_fkey',
  );
  const last = '(SELECT max(up_to) FROM ledger_checkpoints)';
  const change = (by: number) =>
    `UPDATE ledger_checkpoint_balances SET debits = debits + ${by}
      WHERE up_to = ${last} AND account = 'payouts/stripe'`;
  expect(await findingsAfter(change(1), change(-1))).toMatchObject([
    { kind: 'checkpoint_differs', account: 'payouts/stripe' },
  ]);

  const move = (by: number) =>
    `UPDATE ledger_checkpoint_balances SET up_to = up_to + ${by} WHERE up_to = ${last};
     UPDATE ledger_checkpoints SET up_to = up_to + ${by} WHERE up_to = ${last}`;
  const moved = await findingsAfter(move(-1), move(1));
  expect(moved).toHaveLength(2);
  for (const account of ['payouts/stripe', 'gateway_clearing/stripe']) {
    expect(moved).toContainEqual(expect.objectContaining({ kind: 'checkpoint_differs', account }));
  }

  const first = '(SELECT min(up_to) FROM ledger_checkpoints)';
  const takeAway = `CREATE TABLE kept AS SELECT * FROM ledger_checkpoints WHERE up_to = ${first};
                    DELETE FROM ledger_checkpoints WHERE up_to = ${first}`;
  const putBack = 'INSERT INTO ledger_checkpoints SELECT * FROM kept; DROP TABLE kept';
  expect(await findingsAfter(takeAway, putBack)).toMatchObject([{ kind: 'checkpoint_missing' }]);
  expect((await verifyLedger(db)).findings).toEqual([]);
});
