import type { Database, SqlTransaction } from './database.ts';
import type { Claim } from './due-work.ts';

/** Says that a scheduled task is done until its next time, if it is still ours. */
export async function finishSchedule(db: Database, claim: Claim): Promise<void> {
  await db.run(
    'schedule_finish',
    (sql) => sql`
      UPDATE schedules
         SET last_finished_at = now(), last_error = NULL, due_at = now() + every, tries = 0,
             lease_until = NULL, lease_token = NULL
       WHERE name = ${claim.id} AND lease_token = ${claim.token}`,
  );
}

/** What is to be done by the clock, and when it was. */
export interface Schedule {
  name: string;
  /** Whether people or other programs do it, and no worker. */
  byHand: boolean;
  everySeconds: number;
  /** Since it was done, or since it has been waited for where it never was. */
  ageSeconds: number;
  lastFinishedAt: Date | null;
  /** Whether the settings say that nobody wants it: it is never overdue then. */
  isOff: boolean;
}

/**
 * Reads every schedule by its name. Fees count as compared when the last of the gateways was that is compared at all.
 *
 * @param gateways those that are configured
 * @param comparedEverySeconds how long it is between two comparisons at the most; `null` where nobody wants them by themselves
 */
export function readSchedules(
  db: Database,
  {
    gateways,
    comparedEverySeconds,
  }: { gateways: readonly string[]; comparedEverySeconds: number | null },
): Promise<Schedule[]> {
  return db.run(
    'schedules_read',
    (sql) => sql<Schedule[]>`
      WITH compared AS (
        SELECT max(finished_at) AS latest FROM reconciliation_runs
         WHERE status = 'finished' AND gateway = ANY(${gateways}::text[]) GROUP BY gateway
      ), told AS (
        SELECT name, by_hand, since, extract(epoch FROM every)::float8 AS every, last_finished_at AS done, false AS off
          FROM schedules WHERE name <> 'fee_reconciliation'
        UNION ALL
        SELECT name, by_hand, since, coalesce(wanted, extract(epoch FROM every)::float8), (SELECT min(latest) FROM compared),
               wanted IS NULL
          FROM schedules, (SELECT ${comparedEverySeconds}::float8) AS pattern (wanted) WHERE name = 'fee_reconciliation'
      )
      SELECT name, by_hand AS "byHand", every AS "everySeconds",
             extract(epoch FROM now() - coalesce(done, since))::float8 AS "ageSeconds", done AS "lastFinishedAt",
             off AS "isOff"
        FROM told ORDER BY name`,
  );
}

/**
 * Says that somebody has done now what no worker does.
 *
 * @returns when it was done before, or `unknown` where there is no such schedule that is done by hand
 */
export async function finishByHand(
  sql: SqlTransaction,
  name: string,
): Promise<{ before: Date | null } | 'unknown'> {
  const [row] = await sql<{ before: Date | null }[]>`
    WITH before AS (SELECT last_finished_at FROM schedules WHERE name = ${name} FOR UPDATE)
    UPDATE schedules SET last_finished_at = now()
     WHERE name = ${name} AND by_hand AND name <> 'fee_reconciliation'
    RETURNING (SELECT last_finished_at FROM before) AS before`;
  return row ?? 'unknown';
}
