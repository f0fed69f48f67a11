import type { Database } from './database.ts';
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
