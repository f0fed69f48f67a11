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
  | 'reconciliation_runs'
  | 'schedules';

/** Those of which each row is about something at one gateway. */
export type GatewayDueTable = Exclude<DueTable, 'schedules'>;

const KEY_COLUMN: Readonly<Record<DueTable, string>> = {
  payments: 'id',
  payment_attempts: 'id',
  refunds: 'id',
  payment_methods: 'id',
  gateway_customers: 'id',
  reconciliation_runs: 'id',
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

/** A claimed row of which the gateway is known. */
export interface GatewayClaim extends Claim {
  gateway: string;
}

/**
 * Claims what is due of each gateway, the longest due first, as far as there is room for it.
 *
 * @param rooms how many rows of each gateway to claim at most
 */
export async function claimDueWorkByGateway(
  db: Database,
  table: GatewayDueTable,
  { rooms, leaseMs }: { rooms: ReadonlyMap<string, number>; leaseMs: number },
): Promise<GatewayClaim[]> {
  const token = randomUUID();
  return db.run(
    `${table}_claim`,
    (sql) => sql<GatewayClaim[]>`
      WITH claimed AS (
        SELECT due.id
          FROM unnest(${[...rooms.keys()]}::text[], ${[...rooms.values()]}::int[]) AS lane (gateway, room)
         CROSS JOIN LATERAL (
               SELECT id FROM ${sql(table)}
                WHERE gateway = lane.gateway AND due_at <= now() AND (lease_until IS NULL OR lease_until <= now())
                ORDER BY due_at LIMIT lane.room
                  FOR UPDATE SKIP LOCKED) AS due)
      UPDATE ${sql(table)} AS work
         SET lease_until = now() + ${leaseMs} * interval '1 ms', lease_token = ${token}, tries = tries + 1
        FROM claimed
       WHERE work.id = claimed.id
      RETURNING work.id, work.gateway, tries, lease_token::text AS token`,
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
