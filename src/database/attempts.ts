import type { Attempt } from '../domain/attempt.ts';
import type { Database } from './database.ts';

/** Reads one attempt; `null` where there is none. */
export async function findAttempt(db: Database, id: string): Promise<Attempt | null> {
  const rows = await db.run(
    'attempt_find',
    (sql) => sql<Attempt[]>`
      SELECT id, payment_id, operation, ordinal, gateway, gateway_key, request, status_before, outcome, error,
             created_at
        FROM payment_attempts WHERE id = ${id}`,
  );
  return rows[0] ?? null;
}
