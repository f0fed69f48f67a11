import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { open, readFile, rename, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import type { Binaries } from './binaries.ts';
import { POSTGRES_ENVIRONMENT } from './cluster.ts';
import type { Credentials } from './credentials.ts';
import type { Home } from './home.ts';
import { findPostmaster, stopPostmaster, waitForAnswer } from './postmaster.ts';
import { findProcess } from './process-identity.ts';
import type { RunningProcess } from './process-identity.ts';
import type { ServiceUser } from './service-user.ts';

const START_TIMEOUT_MS = 60_000;
const START_ATTEMPTS = 20;
const LOG_BYTES = 1_000_000;

/** A server that answers; `adopted` when an earlier process had started it. */
export interface RunningServer {
  process: RunningProcess;
  port: number;
  adopted: boolean;
}

export type ServerOutcome =
  | { kind: 'running'; server: RunningServer }
  | { kind: 'unavailable'; reason: string };

export interface ServerOptions {
  home: Home;
  binaries: Binaries;
  credentials: Credentials;
  user: ServiceUser | undefined;
  /** Further settings by their names in postgresql.conf. */
  settings: Record<string, string>;
}

/** Adopts the live server of this home, or starts one on a port of 127.0.0.1. */
export async function runServer(options: ServerOptions): Promise<ServerOutcome> {
  const { home, credentials } = options;
  let reason = '';
  for (let attempt = 1; attempt <= START_ATTEMPTS; attempt += 1) {
    const live = await findPostmaster(home);
    if (live === undefined) {
      const started = await launch(options);
      if (started.kind === 'running') return started;
      reason = started.reason;
      if (!isPassing(reason)) break;
      await delay(100 * attempt);
      continue;
    }
    const answer = await waitForAnswer(live, home, credentials, START_TIMEOUT_MS);
    if (answer.kind === 'answers') {
      const server = { process: live, port: answer.port, adopted: true };
      return { kind: 'running', server };
    }
    if (answer.kind === 'silent') {
      reason = `The server that runs already (process ${live.pid}) lets nobody in: ${answer.reason}.`;
      break;
    }
  }
  return { kind: 'unavailable', reason };
}

/** Another program took the port, or backends of a killed server are about to notice and end. */
function isPassing(reason: string): boolean {
  return /Address already in use|shared memory block|lock file "postmaster\.pid"/.test(reason);
}

async function launch(options: ServerOptions): Promise<ServerOutcome> {
  const { home, binaries, credentials, user } = options;
  await rotateLog(home.logFile);
  const log = await open(home.logFile, 'a', 0o600);
  const logStart = (await log.stat()).size;
  const settings = { ...defaultSettings(await choosePort(home)), ...options.settings };
  const flags = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  // In a process group of its own, so that Ctrl-C reaches Tender alone, which stops the server last.
  const child = spawn(binaries.postgres, ['-D', home.data, ...flags], {
    cwd: home.directory,
    env: POSTGRES_ENVIRONMENT,
    detached: true,
    stdio: ['ignore', log.fd, log.fd],
    ...(user === undefined ? {} : { uid: user.uid, gid: user.gid }),
  });
  child.unref();
  try {
    await once(child, 'spawn');
  } catch (error) {
    return { kind: 'unavailable', reason: `PostgreSQL cannot be run (${String(error)}).` };
  } finally {
    await log.close();
  }

  const postmaster = child.pid === undefined ? undefined : await findProcess(child.pid);
  const answer =
    postmaster === undefined
      ? { kind: 'gone' as const }
      : await waitForAnswer(postmaster, home, credentials, START_TIMEOUT_MS);
  if (postmaster !== undefined && answer.kind === 'answers') {
    await writeFile(home.portFile, `${answer.port}\n`);
    const server = { process: postmaster, port: answer.port, adopted: false };
    return { kind: 'running', server };
  }
  if (postmaster !== undefined) await stopPostmaster(postmaster);
  const said = (await readFile(home.logFile)).subarray(logStart).toString().trim();
  const detail = answer.kind === 'silent' ? answer.reason : said;
  return {
    kind: 'unavailable',
    reason: `PostgreSQL does not start (${detail}); its log is ${home.logFile}.`,
  };
}

function defaultSettings(port: number): Record<string, string> {
  return {
    listen_addresses: '127.0.0.1',
    port: String(port),
    unix_socket_directories: '',
    max_connections: '200',
    timezone: 'UTC',
    log_timezone: 'UTC',
    // Starts, stops and crashes; a statement that fails is reported to whoever sent it.
    log_min_messages: 'log',
    log_checkpoints: 'off',
  };
}

async function rotateLog(path: string): Promise<void> {
  const size = await stat(path).then(
    (found) => found.size,
    () => 0,
  );
  if (size > LOG_BYTES) await rename(path, `${path}.1`);
}

/** The port of the last start when it is free, so that bookmarks and psql sessions keep working. */
async function choosePort(home: Home): Promise<number> {
  const remembered = await readFile(home.portFile, 'utf8').then(Number, () => 0);
  return (await probePort(remembered)) ?? (await probePort(0)) ?? remembered;
}

async function probePort(port: number): Promise<number | undefined> {
  const probe = createServer();
  try {
    await once(probe.listen(port, '127.0.0.1'), 'listening');
    return (probe.address() as AddressInfo).port;
  } catch {
    return undefined;
  } finally {
    probe.close();
  }
}
