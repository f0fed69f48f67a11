import { Database } from '../../src/database/database.ts';
import { readBalances } from '../../src/database/ledger-balances.ts';
import { moveCheckpoint } from '../../src/database/ledger-checkpoints.ts';
import type { Sql } from '../../src/database/sql.ts';
import { openConnections } from '../connections.ts';
import { median } from '../figures.ts';
import { POOL_SIZE, type BenchDatabase, type Ground } from '../ground.ts';

export interface BalanceFigures {
  /** How many entries the large ledger has. */
  entries: number;
  /** Milliseconds of a reading, one median a round: with `FEW` entries, and with all of them. */
  few: number[];
  many: number[];
}

export const FEW = 5_000;
/** Entries that no checkpoint covers yet, in either ledger: half of what the worker leaves. */
const UNCOVERED = 1_000;
/** How many the worker finds when it looks, once a minute. */
const BETWEEN_CHECKPOINTS = 20_000;
const READINGS = 100;

interface Ledger {
  db: Database;
  entries: number;
}

/**
 * Measures what it costs to read all balances of a ledger with few entries and of one with many, in turns.
 *
 * @throws where the balances are not the sums of the entries
 */
export async function measureBalances(
  ground: Ground,
  { entries, rounds }: { entries: number; rounds: number },
): Promise<BalanceFigures> {
  const ledgers: Ledger[] = [];
  try {
    const few = await openLedger(ground, 'bench_few_entries', FEW);
    ledgers.push(few);
    const many = await openLedger(ground, 'bench_many_entries', entries);
    ledgers.push(many);
    await ground.checkpoint();
    const figures: BalanceFigures = { entries, few: [], many: [] };
    for (const ledger of ledgers) await readOften(ledger);
    for (let round = 0; round < rounds; round += 1) {
      figures.few.push(await readOften(few));
      figures.many.push(await readOften(many));
    }
    return figures;
  } finally {
    await Promise.all(ledgers.map(({ db }) => db.close()));
  }
}

async function openLedger(ground: Ground, name: string, entries: number): Promise<Ledger> {
  const database = await ground.createDatabase(name, { migrated: true });
  const db = new Database({
    url: database.url,
    poolSize: POOL_SIZE,
    prepare: true,
    applicationName: 'bench',
  });
  await fill(database, db, entries);
  await expectSums(database, db, entries);
  return { db, entries };
}

/** Posts what payments post, and moves checkpoints on as the worker does meanwhile. */
async function fill({ superuserUrl }: BenchDatabase, db: Database, entries: number): Promise<void> {
  const { sql, close } = openConnections(superuserUrl);
  try {
    for (let posted = 0; posted < entries;) {
      const covered = entries - UNCOVERED - posted;
      const count = covered > 0 ? Math.min(BETWEEN_CHECKPOINTS, covered) : UNCOVERED;
      await post(sql, posted, count);
      posted += count;
      if (covered > 0 && !(await moveCheckpoint(db))) throw new Error('no checkpoint was made');
    }
    await sql`ANALYZE ledger_entries`;
  } finally {
    await close();
  }
}

/** A capture and its fee for each payment, and a refund for every third, in three currencies and at three gateways. */
async function post(sql: Sql, posted: number, count: number): Promise<void> {
  await sql`
    INSERT INTO ledger_entries (amount, currency, debit_account, credit_account, cause, payment_id)
    SELECT CASE n % 7 WHEN 1 THEN 59 WHEN 3 THEN 59 WHEN 5 THEN 59 WHEN 6 THEN 500 ELSE 1000 END,
           (ARRAY['USD', 'EUR', 'JPY'])[1 + n / 7 % 3],
           CASE n % 7 WHEN 1 THEN 'gateway_fees/' || gateway WHEN 3 THEN 'gateway_fees/' || gateway
                      WHEN 5 THEN 'gateway_fees/' || gateway WHEN 6 THEN 'merchant_balance'
                      ELSE 'gateway_clearing/' || gateway END,
           CASE WHEN n % 7 IN (1, 3, 5, 6) THEN 'gateway_clearing/' || gateway ELSE 'merchant_balance' END,
           CASE n % 7 WHEN 1 THEN 'fee_actual' WHEN 3 THEN 'fee_actual' WHEN 5 THEN 'fee_actual' WHEN 6 THEN 'refund'
                      ELSE 'capture' END,
           'pay_' || lpad((n / 2)::text, 26, '0')
      FROM generate_series(${posted}::int, ${posted + count - 1}::int) n,
           LATERAL (SELECT (ARRAY['stripe', 'square', 'paypal'])[1 + n / 21 % 3] AS gateway) at`;
}

async function expectSums(
  { superuserUrl }: BenchDatabase,
  db: Database,
  entries: number,
): Promise<void> {
  const { sql, close } = openConnections(superuserUrl);
  const [row] = await sql<{ count: number; sum: string }[]>`
    SELECT count(*)::int AS count, sum(amount)::text AS sum FROM ledger_entries`;
  await close();
  const balances = await readBalances(db, null);
  const debits = balances.reduce((sum, balance) => sum + balance.debits, 0n);
  const credits = balances.reduce((sum, balance) => sum + balance.credits, 0n);
  if (row?.count !== entries || String(debits) !== row.sum || debits !== credits) {
    throw new Error(`${row?.count} entries come to ${row?.sum}, but the balances to ${debits}`);
  }
}

/** The median over many readings, in milliseconds. */
async function readOften({ db }: Ledger): Promise<number> {
  const times: number[] = [];
  for (let n = 0; n < READINGS; n += 1) {
    const startedAt = performance.now();
    await readBalances(db, null);
    times.push(performance.now() - startedAt);
  }
  return median(times);
}
