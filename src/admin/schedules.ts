import type { Database } from '../database/database.ts';
import { finishByHand } from '../database/schedules.ts';
import { changeWithRecord, type ChangedBy } from './change.ts';

/** Writes down that somebody has done what no worker does by the clock; `false` where there is no such thing. */
export function noteDone(db: Database, name: string, by: ChangedBy): Promise<boolean> {
  return changeWithRecord(db, 'schedule_note_done', by, async (sql, record) => {
    const done = await finishByHand(sql, name);
    if (done === 'unknown') return false;
    await record({
      action: 'schedule.done',
      subject: { kind: 'schedule', id: name },
      before: { last_finished_at: done.before?.toISOString() ?? null },
      after: {},
    });
    return true;
  });
}
