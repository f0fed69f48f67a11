import type { Database } from '../database/database.ts';
import { lockMaintenance, setMaintenance, type Maintenance } from '../database/maintenance.ts';
import { changeWithRecord, type ChangedBy } from './change.ts';

/** Lets money rest everywhere within a second, or has it move again. What is under way is finished in any case. */
export function changeMaintenance(
  db: Database,
  wish: Pick<Maintenance, 'enabled' | 'reason'>,
  by: ChangedBy,
): Promise<Maintenance> {
  return changeWithRecord(db, 'maintenance_change', by, async (sql, record) => {
    const before = await lockMaintenance(sql);
    const { id, name } = by.actor;
    const after = await setMaintenance(sql, wish, { id, name });
    await record({
      action: wish.enabled ? 'maintenance.begin' : 'maintenance.end',
      subject: null,
      before: { enabled: before.enabled, reason: before.reason },
      after: { enabled: after.enabled, reason: after.reason },
    });
    return after;
  });
}
