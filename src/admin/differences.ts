import type { Database } from '../database/database.ts';
import {
  changeItem,
  lockItem,
  type ItemChange,
  type ReconciliationItem,
} from '../database/reconciliation-items.ts';
import { changeWithRecord, type ChangedBy } from './change.ts';

export type DifferenceChanged =
  | { kind: 'changed' }
  | { kind: 'unknown' }
  /** Both sides say the same: there is nothing to explain. */
  | { kind: 'matched' }
  | { kind: 'closed' };

/** Has somebody see to a difference, or writes down what it is about; what is not given stays as it is. */
export function describeDifference(
  db: Database,
  id: bigint,
  {
    assignedTo,
    explanation,
  }: { assignedTo?: string | null | undefined; explanation?: string | null | undefined },
  by: ChangedBy,
): Promise<DifferenceChanged> {
  return change(db, id, 'reconciliation.describe', by, (item) => ({
    assignedTo: assignedTo === undefined ? item.assignedTo : assignedTo,
    explanation: explanation === undefined ? item.explanation : explanation,
    closed: null,
  }));
}

/** Closes a difference for a reason. Should a later run find something else there, it is open again. */
export function closeDifference(
  db: Database,
  id: bigint,
  reason: string,
  by: ChangedBy,
): Promise<DifferenceChanged> {
  return change(db, id, 'reconciliation.close', by, ({ assignedTo, explanation }) => ({
    assignedTo,
    explanation,
    closed: { by: by.actor.name, reason },
  }));
}

function change(
  db: Database,
  id: bigint,
  action: string,
  by: ChangedBy,
  next: (item: ReconciliationItem) => ItemChange,
): Promise<DifferenceChanged> {
  return changeWithRecord<DifferenceChanged>(
    db,
    'reconciliation_item_change',
    by,
    async (sql, record) => {
      const item = await lockItem(sql, id);
      if (item === null) return { kind: 'unknown' };
      if (item.state === 'matched') return { kind: 'matched' };
      if (item.closedAt !== null) return { kind: 'closed' };
      const changed = next(item);
      await changeItem(sql, id, changed);
      await record({
        action,
        subject: { kind: 'difference', id: id.toString() },
        before: { assigned_to: item.assignedTo, explanation: item.explanation },
        after: {
          assigned_to: changed.assignedTo,
          explanation: changed.explanation,
          ...(changed.closed && { reason: changed.closed.reason }),
        },
      });
      return { kind: 'changed' };
    },
  );
}
