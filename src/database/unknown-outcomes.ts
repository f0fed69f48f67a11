import type { AttemptOperation } from '../domain/attempt.ts';
import type { Currency } from '../domain/currency.ts';
import type { Database } from './database.ts';

/** A call of which no gateway has told whether it moved money. */
export interface UnknownOutcome {
  /** The attempt's or the refund's. */
  id: string;
  operation: AttemptOperation | 'refund';
  paymentId: string;
  refundId: string | null;
  gateway: string;
  /** Minor units. */
  amount: bigint;
  currency: Currency;
  createdAt: Date;
  ageSeconds: number;
  /** How often it was asked for since, and when it is asked for next. */
  tries: number;
  dueAt: Date;
}

/** Lists the calls whose outcome is unknown, the oldest first, from behind `after` on. */
export function listUnknownOutcomes(
  db: Database,
  {
    gateway,
    after,
    limit,
  }: {
    gateway?: string | undefined;
    after?: { createdAt: Date; id: string } | undefined;
    limit: number;
  },
): Promise<UnknownOutcome[]> {
  return db.run(
    'unknown_outcomes_list',
    (sql) => sql<UnknownOutcome[]>`
      SELECT open.id, open.operation, open.payment_id, open.refund_id, open.gateway, open.amount, payments.currency,
             open.created_at, extract(epoch FROM now() - open.created_at)::float8 AS age_seconds, open.tries, open.due_at
        FROM (SELECT a.id, a.operation, a.payment_id, NULL AS refund_id, a.gateway,
                     coalesce((a.request ->> 'captureAmount')::bigint, p.amount) AS amount,
                     date_trunc('milliseconds', a.created_at) AS created_at, a.tries, a.due_at
                FROM payment_attempts a JOIN payments p ON p.id = a.payment_id
               WHERE a.outcome = 'unknown' AND a.due_at IS NOT NULL
              UNION ALL
              SELECT id, 'refund', payment_id, id, gateway, amount, date_trunc('milliseconds', created_at), tries, due_at
                FROM refunds WHERE unknown AND due_at IS NOT NULL) AS open
        JOIN payments ON payments.id = open.payment_id
       WHERE true
         ${gateway === undefined ? sql`` : sql`AND open.gateway = ${gateway}`}
         ${after ? sql`AND (open.created_at, open.id) > (${after.createdAt}::timestamptz, ${after.id})` : sql``}
       ORDER BY open.created_at, open.id
       LIMIT ${limit}`,
  );
}

/** How many calls of a gateway have an unknown outcome, and for how long the oldest has had it. */
export interface UnknownOfGateway {
  gateway: string;
  count: number;
  oldestAgeSeconds: number;
}

/** Counts the calls whose outcome is unknown, by gateway; one that has none is left out. */
export function countUnknownOutcomes(db: Database): Promise<UnknownOfGateway[]> {
  return db.run(
    'readings_unknown',
    (sql) => sql<UnknownOfGateway[]>`
      SELECT gateway, count(*)::int, greatest(max(extract(epoch FROM now() - created_at)), 0)::float8 AS oldest_age_seconds
        FROM (SELECT gateway, created_at FROM payment_attempts WHERE outcome = 'unknown' AND due_at IS NOT NULL
              UNION ALL
              SELECT gateway, created_at FROM refunds WHERE unknown AND due_at IS NOT NULL) AS open
       GROUP BY gateway`,
  );
}
