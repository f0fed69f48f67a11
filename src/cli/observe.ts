import { readOpenDifferences } from '../database/reconciliation-items.ts';
import { EXIT_CANNOT_LISTEN } from '../config/exit-codes.ts';
import { readUnsealed } from '../database/audit.ts';
import { readLastLedgerCheck } from '../database/ledger-audit.ts';
import { readExpiringCaptures, readInbox } from '../database/readings.ts';
import { readSchedules } from '../database/schedules.ts';
import { missingMigrations } from '../database/schema-version.ts';
import { countUnknownOutcomes } from '../database/unknown-outcomes.ts';
import { createHealth, type Health, type HealthCheck } from '../observability/health.ts';
import { startMetricsServer } from '../observability/metrics-server.ts';
import type { OpenOfGateway, Readers } from '../observability/readings.ts';
import { Exit } from './exit.ts';
import type { System } from './system.ts';
import { wantedSchedules } from './wanted-schedules.ts';

/** What the process tells of itself. */
export interface Observation {
  health: Health;
  close(): Promise<void>;
}

/** Has the process answer probes and Prometheus on the metrics port. */
export async function observeProcess(
  system: System,
  {
    checks,
    readers,
    isDraining,
    isAlive,
  }: {
    checks: HealthCheck[];
    readers: Readers;
    isDraining: () => boolean;
    isAlive?: () => boolean;
  },
): Promise<Observation> {
  const { settings, log, metrics } = system;
  const health = createHealth({
    checks: [databaseCheck(system), ...checks],
    isDraining,
    ...(isAlive ? { isAlive } : {}),
    log,
  });
  system.gatewayStates.start();
  system.maintenance.start();
  system.routing.start();
  system.breakers.start();
  metrics.read({ ...commonReaders(system, health), ...readers });
  if (!settings.metrics.enabled) return { health, close: async () => undefined };
  const { host, port } = settings.metrics;
  const started = await startMetricsServer({ host, port, metrics, health, log });
  if (started.kind === 'refused') throw new Exit(EXIT_CANNOT_LISTEN, started.detail);
  return { health, close: () => started.close() };
}

function databaseCheck({ payments: { db }, gatewayStates }: System): HealthCheck {
  return {
    name: 'database',
    required: true,
    check: async () => {
      const missing = await db.run('ready', (sql) => missingMigrations(sql));
      if (missing.length > 0) {
        const detail = `not migrated: run tender migrate up (${missing.length} missing)`;
        return { ok: false, detail };
      }
      // A process that does not know which gateways are switched off must not be sent payments.
      if (!gatewayStates.isLoaded()) await gatewayStates.refresh();
      return gatewayStates.isLoaded()
        ? { ok: true }
        : { ok: false, detail: 'whether gateways are enabled cannot be read' };
    },
  };
}

function commonReaders(
  { settings, payments, breakers, gatewayStates }: System,
  health: Health,
): Readers {
  const { db } = payments;
  // A gateway that has nothing open shows 0: an alert has to see it end.
  const ofEachGateway = (open: readonly OpenOfGateway[]) => {
    const known = new Map(open.map((one) => [one.gateway, one]));
    const none = { count: 0, oldestAgeSeconds: 0 };
    const names = new Set([...Object.keys(settings.gateways), ...known.keys()]);
    return [...names].map((gateway) => known.get(gateway) ?? { gateway, ...none });
  };
  const wanted = wantedSchedules(settings);
  return {
    health: async () => {
      const { checks = {} } = (await health.ready()).body;
      return Object.fromEntries(
        Object.entries(checks).map(([name, { status }]) => [name, status === 'ok']),
      );
    },
    missingMigrations: async () =>
      (await db.run('readings_migrations', (sql) => missingMigrations(sql))).length,
    inbox: () => readInbox(db),
    unknownOutcomes: async () => ofEachGateway(await countUnknownOutcomes(db)),
    openDifferences: async () => ofEachGateway(await readOpenDifferences(db)),
    capturesExpiring: () => readExpiringCaptures(db),
    audit: () => readUnsealed(db),
    ledger: () => readLastLedgerCheck(db),
    schedules: async () => (await readSchedules(db, wanted)).filter(({ isOff }) => !isOff),
    databaseConnections: () => {
      const { inUse, idle, waiting } = db.load();
      return { in_use: inUse, idle, waiting, max: db.poolSize };
    },
    gateways: () =>
      Object.entries(settings.gateways).map(([gateway, state]) => ({
        gateway,
        enabled: state.kind === 'on' && gatewayStates.isEnabled(gateway),
        available: state.kind === 'on' && breakers.isAvailable(gateway),
      })),
  };
}
