import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { RedisTopology } from '../../../src/config/settings.ts';
import { eventually } from '../../support/eventually.ts';
import { freePorts } from '../../support/free-ports.ts';
import { createCertificate } from '../../support/services/certificate.ts';
import { killWithParent } from '../../support/services/kill-with-parent.ts';
import { findRedisServer } from '../../support/services/redis-server.ts';
import { startConfiguredSentinels } from './configured-redis.ts';

const PASSWORD = 'visibly-fake-and-opens-nothing';

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

/** Runs servers in a folder of their own that speak TLS with one certificate, and stops them all. */
class Servers {
  readonly directory: string;
  readonly certificateFile: string;
  readonly #program: string;
  readonly #tls: string[];
  readonly #children = new Map<number, ChildProcess>();

  private constructor(directory: string, program: string, certificate: string, key: string) {
    this.directory = directory;
    this.#program = program;
    this.certificateFile = certificate;
    this.#tls = ['--tls-cert-file', certificate, '--tls-key-file', key];
    this.#tls.push('--tls-ca-cert-file', certificate, '--tls-auth-clients', 'no');
    this.#tls.push('--tls-replication', 'yes', '--requirepass', PASSWORD, '--port', '0');
  }

  static async open(): Promise<Servers> {
    const directory = await mkdtemp(join(tmpdir(), 'tender-redis-'));
    const { certificateFile, keyFile } = await createCertificate(directory);
    return new Servers(directory, await findRedisServer(), certificateFile, keyFile);
  }

  async run(port: number, flags: string[]): Promise<void> {
    const folder = join(this.directory, String(port));
    await mkdir(folder, { recursive: true });
    const own = ['--tls-port', String(port), '--bind', '127.0.0.1', '--dir', folder];
    const child = spawn(this.#program, [...own, ...this.#tls, ...flags], {
      stdio: 'ignore',
    });
    await once(child, 'spawn');
    if (child.pid !== undefined) child.once('exit', killWithParent(child.pid));
    this.#children.set(port, child);
    await eventually(() => this.ask(port, 'PING'), 20_000);
  }

  /** One command to one server; throws where it answers with an error. */
  async ask(port: number, ...command: string[]): Promise<string> {
    const { stdout } = await this.cli(['-p', String(port), ...command]);
    if (/^(\(error\)|[A-Z]+ERR|NOAUTH|ERR)/.test(stdout)) throw new Error(stdout);
    return stdout;
  }

  cli(flags: string[]) {
    const door = ['-h', '127.0.0.1', '--tls', '--cacert', this.certificateFile, '-e'];
    const env = { PATH: process.env['PATH'] ?? '', REDISCLI_AUTH: PASSWORD };
    return promisify(execFile)('redis-cli', [...door, ...flags], { env });
  }

  async kill(port: number): Promise<void> {
    const child = this.#children.get(port);
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
  }

  async stop(): Promise<void> {
    for (const port of this.#children.keys()) await this.kill(port);
    await rm(this.directory, { recursive: true, force: true });
  }
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

/** Three primaries that share the keys, each with a replica. */
export async function startRedisCluster(): Promise<RedisServers> {
  const servers = await Servers.open();
  const ports = await freePorts(6);
  const cluster = ['--cluster-enabled', 'yes', '--tls-cluster', 'yes', '--save', ''];
  cluster.push('--cluster-node-timeout', '1000', '--masterauth', PASSWORD);
  for (const port of ports) await servers.run(port, cluster);
  const nodes = ports.map((port) => `127.0.0.1:${port}`);
  await servers.cli(['--cluster', 'create', ...nodes, '--cluster-replicas', '1', '--cluster-yes']);
  await eventually(async () => {
    for (const port of ports) {
      const state = await servers.ask(port, 'CLUSTER', 'INFO');
      const known = await servers.ask(port, 'CLUSTER', 'NODES');
      if (!state.includes('cluster_state:ok') || known.match(/\bslave /g)?.length !== 3) {
        throw new Error('the cluster is not complete yet');
      }
    }
  }, 30_000);
  const url = `rediss://:${PASSWORD}@127.0.0.1:${ports.at(-1)}/0`;
  return {
    url,
    topology: { kind: 'cluster' },
    certificateFile: servers.certificateFile,
    settings: {
      PAYMENT_REDIS_URL: url,
      PAYMENT_REDIS_CLUSTER: 'true',
      NODE_EXTRA_CA_CERTS: servers.certificateFile,
    },
    async killPrimary() {
      const slot = Number(
        await servers.ask(ports[0] ?? 0, 'CLUSTER', 'KEYSLOT', 'payment_webhooks'),
      );
      const nodesOf = await servers.ask(ports[0] ?? 0, 'CLUSTER', 'NODES');
      const owner = nodesOf.split('\n').find((line) => {
        const [, first, last] = / (\d+)-(\d+)$/.exec(line.trimEnd()) ?? [];
        return first !== undefined && Number(first) <= slot && slot <= Number(last);
      });
      const [, port] = /127\.0\.0\.1:(\d+)@/.exec(owner ?? '') ?? [];
      if (port === undefined) throw new Error(`nobody has slot ${slot}: ${nodesOf}`);
      await servers.kill(Number(port));
    },
    stop: () => servers.stop(),
  };
}
