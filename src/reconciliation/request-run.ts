import { changeWithRecord, type ChangedBy } from '../admin/change.ts';
import type { Database } from '../database/database.ts';
import {
  findRunningRun,
  insertRun,
  type ReconciliationRun,
} from '../database/reconciliation-runs.ts';
import { newId } from '../ids.ts';

/** What is to be compared: `from <= time < to`. */
export interface RequestedPeriod {
  gateway: string;
  from: Date;
  to: Date;
  scheduledFor?: Date;
}

export type RequestedRun =
  | { kind: 'begun'; run: ReconciliationRun }
  /** The same period is being compared already. */
  | { kind: 'running'; run: ReconciliationRun }
  /** Another period of this gateway is, and one waits for the other. */
  | { kind: 'busy'; run: ReconciliationRun }
  /** The schedule's time was seen to before. */
  | { kind: 'done' };

/** Asks for a comparison, which a worker then does; asked twice for the same, it is one. */
export function requestRun(
  db: Database,
  { gateway, from, to, scheduledFor }: RequestedPeriod,
  by: ChangedBy,
): Promise<RequestedRun> {
  return changeWithRecord<RequestedRun>(db, 'reconciliation_request', by, async (sql, record) => {
    const begun = await insertRun(sql, {
      id: newId('rec'),
      gateway,
      from,
      to,
      scheduledFor: scheduledFor ?? null,
      requestedBy: by.actor.name,
    });
    if (begun === null) {
      const run = await findRunningRun(sql, gateway);
      if (run === null) return { kind: 'done' };
      const isSame = +run.periodFrom === +from && +run.periodTo === +to;
      return { kind: isSame ? 'running' : 'busy', run };
    }
    await record({
      action: 'reconciliation.begin',
      subject: { kind: 'reconciliation', id: begun.id },
      before: null,
      after: { gateway, from: from.toISOString(), to: to.toISOString() },
    });
    return { kind: 'begun', run: begun };
  });
}
