import {
  NOTHING_CONFIGURED,
  type GatewayConfig,
  type GatewayState,
} from '../domain/gateway-config.ts';
import type { Database, Queryable, SqlTransaction } from './database.ts';
import { configOf, type ChangedBy, type ConfigRow } from './gateway-settings.ts';

/** Whether a gateway is enabled, and by whose word. */
export interface GatewaySwitch {
  readonly enabled: boolean;
  /** `null` where nobody ever switched it. */
  readonly changed: { at: Date; by: ChangedBy } | null;
  readonly reason: string | null;
}

export const NEVER_SWITCHED: GatewaySwitch = { enabled: true, changed: null, reason: null };

/** Everything that operators have said of one gateway. */
export interface StoredGatewayState extends GatewayState, GatewaySwitch {
  /** Of the settings; 0 where nothing was ever set. */
  readonly version: number;
}

interface SwitchRow {
  gateway: string;
  enabled: boolean;
  changedAt: Date;
  changedBy: string;
  changedByName: string;
  reason: string | null;
}

/** The state of every gateway about which operators have said something, in one statement. */
export async function readGatewayStates(
  db: Database,
): Promise<ReadonlyMap<string, StoredGatewayState>> {
  const rows = await db.run(
    'gateway_states_read',
    (sql) => sql<
      (Partial<SwitchRow> & Partial<ConfigRow> & { gateway: string; version: number | null })[]
    >`
      SELECT gateway, states.enabled, states.changed_at, states.changed_by, states.changed_by_name, states.reason,
             settings.version, settings.fee_percentage, settings.fee_fixed, settings.fees, settings.display_name,
             settings.currencies, settings.min_amount, settings.max_amount, settings.limits
        FROM gateway_states AS states
        FULL JOIN (SELECT DISTINCT ON (gateway) * FROM gateway_settings ORDER BY gateway, version DESC) AS settings
       USING (gateway)`,
  );
  return new Map(
    rows.map((row) => {
      const config: GatewayConfig =
        row.version === null ? NOTHING_CONFIGURED : configOf(row as ConfigRow);
      const state = row.changedAt ? switchOf(row as SwitchRow) : NEVER_SWITCHED;
      return [row.gateway, { ...state, config, version: row.version ?? 0 }];
    }),
  );
}

/** Has the changes of gateways made one after the other, whoever makes them, until the SQL transaction ends. */
export async function lockGatewayChanges(sql: SqlTransaction): Promise<void> {
  await sql`SELECT pg_advisory_xact_lock(hashtextextended('tender.gateways', 0))`;
}

/** The switches of all gateways that were ever switched. */
export async function readSwitches(sql: Queryable): Promise<ReadonlyMap<string, GatewaySwitch>> {
  const rows = await sql<SwitchRow[]>`
    SELECT gateway, enabled, changed_at, changed_by, changed_by_name, reason FROM gateway_states`;
  return new Map(rows.map((row) => [row.gateway, switchOf(row)]));
}

/** Switches a gateway on or off. */
export async function setSwitch(
  sql: Queryable,
  gateway: string,
  { enabled, by, reason }: { enabled: boolean; by: ChangedBy; reason: string | null },
): Promise<GatewaySwitch> {
  const [row] = await sql<SwitchRow[]>`
    INSERT INTO gateway_states (gateway, enabled, changed_by, changed_by_name, reason)
    VALUES (${gateway}, ${enabled}, ${by.id}, ${by.name}, ${reason})
        ON CONFLICT (gateway) DO UPDATE
       SET enabled = excluded.enabled, changed_at = now(), changed_by = excluded.changed_by,
           changed_by_name = excluded.changed_by_name, reason = excluded.reason
    RETURNING gateway, enabled, changed_at, changed_by, changed_by_name, reason`;
  if (!row) throw new Error('a switch was set and is not there');
  return switchOf(row);
}

function switchOf({ enabled, changedAt, changedBy, changedByName, reason }: SwitchRow) {
  const by = { id: changedBy, name: changedByName };
  return { enabled, changed: { at: changedAt, by }, reason };
}
