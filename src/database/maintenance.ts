import type { Database, Queryable } from './database.ts';

/** Whether operators let money rest, and by whose word. */
export interface Maintenance {
  enabled: boolean;
  reason: string | null;
  /** `null` where nobody ever said anything. */
  changed: { at: Date; by: { id: string; name: string } } | null;
}

interface Row {
  enabled: boolean;
  reason: string | null;
  changedAt: Date | null;
  changedBy: string | null;
  changedByName: string | null;
}

/** Reads what operators last said. */
export async function readMaintenance(db: Database): Promise<Maintenance> {
  const rows = await db.run(
    'maintenance_read',
    (sql) => sql<Row[]>`
      SELECT enabled, reason, changed_at, changed_by, changed_by_name FROM maintenance`,
  );
  return maintenanceOf(rows[0]);
}

/** Reads it and keeps others from changing it until the SQL transaction ends. */
export async function lockMaintenance(sql: Queryable): Promise<Maintenance> {
  const rows = await sql<Row[]>`
    SELECT enabled, reason, changed_at, changed_by, changed_by_name FROM maintenance FOR UPDATE`;
  return maintenanceOf(rows[0]);
}

/** Says that money rests, or no longer does. */
export async function setMaintenance(
  sql: Queryable,
  wish: Pick<Maintenance, 'enabled' | 'reason'>,
  by: { id: string; name: string },
): Promise<Maintenance> {
  const rows = await sql<Row[]>`
    UPDATE maintenance
       SET enabled = ${wish.enabled}, reason = ${wish.reason}, changed_at = now(), changed_by = ${by.id},
           changed_by_name = ${by.name}
    RETURNING enabled, reason, changed_at, changed_by, changed_by_name`;
  return maintenanceOf(rows[0]);
}

function maintenanceOf(row: Row | undefined): Maintenance {
  if (!row) throw new Error('the row of the table maintenance is missing');
  const { enabled, reason, changedAt, changedBy, changedByName } = row;
  const by = { id: changedBy ?? '', name: changedByName ?? '' };
  return { enabled, reason, changed: changedAt && { at: changedAt, by } };
}
