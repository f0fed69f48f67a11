import type { Redis } from 'ioredis';
import type { HealthCheck } from '../observability/health.ts';
import type { Readers } from '../observability/readings.ts';
import { createPostgresQueue } from '../webhooks/inbound/postgres-queue.ts';
import type { ReadyQueue } from '../webhooks/inbound/queue.ts';
import { createRedisQueue } from '../webhooks/inbound/redis-queue.ts';
import { onceAMinute } from './once-a-minute.ts';
import type { System } from './system.ts';

/** The ready signals as the settings want them, with how to look at them from outside. */
export interface ConnectedQueue {
  queue: ReadyQueue;
  /** Redis is reported, never required: it carries hints. */
  checks: HealthCheck[];
  /** For other short commands; `null` where there is no Redis. */
  redis: Redis | null;
  readers: Pick<Readers, 'redisConnections'>;
}

/** Connects the ready signals: in Redis where there is one, otherwise in PostgreSQL alone. */
export async function connectReadyQueue(system: System): Promise<ConnectedQueue> {
  const { settings, log, webhookObserver, payments } = system;
  const onSignalFailed = onceAMinute(webhookObserver.signalFailed);
  if (settings.redis.kind === 'off') {
    const { directUrl } = system.urls;
    const queue = createPostgresQueue({ db: payments.db, directUrl, onSignalFailed });
    return { queue, redis: null, checks: [], readers: {} };
  }
  // Loaded where it is used: without Redis a start is a tenth faster for it.
  const { connectForCommands, connectForWaiting } = await import('../redis.ts');
  const options = {
    url: settings.redis.url.reveal(),
    topology: settings.redis.topology,
    socketTimeoutMs: settings.redis.socketTimeoutMs,
    name: 'tender',
    onError: onceAMinute((err) => log.warn({ err }, 'Redis cannot be reached; webhooks go on')),
  };
  const commands = connectForCommands(options);
  const waiting = connectForWaiting(options);
  return {
    queue: createRedisQueue({ commands, waiting, onSignalFailed }),
    redis: commands,
    checks: [redisCheck(commands)],
    readers: { redisConnections: () => countConnections([commands, waiting]) },
  };
}

function redisCheck(redis: Redis): HealthCheck {
  return {
    name: 'redis',
    required: false,
    check: async () => {
      await redis.ping();
      return { ok: true };
    },
  };
}

function countConnections(connections: Redis[]): Record<string, number> {
  const ready = connections.filter((each) => each.status === 'ready').length;
  return { ready, disconnected: connections.length - ready };
}
