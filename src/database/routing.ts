import type { RoutingPolicy } from '../domain/routing.ts';
import type { Database, Queryable, SqlTransaction } from './database.ts';
import type { ChangedBy } from './gateway-settings.ts';

/** A routing policy as it is in force from some moment on. */
export interface StoredRoutingPolicy {
  policy: RoutingPolicy;
  /** Counts the policies from 1. */
  version: number;
  inForceFrom: Date;
  changedBy: ChangedBy;
}

interface Row {
  version: number;
  inForceFrom: Date;
  policy: RoutingPolicy;
  changedBy: string;
  changedByName: string;
}

/** The policy that is in force; `null` where none was ever set. */
export function readRoutingPolicy(db: Database): Promise<StoredRoutingPolicy | null> {
  return db.run('routing_read', findRoutingPolicy);
}

/** The same for those who have a connection already. */
export async function findRoutingPolicy(sql: Queryable): Promise<StoredRoutingPolicy | null> {
  const rows = await sql<Row[]>`
    SELECT version, in_force_from, policy, changed_by, changed_by_name
      FROM routing_policies ORDER BY version DESC LIMIT 1`;
  return stored(rows[0]);
}

/** Has changes of the policy made one after the other until the SQL transaction ends. */
export async function lockRoutingChanges(sql: SqlTransaction): Promise<void> {
  await sql`SELECT pg_advisory_xact_lock(hashtextextended('tender.routing', 0))`;
}

/** Has a policy follow the one before; `lockRoutingChanges` first keeps `version` the next one. */
export async function insertRoutingPolicy(
  sql: Queryable,
  version: number,
  policy: RoutingPolicy,
  by: ChangedBy,
): Promise<StoredRoutingPolicy> {
  const rows = await sql<Row[]>`
    INSERT INTO routing_policies (version, policy, changed_by, changed_by_name)
    VALUES (${version}, ${sql.json(policy as never)}, ${by.id}, ${by.name})
    RETURNING version, in_force_from, policy, changed_by, changed_by_name`;
  const inserted = stored(rows[0]);
  if (!inserted) throw new Error('a policy was written and is not there');
  return inserted;
}

function stored(row: Row | undefined): StoredRoutingPolicy | null {
  if (!row) return null;
  const { policy, version, inForceFrom, changedBy, changedByName } = row;
  return { policy, version, inForceFrom, changedBy: { id: changedBy, name: changedByName } };
}
