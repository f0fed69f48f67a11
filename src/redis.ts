import { Redis } from 'ioredis';

/** A connection to Redis that gives up soon: Redis carries hints, and nothing may wait for it. */
export interface RedisOptions {
  url: string;
  /** How long a command may take, in milliseconds. */
  socketTimeoutMs: number;
  name: string;
  onError: (error: Error) => void;
}

/** For short commands: they fail at once while there is no connection, and after `socketTimeoutMs` otherwise. */
export function connectForCommands(options: RedisOptions): Redis {
  return connect(options, { commandTimeout: options.socketTimeoutMs, enableOfflineQueue: false });
}

/** For commands that wait, such as BLPOP: the caller says how long, and a dead connection is noticed by keep-alive. */
export function connectForWaiting(options: RedisOptions): Redis {
  return connect(options, { enableOfflineQueue: false, blockingTimeout: options.socketTimeoutMs });
}

function connect(
  { url, socketTimeoutMs, name, onError }: RedisOptions,
  more: Record<string, unknown>,
): Redis {
  const redis = new Redis(url, {
    connectionName: name,
    connectTimeout: socketTimeoutMs,
    keepAlive: 10_000,
    maxRetriesPerRequest: 0,
    retryStrategy: (tries) => Math.min(50 * 2 ** Math.min(tries, 6), 2_000),
    ...more,
  });
  // Without a listener an error would end the process.
  redis.on('error', onError);
  return redis;
}
