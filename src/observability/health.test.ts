import { expect, test } from 'vitest';
import {
  createHealth,
  type CheckResult,
  type HealthCheck,
  type HealthDependencies,
} from './health.ts';

function make(checks: HealthCheck[], more: Partial<HealthDependencies> = {}) {
  const logged: string[] = [];
  const health = createHealth({
    checks,
    isDraining: () => false,
    log: {
      info: (_fields, message) => void logged.push(message),
      warn: (_fields, message) => void logged.push(message),
    },
    timeoutMs: 50,
    maxAgeMs: 0,
    ...more,
  });
  return { health, logged };
}

const check = (
  name: string,
  required: boolean,
  result: () => CheckResult | Promise<CheckResult>,
) => ({
  name,
  required,
  check: async () => result(),
});

test('ready needs every required check, and what is not required is reported only', async () => {
  let database: CheckResult = { ok: true };
  const { health } = make([
    check('database', true, () => database),
    check('redis', false, () => ({ ok: false, detail: 'unreachable' })),
  ]);
  expect(await health.ready()).toEqual({
    status: 200,
    body: {
      status: 'ready',
      checks: {
        database: { status: 'ok', required: true },
        redis: { status: 'failed', required: false, detail: 'unreachable' },
      },
    },
  });
  database = { ok: false, detail: 'migration 0004 is missing' };
  expect(await health.ready()).toMatchObject({
    status: 503,
    body: { status: 'not_ready', checks: { database: { detail: 'migration 0004 is missing' } } },
  });
});

test('a process that drains is not ready, however well it is', async () => {
  const { health } = make([check('database', true, () => ({ ok: true }))], {
    isDraining: () => true,
  });
  expect(await health.ready()).toMatchObject({ status: 503, body: { status: 'draining' } });
  expect(health.live()).toEqual({ status: 200, body: { status: 'ok' } });
});

test('liveness asks nobody, and tells when the work hangs', () => {
  let alive = true;
  const { health } = make(
    [
      check('database', true, () => {
        throw new Error('asked');
      }),
    ],
    { isAlive: () => alive },
  );
  expect(health.live().status).toBe(200);
  alive = false;
  expect(health.live()).toEqual({ status: 503, body: { status: 'hanging' } });
});

test('a check that throws shows nothing of its error', async () => {
  const { health } = make([
    check('database', true, () => {
      throw new Error('connect ECONNREFUSED db.internal:5432');
    }),
  ]);
  const report = await health.ready();
  expect(report.status).toBe(503);
  expect(JSON.stringify(report)).not.toContain('db.internal');
});

test('a check that hangs is waited for no longer than the timeout, and never twice at once', async () => {
  let started = 0;
  const { health } = make([
    check('database', true, () => {
      started += 1;
      return new Promise<CheckResult>(() => undefined);
    }),
  ]);
  const began = performance.now();
  expect((await health.ready()).status).toBe(503);
  expect((await health.ready()).status).toBe(503);
  expect(performance.now() - began).toBeLessThan(1_000);
  expect(started).toBe(1);
});

test('however often it is asked, a check runs once a second', async () => {
  let asked = 0;
  let time = 0;
  const { health } = make(
    [
      check('database', true, () => {
        asked += 1;
        return { ok: true };
      }),
    ],
    { maxAgeMs: 1_000, now: () => time },
  );
  await Promise.all([health.ready(), health.ready(), health.ready()]);
  time = 999;
  await health.ready();
  expect(asked).toBe(1);
  time = 1_000;
  await health.ready();
  expect(asked).toBe(2);
});

test('a change is logged once in each direction', async () => {
  let result: CheckResult = { ok: true };
  const { health, logged } = make([check('redis', false, () => result)]);
  await health.ready();
  result = { ok: false, detail: 'unreachable' };
  await health.ready();
  await health.ready();
  result = { ok: true };
  await health.ready();
  await health.ready();
  expect(logged).toEqual(['health check redis fails', 'health check redis passes again']);
});
