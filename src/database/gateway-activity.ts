import type { Database } from './database.ts';
import { jsonText } from './json-text.ts';

/** What one process saw of a gateway since it last wrote it down. Ages are milliseconds before now. */
export interface SeenActivity {
  gateway: string;
  calls: number;
  failures: number;
  /** How many calls each bucket of latencies holds, by the bucket's number. */
  latencies: Readonly<Record<number, number>>;
  successAgeMs: number | null;
  errorAgeMs: number | null;
  error: LastError | null;
  acceptedAgeMs: number | null;
  rejectedAgeMs: number | null;
}

export interface LastError {
  category: string;
  code: string;
  operation: string;
}

/** What is known of a gateway from the calls of all processes. */
export interface GatewayActivity {
  /** Of the last five minutes. */
  calls: number;
  failures: number;
  latencies: ReadonlyMap<number, number>;
  /** However long ago. */
  lastSuccessAt: Date | null;
  lastErrorAt: Date | null;
  lastError: LastError | null;
  credentialsAcceptedAt: Date | null;
  credentialsRejectedAt: Date | null;
}

/** What waits to be worked on, of one gateway. */
export interface GatewayBacklog {
  webhooksWaiting: number;
  webhooksDead: number;
  webhooksOrphaned: number;
  unknownOutcomes: number;
  oldestUnknownAt: Date | null;
}

/** Writes down what a process saw, all gateways in one statement, by the database's clock. */
export async function recordActivity(db: Database, seen: readonly SeenActivity[]): Promise<void> {
  const rows = seen.map((each) => ({ ...each, error: each.error && { ...each.error } }));
  await db.run(
    'gateway_activity_record',
    (sql) => sql`
      WITH seen AS (
        SELECT * FROM jsonb_to_recordset(${jsonText(rows)}::jsonb) AS seen (
          gateway text, calls int, failures int, latencies jsonb, error jsonb, "successAgeMs" float8,
          "errorAgeMs" float8, "acceptedAgeMs" float8, "rejectedAgeMs" float8)
      ), activity AS (
        INSERT INTO gateway_activity (gateway, calls, failures, latencies)
        SELECT gateway, calls, failures, latencies FROM seen
      )
      INSERT INTO gateway_contacts AS known (
        gateway, last_success_at, last_error_at, last_error, credentials_accepted_at, credentials_rejected_at)
      SELECT gateway, now() - "successAgeMs" * interval '1 ms', now() - "errorAgeMs" * interval '1 ms', error,
             now() - "acceptedAgeMs" * interval '1 ms', now() - "rejectedAgeMs" * interval '1 ms'
        FROM seen ORDER BY gateway
          ON CONFLICT (gateway) DO UPDATE
         SET last_success_at = greatest(known.last_success_at, excluded.last_success_at),
             last_error_at = greatest(known.last_error_at, excluded.last_error_at),
             last_error = CASE WHEN excluded.last_error_at >= coalesce(known.last_error_at, '-infinity')
                               THEN excluded.last_error ELSE known.last_error END,
             credentials_accepted_at = greatest(known.credentials_accepted_at, excluded.credentials_accepted_at),
             credentials_rejected_at = greatest(known.credentials_rejected_at, excluded.credentials_rejected_at)`,
  );
}

/** What all processes together know of each gateway that was ever called. */
export async function readActivity(db: Database): Promise<ReadonlyMap<string, GatewayActivity>> {
  type Row = { gateway: string; bucketCounts: [number, number][] } & Omit<
    GatewayActivity,
    'latencies'
  >;
  const rows = await db.run(
    'gateway_activity_read',
    (sql) => sql<Row[]>`
      WITH recent AS (
        SELECT gateway, calls, failures, latencies FROM gateway_activity
         WHERE recorded_at > now() - interval '5 minutes'
      ), sums AS (
        SELECT gateway, sum(calls)::int AS calls, sum(failures)::int AS failures FROM recent GROUP BY gateway
      ), buckets AS (
        SELECT gateway, bucket::int AS bucket, sum(count::int)::int AS count
          FROM recent, jsonb_each_text(latencies) AS latency (bucket, count) GROUP BY gateway, bucket
      )
      SELECT contacts.*, coalesce(sums.calls, 0) AS calls, coalesce(sums.failures, 0) AS failures,
             (SELECT coalesce(jsonb_agg(jsonb_build_array(bucket, count)), '[]')
                FROM buckets WHERE buckets.gateway = contacts.gateway) AS bucket_counts
        FROM gateway_contacts AS contacts LEFT JOIN sums USING (gateway)`,
  );
  return new Map(
    rows.map(({ gateway, bucketCounts, ...row }) => [
      gateway,
      { ...row, latencies: new Map(bucketCounts) },
    ]),
  );
}

/** What waits, of each gateway of which anything does. */
export async function readBacklogs(db: Database): Promise<ReadonlyMap<string, GatewayBacklog>> {
  const rows = await db.run(
    'gateway_backlogs',
    (sql) => sql<({ gateway: string } & GatewayBacklog)[]>`
      WITH webhooks AS (
        SELECT gateway, count(*) FILTER (WHERE due_at IS NOT NULL)::int AS waiting,
               count(*) FILTER (WHERE state = 'dead')::int AS dead,
               count(*) FILTER (WHERE state = 'orphaned')::int AS orphaned
          FROM webhook_receipts WHERE due_at IS NOT NULL OR state IN ('orphaned', 'dead') GROUP BY gateway
      ), unknown AS (
        SELECT gateway, count(*)::int AS count, min(created_at) AS oldest
          FROM (SELECT gateway, created_at FROM payment_attempts WHERE outcome = 'unknown' AND due_at IS NOT NULL
                UNION ALL
                SELECT gateway, created_at FROM refunds WHERE unknown AND due_at IS NOT NULL) AS open
         GROUP BY gateway
      )
      SELECT gateway, coalesce(webhooks.waiting, 0) AS webhooks_waiting, coalesce(webhooks.dead, 0) AS webhooks_dead,
             coalesce(webhooks.orphaned, 0) AS webhooks_orphaned, coalesce(unknown.count, 0) AS unknown_outcomes,
             unknown.oldest AS oldest_unknown_at
        FROM webhooks FULL JOIN unknown USING (gateway)`,
  );
  return new Map(rows.map(({ gateway, ...backlog }) => [gateway, backlog]));
}

/** Forgets what is too old to be looked at. */
export async function forgetOldActivity(db: Database): Promise<void> {
  await db.run(
    'gateway_activity_forget',
    (sql) => sql`DELETE FROM gateway_activity WHERE recorded_at < now() - interval '1 hour'`,
  );
}
