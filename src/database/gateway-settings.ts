import type { GatewayConfig } from '../domain/gateway-config.ts';
import { jsonText } from './json-text.ts';
import type { Database, Queryable } from './database.ts';

/** Who changed something, and what they were called then. */
export interface ChangedBy {
  id: string;
  name: string;
}

/** The settings of a gateway as they are in force from some moment on. */
export interface DatedGatewayConfig {
  config: GatewayConfig;
  /** Counts the settings of one gateway from 1. */
  version: number;
  inForceFrom: Date;
  changedBy: ChangedBy;
}

/** As they stand in a row; the driver gives `numeric` as the text that it is, with every digit. */
export interface ConfigRow {
  feePercentage: string | null;
  feeFixed: string | null;
  fees: GatewayConfig['fees'];
  displayName: string | null;
  currencies: string[] | null;
  minAmount: string | null;
  maxAmount: string | null;
  limits: GatewayConfig['limits'];
}

interface DatedRow extends ConfigRow {
  version: number;
  inForceFrom: Date;
  changedBy: string;
  changedByName: string;
}

/** The settings themselves, out of a row that has more. */
export function configOf(row: ConfigRow): GatewayConfig {
  return {
    feePercentage: row.feePercentage,
    feeFixed: row.feeFixed,
    fees: row.fees,
    displayName: row.displayName,
    currencies: row.currencies,
    minAmount: row.minAmount,
    maxAmount: row.maxAmount,
    limits: row.limits,
  };
}

/** The settings that are in force now; `null` where nothing was ever set. */
export async function findGatewayConfig(
  sql: Queryable,
  gateway: string,
): Promise<DatedGatewayConfig | null> {
  const rows = await sql<DatedRow[]>`
    SELECT * FROM gateway_settings WHERE gateway = ${gateway} ORDER BY version DESC LIMIT 1`;
  return dated(rows[0]);
}

/** The settings that were in force at some time; `null` where nothing had been set by then. */
export async function findGatewayConfigAt(
  db: Database,
  gateway: string,
  at: Date,
): Promise<DatedGatewayConfig | null> {
  const rows = await db.run(
    'gateway_config_at',
    (sql) => sql<DatedRow[]>`
      SELECT * FROM gateway_settings
       WHERE gateway = ${gateway} AND in_force_from <= ${at} ORDER BY version DESC LIMIT 1`,
  );
  return dated(rows[0]);
}

/**
 * Has settings follow those of the version before. From when they hold the database says: from now.
 *
 * @throws where `version` is not the next one; `lockGatewayChanges` first keeps it so
 */
export async function insertGatewayConfig(
  sql: Queryable,
  gateway: string,
  version: number,
  config: GatewayConfig,
  by: ChangedBy,
): Promise<DatedGatewayConfig> {
  const rows = await sql<DatedRow[]>`
    INSERT INTO gateway_settings (
      gateway, version, changed_by, changed_by_name, fee_percentage, fee_fixed, fees, display_name, currencies,
      min_amount, max_amount, limits)
    VALUES (${gateway}, ${version}, ${by.id}, ${by.name}, ${config.feePercentage}, ${config.feeFixed},
            ${jsonText(config.fees)}::jsonb, ${config.displayName},
            ${config.currencies}, ${config.minAmount}, ${config.maxAmount},
            ${jsonText(config.limits)}::jsonb)
    RETURNING *`;
  const inserted = dated(rows[0]);
  if (!inserted) throw new Error('settings were written and are not there');
  return inserted;
}

function dated(row: DatedRow | undefined): DatedGatewayConfig | null {
  if (!row) return null;
  const { version, inForceFrom, changedBy, changedByName } = row;
  return {
    config: configOf(row),
    version,
    inForceFrom,
    changedBy: { id: changedBy, name: changedByName },
  };
}
