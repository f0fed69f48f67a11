import { DatabaseError } from 'pg';
import type { Client } from 'pg';
import { connectDirectly } from './direct-connection.ts';
import { MIGRATIONS_TABLE } from './migration-files.ts';

/** The word "tender" in ASCII. */
const LOCK_KEY = 0x74656e646572;

export interface AppliedMigration {
  name: string;
  appliedAt: Date;
}

/**
 * Runs `work` on a connection that holds the migration lock of its database. The lock belongs to the
 * session that migrates, so that neither can outlive the other; waiting for it has no time limit.
 */
export async function withMigrationLock<T>(
  options: { url: string; runtimeRole?: string; log: (message: string) => void },
  work: (client: Client) => Promise<T>,
): Promise<T> {
  const client = await connectDirectly(options.url, 'tender migrate');
  try {
    // Limits that suit the service's own queries may be set for the role or the database.
    await client.query(`
      SET statement_timeout = 0; SET lock_timeout = 0; SET idle_in_transaction_session_timeout = 0;
      SET timezone = 'UTC'; SET client_min_messages = warning`);
    await client.query(`SELECT set_config('tender.runtime_role', $1, false)`, [
      options.runtimeRole ?? '',
    ]);
    client.on('notice', (notice) => options.log(`PostgreSQL: ${notice.message ?? 'a notice'}.`));

    const tried = await client.query<{ locked: boolean }>(
      'SELECT pg_try_advisory_lock($1) AS locked',
      [LOCK_KEY],
    );
    if (tried.rows[0]?.locked !== true) {
      options.log('Another process is migrating this database: waiting for it.');
      await client.query('SELECT pg_advisory_lock($1)', [LOCK_KEY]);
    }
    return await work(client);
  } finally {
    // Ending the session releases the lock.
    await client.end();
  }
}

/** Creates the table of applied migrations, which the running service may read. */
export async function createMigrationsTable(
  client: Client,
  runtimeRole: string | undefined,
): Promise<void> {
  // The columns are those that node-pg-migrate works with.
  await client.query(`
    CREATE TABLE IF NOT EXISTS public.${MIGRATIONS_TABLE} (
      id     serial PRIMARY KEY,
      name   varchar(255) NOT NULL UNIQUE,
      run_on timestamp NOT NULL
    )`);
  if (runtimeRole !== undefined) {
    const role = client.escapeIdentifier(runtimeRole);
    await client.query(`GRANT SELECT ON public.${MIGRATIONS_TABLE} TO ${role}`);
  }
}

/** What was applied, in that order; nothing in a database that was never migrated. */
export async function readApplied(client: Client): Promise<AppliedMigration[]> {
  try {
    const { rows } = await client.query<AppliedMigration>(
      `SELECT name, run_on AT TIME ZONE 'UTC' AS "appliedAt"
         FROM public.${MIGRATIONS_TABLE} ORDER BY run_on, id`,
    );
    return rows;
  } catch (error) {
    if (error instanceof DatabaseError && error.code === '42P01') return [];
    throw error;
  }
}
