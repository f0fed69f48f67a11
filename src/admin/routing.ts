import type { Database } from '../database/database.ts';
import {
  findRoutingPolicy,
  insertRoutingPolicy,
  lockRoutingChanges,
  type StoredRoutingPolicy,
} from '../database/routing.ts';
import { DEFAULT_POLICY, type RoutingPolicy } from '../domain/routing.ts';
import { changeWithRecord, type ChangedBy } from './change.ts';

export type PolicyChange =
  | { kind: 'changed'; current: StoredRoutingPolicy | null }
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
    const version = current?.version ?? 0;
    if (!isExpected(version)) return { kind: 'stale', version };
    const before = current?.policy ?? DEFAULT_POLICY;
    if (JSON.stringify(policyOf(before)) === JSON.stringify(policyOf(policy))) {
      return { kind: 'changed', current };
    }
    const { id, name } = by.actor;
    const next = await insertRoutingPolicy(sql, version + 1, policyOf(policy), { id, name });
    await record({ action: 'routing.change', subject: null, before, after: next.policy });
    return { kind: 'changed', current: next };
  });
}

/** The policy with its members in one order: JSON that was stored has lost the one that it was written in. */
function policyOf({ default: fallback, rules }: RoutingPolicy): RoutingPolicy {
  const preference = (each: RoutingPolicy['default']) => ({
    strategy: each.strategy,
    gateways: [...each.gateways],
    weights: Object.fromEntries(Object.entries(each.weights).sort(([a], [b]) => (a < b ? -1 : 1))),
  });
  return {
    default: preference(fallback),
    rules: rules.map((rule) => ({
      name: rule.name,
      ...preference(rule),
      currencies: [...rule.currencies],
      minAmount: rule.minAmount,
      maxAmount: rule.maxAmount,
      methods: [...rule.methods],
    })),
  };
}
