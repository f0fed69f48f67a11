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
