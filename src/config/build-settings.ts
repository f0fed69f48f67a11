import type { AmountLimits } from './amount-limits.ts';
import { gatewaySettings } from './gateway-settings.ts';
import { Secret } from './secret.ts';
import type {
  DatabaseSettings,
  Environment,
  RedisSettings,
  RedisTopology,
  Settings,
  TracingSettings,
} from './settings.ts';
import type { Values } from './variables.ts';

/** Everybody knows it. */
const DEVELOPMENT_AUDIT_KEY = 'visibly-fake-and-for-development-only';

/** How much longer than a gateway call a lease is when nobody says otherwise. */
const LEASE_BEYOND_TIMEOUT_MS = 15_000;

/** Puts values that have passed every rule into the shape that the rest of Tender reads. */
export function buildSettings(values: Values, amountLimits: AmountLimits): Settings {
  const environment = values.PAYMENT_ENVIRONMENT;
  const host = values.PAYMENT_HOST ?? (environment === 'development' ? '127.0.0.1' : '0.0.0.0');
  const timeoutMs = values.PAYMENT_GATEWAY_TIMEOUT_SECONDS;
  return {
    environment,
    log: { level: values.PAYMENT_LOG_LEVEL },
    http: { host, port: values.PAYMENT_PORT },
    metrics: {
      enabled: values.PAYMENT_PROMETHEUS_ENABLED,
      host,
      port: values.PAYMENT_PROMETHEUS_PORT,
    },
    maintenanceMode: values.MAINTENANCE_MODE,
    admin: { token: values.TENDER_ADMIN_TOKEN ?? null },
    audit: { key: values.TENDER_AUDIT_KEY ?? auditKeyOf(environment) },
    door: doorSettings(values),
    shutdown: { timeoutMs: values.TENDER_SHUTDOWN_TIMEOUT_SECONDS },
    database: databaseSettings(values),
    redis: redisSettings(values),
    webhooks: {
      workerConcurrency: values.PAYMENT_WEBHOOK_WORKER_CONCURRENCY,
      maxRetries: values.PAYMENT_WEBHOOK_MAX_RETRIES,
      payloadRetentionMs: values.PAYMENT_WEBHOOK_PAYLOAD_RETENTION_DAYS,
      signatureToleranceMs: values.PAYMENT_WEBHOOK_SIGNATURE_TOLERANCE_SECONDS * 1_000,
    },
    dueWork: { leaseMs: values.PAYMENT_LEASE_SECONDS ?? timeoutMs + LEASE_BEYOND_TIMEOUT_MS },
    gateway: {
      timeoutMs,
      connectTimeoutMs: Math.min(values.PAYMENT_GATEWAY_CONNECT_TIMEOUT, timeoutMs),
      failuresToOpen: values.PAYMENT_GATEWAY_BREAKER_FAILURES,
      maxConcurrentCalls: values.PAYMENT_GATEWAY_MAX_CONCURRENT_CALLS,
    },
    gateways: gatewaySettings(values),
    overload: {
      maxEventLoopLagMs: values.PAYMENT_MAX_EVENT_LOOP_LAG_SECONDS,
      maxDatabaseWaitMs: values.PAYMENT_MAX_DATABASE_WAIT_SECONDS,
    },
    payments: {
      amountLimits,
      customerActionExpiryMs: values.PAYMENT_CUSTOMER_ACTION_EXPIRY_HOURS,
    },
    reconciliation: {
      cron: values.PAYMENT_RECONCILIATION_CRON,
      pendingMs: values.PAYMENT_RECONCILIATION_PENDING_HOURS,
    },
    idempotency: { retentionMs: values.PAYMENT_IDEMPOTENCY_RETENTION_DAYS },
    alerts: {
      paymentFailureRatio: values.PAYMENT_ALERT_PAYMENT_FAILURE_THRESHOLD,
      gatewayLatencySeconds: values.PAYMENT_ALERT_GATEWAY_LATENCY_THRESHOLD,
      webhookBacklog: values.PAYMENT_ALERT_WEBHOOK_BACKLOG_THRESHOLD,
    },
    tracing: tracingSettings(values),
    failPoints: values.TENDER_FAIL_POINTS ?? [],
  };
}

function tracingSettings(values: Values): TracingSettings {
  const endpoint = values.OTEL_EXPORTER_OTLP_ENDPOINT;
  if (endpoint === undefined) return { kind: 'off' };
  return {
    kind: 'on',
    url: `${endpoint}/v1/traces`,
    headers: values.OTEL_EXPORTER_OTLP_HEADERS ?? null,
    serviceName: values.OTEL_SERVICE_NAME ?? null,
    sampler: values.OTEL_TRACES_SAMPLER,
    ratio: values.OTEL_TRACES_SAMPLER_ARG,
  };
}

/** How long a quota lasts. */
const LIMIT_WINDOW_SECONDS = 10;

function doorSettings(values: Values): Settings['door'] {
  const quota = (requests: number) =>
    requests === 0 ? null : { requests, windowSeconds: LIMIT_WINDOW_SECONDS };
  return {
    perCaller: quota(values.PAYMENT_RATE_LIMIT_PER_CALLER),
    perAddress: quota(values.PAYMENT_RATE_LIMIT_PER_ADDRESS),
    trustedProxies: values.PAYMENT_TRUSTED_PROXIES ?? [],
    allowedOrigins: values.PAYMENT_CORS_ORIGINS ?? [],
  };
}

function auditKeyOf(environment: Environment): Secret | null {
  return environment === 'development' ? new Secret(DEVELOPMENT_AUDIT_KEY) : null;
}

function databaseSettings(values: Values): DatabaseSettings {
  const connection = {
    prepare: values.PAYMENT_DATABASE_PREPARE,
    poolSize: values.PAYMENT_DATABASE_POOL_SIZE,
  };
  const url = values.DATABASE_URL;
  if (url === undefined) return { kind: 'embedded', ...connection };
  const directUrl = values.DATABASE_DIRECT_URL ?? url;
  const migrationUrl = values.DATABASE_MIGRATION_URL ?? directUrl;
  return { kind: 'url', url, directUrl, migrationUrl, ...connection };
}

function redisTopology(values: Values): RedisTopology {
  if (values.PAYMENT_REDIS_CLUSTER) return { kind: 'cluster' };
  const { PAYMENT_REDIS_SENTINELS: sentinels, PAYMENT_REDIS_SENTINEL_MASTER: master } = values;
  return sentinels === undefined ? { kind: 'single' } : { kind: 'sentinel', sentinels, master };
}

function redisSettings(values: Values): RedisSettings {
  const url = values.PAYMENT_REDIS_URL;
  if (url === undefined) return { kind: 'off' };
  return {
    kind: 'on',
    url,
    topology: redisTopology(values),
    maxConnections: values.PAYMENT_REDIS_MAX_CONNECTIONS,
    socketTimeoutMs: values.PAYMENT_REDIS_SOCKET_TIMEOUT,
  };
}
