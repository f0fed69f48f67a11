import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline/promises';
import { Client } from 'pg';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { startEmbeddedPostgres } from '../../src/database/embedded/embedded-postgres.ts';
import type {
  EmbeddedPostgres,
  EmbeddedPostgresOutcome,
} from '../../src/database/embedded/embedded-postgres.ts';

/** The folders that starts were given, and those in which the data then were: they differ when this process is root's. */
const checkouts: string[] = [];
const directories = new Set<string>();
/** One for all tests, so that the data are made once, unless it is the making that a test is about. */
let dataDirectory: string;
const started: EmbeddedPostgres[] = [];
const children: ChildProcess[] = [];

async function newDataDirectory(): Promise<string> {
  const checkout = await mkdtemp(join(tmpdir(), 'tender-checkout-'));
  checkouts.push(checkout);
  return join(checkout, '.tender', 'postgres');
}

beforeAll(async () => {
  dataDirectory = await newDataDirectory();
});

afterEach(async () => {
  const killed = children.splice(0);
  for (const child of killed) {
    if (child.kill('SIGKILL')) await once(child, 'exit');
  }
  // What a killed process left running is adopted here, so that it can be stopped.
  if (killed.length > 0 && started.length === 0) await start();
  for (const postgres of started.splice(0)) await postgres.stop();
});

afterAll(async () => {
  for (const directory of directories) await rm(directory, { recursive: true });
  for (const checkout of checkouts) await rm(checkout, { recursive: true, force: true });
});

async function start(): Promise<EmbeddedPostgres> {
  const outcome = await startEmbeddedPostgres({ dataDirectory });
  if (outcome.kind !== 'started') throw new Error(JSON.stringify(outcome));
  started.push(outcome.postgres);
  directories.add(outcome.postgres.directory);
  return outcome.postgres;
}

/** Starts the server from another process, which holds it until it is killed. */
async function startElsewhere(): Promise<{
  outcome: EmbeddedPostgresOutcome;
  child: ChildProcess;
}> {
  const module = new URL('../../src/database/embedded/embedded-postgres.ts', import.meta.url).href;
  const script = `
    const { startEmbeddedPostgres } = await import(${JSON.stringify(module)});
    console.log(JSON.stringify(await startEmbeddedPostgres({ dataDirectory: process.argv[1] })));
    setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script, dataDirectory], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  children.push(child);
  const [line] = (await once(createInterface(child.stdout), 'line')) as [string];
  return { outcome: JSON.parse(line) as EmbeddedPostgresOutcome, child };
}

async function query<T extends object>(url: string, sql: string): Promise<T[]> {
  const client = new Client(url);
  client.on('error', () => undefined);
  await client.connect();
  try {
    return (await client.query<T>(sql)).rows;
  } finally {
    await client.end();
  }
}

test('the first start makes a durable server with an owner and a runtime role that owns nothing', async () => {
  const { superuserUrl, ownerUrl, runtimeUrl, directory } = await start();
  expect(
    await query(
      superuserUrl,
      `SELECT name, setting FROM pg_settings WHERE name IN ('fsync', 'synchronous_commit', 'TimeZone',
         'server_encoding', 'lc_collate', 'max_connections', 'listen_addresses', 'unix_socket_directories')
       ORDER BY lower(name)`,
    ),
  ).toEqual([
    { name: 'fsync', setting: 'on' },
    { name: 'lc_collate', setting: 'C' },
    { name: 'listen_addresses', setting: '127.0.0.1' },
    { name: 'max_connections', setting: '200' },
    { name: 'server_encoding', setting: 'UTF8' },
    { name: 'synchronous_commit', setting: 'on' },
    { name: 'TimeZone', setting: 'UTC' },
    { name: 'unix_socket_directories', setting: '' },
  ]);
  await query(ownerUrl, 'CREATE TABLE secrets (title text)');
  await expect(query(runtimeUrl, 'SELECT * FROM secrets')).rejects.toThrow('permission denied');
  await expect(query(runtimeUrl, 'CREATE TABLE others ()')).rejects.toThrow('permission denied');
  await expect(query(runtimeUrl.replace(/:[0-9a-f]{48}@/, ':wrong@'), 'SELECT 1')).rejects.toThrow(
    'password authentication failed',
  );
  expect((await stat(join(directory, 'credentials.json'))).mode & 0o777).toBe(0o600);
});

test('stopping keeps the data, and the next start finds it at the same address', async () => {
  const first = await start();
  await query(first.ownerUrl, "CREATE TABLE books AS SELECT 'Ulysses' AS title");
  await first.stop();
  await expect(query(first.ownerUrl, 'SELECT 1')).rejects.toThrow('ECONNREFUSED');

  const second = await start();
  expect(second.adopted).toBe(false);
  expect(second.ownerUrl).toBe(first.ownerUrl);
  expect(await query(second.ownerUrl, 'TABLE books')).toEqual([{ title: 'Ulysses' }]);
});

test('a second start beside a live one is told who has the server, and changes nothing', async () => {
  const { outcome, child } = await startElsewhere();
  expect(outcome).toMatchObject({ kind: 'started' });
  expect(await startEmbeddedPostgres({ dataDirectory })).toEqual({
    kind: 'in_use',
    ownerPid: child.pid,
  });
  if (outcome.kind !== 'started') return;
  expect(await query(outcome.postgres.ownerUrl, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
});

test('a server whose parent was killed with -9 is adopted with its sessions, and stopped by the heir', async () => {
  const { outcome, child } = await startElsewhere();
  if (outcome.kind !== 'started') throw new Error(JSON.stringify(outcome));
  const session = new Client(outcome.postgres.ownerUrl);
  session.on('error', () => undefined);
  await session.connect();
  child.kill('SIGKILL');
  await once(child, 'exit');

  const heir = await start();
  expect(heir).toMatchObject({ adopted: true, pid: outcome.postgres.pid });
  expect((await session.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
  await heir.stop();
  await expect(query(heir.ownerUrl, 'SELECT 1')).rejects.toThrow('ECONNREFUSED');
});

test('a server that was itself killed with -9 comes back with everything that was committed', async () => {
  const first = await start();
  await query(first.ownerUrl, "CREATE TABLE saved AS SELECT 'Ulysses' AS title");
  process.kill(first.pid, 'SIGKILL');
  await first.stop();

  const second = await start();
  expect(second.adopted).toBe(false);
  expect(await query(second.ownerUrl, 'TABLE saved')).toEqual([{ title: 'Ulysses' }]);
});

test("a pid file that names another program's process does not keep the server from starting", async () => {
  const first = await start();
  const pidFile = join(first.directory, 'data', 'postmaster.pid');
  const content = await readFile(pidFile, 'utf8');
  await first.stop();
  await writeFile(pidFile, content.replace(/^\d+/, String(process.pid)));

  expect((await start()).adopted).toBe(false);
});

test('a start that was killed while it created the data leaves nothing that disturbs the next', async () => {
  dataDirectory = await newDataDirectory();
  const module = new URL('../../src/database/embedded/embedded-postgres.ts', import.meta.url).href;
  const script = `
    const { startEmbeddedPostgres } = await import(${JSON.stringify(module)});
    await startEmbeddedPostgres({ dataDirectory: process.argv[1], log: console.log });`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script, dataDirectory]);
  children.push(child);
  await once(child.stdout, 'data');
  child.kill('SIGKILL');
  await once(child, 'exit');

  const { ownerUrl } = await start();
  expect(await query(ownerUrl, 'SELECT current_database() AS name')).toEqual([{ name: 'tender' }]);
});
