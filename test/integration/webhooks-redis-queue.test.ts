import { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { connectForCommands, connectForWaiting } from '../../src/redis.ts';
import type { ReadyQueue } from '../../src/webhooks/inbound/queue.ts';
import { createRedisQueue, READY_LIST } from '../../src/webhooks/inbound/redis-queue.ts';
import { eventually } from '../support/eventually.ts';
import { startRedis, type TestRedis } from '../support/services/redis.ts';

let redis: TestRedis;
let client: Redis;
let queue: ReadyQueue;
const failures: unknown[] = [];
beforeAll(async () => {
  redis = await startRedis();
  client = new Redis(redis.url);
  client.on('error', () => undefined);
  const options = {
    url: redis.url,
    socketTimeoutMs: 1_000,
    name: 'test',
    onError: () => undefined,
  };
  const [commands, waiting] = [connectForCommands(options), connectForWaiting(options)];
  queue = createRedisQueue({
    commands,
    waiting,
    onSignalFailed: (error) => failures.push(error),
  });
  await eventually(() => expect([commands.status, waiting.status]).toEqual(['ready', 'ready']));
});
afterEach(async () => {
  await client.flushall();
});
afterAll(async () => {
  await queue.close();
  client.disconnect();
  await redis.stop();
});

test('signals come out in the order in which they went in, as many as are asked for', async () => {
  await queue.signal([1n, 2n, 3n]);
  await queue.signal([4n, 9_007_199_254_740_993n]);
  expect(await client.llen(READY_LIST)).toBe(5);
  expect(await queue.take(2, 0)).toEqual([1n, 2n]);
  expect(await queue.take(10, 1_000)).toEqual([3n, 4n, 9_007_199_254_740_993n]);
  expect(await queue.take(10, 0)).toEqual([]);
});

test('whoever waits is woken by a signal, and comes back with nothing after its time', async () => {
  const taken = queue.take(5, 30_000);
  await queue.signal([7n]);
  expect(await taken).toEqual([7n]);
  expect(await queue.take(5, 50)).toEqual([]);
});

test('what others push into the list is passed over', async () => {
  await client.rpush(READY_LIST, 'hello', '-1', '1; DROP TABLE payments', '', '12', '9'.repeat(30));
  expect(await queue.take(10, 0)).toEqual([12n]);
});

test('a key that is no list fails the taking, and a signal is told of and not thrown', async () => {
  await client.set(READY_LIST, 'not a list');
  await queue.signal([1n]);
  expect(failures.splice(0)).toHaveLength(1);
  await expect(queue.take(1, 0)).rejects.toThrow('WRONGTYPE');
});

test('without Redis neither a signal nor a taking waits', async () => {
  await redis.kill9();
  const began = performance.now();
  await queue.signal([1n]);
  await expect(queue.take(1, 30_000)).rejects.toThrow();
  expect(performance.now() - began).toBeLessThan(1_000);
  expect(failures.splice(0)).toHaveLength(1);
  await redis.restart();
  await expect
    .poll(async () => {
      await queue.signal([8n]);
      return queue.take(1, 0).catch(() => []);
    })
    .toEqual([8n]);
  failures.splice(0);
});
