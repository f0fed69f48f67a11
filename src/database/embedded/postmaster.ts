import { readFile, realpath, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Client } from 'pg';
import { roleUrl } from './credentials.ts';
import type { Credentials } from './credentials.ts';
import { hasErrorCode } from './error-code.ts';
import type { Home } from './home.ts';
import { findProcess, isStillRunning } from './process-identity.ts';
import type { RunningProcess } from './process-identity.ts';

const POLL_MS = 25;
const FAST_SHUTDOWN_MS = 60_000;
const IMMEDIATE_SHUTDOWN_MS = 10_000;

/** What became of waiting for a server: `gone` is a process that ended, `silent` one that lives. */
export type Answer =
  | { kind: 'answers'; port: number }
  | { kind: 'gone' }
  | { kind: 'silent'; reason: string };

/**
 * Finds the live PostgreSQL of this data folder, such as one whose parent was killed.
 *
 * A `postmaster.pid` whose process is gone is left to PostgreSQL, which also checks for surviving
 * backends. One whose number now belongs to another program would stop PostgreSQL from starting for
 * as long as that program lives, so it is removed.
 */
export async function findPostmaster(home: Home): Promise<RunningProcess | undefined> {
  const pid = Number((await readPidFile(home))[0]);
  if (!Number.isInteger(pid) || pid <= 0) return undefined;
  const found = await findProcess(pid);
  if (found === undefined) return undefined;
  if (found.command.includes('postgres') && found.command.includes(home.data)) return found;
  await rm(pidFile(home), { force: true });
  return undefined;
}

/** Waits until the server lets the superuser in and proves that it serves this data folder. */
export async function waitForAnswer(
  postmaster: RunningProcess,
  home: Home,
  credentials: Credentials,
  timeoutMs: number,
): Promise<Answer> {
  const deadline = Date.now() + timeoutMs;
  let reason = 'it has not said which port it listens on';
  while (Date.now() < deadline) {
    if (!(await isStillRunning(postmaster))) return { kind: 'gone' };
    const port = await readPort(home, postmaster.pid);
    if (port !== undefined) {
      try {
        const served = await askDataDirectory(roleUrl(credentials, 'superuser', port, 'postgres'));
        if (served === (await realpath(home.data))) return { kind: 'answers', port };
        reason = `it serves ${served}`;
      } catch (error) {
        reason = error instanceof Error ? error.message : String(error);
      }
    }
    await delay(POLL_MS);
  }
  return { kind: 'silent', reason };
}

/**
 * Stops a server the fast way: sessions are ended, what was committed is on disk, and the next start
 * needs no recovery. Resolves when the process is gone. A server that does not comply within a
 * minute is told to quit at once, which costs the next start a recovery but loses nothing.
 */
export async function stopPostmaster(postmaster: RunningProcess): Promise<void> {
  if (await signalAndWait(postmaster, 'SIGINT', FAST_SHUTDOWN_MS)) return;
  if (await signalAndWait(postmaster, 'SIGQUIT', IMMEDIATE_SHUTDOWN_MS)) return;
  throw new Error(`PostgreSQL (process ${postmaster.pid}) does not stop.`);
}

async function signalAndWait(
  postmaster: RunningProcess,
  signal: NodeJS.Signals,
  timeoutMs: number,
): Promise<boolean> {
  if (!(await isStillRunning(postmaster))) return true;
  try {
    process.kill(postmaster.pid, signal);
  } catch (error) {
    if (!hasErrorCode(error, 'ESRCH')) throw error;
  }
  const deadline = Date.now() + timeoutMs;
  while (Date.now() < deadline) {
    if (!(await isStillRunning(postmaster))) return true;
    await delay(POLL_MS);
  }
  return false;
}

async function askDataDirectory(url: string): Promise<string | undefined> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 5_000 });
  // A connection that the server closes while it starts or stops is reported by the call in flight.
  client.on('error', () => undefined);
  try {
    await client.connect();
    const { rows } = await client.query<{ data_directory: string }>('SHOW data_directory');
    return rows[0]?.data_directory;
  } finally {
    await client.end().catch(() => undefined);
  }
}

/** The lines of `postmaster.pid`: process, data folder, start time, port, and more. */
async function readPidFile(home: Home): Promise<string[]> {
  try {
    return (await readFile(pidFile(home), 'utf8')).split('\n');
  } catch (error) {
    if (hasErrorCode(error, 'ENOENT')) return [];
    throw error;
  }
}

async function readPort(home: Home, pid: number): Promise<number | undefined> {
  const lines = await readPidFile(home);
  const port = Number(lines[3]);
  return Number(lines[0]) === pid && port > 0 ? port : undefined;
}

function pidFile(home: Home): string {
  return join(home.data, 'postmaster.pid');
}
