import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { eventually } from '../../support/eventually.ts';
import { freePorts } from '../../support/free-ports.ts';
import { createCertificate, type TestCertificate } from '../../support/services/certificate.ts';
import { endProcess } from '../../support/services/end-process.ts';
import { killWithParent } from '../../support/services/kill-with-parent.ts';
import { findRedisServer } from '../../support/services/redis-server.ts';
import { readDeployFile } from './files.ts';
import { replacePlaces } from './replace-places.ts';

/** The users of users.acl, with the passwords that stand there for others. */
export type RedisUser = 'default' | 'replica' | 'sentinel' | 'operator';

/** A Redis with the shipped configuration, in which only places are replaced. */
export interface ConfiguredRedis {
  url: string;
  certificateFile: string;
  /** What `redis-cli` says, as one of the users, or as nobody. */
  ask: (user: RedisUser | null, ...command: string[]) => Promise<string>;
  stop: () => Promise<void>;
}

const PASSWORDS: Record<RedisUser, string> = {
  default: 'set-me-tender',
  replica: 'set-me-replica',
  sentinel: 'set-me-sentinel',
  operator: 'set-me-operator',
};

export interface ConfiguredRedisOptions {
  file?: 'redis.conf' | 'cluster.conf';
  /** Lines that a server has beside the file, as flags. */
  more?: readonly string[];
  /** What it shows and trusts; one of its own without it. */
  tls?: TestCertificate;
  port?: number;
}

/** Asks servers until they say what they should, for at most 50 s: seldom, as each question is a process. */
export function untilServersSay(attempt: () => Promise<void>): Promise<void> {
  return eventually(attempt, 50_000, 500);
}

/** Starts a server of its own with `redis.conf` or `cluster.conf`. */
export async function startConfiguredRedis(
  options: ConfiguredRedisOptions = {},
): Promise<ConfiguredRedis> {
  const { file = 'redis.conf', more = [] } = options;
  const directory = await mkdtemp(join(tmpdir(), 'tender-redis-'));
  const { certificateFile, keyFile } = options.tls ?? (await createCertificate(directory));
  const port = options.port ?? (await freePorts(1))[0] ?? 0;
  const places: [RegExp, string][] = [
    [/^tls-port 6379$/m, `tls-port ${port}\nbind 127.0.0.1`],
    [/\/etc\/redis\/tls\.crt/, certificateFile],
    [/\/etc\/redis\/ca\.crt/, certificateFile],
    [/\/etc\/redis\/tls\.key/, keyFile],
    [/^aclfile \/etc\/redis/m, `aclfile ${directory}`],
    [/^dir \/data$/m, `dir ${directory}`],
  ];
  const text = replacePlaces(readDeployFile('redis', 'redis.conf'), places);
  await writeFile(join(directory, 'redis.conf'), text);
  await writeFile(join(directory, 'users.acl'), readDeployFile('redis', 'users.acl'));
  if (file === 'cluster.conf') {
    const inFolder: [RegExp, string][] = [[/^include \/etc\/redis/m, `include ${directory}`]];
    const cluster = replacePlaces(readDeployFile('redis', 'cluster.conf'), inFolder);
    await writeFile(join(directory, 'cluster.conf'), cluster);
  }
  return run({ directory, certificateFile, port, flags: [join(directory, file), ...more] });
}

/** Starts a sentinel with `sentinel.conf` that watches over `primary`. */
export async function startConfiguredSentinel(
  primary: ConfiguredRedis,
  tls?: TestCertificate,
): Promise<ConfiguredRedis> {
  const directory = await mkdtemp(join(tmpdir(), 'tender-sentinel-'));
  const { certificateFile, keyFile } = tls ?? (await createCertificate(directory));
  const [port = 0] = await freePorts(1);
  const places: [RegExp, string][] = [
    [/^tls-port 26379$/m, `tls-port ${port}\nbind 127.0.0.1`],
    [/\/etc\/redis\/tls\.crt/, certificateFile],
    [/^tls-ca-cert-file \/etc\/redis\/ca\.crt/m, `tls-ca-cert-file ${primary.certificateFile}`],
    [/\/etc\/redis\/tls\.key/, keyFile],
    [/^dir \/etc\/redis\/sentinel$/m, `dir ${directory}`],
    [/^sentinel announce-ip redis-1\.internal$/m, 'sentinel announce-ip 127.0.0.1'],
    [/mymaster redis-1\.internal 6379/, `mymaster 127.0.0.1 ${new URL(primary.url).port}`],
  ];
  const file = join(directory, 'sentinel.conf');
  await writeFile(file, replacePlaces(readDeployFile('redis', 'sentinel.conf'), places));
  return run({ directory, certificateFile, port, flags: [file, '--sentinel'] });
}

/** A primary, a replica, and three sentinels that watch over them, with the shipped files and one certificate. */
export interface ConfiguredSentinels {
  primary: ConfiguredRedis;
  replica: ConfiguredRedis;
  sentinels: ConfiguredRedis[];
  tls: TestCertificate;
  stop: () => Promise<void>;
}

/** Starts them, and waits until they know one another, without which there is no failover. */
export async function startConfiguredSentinels(): Promise<ConfiguredSentinels> {
  const directory = await mkdtemp(join(tmpdir(), 'tender-sentinels-'));
  const tls = await createCertificate(directory);
  const started: ConfiguredRedis[] = [];
  const stop = async () => {
    for (const server of started) await server.stop();
    await rm(directory, { recursive: true, force: true });
  };
  try {
    const primary = await startConfiguredRedis({ tls });
    started.push(primary);
    const more = ['--replicaof', '127.0.0.1', new URL(primary.url).port];
    const replica = await startConfiguredRedis({ tls, more });
    started.push(replica);
    const sentinels: ConfiguredRedis[] = [];
    while (sentinels.length < 3) {
      const sentinel = await startConfiguredSentinel(primary, tls);
      started.push(sentinel);
      sentinels.push(sentinel);
    }
    await untilServersSay(async () => {
      for (const { ask } of sentinels) {
        const state = await ask('default', 'SENTINEL', 'master', 'mymaster');
        if (!/num-slaves\n1\n/.test(state) || !/num-other-sentinels\n2\n/.test(state)) {
          throw new Error('the sentinels do not know each other yet');
        }
      }
    });
    return { primary, replica, sentinels, tls, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Runs `redis-server` until it is stopped, and removes its folder then. */
async function run(options: {
  directory: string;
  certificateFile: string;
  port: number;
  flags: string[];
}): Promise<ConfiguredRedis> {
  const { directory, certificateFile, port, flags } = options;
  const server = spawn(await findRedisServer(), flags, { stdio: ['ignore', 'pipe', 'ignore'] });
  let log = '';
  server.stdout.on('data', (chunk: Buffer) => (log += chunk.toString()));
  await once(server, 'spawn');
  const disarm = killWithParent(server.pid ?? 0);
  const door = ['-h', '127.0.0.1', '-p', String(port), '--tls', '--cacert', certificateFile];
  const ask = async (user: RedisUser | null, ...command: string[]) => {
    const login = user === null ? [] : ['--user', user];
    const env = {
      PATH: process.env['PATH'] ?? '',
      ...(user === null ? {} : { REDISCLI_AUTH: PASSWORDS[user] }),
    };
    const { stdout } = await promisify(execFile)('redis-cli', [...door, ...login, ...command], {
      env,
    });
    return stdout.trim();
  };
  const stop = async () => {
    await endProcess(server, 'SIGKILL');
    disarm();
    await rm(directory, { recursive: true, force: true });
  };
  try {
    await eventually(async () => {
      if (server.exitCode !== null) throw new Error(`Redis has ended: ${log}`);
      if ((await ask('default', 'PING')) !== 'PONG') throw new Error('Redis does not answer yet');
    }, 20_000);
  } catch (error) {
    await stop();
    throw error;
  }
  const url = `rediss://:${PASSWORDS.default}@127.0.0.1:${port}/0`;
  return { url, certificateFile, ask, stop };
}
