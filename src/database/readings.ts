import type { Database } from './database.ts';

/** How much is waiting in the inbox, counted where the truth is. */
export async function readInbox(db: Database): Promise<{
  depth: number;
  oldestAgeSeconds: number;
  dead: number;
  orphaned: number;
}> {
  const [row] = await db.run(
    'readings_inbox',
    (sql) => sql<{ depth: number; age: number; dead: number; orphaned: number }[]>`
      SELECT (SELECT count(*)::int FROM webhook_receipts WHERE due_at IS NOT NULL) AS depth,
             (SELECT coalesce(extract(epoch FROM now() - min(received_at)), 0)::float8
                FROM webhook_receipts WHERE due_at IS NOT NULL) AS age,
             (SELECT count(*)::int FROM webhook_receipts WHERE state = 'dead') AS dead,
             (SELECT count(*)::int FROM webhook_receipts WHERE state = 'orphaned') AS orphaned`,
  );
  const { depth = 0, age = 0, dead = 0, orphaned = 0 } = row ?? {};
  return { depth, oldestAgeSeconds: age, dead, orphaned };
}

/** How many calls there are whose outcome the gateway has not told, and for how long. */
export async function readUnknownOutcomes(
  db: Database,
): Promise<{ attempts: Record<string, number>; oldestAgeSeconds: number }> {
  const rows = await db.run(
    'readings_unknown',
    (sql) => sql<{ gateway: string; count: number; age: number }[]>`
      SELECT gateway, count(*)::int, max(extract(epoch FROM now() - created_at))::float8 AS age
        FROM (SELECT gateway, created_at FROM payment_attempts WHERE outcome = 'unknown' AND due_at IS NOT NULL
              UNION ALL
              SELECT gateway, created_at FROM refunds WHERE unknown AND due_at IS NOT NULL) AS open
       GROUP BY gateway`,
  );
  return {
    attempts: Object.fromEntries(rows.map((row) => [row.gateway, row.count])),
    oldestAgeSeconds: Math.max(0, ...rows.map((row) => row.age)),
  };
}

/** How many authorizations end within a day unless they are captured. */
export async function readExpiringCaptures(db: Database): Promise<number> {
  const [row] = await db.run(
    'readings_expiring',
    (sql) => sql<{ count: number }[]>`
      SELECT count(*)::int FROM payments
       WHERE status = 'requires_capture' AND capture_before < now() + interval '1 day'`,
  );
  return row?.count ?? 0;
}
