import { DEFAULT_POLICY, type RoutingPolicy } from '../domain/routing.ts';
import { jsonText } from './json-text.ts';
import type { Database, Queryable, SqlTransaction } from './database.ts';
import type { ChangedBy } from './gateway-settings.ts';

/** A routing policy as it is in force from some moment on. */
export interface StoredRoutingPolicy {
  policy: RoutingPolicy;
  /** Counts the policies from 1; 0 before there was one. */
  version: number;
  /** `null` before there was one, and so is who changed it. */
  inForceFrom: Date | null;
  changedBy: ChangedBy | null;
}

/** What holds until an operator says something. */
const NEVER_CHANGED: StoredRoutingPolicy = {
  policy: DEFAULT_POLICY,
  version: 0,
  inForceFrom: null,
  changedBy: null,
};

interface Row {
  version: number;
  inForceFrom: Date;
  policy: RoutingPolicy;
  changedBy: string;
  changedByName: string;
}

/** The policy that is in force. */
export function readRoutingPolicy(db: Database): Promise<StoredRoutingPolicy> {
  return db.run('routing_read', findRoutingPolicy);
}

/** The same for those who have a connection already. */
export async function findRoutingPolicy(sql: Queryable): Promise<StoredRoutingPolicy> {
  const [row] = await sql<Row[]>`
    SELECT version, in_force_from, policy, changed_by, changed_by_name
      FROM routing_policies ORDER BY version DESC LIMIT 1`;
  return row ? stored(row) : NEVER_CHANGED;
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
  const [row] = await sql<Row[]>`
    INSERT INTO routing_policies (version, policy, changed_by, changed_by_name)
    VALUES (${version}, ${jsonText(policy)}::jsonb, ${by.id}, ${by.name})
    RETURNING version, in_force_from, policy, changed_by, changed_by_name`;
  if (!row) throw new Error('a policy was written and is not there');
  return stored(row);
}

function stored({
  policy,
  version,
  inForceFrom,
  changedBy,
  changedByName,
}: Row): StoredRoutingPolicy {
  return { policy, version, inForceFrom, changedBy: { id: changedBy, name: changedByName } };
}
