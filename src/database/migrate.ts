import { runner } from 'node-pg-migrate';
import { DatabaseError } from 'pg';
import type { Client } from 'pg';
import {
  MIGRATIONS_DIRECTORY,
  MIGRATIONS_TABLE,
  hasDownHalf,
  lineInFile,
  listMigrations,
} from './migration-files.ts';
import type { Direction } from './migration-files.ts';
import { createMigrationsTable, readApplied, withMigrationLock } from './migration-session.ts';
import type { AppliedMigration } from './migration-session.ts';
import { connectDirectly } from './direct-connection.ts';

/** PostgreSQL's code for an exception that SQL raised by its own decision. */
const RAISE_EXCEPTION = 'P0001';

export interface MigrateOptions {
  /** PostgreSQL itself, not a pooler, as the role that owns the tables. */
  url: string;
  /**
   * The role of the running service, where it is another one than the owner. Migrations read it with
   * `current_setting('tender.runtime_role', true)` to grant what that role needs.
   */
  runtimeRole?: string;
  /** Told in a sentence what happens. */
  log?: (message: string) => void;
  /** Another folder than this build's own migrations. */
  directory?: string;
}

/** What PostgreSQL said about a migration that was rolled back. */
export interface MigrationFailure {
  migration: string;
  /** The line of `<migration>.sql` that PostgreSQL points at, where it points at one. */
  line: number | null;
  message: string;
}

export type MigrateUpOutcome =
  /** All are applied now; `applied` are those that were missing. */
  | { kind: 'migrated'; applied: string[] }
  /** One failed and left nothing behind; those in `applied` stay. */
  | { kind: 'failed'; failure: MigrationFailure; applied: string[] };

export type MigrateDownOutcome =
  | { kind: 'undone'; migration: string }
  | { kind: 'nothing_to_undo' }
  /** The migration itself said no, as one does that would drop a table with money in it. */
  | { kind: 'refused'; migration: string; reason: string }
  /** The migration has no way back. */
  | { kind: 'irreversible'; migration: string }
  /** A newer build applied it; only that build can undo it. */
  | { kind: 'unknown_to_this_build'; migration: string }
  | { kind: 'failed'; failure: MigrationFailure };

export interface MigrationStatus {
  applied: AppliedMigration[];
  pending: string[];
  /** Applied, but not among the migrations of this build: a newer one was here. */
  unknown: string[];
}

/**
 * Applies every migration that the database lacks, each in an SQL transaction of its own, so that
 * one that fails leaves nothing behind. Any number of processes may call this at once: an advisory
 * lock lets one through, and the others wait and find nothing to do.
 */
export async function migrateUp(options: MigrateOptions): Promise<MigrateUpOutcome> {
  const log = options.log ?? (() => undefined);
  const directory = options.directory ?? MIGRATIONS_DIRECTORY;
  const needed = await listMigrations(directory);

  return withMigrationLock({ ...options, log }, async (client) => {
    await createMigrationsTable(client, options.runtimeRole);
    const present = (await readApplied(client)).map(({ name }) => name);
    const latestKnown = needed.findLast((name) => present.includes(name)) ?? '';
    const applied: string[] = [];
    for (const migration of needed.filter((name) => !present.includes(name))) {
      if (migration < latestKnown) {
        const message = `It comes before ${latestKnown}, which is applied.`;
        return { kind: 'failed', failure: { migration, line: null, message }, applied };
      }
      const problem = await run(client, directory, migration, 'up');
      if (problem !== undefined) return { kind: 'failed', failure: problem.failure, applied };
      applied.push(migration);
      log(`Applied ${migration}.`);
    }
    return { kind: 'migrated', applied };
  });
}

/** Undoes exactly one migration, the one that was applied last. */
export async function migrateDown(options: MigrateOptions): Promise<MigrateDownOutcome> {
  const log = options.log ?? (() => undefined);
  const directory = options.directory ?? MIGRATIONS_DIRECTORY;
  const known = await listMigrations(directory);

  return withMigrationLock({ ...options, log }, async (client) => {
    const migration = (await readApplied(client)).at(-1)?.name;
    if (migration === undefined) return { kind: 'nothing_to_undo' };
    if (!known.includes(migration)) return { kind: 'unknown_to_this_build', migration };
    if (!(await hasDownHalf(directory, migration))) return { kind: 'irreversible', migration };

    const problem = await run(client, directory, migration, 'down');
    if (problem === undefined) {
      log(`Undid ${migration}.`);
      return { kind: 'undone', migration };
    }
    const { failure } = problem;
    if (problem.raised) return { kind: 'refused', migration, reason: failure.message };
    return { kind: 'failed', failure };
  });
}

/** Compares the database with this build. Changes nothing, and does not wait for a running migration. */
export async function migrationStatus(options: MigrateOptions): Promise<MigrationStatus> {
  const known = await listMigrations(options.directory);
  const client = await connectDirectly(options.url, 'tender migrate');
  try {
    const applied = await readApplied(client);
    const names = applied.map(({ name }) => name);
    return {
      applied,
      pending: known.filter((name) => !names.includes(name)),
      unknown: names.filter((name) => !known.includes(name)),
    };
  } finally {
    await client.end();
  }
}

/** Runs one half of one migration in an SQL transaction; `raised` when its own SQL said no. */
async function run(
  client: Client,
  directory: string,
  migration: string,
  direction: Direction,
): Promise<{ failure: MigrationFailure; raised: boolean } | undefined> {
  const silent = () => undefined;
  try {
    await runner({
      dbClient: client,
      dir: directory,
      // Whatever else lies in the folder is no migration.
      ignorePattern: '(?!\\d{4}_[a-z0-9_]+\\.sql$).*',
      file: migration,
      direction,
      count: 1,
      migrationsSchema: 'public',
      migrationsTable: MIGRATIONS_TABLE,
      singleTransaction: true,
      checkOrder: false,
      // The lock is held by the session already, and it blocks, where the library's would fail.
      noLock: true,
      logger: { debug: silent, info: silent, warn: silent, error: silent },
    });
    return undefined;
  } catch (error) {
    if (!(error instanceof DatabaseError)) throw error;
    const position = Number(error.position);
    const line = position ? await lineInFile(directory, migration, direction, position) : undefined;
    const said = [error.message, error.detail, error.hint].filter((part) => part !== undefined);
    const message = said.map((part) => part.replace(/\.$/, '')).join('. ');
    const failure = { migration, line: line ?? null, message };
    return { failure, raised: error.code === RAISE_EXCEPTION };
  }
}
