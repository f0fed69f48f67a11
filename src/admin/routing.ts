import { isDeepStrictEqual } from 'node:util';
import type { Database } from '../database/database.ts';
import {
  findRoutingPolicy,
  insertRoutingPolicy,
  lockRoutingChanges,
  type StoredRoutingPolicy,
} from '../database/routing.ts';
import type { RoutingPolicy } from '../domain/routing.ts';
import { changeWithRecord, type ChangedBy } from './change.ts';

export type PolicyChange =
  | { kind: 'changed'; current: StoredRoutingPolicy }
  /** Somebody else changed it meanwhile. */
  | { kind: 'stale'; version: number };

/**
 * Has payments go another way from now on; those that were begun keep theirs. A policy that says what holds already
 * changes nothing.
 *
 * @param isExpected whether the change may be based on the policy of this version, 0 where none was ever set
 */
export function changeRoutingPolicy(
  db: Database,
  policy: RoutingPolicy,
  isExpected: (version: number) => boolean,
  by: ChangedBy,
): Promise<PolicyChange> {
  return changeWithRecord(db, 'routing_change', by, async (sql, record) => {
    await lockRoutingChanges(sql);
    const current = await findRoutingPolicy(sql);
    const { version, policy: before } = current;
    if (!isExpected(version)) return { kind: 'stale', version };
    if (isDeepStrictEqual(before, policy)) return { kind: 'changed', current };
    const { id, name } = by.actor;
    const next = await insertRoutingPolicy(sql, version + 1, policy, { id, name });
    await record({ action: 'routing.change', subject: null, before, after: next.policy });
    return { kind: 'changed', current: next };
  });
}
