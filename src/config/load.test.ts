import { expect } from 'vitest';
import { load, problemsOf, settingsOf, test } from './loading-fixture.ts';
import { Secret } from './secret.ts';
import { COMMANDS } from './variable.ts';

test('an empty environment is a development that needs nothing', ({ folder }) => {
  const loaded = load(folder.path, {}, 'start');
  expect(loaded.warnings).toEqual([]);
  expect(settingsOf(loaded)).toEqual({
    environment: 'development',
    log: { level: 'info' },
    http: { host: '127.0.0.1', port: 8000 },
    metrics: { enabled: true, host: '127.0.0.1', port: 8001 },
    maintenanceMode: false,
    admin: { token: null },
    door: {
      perCaller: { requests: 5_000, windowSeconds: 10 },
      perAddress: { requests: 10_000, windowSeconds: 10 },
      trustedProxies: [],
      allowedOrigins: [],
    },
    audit: { key: expect.any(Secret) as Secret },
    shutdown: { timeoutMs: 25_000 },
    database: { kind: 'embedded', prepare: true, poolSize: 8 },
    redis: { kind: 'off' },
    webhooks: {
      workerConcurrency: 20,
      maxRetries: 12,
      payloadRetentionMs: 7_776_000_000,
      signatureToleranceMs: 300_000,
    },
    dueWork: { leaseMs: 45_000 },
    gateway: {
      timeoutMs: 30_000,
      connectTimeoutMs: 10_000,
      failuresToOpen: 5,
      maxConcurrentCalls: 128,
    },
    overload: { maxEventLoopLagMs: 500, maxDatabaseWaitMs: 1_000 },
    gateways: {
      stripe: {
        kind: 'off',
        missing: ['STRIPE_SECRET_KEY', 'STRIPE_WEBHOOK_SECRET'],
        reason: 'STRIPE_SECRET_KEY and STRIPE_WEBHOOK_SECRET not set',
        isUntouched: true,
      },
      square: {
        kind: 'off',
        missing: [
          'SQUARE_ACCESS_TOKEN',
          'SQUARE_LOCATION_ID',
          'SQUARE_WEBHOOK_SIGNATURE_KEY',
          'SQUARE_WEBHOOK_URL',
        ],
        reason:
          'SQUARE_ACCESS_TOKEN, SQUARE_LOCATION_ID, SQUARE_WEBHOOK_SIGNATURE_KEY and SQUARE_WEBHOOK_URL not set',
        isUntouched: true,
      },
      paypal: {
        kind: 'off',
        missing: ['PAYPAL_CLIENT_ID', 'PAYPAL_CLIENT_SECRET', 'PAYPAL_WEBHOOK_ID'],
        reason: 'PAYPAL_CLIENT_ID, PAYPAL_CLIENT_SECRET and PAYPAL_WEBHOOK_ID not set',
        isUntouched: true,
      },
    },
    payments: {
      amountLimits: { general: { min: '1.00', max: '50000.00' }, byCurrency: {} },
      customerActionExpiryMs: 86_400_000,
    },
    reconciliation: { cron: '0 6 * * 1', pendingMs: 259_200_000 },
    idempotency: { retentionMs: 604_800_000 },
    alerts: { paymentFailureRatio: 0.02, gatewayLatencySeconds: 3, webhookBacklog: 50 },
    tracing: { kind: 'off' },
    failPoints: [],
  });
});

test('outside development every address is listened on', ({ folder }) => {
  const url = 'postgresql://u:p@h/d?sslmode=require';
  const env = { PAYMENT_ENVIRONMENT: 'staging', DATABASE_URL: url };
  expect(settingsOf(load(folder.path, env)).http.host).toBe('0.0.0.0');
  expect(settingsOf(load(folder.path, { ...env, PAYMENT_HOST: '10.0.0.1' })).http.host).toBe(
    '10.0.0.1',
  );
});

test('a collector alone switches tracing on, and the other variables alone do not', ({
  folder,
}) => {
  const endpoint = 'http://otel-collector:4318';
  const more = { OTEL_TRACES_SAMPLER: 'parentbased_traceidratio', OTEL_TRACES_SAMPLER_ARG: '0.1' };
  const tracingOf = (env: Record<string, string>) => settingsOf(load(folder.path, env)).tracing;
  expect(tracingOf(more)).toEqual({ kind: 'off' });
  const on = { kind: 'on', url: `${endpoint}/v1/traces`, headers: null, serviceName: null };
  expect(tracingOf({ OTEL_EXPORTER_OTLP_ENDPOINT: endpoint })).toEqual({
    ...on,
    sampler: 'parentbased_always_on',
    ratio: 1,
  });
  expect(tracingOf({ OTEL_EXPORTER_OTLP_ENDPOINT: endpoint, ...more })).toEqual({
    ...on,
    sampler: 'parentbased_traceidratio',
    ratio: 0.1,
  });
});

test('the direct URL and the migration URL fall back on the one before them', ({ folder }) => {
  const reveal = (env: Record<string, string>) => {
    const { database } = settingsOf(load(folder.path, env));
    if (database.kind === 'embedded') return null;
    return [database.url, database.directUrl, database.migrationUrl].map((each) => each.reveal());
  };
  const [url, direct, owner] = ['postgres://u@a/d', 'postgres://u@b/d', 'postgres://o@b/d'];
  expect(reveal({ DATABASE_URL: url })).toEqual([url, url, url]);
  expect(reveal({ DATABASE_URL: url, DATABASE_DIRECT_URL: direct })).toEqual([url, direct, direct]);
  expect(
    reveal({ DATABASE_URL: url, DATABASE_DIRECT_URL: direct, DATABASE_MIGRATION_URL: owner }),
  ).toEqual([url, direct, owner]);
});

test('everything wrong is reported at once, each with an example, and no secret is shown', ({
  folder,
}) => {
  folder.write('.env.production', 'PAYMENT_LOG_LEVEL=loud\nPAYMENT_REDIS_URL=redis://:hush@h/0\n');
  const loaded = load(folder.path, {
    PAYMENT_ENVIRONMENT: 'production',
    PAYMENT_PORT: '80a',
    PAYMENT_GATEWAY_TIMEOUT_SECONDS: '-1',
    PAYMENT_MAX_PAYMENT_AMOUNT_JYP: '5',
    PAYMENT_WEBHOOK_SIGNATURE_TOLERANCE_SECONDS: '900',
    DATABASE_DIRECT_URL: 'mysql://root:hush@h/d',
    STRIPE_SECRET_KEY: 'sk_test_hush',
    STRIPE_WEBHOOK_SECRET_FILE: '/nowhere/secret',
    TENDER_ADMIN_TOKEN: 'hush hush',
  });
  expect(Object.keys(problemsOf(loaded)).sort()).toEqual([
    'DATABASE_DIRECT_URL',
    'DATABASE_URL',
    'PAYMENT_GATEWAY_TIMEOUT_SECONDS',
    'PAYMENT_LOG_LEVEL',
    'PAYMENT_MAX_PAYMENT_AMOUNT_JYP',
    'PAYMENT_PORT',
    'PAYMENT_REDIS_URL',
    'PAYMENT_WEBHOOK_SIGNATURE_TOLERANCE_SECONDS',
    'STRIPE_SECRET_KEY',
    'STRIPE_WEBHOOK_SECRET',
    'TENDER_ADMIN_TOKEN',
  ]);
  if (loaded.ok) return;
  expect(JSON.stringify(loaded)).not.toContain('hush');
  for (const { example } of loaded.problems) expect(example).toMatch(/^[A-Z_]+=.+/);
});

test('an environment that does not exist is reported beside what else is wrong', ({ folder }) => {
  const problems = problemsOf(
    load(folder.path, { PAYMENT_ENVIRONMENT: 'prod', PAYMENT_PORT: 'x' }),
  );
  expect(problems).toEqual({
    PAYMENT_ENVIRONMENT: '"prod" is not development, staging or production',
    PAYMENT_PORT: '"x" is not a port from 0 to 65535',
  });
});

test('a long value is cut in its report', ({ folder }) => {
  const problems = problemsOf(load(folder.path, { PAYMENT_PORT: '9'.repeat(500) }));
  expect(problems.PAYMENT_PORT?.length).toBeLessThan(110);
});

test('a mistake in what a command does not use never stops it', ({ folder }) => {
  const env = {
    PAYMENT_PORT: 'x',
    PAYMENT_REDIS_URL: 'x',
    STRIPE_SECRET_KEY: 'x',
    PAYMENT_MAX_PAYMENT_AMOUNT_JYP: 'x',
    PAYMENT_LEASE_SECONDS: '1',
  };
  expect(load(folder.path, env, 'migrate').ok).toBe(true);
  expect(load(folder.path, env, 'keys').ok).toBe(true);
  expect(load(folder.path, env, 'sandbox').ok).toBe(true);
  expect(Object.keys(problemsOf(load(folder.path, env, 'worker'))).sort()).toEqual([
    'PAYMENT_LEASE_SECONDS',
    'PAYMENT_REDIS_URL',
    'STRIPE_SECRET_KEY',
  ]);
});

test.each(COMMANDS.filter((command) => command !== 'sandbox'))(
  '%s needs a database URL outside development',
  (command) => {
    for (const environment of ['staging', 'production']) {
      const loaded = load('/nonexistent', { PAYMENT_ENVIRONMENT: environment }, command);
      expect(problemsOf(loaded)).toEqual({
        DATABASE_URL: `is required in ${environment}: the embedded database is for development only`,
      });
    }
  },
);

test('the sandbox needs no database anywhere', ({ folder }) => {
  expect(load(folder.path, { PAYMENT_ENVIRONMENT: 'staging' }, 'sandbox').ok).toBe(true);
});

test('settings are frozen to the last leaf', ({ folder }) => {
  const settings = settingsOf(
    load(folder.path, {
      DATABASE_URL: 'postgres://u@h/d',
      PAYMENT_REDIS_URL: 'redis://h',
      STRIPE_SECRET_KEY: 'sk_test_1',
      STRIPE_WEBHOOK_SECRET: 'whsec_1',
      PAYMENT_MAX_PAYMENT_AMOUNT_JPY: '5000',
      TENDER_FAIL_POINTS: 'a,b',
    }),
  );
  const visited: object[] = [];
  const visit = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return;
    visited.push(value);
    expect(Object.isFrozen(value)).toBe(true);
    Object.values(value).forEach(visit);
  };
  visit(settings);
  expect(visited.length).toBeGreaterThan(20);
  expect(() => Object.assign(settings.http, { port: 1 })).toThrow(TypeError);
});

test('settings can be printed without giving a secret away', ({ folder }) => {
  const settings = settingsOf(
    load(folder.path, {
      DATABASE_URL: 'postgres://u:hush@h/d',
      PAYMENT_REDIS_URL: 'redis://:hush@h',
      STRIPE_SECRET_KEY: 'sk_test_hush',
      STRIPE_WEBHOOK_SECRET: 'whsec_hush',
      TENDER_ADMIN_TOKEN: 'hush',
    }),
  );
  expect(JSON.stringify(settings)).not.toContain('hush');
  expect(JSON.stringify(settings)).toContain('[secret]');
});
