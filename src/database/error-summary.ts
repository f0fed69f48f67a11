import type { Database } from './database.ts';

/** What went wrong in the same way, and how often. */
export interface ErrorCount {
  gateway: string;
  /** What was tried, such as `confirm`, or `webhook`. */
  operation: string;
  /** An outcome such as `declined`, or the state of webhooks such as `dead`. */
  outcome: string;
  /** The code of the error, where it has one. */
  code: string | null;
  count: number;
}

/**
 * Counts what became of the payments of the last day other than it should, and the webhooks that are given up or wait for
 * what is not here, the most frequent first.
 *
 * @param limit how many different ones at most
 */
export function countErrors(db: Database, limit: number): Promise<ErrorCount[]> {
  return db.run(
    'error_summary',
    (sql) => sql<ErrorCount[]>`
      SELECT a.gateway, a.operation, a.outcome, a.error ->> 'code' AS code, count(*)::int
        FROM payments p JOIN payment_attempts a ON a.payment_id = p.id
       WHERE p.created_at > now() - interval '1 day' AND a.outcome IN ('declined', 'refused', 'unknown')
       GROUP BY 1, 2, 3, 4
      UNION ALL
      SELECT gateway, 'webhook', state, NULL, count(*)::int FROM webhook_receipts
       WHERE state IN ('parked', 'orphaned', 'dead') GROUP BY 1, 3
       ORDER BY count DESC, gateway, operation, outcome, code LIMIT ${limit}::int`,
  );
}
