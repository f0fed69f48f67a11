import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Database } from '../../src/database/database.ts';
import { migrateDown, migrateUp, migrationStatus } from '../../src/database/migrate.ts';
import type { MigrateOptions } from '../../src/database/migrate.ts';
import { missingMigrations } from '../../src/database/schema-version.ts';
import { createDatabase } from '../support/services/postgres.ts';
import type { TestDatabase } from '../support/services/postgres.ts';
import { withoutTls } from '../support/services/without-tls.ts';

let database: TestDatabase;
let directory: string;
let options: MigrateOptions & { directory: string };

beforeEach(async () => {
  database = await createDatabase({ migrated: false });
  directory = await mkdtemp(join(tmpdir(), 'tender-migrations-'));
  options = { url: database.ownerUrl, directory };
  await migration('0001_authors', 'CREATE TABLE authors (name text);', 'DROP TABLE authors;');
  await migration('0002_books', 'CREATE TABLE books (title text);', 'DROP TABLE books;');
});

afterEach(() => rm(directory, { recursive: true }));

async function migration(name: string, up: string, down?: string): Promise<void> {
  const undo = down === undefined ? '' : `\n-- Down Migration\n\n${down}\n`;
  await writeFile(join(directory, `${name}.sql`), `-- Up Migration\n\n${up}\n${undo}`);
}

async function query<T extends object>(sql: string, url = database.ownerUrl): Promise<T[]> {
  const client = new Client(url);
  await client.connect();
  try {
    return (await client.query<T>(sql)).rows;
  } finally {
    await client.end();
  }
}

async function tables(): Promise<string[]> {
  const rows = await query<{ name: string }>(
    "SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public' ORDER BY 1",
  );
  return rows.map(({ name }) => name);
}

async function missing(url: string): Promise<string[]> {
  const service = new Database({ url, poolSize: 1, prepare: true, applicationName: 'test' });
  try {
    return await missingMigrations(service.sql, directory);
  } finally {
    await service.close();
  }
}

test('migrating applies what is missing in order, and a second time finds nothing to do', async () => {
  const lines: string[] = [];
  const log = (line: string) => lines.push(line);
  expect(await migrateUp({ ...options, log })).toEqual({
    kind: 'migrated',
    applied: ['0001_authors', '0002_books'],
  });
  expect(lines).toEqual(['Applied 0001_authors.', 'Applied 0002_books.']);
  expect(await migrateUp(options)).toEqual({ kind: 'migrated', applied: [] });
  expect(await tables()).toEqual(['authors', 'books', 'schema_migrations']);
});

test('of many replicas that migrate at once one does the work and the others wait for it', async () => {
  await migration('0003_slow', 'SELECT pg_sleep(0.3); CREATE TABLE slow ();');
  const replicas = Array.from({ length: 12 }, () => migrateUp(options));
  const outcomes = await Promise.all(replicas);
  const applied = outcomes.map((outcome) => outcome.applied);
  expect(outcomes.every(({ kind }) => kind === 'migrated')).toBe(true);
  expect(applied.filter((names) => names.length === 3)).toHaveLength(1);
  expect(applied.filter((names) => names.length === 0)).toHaveLength(11);
});

test('a failed migration leaves nothing behind and says where it failed; earlier ones stay', async () => {
  await migration('0003_broken', 'CREATE TABLE half ();\n\nCREATE TABEL whole ();');
  expect(await migrateUp(options)).toEqual({
    kind: 'failed',
    applied: ['0001_authors', '0002_books'],
    failure: {
      migration: '0003_broken',
      line: 5,
      message: 'syntax error at or near "TABEL"',
    },
  });
  expect(await tables()).toEqual(['authors', 'books', 'schema_migrations']);

  await migration('0003_broken', 'CREATE TABLE half ();');
  expect(await migrateUp(options)).toEqual({ kind: 'migrated', applied: ['0003_broken'] });
});

test('going down undoes exactly one migration, the last one', async () => {
  await migrateUp(options);
  expect(await migrateDown(options)).toEqual({ kind: 'undone', migration: '0002_books' });
  expect(await tables()).toEqual(['authors', 'schema_migrations']);
  expect(await migrateDown(options)).toEqual({ kind: 'undone', migration: '0001_authors' });
  expect(await migrateDown(options)).toEqual({ kind: 'nothing_to_undo' });
});

test('a migration that refuses to be undone keeps its table, and its reason is told', async () => {
  const refuse = `DO $$ BEGIN
      IF EXISTS (SELECT FROM money) THEN
        RAISE EXCEPTION 'there is money' USING HINT = 'Count it first.';
      END IF;
    END $$;
    DROP TABLE money;`;
  await migration('0003_money', 'CREATE TABLE money (); INSERT INTO money DEFAULT VALUES;', refuse);
  await migrateUp(options);
  expect(await migrateDown(options)).toEqual({
    kind: 'refused',
    migration: '0003_money',
    reason: 'there is money. Count it first',
  });
  expect(await query('SELECT count(*)::int AS rows FROM money')).toEqual([{ rows: 1 }]);

  await query('DELETE FROM money');
  expect(await migrateDown(options)).toEqual({ kind: 'undone', migration: '0003_money' });
});

test('a migration without a way back stays, as does one that fails on its way back', async () => {
  await migration('0003_final', 'CREATE TABLE final ();');
  await migrateUp(options);
  expect(await migrateDown(options)).toEqual({ kind: 'irreversible', migration: '0003_final' });

  await migration('0003_final', 'CREATE TABLE final ();', 'DROP TABLE nowhere;');
  expect(await migrateDown(options)).toEqual({
    kind: 'failed',
    failure: {
      migration: '0003_final',
      line: null,
      message: 'table "nowhere" does not exist',
    },
  });
  expect(await tables()).toContain('final');
});

test('an older build finds nothing missing in a newer schema, and does not undo what it does not know', async () => {
  await migration('0003_newer', 'CREATE TABLE newer ();', 'DROP TABLE newer;');
  await migrateUp(options);
  await rm(join(directory, '0003_newer.sql'));

  expect(await missing(database.ownerUrl)).toEqual([]);
  expect(await migrateUp(options)).toEqual({ kind: 'migrated', applied: [] });
  expect(await migrateDown(options)).toEqual({
    kind: 'unknown_to_this_build',
    migration: '0003_newer',
  });
});

test('a migration numbered below one that is applied is refused', async () => {
  await migrateUp(options);
  await migration('0000_late', 'CREATE TABLE late ();');
  expect(await migrateUp(options)).toMatchObject({
    kind: 'failed',
    failure: { migration: '0000_late', message: 'It comes before 0002_books, which is applied.' },
  });
});

test('the status tells applied, pending and unknown migrations apart, and changes nothing', async () => {
  expect(await migrationStatus(options)).toEqual({
    applied: [],
    pending: ['0001_authors', '0002_books'],
    unknown: [],
  });
  expect(await tables()).toEqual([]);

  const before = Date.now();
  await migrateUp(options);
  await rm(join(directory, '0002_books.sql'));
  await migration('0003_later', 'CREATE TABLE later ();');
  const status = await migrationStatus(options);
  expect(status.applied.map(({ name }) => name)).toEqual(['0001_authors', '0002_books']);
  expect(Math.abs((status.applied[0]?.appliedAt.getTime() ?? 0) - before)).toBeLessThan(60_000);
  expect(status).toMatchObject({ pending: ['0003_later'], unknown: ['0002_books'] });
});

test('the running service sees what is missing with its own role, before and after', async () => {
  const runtimeRole = new URL(database.runtimeUrl).username;
  expect(await missing(database.runtimeUrl)).toEqual(['0001_authors', '0002_books']);
  await migrateUp({ ...options, runtimeRole });
  expect(await missing(database.runtimeUrl)).toEqual([]);
});

test('a migration can grant to the role of the running service', async () => {
  const grant = `DO $$ BEGIN
      EXECUTE format('GRANT SELECT ON notes TO %I', current_setting('tender.runtime_role', true));
    END $$;`;
  await migration('0003_notes', `CREATE TABLE notes (); ${grant}`);
  await migrateUp({ ...options, runtimeRole: new URL(database.runtimeUrl).username });
  expect(await query('TABLE notes', database.runtimeUrl)).toEqual([]);
  await expect(query('TABLE books', database.runtimeUrl)).rejects.toThrow('permission denied');
});

test('limits that are set for the role do not cut a migration or the wait for one short', async () => {
  await query(`ALTER DATABASE ${database.name} SET statement_timeout = '100ms'`);
  await migration('0003_slow', 'SELECT pg_sleep(0.4);');
  const outcomes = await Promise.all([migrateUp(options), migrateUp(options)]);
  expect(outcomes.map(({ kind }) => kind)).toEqual(['migrated', 'migrated']);
});

test('a URL that demands encryption is refused by a server without, one that prefers it is not', async () => {
  const server = await withoutTls(database.ownerUrl);
  const url = (mode: string) => `${server.url}?sslmode=${mode}`;
  try {
    await expect(migrateUp({ ...options, url: url('require') })).rejects.toThrow(
      'does not support SSL',
    );
    expect(await tables()).toEqual([]);
    expect(await migrateUp({ ...options, url: url('prefer') })).toMatchObject({ kind: 'migrated' });
  } finally {
    await server.close();
  }
});

test('the migrations of this build go all the way down and up again', async () => {
  const url = database.ownerUrl;
  const up = await migrateUp({ url });
  if (up.kind === 'failed') throw new Error(JSON.stringify(up.failure));
  for (const name of up.applied.toReversed()) {
    expect(await migrateDown({ url })).toEqual({ kind: 'undone', migration: name });
  }
  expect(await tables()).toEqual(['schema_migrations']);
  expect(await migrateUp({ url })).toEqual({ kind: 'migrated', applied: up.applied });
});
