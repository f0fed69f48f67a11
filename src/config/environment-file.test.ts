import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { load, problemsOf, settingsOf, test } from './loading-fixture.ts';

/** The operators' `.env.production`, letter by letter. */
const GUIDE_FILE = `# Application Environment
PAYMENT_ENVIRONMENT=production
PAYMENT_REDIS_URL=rediss://:<password>@redis-cluster.internal:6379/0
DATABASE_URL=postgresql://user:pass@db-master.internal:5432/auraconnect?sslmode=require

# Redis Configuration
PAYMENT_REDIS_MAX_CONNECTIONS=100
PAYMENT_REDIS_SOCKET_TIMEOUT=5
PAYMENT_WEBHOOK_WORKER_CONCURRENCY=20

# Gateway Configuration
PAYMENT_GATEWAY_TIMEOUT_SECONDS=30
PAYMENT_GATEWAY_CONNECT_TIMEOUT=10

# Security
PAYMENT_MAX_PAYMENT_AMOUNT=50000.00
PAYMENT_MIN_PAYMENT_AMOUNT=1.00
PAYMENT_WEBHOOK_SIGNATURE_TOLERANCE_SECONDS=300

# Monitoring
PAYMENT_PROMETHEUS_ENABLED=true
PAYMENT_PROMETHEUS_PORT=8001
PAYMENT_ALERT_PAYMENT_FAILURE_THRESHOLD=0.02  # 2% for production
PAYMENT_ALERT_GATEWAY_LATENCY_THRESHOLD=3.0   # 3 seconds
PAYMENT_ALERT_WEBHOOK_BACKLOG_THRESHOLD=50
`;

test("the operators' guide's .env.production is read as it is printed", ({ folder }) => {
  folder.write('.env.production', GUIDE_FILE);
  const loaded = load(folder.path, { PAYMENT_ENVIRONMENT: 'production' });
  const settings = settingsOf(loaded);
  expect(loaded.warnings).toEqual([]);
  expect(settings).toMatchObject({
    environment: 'production',
    webhooks: { workerConcurrency: 20, signatureToleranceMs: 300_000 },
    redis: { kind: 'on', maxConnections: 100, socketTimeoutMs: 5_000 },
    gateway: { timeoutMs: 30_000, connectTimeoutMs: 10_000 },
    payments: { amountLimits: { general: { min: '1.00', max: '50000.00' } } },
    metrics: { enabled: true, port: 8001 },
    alerts: { paymentFailureRatio: 0.02, gatewayLatencySeconds: 3, webhookBacklog: 50 },
    gateways: { stripe: { kind: 'off' } },
  });
  const { redis, database } = settings;
  expect(redis.kind === 'on' && redis.url.reveal()).toBe(
    'rediss://:<password>@redis-cluster.internal:6379/0',
  );
  expect(database.kind === 'url' && database.url.reveal()).toBe(
    'postgresql://user:pass@db-master.internal:5432/auraconnect?sslmode=require',
  );
});

test('the real environment goes before the file, and the file before the default', ({ folder }) => {
  folder.write('.env.development', 'PAYMENT_PORT=9000\nPAYMENT_PROMETHEUS_PORT=9001\n');
  const settings = settingsOf(load(folder.path, { PAYMENT_PORT: '9100' }));
  expect(settings.http.port).toBe(9100);
  expect(settings.metrics.port).toBe(9001);
  expect(settings.log.level).toBe('info');
});

test('an empty value in the real environment hides the one in the file', ({ folder }) => {
  folder.write('.env.development', 'PAYMENT_REDIS_URL=redis://localhost');
  expect(settingsOf(load(folder.path, {})).redis.kind).toBe('on');
  expect(settingsOf(load(folder.path, { PAYMENT_REDIS_URL: '' })).redis.kind).toBe('off');
});

test('only the file of the environment that was picked is read', ({ folder }) => {
  folder.write('.env', 'PAYMENT_PORT=1');
  folder.write('.env.staging', 'PAYMENT_PORT=2');
  expect(settingsOf(load(folder.path, {})).http.port).toBe(8000);
});

test('a file of production that nobody picked is warned about', ({ folder }) => {
  folder.write('.env.production', GUIDE_FILE);
  expect(load(folder.path, {}).warnings).toEqual([
    {
      variable: 'PAYMENT_ENVIRONMENT',
      warning: 'is not set, so .env.production is not read and this is development',
    },
  ]);
  expect(load(folder.path, { PAYMENT_ENVIRONMENT: 'development' }).warnings).toEqual([]);
});

test('a file that says it is for another environment is a problem', ({ folder }) => {
  folder.write('.env.staging', GUIDE_FILE);
  folder.write('.env.development', 'PAYMENT_ENVIRONMENT=production');
  for (const env of [{ PAYMENT_ENVIRONMENT: 'staging' }, {}]) {
    const problems = problemsOf(load(folder.path, env));
    expect(Object.keys(problems)).toEqual(['PAYMENT_ENVIRONMENT']);
    expect(problems.PAYMENT_ENVIRONMENT).toContain('is "production" in the file for');
  }
});

test('a faulty line and a faulty value are told with their line', ({ folder }) => {
  folder.write('.env.development', 'PAYMENT_PORT=x\nnonsense\n');
  const loaded = load(folder.path, {});
  expect(loaded).toMatchObject({
    ok: false,
    problems: [
      { variable: '.env.development, line 2', problem: 'is neither NAME=value nor a comment' },
      { variable: 'PAYMENT_PORT', from: '.env.development, line 1' },
    ],
  });
});

test('a file that cannot be read is a problem, not a missing file', ({ folder }) => {
  mkdirSync(join(folder.path, '.env.development'));
  expect(problemsOf(load(folder.path, {}))).toEqual({
    '.env.development': 'cannot be read (EISDIR)',
  });
});
