import type { Redis } from 'ioredis';
import type { ReadyQueue } from './queue.ts';

/** The list that `redis-cli llen` shows the backlog of. */
export const READY_LIST = 'payment_webhooks';

export interface RedisQueueOptions {
  /** For short commands. */
  commands: Redis;
  /** A connection of its own for waiting, since a waiting connection answers nothing else. */
  waiting: Redis;
  onSignalFailed: (error: unknown) => void;
}

/** Ready signals in a Redis list. BLPOP is all it needs, so Redis 6.0 will do. */
export function createRedisQueue({
  commands,
  waiting,
  onSignalFailed,
}: RedisQueueOptions): ReadyQueue {
  return {
    async signal(ids) {
      try {
        await commands.rpush(READY_LIST, ...ids.map(String));
      } catch (error) {
        onSignalFailed(error);
      }
    },
    async take(limit, waitMs) {
      const first =
        waitMs > 0
          ? ((await waiting.blpop(READY_LIST, waitMs / 1_000))?.[1] ?? null)
          : await commands.lpop(READY_LIST);
      if (first === null) return [];
      const more = limit > 1 ? await takeMore(commands, limit - 1) : [];
      return [first, ...more].filter(isNumeric).map(BigInt);
    },
    async close() {
      waiting.disconnect();
      commands.disconnect();
    },
  };
}

/** LPOP with a count would need Redis 6.2. */
async function takeMore(commands: Redis, count: number): Promise<string[]> {
  const pipeline = commands.pipeline();
  for (let i = 0; i < count; i += 1) pipeline.lpop(READY_LIST);
  const results = (await pipeline.exec()) ?? [];
  return results.map(([, id]) => id).filter((id) => typeof id === 'string');
}

/** Whoever can reach Redis can push anything. */
function isNumeric(id: string): boolean {
  return /^\d{1,19}$/.test(id);
}
