import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { RateLimit } from '../../src/http/rate-limit.ts';
import { createRateLimit } from '../../src/rate-limits.ts';
import { connectForCommands } from '../../src/redis.ts';
import { eventually } from '../support/eventually.ts';
import { startRedis, type TestRedis } from '../support/services/redis.ts';
import { startTender, type Tender } from '../support/tender.ts';

let redis: TestRedis;

beforeAll(async () => {
  redis = await startRedis();
});

afterAll(() => redis.stop());

async function connected() {
  const connection = connectForCommands({
    url: redis.url,
    socketTimeoutMs: 1_000,
    name: 'test',
    onError: () => undefined,
  });
  await eventually(() => expect(connection.status).toBe('ready'));
  return connection;
}

const quota = { requests: 10, windowSeconds: 60 };

describe('a limit', () => {
  test('is shared by all processes through Redis, each caller for itself', async () => {
    const connections = await Promise.all([connected(), connected()]);
    const replicas = connections.map((each) =>
      createRateLimit({ name: 'shared', quota, redis: each, onRedisFailed: () => undefined }),
    );
    const counts = await Promise.all(
      Array.from({ length: 30 }, (_, n) =>
        (replicas[n % 2] as RateLimit).count(n < 25 ? 'busy' : 'calm'),
      ),
    );
    expect(counts.slice(0, 25).filter((state) => state.isWithin)).toHaveLength(10);
    expect(counts.slice(25).every((state) => state.isWithin)).toBe(true);
    for (const each of connections) each.disconnect();
  });

  test('holds in each process alone while Redis is away, at once, and in all again once it is back', async () => {
    const connection = await connected();
    const failures: unknown[] = [];
    const replicas = [1, 2].map(() =>
      createRateLimit({
        name: 'away',
        quota,
        redis: connection,
        onRedisFailed: (error) => failures.push(error),
      }),
    );
    await redis.kill9();
    const startedAt = performance.now();
    const states = [];
    for (let n = 0; n < 40; n += 1) states.push(await replicas[n % 2]?.count('somebody'));
    expect(performance.now() - startedAt).toBeLessThan(2_000);
    expect(states.filter((state) => state?.isWithin)).toHaveLength(20);
    expect(failures.length).toBeGreaterThan(0);

    await redis.restart();
    await eventually(async () => {
      await delay(200);
      const [mine, others] = await Promise.all(replicas.map((each) => each.count('later')));
      expect((mine?.remaining ?? 0) !== (others?.remaining ?? 0)).toBe(true);
    });
    connection.disconnect();
  });
});

describe('Redis that is killed under load', () => {
  let tender: Tender;
  beforeAll(async () => {
    tender = await startTender({ redisUrl: redis.url, parts: ['api'] });
  });
  afterAll(() => tender.close());

  test('stops no request, limits go on, and nobody is let in who would not be otherwise', async () => {
    const statuses: Record<string, number> = {};
    let slowest = 0;
    let isLoaded = true;
    const ask = async (token: string) => {
      const startedAt = performance.now();
      const response = await fetch(`${tender.apiUrl}/api/v1/payments?limit=1`, {
        headers: { authorization: `Bearer ${token}` },
      });
      await response.text();
      slowest = Math.max(slowest, performance.now() - startedAt);
      return response;
    };
    const wrong = `tk_test_${'0'.repeat(43)}`;
    const load = Array.from({ length: 8 }, async (_, n) => {
      while (isLoaded) {
        const isRight = n % 2 === 0;
        const { status, headers } = await ask(isRight ? tender.apiKey : wrong);
        const name = `${isRight ? 'right' : 'wrong'} ${status}`;
        statuses[name] = (statuses[name] ?? 0) + 1;
        if (isRight) expect(headers.get('ratelimit')).toContain('"caller"');
        await delay(20);
      }
    });
    await delay(500);
    await redis.kill9();
    await delay(1_500);
    await redis.restart();
    await delay(1_000);
    isLoaded = false;
    await Promise.all(load);
    expect(Object.keys(statuses).toSorted()).toEqual(['right 200', 'wrong 401']);
    expect(slowest).toBeLessThan(5_000);
  });
});
