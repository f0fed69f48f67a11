import { setTimeout as sleep } from 'node:timers/promises';
import type { Database, Queryable } from './database.ts';

export interface CheckpointOptions {
  /** Fewer entries than these are left to be summed up when a balance is asked for. */
  minEntries: number;
  /** How long to wait for SQL transactions that may still bring entries; then the next time has to do. */
  patienceMs: number;
}

export const CHECKPOINT_OPTIONS: CheckpointOptions = { minEntries: 2_000, patienceMs: 10_000 };

const POLL_MS = 50;

/**
 * Sums up the entries since the last checkpoint, where there are enough of them, so that a balance costs the same
 * however many entries there are. Several may do so at once: one checkpoint comes of it.
 *
 * A checkpoint covers only entries below which none can turn up any more. The numbers are given in order, but SQL
 * transactions end in any order: so it takes the highest number that is seen, lets all those end that were running
 * then, and counts afterwards.
 *
 * @returns whether a checkpoint was made
 */
export async function moveCheckpoint(
  db: Database,
  { minEntries, patienceMs }: CheckpointOptions = CHECKPOINT_OPTIONS,
): Promise<boolean> {
  const upTo = await findMark(db, minEntries);
  if (upTo === null) return false;
  // Given after the mark was read: whoever wrote below the mark has a lower one.
  const [given] = await db.run(
    'ledger_horizon',
    (sql) => sql<{ horizon: string }[]>`SELECT pg_current_xact_id()::text AS horizon`,
  );
  if (!given) return false;
  const giveUpAt = performance.now() + patienceMs;
  while (!(await haveEnded(db, given.horizon))) {
    if (performance.now() > giveUpAt) return false;
    await sleep(POLL_MS);
  }
  return db.run('ledger_checkpoint', (sql) => sumUp(sql, upTo));
}

/** @returns `null` where it is not worth a checkpoint */
async function findMark(db: Database, minEntries: number): Promise<bigint | null> {
  const [row] = await db.run(
    'ledger_mark',
    (sql) => sql<{ mark: bigint | null }[]>`
      SELECT max(id) AS mark FROM ledger_entries
      HAVING max(id) - coalesce((SELECT max(up_to) FROM ledger_checkpoints), 0) >= ${minEntries}::int`,
  );
  return row?.mark ?? null;
}

async function haveEnded(db: Database, horizon: string): Promise<boolean> {
  const [row] = await db.run(
    'ledger_horizon_passed',
    (sql) => sql<{ passed: boolean }[]>`
      SELECT pg_snapshot_xmin(pg_current_snapshot()) > ${horizon}::xid8 AS passed`,
  );
  return row?.passed ?? false;
}

async function sumUp(sql: Queryable, upTo: bigint): Promise<boolean> {
  const rows = await sql`
    WITH last AS (
      SELECT max(up_to) AS up_to, max(latest_at) AS latest_at FROM ledger_checkpoints
    ), checkpoint AS (
      INSERT INTO ledger_checkpoints (up_to, from_id, earliest_at, latest_at)
      SELECT ${upTo}, coalesce(last.up_to, 0), min(e.recorded_at), greatest(max(e.recorded_at), last.latest_at)
        FROM last, ledger_entries e
       WHERE e.id > coalesce(last.up_to, 0) AND e.id <= ${upTo}
       GROUP BY last.up_to, last.latest_at
          ON CONFLICT DO NOTHING
      RETURNING up_to, from_id
    ), movement AS (
      SELECT account, currency, debits, credits
        FROM checkpoint JOIN ledger_checkpoint_balances b ON b.up_to = checkpoint.from_id
       UNION ALL
      SELECT side.account, e.currency, sum(side.debit), sum(side.credit)
        FROM checkpoint
        JOIN ledger_entries e ON e.id > checkpoint.from_id AND e.id <= checkpoint.up_to
        CROSS JOIN LATERAL (VALUES (e.debit_account, e.amount, 0::bigint), (e.credit_account, 0::bigint, e.amount))
             AS side (account, debit, credit)
       GROUP BY 1, 2
    ), balance AS (
      INSERT INTO ledger_checkpoint_balances (up_to, account, currency, debits, credits)
      SELECT checkpoint.up_to, account, currency, sum(debits), sum(credits)
        FROM movement, checkpoint
       GROUP BY 1, 2, 3
    )
    SELECT 1 FROM checkpoint`;
  return rows.length === 1;
}
