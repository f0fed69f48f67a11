import { createBreakers, type Breakers } from '../admin/breakers.ts';
import { createGatewayActivityLog, type GatewayActivityLog } from '../admin/gateway-activity.ts';
import { createGatewayStates, type GatewayStates } from '../admin/gateway-states.ts';
import { createPolled, type Polled } from '../admin/polled.ts';
import { amountLimitsFor } from '../config/amount-limits.ts';
import { EXIT_CONFIGURATION } from '../config/exit-codes.ts';
import type { Settings } from '../config/settings.ts';
import { moveBreaker, readBreakers } from '../database/breakers.ts';
import { Database } from '../database/database.ts';
import { readDeployment } from '../database/deployment.ts';
import { recordActivity } from '../database/gateway-activity.ts';
import { readGatewayStates } from '../database/gateway-states.ts';
import { readMaintenance, type Maintenance } from '../database/maintenance.ts';
import { readRoutingPolicy, type StoredRoutingPolicy } from '../database/routing.ts';
import { createFailPoints, type FailPoints } from '../fail-points.ts';
import { createGateways } from '../gateways/registry.ts';
import { traced } from '../gateways/traced-transport.ts';
import { createTransport, type Transport } from '../gateways/transport.ts';
import { createLogger, type LogDestination, type Logger } from '../observability/logger.ts';
import { createMetrics, type Metrics } from '../observability/metrics.ts';
import type { Tracer } from '../observability/tracer.ts';
import { createBulkhead } from '../payments/bulkhead.ts';
import type { PaymentDependencies } from '../payments/dependencies.ts';
import type { WebhookObserver } from '../webhooks/inbound/dependencies.ts';
import { Exit } from './exit.ts';
import {
  observeBreaker,
  observeGatewayCall,
  observePayments,
  observeWebhooks,
} from './observers.ts';
import { onceAMinute } from './once-a-minute.ts';
import { readVersion } from './version.ts';

/** Connections to each gateway that requests cannot take, for what ends them: webhooks, questions, probes. */
const CONNECTIONS_BESIDE_REQUESTS = 32;

/** Where the database is, for those who need more than the pool. */
export interface DatabaseUrls {
  url: string;
  directUrl: string;
}

/** What every long-running command is built from. */
export interface System {
  settings: Settings;
  urls: DatabaseUrls;
  version: string;
  log: Logger;
  metrics: Metrics;
  breakers: Breakers;
  gatewayStates: GatewayStates;
  maintenance: Polled<Maintenance>;
  routing: Polled<StoredRoutingPolicy>;
  gatewayActivity: GatewayActivityLog;
  transport: Transport;
  payments: PaymentDependencies;
  webhookObserver: WebhookObserver;
}

/**
 * Builds everything once. Nothing is connected yet, and nothing listens.
 *
 * @param tracer `null` where tracing is off
 * @param logTo where lines of the log go; standard output without it
 */
export function buildSystem(
  settings: Settings,
  urls: DatabaseUrls,
  service: string,
  tracer: Tracer | null = null,
  logTo?: LogDestination,
): System {
  const version = readVersion();
  const log = createLogger({
    level: settings.log.level,
    service,
    version,
    traceId: tracer === null ? undefined : () => tracer.traceId(),
    ...(logTo === undefined ? {} : { destination: logTo }),
  });
  const metrics = createMetrics({ version, thresholds: settings.alerts });
  const db = new Database({
    url: urls.url,
    poolSize: settings.database.poolSize,
    prepare: settings.database.prepare,
    applicationName: service,
    onQuery: (query, durationMs) =>
      metrics.databaseQuery({ query, durationSeconds: durationMs / 1_000 }),
    tracer,
  });
  const breakers = createBreakers({
    read: () => readBreakers(db),
    failuresToOpen: settings.gateway.failuresToOpen,
    move: (gateway, next) => moveBreaker(db, gateway, next),
    onChange: (change) => observeBreaker(metrics, log, change),
    onError: onceAMinute((err) =>
      log.error({ err }, 'Which gateways are left alone cannot be read; what was known last holds'),
    ),
  });
  const gatewayStates = createGatewayStates({
    read: () => readGatewayStates(db),
    onError: onceAMinute((err) =>
      log.error({ err }, 'Whether gateways are enabled cannot be read; what was known last holds'),
    ),
  });
  const maintenance = createPolled({
    read: () => readMaintenance(db),
    onError: onceAMinute((err) =>
      log.error({ err }, 'Whether money rests cannot be read; what was known last holds'),
    ),
  });
  const routing = createPolled({
    read: () => readRoutingPolicy(db),
    onError: onceAMinute((err) =>
      log.error({ err }, 'Where payments go cannot be read; what was known last holds'),
    ),
  });
  const gatewayActivity = createGatewayActivityLog({
    record: (seen) => recordActivity(db, seen),
    onError: onceAMinute((err) =>
      log.warn({ err }, 'How calls to gateways went cannot be written down yet'),
    ),
  });
  const transport = createTransport({
    connectTimeoutMs: settings.gateway.connectTimeoutMs,
    totalTimeoutMs: settings.gateway.timeoutMs,
    connectionsPerOrigin: settings.gateway.maxConcurrentCalls + CONNECTIONS_BESIDE_REQUESTS,
  });
  const gateways = createGateways(settings.gateways, {
    transport: tracer === null ? transport : traced(transport, tracer),
    tracer,
    signatureToleranceMs: settings.webhooks.signatureToleranceMs,
    onCallBegun: (call) => metrics.gatewayCallBegun(call),
    onCall: (call) => {
      breakers.observe(call);
      gatewayActivity.observe(call);
      observeGatewayCall(metrics, log, call);
    },
  });
  reportGateways(settings, log);

  const payments: PaymentDependencies = {
    db,
    gateways,
    knownGateways: Object.keys(settings.gateways),
    gatewayStates: () => gatewayStates.current(),
    routingPolicy: () => routing.current(),
    mayTryGateway: (gateway) => breakers.isAvailable(gateway),
    bulkhead: createBulkhead(settings.gateway.maxConcurrentCalls),
    deploymentId: rememberedDeploymentId(db),
    amountLimits: (currency) => amountLimitsFor(settings.payments.amountLimits, currency),
    leaseMs: settings.dueWork.leaseMs,
    actionExpiryMs: settings.payments.customerActionExpiryMs,
    observer: observePayments(metrics, log),
    tracer,
    failPoints: failPointsOf(settings),
    clock: () => new Date(),
  };
  const webhookObserver = observeWebhooks(metrics, log);
  return {
    settings,
    urls,
    version,
    log,
    metrics,
    breakers,
    gatewayStates,
    maintenance,
    routing,
    gatewayActivity,
    transport,
    payments,
    webhookObserver,
  };
}

/** Closes what the system holds, in an order in which nothing that still runs loses what it needs. */
export async function closeSystem(system: System): Promise<void> {
  system.gatewayStates.close();
  system.maintenance.close();
  system.routing.close();
  system.breakers.close();
  await system.transport.close();
  await system.breakers.settled();
  await system.gatewayActivity.close();
  await system.payments.db.close();
  await system.payments.tracer?.close();
}

function reportGateways(settings: Settings, log: Logger): void {
  for (const [gateway, state] of Object.entries(settings.gateways)) {
    if (state.kind === 'off') {
      log.warn({ 'gateway.name': gateway }, `${gateway} is off: ${state.reason}`);
    }
  }
}

/** It is asked for once it is needed, so that a process may start before its database. */
function rememberedDeploymentId(db: Database): () => Promise<string> {
  let known: string | null = null;
  return async () => (known ??= (await readDeployment(db)).id);
}

function failPointsOf(settings: Settings): FailPoints {
  const parsed = createFailPoints(settings.failPoints);
  if (parsed.kind === 'parsed') return parsed.failPoints;
  throw new Exit(EXIT_CONFIGURATION, `TENDER_FAIL_POINTS: ${parsed.problems.join(' ')}`);
}
