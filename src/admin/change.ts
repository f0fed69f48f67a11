import { insertAuditEntry, type NewAuditEntry } from '../database/audit.ts';
import type { Database, SqlTransaction } from '../database/database.ts';

/** Who changes something, and from where: what the audit log says of every change. */
export type ChangedBy = Pick<NewAuditEntry, 'actor' | 'address' | 'requestId'>;

/** What a change has to say of itself in the audit log. */
export type ChangeEntry = Pick<NewAuditEntry, 'action' | 'subject' | 'before' | 'after'>;

/** Tender itself, where nobody asked. */
export const BY_ITSELF: ChangedBy = {
  actor: { kind: 'system', id: 'tender', name: 'tender', role: null },
  address: null,
  requestId: null,
};

/**
 * Runs a change in one SQL transaction in which it also tells the audit log what it did: both happen, or neither.
 *
 * @param name by which metrics know it
 */
export function changeWithRecord<T>(
  db: Database,
  name: string,
  by: ChangedBy,
  change: (sql: SqlTransaction, record: (entry: ChangeEntry) => Promise<void>) => Promise<T>,
): Promise<T> {
  const run = (sql: SqlTransaction): Promise<T> =>
    change(sql, async (entry) => {
      await insertAuditEntry(sql, { ...by, ...entry, result: 'done', reason: null });
    });
  return db.run(name, (sql) => sql.begin(run));
}
