import type { Database } from '../database/database.ts';
import {
  findGatewayConfig,
  insertGatewayConfig,
  type ChangedBy as NamedBy,
  type DatedGatewayConfig,
} from '../database/gateway-settings.ts';
import {
  lockGatewayChanges,
  NEVER_SWITCHED,
  readSwitches,
  setSwitch,
  type GatewaySwitch,
} from '../database/gateway-states.ts';
import {
  configProblem,
  NOTHING_CONFIGURED,
  patchConfig,
  type ConfigPatch,
} from '../domain/gateway-config.ts';
import { changeWithRecord, type ChangedBy } from './change.ts';

export type Configured =
  /** What is in force now; without a version where nothing was ever set and nothing was to be. */
  | { kind: 'configured'; current: DatedGatewayConfig | null }
  /** Somebody else changed it meanwhile. */
  | { kind: 'stale'; version: number }
  | { kind: 'impossible'; param: string; detail: string };

/**
 * Changes the settings of a gateway from now on; what was paid before goes by those that held then.
 *
 * @param isExpected whether the change may be based on the settings of this version, 0 where nothing was ever set
 */
export function configureGateway(
  db: Database,
  gateway: string,
  patch: ConfigPatch,
  isExpected: (version: number) => boolean,
  by: ChangedBy,
): Promise<Configured> {
  return changeWithRecord(db, 'gateway_configure', by, async (sql, record) => {
    await lockGatewayChanges(sql);
    const current = await findGatewayConfig(sql, gateway);
    const version = current?.version ?? 0;
    if (!isExpected(version)) return { kind: 'stale', version };
    const before = current?.config ?? NOTHING_CONFIGURED;
    const after = patchConfig(before, patch);
    const problem = configProblem(after);
    if (problem) return { kind: 'impossible', ...problem };
    if (JSON.stringify(after) === JSON.stringify(before)) return { kind: 'configured', current };
    const next = await insertGatewayConfig(sql, gateway, version + 1, after, named(by));
    await record({ action: 'gateway.configure', subject: about(gateway), before, after });
    return { kind: 'configured', current: next };
  });
}

/** A switch that was set, and the gateways that still take new payments. */
export interface Switched {
  state: GatewaySwitch;
  enabled: string[];
}

/**
 * Has a gateway take new payments, or none. What was begun there goes on in any case: captures, refunds, webhooks.
 *
 * @param configured the gateways that could take payments
 */
export function switchGateway(
  db: Database,
  configured: readonly string[],
  gateway: string,
  wish: { enabled: boolean; reason: string | null },
  by: ChangedBy,
): Promise<Switched> {
  const name = wish.enabled ? 'gateway_enable' : 'gateway_disable';
  return changeWithRecord(db, name, by, async (sql, record) => {
    await lockGatewayChanges(sql);
    const switches = await readSwitches(sql);
    const before = switches.get(gateway) ?? NEVER_SWITCHED;
    const state = await setSwitch(sql, gateway, { ...wish, by: named(by) });
    await record({
      action: wish.enabled ? 'gateway.enable' : 'gateway.disable',
      subject: about(gateway),
      before: { enabled: before.enabled, reason: before.reason },
      after: { enabled: state.enabled, reason: state.reason },
    });
    const isEnabled = (each: string) =>
      each === gateway ? wish.enabled : (switches.get(each) ?? NEVER_SWITCHED).enabled;
    return { state, enabled: configured.filter(isEnabled) };
  });
}

function named({ actor: { id, name } }: ChangedBy): NamedBy {
  return { id, name };
}

function about(id: string) {
  return { kind: 'gateway', id };
}
