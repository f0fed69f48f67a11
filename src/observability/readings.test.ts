import { Registry } from 'prom-client';
import { expect, test } from 'vitest';
import { createReadings, type Readers, type ReadingOptions } from './readings.ts';

function make(readers: Readers, options: Partial<ReadingOptions> = {}) {
  const registry = new Registry();
  const refresh = createReadings(registry, readers, {
    timeoutMs: 50,
    maxAgeMs: 0,
    now: () => performance.now(),
    ...options,
  });
  return async (): Promise<string[]> => {
    await refresh();
    const text = await registry.metrics();
    return text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  };
}

test('the gauges show what the readers find', async () => {
  const scrape = make({
    inbox: () => ({ depth: 3, oldestAgeSeconds: 12.5, dead: 1, orphaned: 2 }),
    unknownOutcomes: async () => [
      { gateway: 'stripe', count: 4, oldestAgeSeconds: 60 },
      { gateway: 'square', count: 0, oldestAgeSeconds: 0 },
    ],
    capturesExpiring: () => 7,
    gateways: () => [{ gateway: 'stripe', enabled: true, available: false }],
    databaseConnections: () => ({ active: 2, idle: 6 }),
    redisConnections: () => ({ ready: 1 }),
    health: async () => ({ database: true, redis: false }),
    missingMigrations: () => 2,
    workerAlive: () => true,
  });
  expect(await scrape()).toEqual(
    expect.arrayContaining([
      'payment_webhook_queue_depth 3',
      'payment_webhook_oldest_age_seconds 12.5',
      'webhook_dead 1',
      'webhook_orphaned 2',
      'payment_unknown_attempts{gateway="stripe"} 4',
      'payment_unknown_attempts{gateway="square"} 0',
      'payment_unknown_oldest_age_seconds{gateway="stripe"} 60',
      'payment_unknown_oldest_age_seconds{gateway="square"} 0',
      'payment_capture_expiring 7',
      'payment_gateway_available{gateway="stripe"} 0',
      'payment_gateway_enabled{gateway="stripe"} 1',
      'db_connections{state="active"} 2',
      'db_connections{state="idle"} 6',
      'redis_connections{state="ready"} 1',
      'health_check{check="database"} 1',
      'health_check{check="redis"} 0',
      'schema_migrations_missing 2',
      'worker_health 1',
    ]),
  );
});

test('what a process does not have is not shown, not even as zero', async () => {
  expect(await make({ capturesExpiring: () => 0 })()).toEqual(['payment_capture_expiring 0']);
});

test('a gateway that is gone from a reading is gone from the gauge', async () => {
  let gateways = ['stripe', 'square'];
  const scrape = make({
    unknownOutcomes: () => gateways.map((gateway) => ({ gateway, count: 1, oldestAgeSeconds: 0 })),
  });
  await scrape();
  gateways = ['square'];
  expect((await scrape()).join()).not.toContain('stripe');
});

test('a reader that throws loses its gauges and no others, until it works again', async () => {
  let broken = false;
  const scrape = make({
    capturesExpiring: () => {
      if (broken) throw new Error('down');
      return 5;
    },
    databaseConnections: () => ({ idle: 1 }),
  });
  expect(await scrape()).toContain('payment_capture_expiring 5');
  broken = true;
  const lines = await scrape();
  expect(lines.join()).not.toContain('payment_capture_expiring');
  expect(lines).toContain('db_connections{state="idle"} 1');
  expect(lines).toContain('metrics_reading_failures_total{reading="captures_expiring"} 1');
  broken = false;
  expect(await scrape()).toContain('payment_capture_expiring 5');
});

test('a reader that hangs delays a scrape by its timeout only, and is not started beside itself', async () => {
  let started = 0;
  const scrape = make({
    capturesExpiring: () => {
      started += 1;
      return new Promise<number>(() => undefined);
    },
  });
  const began = performance.now();
  const lines = await scrape();
  await scrape();
  expect(performance.now() - began).toBeLessThan(1_000);
  expect(lines.join()).not.toContain('payment_capture_expiring');
  expect(started).toBe(1);
});

test('a reading serves every scrape until it is too old', async () => {
  let asked = 0;
  let time = 0;
  const scrape = make(
    { capturesExpiring: () => (asked += 1) },
    { maxAgeMs: 5_000, now: () => time },
  );
  await scrape();
  time = 4_999;
  expect(await scrape()).toContain('payment_capture_expiring 1');
  time = 5_000;
  expect(await scrape()).toContain('payment_capture_expiring 2');
});
