import { Cluster, Redis, type RedisOptions as AllOptions } from 'ioredis';
import type { RedisTopology } from './config/settings.ts';

type ClientOptions = Omit<AllOptions, 'replyMapping'>;

/** A connection to Redis that gives up soon: Redis carries hints, and nothing may wait for it. */
export interface RedisOptions {
  url: string;
  /** A single one unless said otherwise. */
  topology?: RedisTopology;
  /** How long a command may take, in milliseconds. */
  socketTimeoutMs: number;
  name: string;
  onError: (error: Error) => void;
}

/** For short commands: they fail at once while there is no connection, and after `socketTimeoutMs` otherwise. */
export function connectForCommands(options: RedisOptions): Redis {
  return connect(options, { commandTimeout: options.socketTimeoutMs });
}

/** For commands that wait, such as BLPOP: the caller says how long, and a dead connection is noticed by keep-alive. */
export function connectForWaiting(options: RedisOptions): Redis {
  return connect(options, { blockingTimeout: options.socketTimeoutMs });
}

function connect(options: RedisOptions, more: ClientOptions): Redis {
  const { url, topology = { kind: 'single' }, socketTimeoutMs, name, onError } = options;
  const client: ClientOptions = {
    connectionName: name,
    connectTimeout: socketTimeoutMs,
    keepAlive: 10_000,
    maxRetriesPerRequest: 0,
    retryStrategy: waitLonger,
    enableOfflineQueue: false,
    ...more,
  };
  const redis = open(url, topology, client);
  // Without a listener an error would end the process.
  redis.on('error', onError);
  return redis;
}

function open(url: string, topology: RedisTopology, client: ClientOptions): Redis {
  switch (topology.kind) {
    case 'single':
      return new Redis(url, client);
    case 'sentinel':
      return new Redis({ ...client, ...behindSentinels(url, topology) });
    case 'cluster':
      return openCluster(url, client);
  }
}

/** The primary of the moment. One that was demoted while it was connected is left for its successor. */
function behindSentinels(
  url: string,
  { sentinels, master }: Extract<RedisTopology, { kind: 'sentinel' }>,
): ClientOptions {
  const { username, password, db, tls } = partsOf(url);
  return {
    sentinels: [...sentinels],
    name: master,
    ...(username === undefined ? {} : { username }),
    // Sentinels are told to want the same password: `requirepass` without a user.
    ...(password === undefined ? {} : { password, sentinelPassword: password }),
    db,
    ...(tls ? { tls: {}, enableTLSForSentinelMode: true, sentinelTLS: {} } : {}),
    sentinelRetryStrategy: waitLonger,
    reconnectOnError: ({ message }) => message.startsWith('READONLY'),
  };
}

/** One node is named, which tells of the others; when it is away later, any of those will do. */
function openCluster(url: string, client: ClientOptions): Redis {
  const { host, port, username, password, tls } = partsOf(url);
  // How often to try is the cluster's to say, and not that of each connection.
  const node: ClientOptions = { ...client };
  delete node.retryStrategy;
  delete node.enableOfflineQueue;
  const cluster = new Cluster([{ host, port }], {
    clusterRetryStrategy: waitLonger,
    enableOfflineQueue: false,
    // A command that meets a failover is a hint that is lost, not one to wait for.
    retryDelayOnClusterDown: 100,
    maxRedirections: 3,
    slotsRefreshTimeout: node.connectTimeout ?? 5_000,
    slotsRefreshInterval: 5_000,
    // Certificates name hosts: what the cluster calls a node is where it is looked for.
    dnsLookup: (address, callback) => callback(null, address),
    redisOptions: {
      ...node,
      ...(username === undefined ? {} : { username }),
      ...(password === undefined ? {} : { password }),
      ...(tls ? { tls: {} } : {}),
    },
  });
  // It takes the same commands and has the same states; what the two do not share is used nowhere here.
  return cluster as unknown as Redis;
}

function partsOf(url: string) {
  const { hostname, port, username, password, pathname, protocol } = new URL(url);
  return {
    host: hostname.replace(/^\[|\]$/g, ''),
    port: port === '' ? 6_379 : Number(port),
    username: username === '' ? undefined : decodeURIComponent(username),
    password: password === '' ? undefined : decodeURIComponent(password),
    db: Number(pathname.slice(1)) || 0,
    tls: protocol === 'rediss:',
  };
}

function waitLonger(tries: number): number {
  return Math.min(50 * 2 ** Math.min(tries, 6), 2_000);
}
