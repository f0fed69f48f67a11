import { randomUUID } from 'node:crypto';
import type { Database } from './database.ts';

/**
 * Rows that somebody has to work on at some time. Each such table has the same columns: `due_at` (`NULL`: nothing to
 * do), `tries`, `lease_until` and `lease_token`. All times are the database's, so that clocks need not agree.
 */
export type DueTable =
  | 'payments'
  | 'payment_attempts'
  | 'refunds'
  | 'payment_methods'
  | 'gateway_customers'
  | 'schedules';

const KEY_COLUMN: Readonly<Record<DueTable, string>> = {
  payments: 'id',
  payment_attempts: 'id',
  refunds: 'id',
  payment_methods: 'id',
  gateway_customers: 'id',
  schedules: 'name',
};

/** A row that is ours to work on until the lease ends. */
export interface Claim {
  id: string;
  /** How often it was claimed, this time included. */
  tries: number;
  token: string;
}

/** Claims what is due and nobody works on, the longest due first; other workers' rows are passed over. */
export async function claimDueWork(
  db: Database,
  table: DueTable,
  { limit, leaseMs }: { limit: number; leaseMs: number },
): Promise<Claim[]> {
  const token = randomUUID();
  return db.run(
    `${table}_claim`,
    (sql) => sql<Claim[]>`
      UPDATE ${sql(table)}
         SET lease_until = now() + ${leaseMs} * interval '1 ms', lease_token = ${token}, tries = tries + 1
       WHERE ${sql(KEY_COLUMN[table])} IN (
               SELECT ${sql(KEY_COLUMN[table])} FROM ${sql(table)}
                WHERE due_at <= now() AND (lease_until IS NULL OR lease_until <= now())
                ORDER BY due_at LIMIT ${limit}
                  FOR UPDATE SKIP LOCKED)
      RETURNING ${sql(KEY_COLUMN[table])} AS id, tries, lease_token::text AS token`,
  );
}

/** Goes on owning a row that takes longer than its lease, if it is still ours. */
export async function renewDueWork(
  db: Database,
  table: DueTable,
  claim: Claim,
  leaseMs: number,
): Promise<void> {
  await db.run(
    `${table}_renew`,
    (sql) => sql`
      UPDATE ${sql(table)} SET lease_until = now() + ${leaseMs} * interval '1 ms'
       WHERE ${sql(KEY_COLUMN[table])} = ${claim.id} AND lease_token = ${claim.token}`,
  );
}

/** Leaves a row for later, if it is still ours. */
export async function postponeDueWork(
  db: Database,
  table: DueTable,
  claim: Claim,
  delayMs: number,
): Promise<void> {
  await db.run(
    `${table}_postpone`,
    (sql) => sql`
      UPDATE ${sql(table)}
         SET due_at = now() + ${delayMs} * interval '1 ms', lease_until = NULL, lease_token = NULL
       WHERE ${sql(KEY_COLUMN[table])} = ${claim.id} AND lease_token = ${claim.token}`,
  );
}

/** Says that there is nothing to do about a row any more, if it is still ours. */
export async function dropDueWork(db: Database, table: DueTable, claim: Claim): Promise<void> {
  await db.run(
    `${table}_drop`,
    (sql) => sql`
      UPDATE ${sql(table)} SET due_at = NULL, tries = 0, lease_until = NULL, lease_token = NULL
       WHERE ${sql(KEY_COLUMN[table])} = ${claim.id} AND lease_token = ${claim.token}`,
  );
}
