import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RedisTopology } from '../../../src/config/settings.ts';
import { freePorts } from '../../support/free-ports.ts';
import { createCertificate } from '../../support/services/certificate.ts';
import {
  startConfiguredRedis,
  startConfiguredSentinels,
  untilServersSay,
  type ConfiguredRedis,
} from './configured-redis.ts';

/** Several Redis servers that stand in for one another, with TLS and a password, as production wants them. */
export interface RedisServers {
  url: string;
  topology: RedisTopology;
  certificateFile: string;
  /** The settings with which Tender finds them. */
  settings: Record<string, string>;
  /** Kills the one that takes the signals at the moment, as a machine that is lost. */
  killPrimary(): Promise<void>;
  stop(): Promise<void>;
}

/** A primary, a replica, and three sentinels that watch over them, with the files and the users of `deploy/redis`. */
export async function startSentinels(): Promise<RedisServers> {
  const { primary, sentinels, tls, stop } = await startConfiguredSentinels();
  const hosts = sentinels.map(({ url }) => ({
    host: '127.0.0.1',
    port: Number(new URL(url).port),
  }));
  // The sentinels know where the servers are, and the password is the same for both.
  const url = new URL(primary.url);
  url.host = 'nowhere.invalid:6379';
  return {
    url: url.href,
    topology: { kind: 'sentinel', sentinels: hosts, master: 'mymaster' },
    certificateFile: tls.certificateFile,
    settings: {
      PAYMENT_REDIS_URL: url.href,
      PAYMENT_REDIS_SENTINELS: hosts.map(({ host, port }) => `${host}:${port}`).join(','),
      NODE_EXTRA_CA_CERTS: tls.certificateFile,
    },
    killPrimary: () => primary.stop(),
    stop,
  };
}

/** How far above its own port a node of a cluster has the one on which the others talk to it. */
const CLUSTER_BUS = 10_000;

/** Three primaries that share the keys, each with a replica, with the files and the users of `deploy/redis`. */
export async function startRedisCluster(): Promise<RedisServers> {
  const directory = await mkdtemp(join(tmpdir(), 'tender-redis-cluster-'));
  const tls = await createCertificate(directory);
  const servers = new Map<number, ConfiguredRedis>();
  const stop = async () => {
    for (const server of servers.values()) await server.stop();
    await rm(directory, { recursive: true, force: true });
  };
  try {
    // The names of the file lead nowhere here.
    const more = ['--cluster-preferred-endpoint-type', 'ip'];
    for (const port of await freePorts(6, CLUSTER_BUS)) {
      servers.set(port, await startConfiguredRedis({ file: 'cluster.conf', tls, port, more }));
    }
    const [first, ...others] = servers.values();
    if (first === undefined) throw new Error('there are no servers');
    const nodes = [...servers.keys()].map((port) => `127.0.0.1:${port}`);
    const create = ['--cluster', 'create', ...nodes, '--cluster-replicas', '1', '--cluster-yes'];
    await first.ask('operator', ...create);
    await untilServersSay(async () => {
      for (const { ask } of [first, ...others]) {
        const state = await ask('operator', 'CLUSTER', 'INFO');
        const known = await ask('operator', 'CLUSTER', 'NODES');
        if (!state.includes('cluster_state:ok') || known.match(/\bslave /g)?.length !== 3) {
          throw new Error('the cluster is not complete yet');
        }
      }
    });
    // The last ones are replicas, of which none is killed.
    const { url } = others.at(-1) ?? first;
    return {
      url,
      topology: { kind: 'cluster' },
      certificateFile: tls.certificateFile,
      settings: {
        PAYMENT_REDIS_URL: url,
        PAYMENT_REDIS_CLUSTER: 'true',
        NODE_EXTRA_CA_CERTS: tls.certificateFile,
      },
      async killPrimary() {
        const slot = Number(await first.ask('operator', 'CLUSTER', 'KEYSLOT', 'payment_webhooks'));
        const nodesOf = await first.ask('operator', 'CLUSTER', 'NODES');
        const owner = nodesOf.split('\n').find((line) => {
          const [, from, to] = / (\d+)-(\d+)$/.exec(line.trimEnd()) ?? [];
          return from !== undefined && Number(from) <= slot && slot <= Number(to);
        });
        const [, port] = /127\.0\.0\.1:(\d+)@/.exec(owner ?? '') ?? [];
        const server = servers.get(Number(port));
        if (server === undefined) throw new Error(`nobody has slot ${slot}: ${nodesOf}`);
        await server.stop();
      },
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}
