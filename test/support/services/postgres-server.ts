import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chmod, chown, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Client } from 'pg';
import { startEmbeddedPostgres } from '../../../src/database/embedded/embedded-postgres.ts';
import type { EmbeddedPostgres } from '../../../src/database/embedded/embedded-postgres.ts';
import { migrateUp } from '../../../src/database/migrate.ts';
import { eventually } from '../eventually.ts';
import { createCertificate } from './certificate.ts';
import { killWithParent } from './kill-with-parent.ts';

/** How a test file reaches the server of its run. */
export interface PostgresConnection {
  superuserUrl: string;
  ownerUrl: string;
  runtimeUrl: string;
  /** The name of a migrated database that nobody is connected to. */
  template: string;
  /** The server speaks TLS to whoever asks for it, with this certificate: a file in PEM form. */
  certificateFile: string;
}

export interface TestPostgres {
  connection: PostgresConnection;
  stop: () => Promise<void>;
}

/** How many runs may happen in one checkout at once; each has a server of its own. */
const SLOTS = 8;
const CHECKOUT = join(import.meta.dirname, '..', '..', '..');

/**
 * Starts the PostgreSQL server of a test run, with a migrated template for the databases of its
 * files, all of which are dropped at its end. What a killed run left running in its slot is adopted, and its databases
 * are dropped.
 */
export async function startTestPostgres(): Promise<TestPostgres> {
  const postgres = await startInFreeSlot();
  const disarm = killWithParent(postgres.pid, 'INT');
  const stop = async () => {
    try {
      await dropDatabases(postgres.superuserUrl);
    } finally {
      await postgres.stop();
      disarm();
    }
  };
  try {
    await waitForDisk(postgres.superuserUrl, false);
    await vacuumSeldom(postgres.superuserUrl);
    await dropDatabases(postgres.superuserUrl);
    const [template, certificateFile] = await Promise.all([
      createTemplate(postgres),
      offerTls(postgres),
    ]);
    const { superuserUrl, ownerUrl, runtimeUrl } = postgres;
    return { connection: { superuserUrl, ownerUrl, runtimeUrl, template, certificateFile }, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function startInFreeSlot(): Promise<EmbeddedPostgres> {
  for (let slot = 1; slot <= SLOTS; slot += 1) {
    const dataDirectory = join(CHECKOUT, '.tender', `test-postgres-${slot}`);
    const outcome = await startEmbeddedPostgres({ dataDirectory });
    if (outcome.kind === 'started') return outcome.postgres;
    if (outcome.kind === 'unavailable') throw new Error(outcome.reason);
  }
  throw new Error(`${SLOTS} test runs are under way in this checkout: wait for one to end.`);
}

/**
 * Whether the server waits until what it writes is on its disk, as it does in production. Tests end processes and never
 * the machine, so they lose nothing without it, and a database is made in 50 ms instead of a second. Where a machine
 * failed amid a run and the server starts no more, delete `.tender/test-postgres-*.txt`: the next run makes a new one.
 */
export async function waitForDisk(superuserUrl: string, wait: boolean): Promise<void> {
  const fsync = wait ? 'on' : 'off';
  await asSuperuser(superuserUrl, async (client) => {
    await client.query(`ALTER SYSTEM SET fsync = ${fsync}`);
    await client.query('SELECT pg_reload_conf()');
  });
  await eventually(() =>
    asSuperuser(superuserUrl, async (client) => {
      const { rows } = await client.query<{ fsync: string }>('SHOW fsync');
      if (rows[0]?.fsync !== fsync) throw new Error(`fsync is not ${fsync} yet`);
    }),
  );
}

/** Otherwise a process for each of a hundred databases would look once a minute whether there is something to do. */
async function vacuumSeldom(superuserUrl: string): Promise<void> {
  await asSuperuser(superuserUrl, async (client) => {
    await client.query(`ALTER SYSTEM SET autovacuum_naptime = '10min'`);
    await client.query('SELECT pg_reload_conf()');
  });
}

/**
 * Drops every database of the tests, whoever is still connected. Each while the others go on would cost several times as
 * much: some file systems pass over what has just been deleted, file by file, where they make the next one.
 */
async function dropDatabases(superuserUrl: string): Promise<void> {
  await asSuperuser(superuserUrl, async (client) => {
    const { rows } = await client.query<{ datname: string }>(
      String.raw`SELECT datname FROM pg_database WHERE datname LIKE 'test\_%'`,
    );
    for (const { datname } of rows) await client.query(`DROP DATABASE ${datname} WITH (FORCE)`);
  });
}

/** Has the server take TLS beside plain connections; it keeps the certificate for the runs that come. */
async function offerTls(postgres: EmbeddedPostgres): Promise<string> {
  const directory = join(postgres.directory, 'tls');
  if (!existsSync(join(directory, 'certificate.pem'))) await createCertificate(directory);
  const file = (name: string) => join(directory, name);
  // PostgreSQL takes a key that its own user owns and nobody else can read.
  const { uid, gid } = await stat(join(postgres.directory, 'data'));
  for (const name of ['.', 'certificate.pem', 'key.pem']) await chown(file(name), uid, gid);
  await chmod(file('key.pem'), 0o600);
  await asSuperuser(postgres.superuserUrl, async (client) => {
    await client.query(`ALTER SYSTEM SET ssl_cert_file = '${file('certificate.pem')}'`);
    await client.query(`ALTER SYSTEM SET ssl_key_file = '${file('key.pem')}'`);
    await client.query('ALTER SYSTEM SET ssl = on');
    await client.query('SELECT pg_reload_conf()');
  });
  return file('certificate.pem');
}

async function createTemplate(postgres: EmbeddedPostgres): Promise<string> {
  const template = uniqueName('test_template');
  const owner = new URL(postgres.ownerUrl).username;
  const run = (sql: string) =>
    asSuperuser(postgres.superuserUrl, (client) => client.query(sql).then(() => undefined));

  await run(`CREATE DATABASE ${template} OWNER ${owner}`);
  const outcome = await migrateUp({
    url: urlOfDatabase(postgres.ownerUrl, template),
    runtimeRole: new URL(postgres.runtimeUrl).username,
  });
  if (outcome.kind === 'failed') {
    const { migration, line, message } = outcome.failure;
    throw new Error(`${migration}.sql${line === null ? '' : `, line ${line}`}: ${message}`);
  }
  await run(`ALTER DATABASE ${template} WITH ALLOW_CONNECTIONS false`);
  return template;
}

/** Runs `work` on a connection to the database `postgres` as the superuser. */
export async function asSuperuser<T>(
  superuserUrl: string,
  work: (client: Client) => Promise<T>,
): Promise<T> {
  const client = new Client(superuserUrl);
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

/** The same server and role, another database. */
export function urlOfDatabase(url: string, database: string): string {
  const changed = new URL(url);
  changed.pathname = `/${database}`;
  return changed.href;
}

export function uniqueName(prefix: string): string {
  return `${prefix}_${randomUUID().replaceAll('-', '')}`;
}
