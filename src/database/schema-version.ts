import type { Queryable } from './database.ts';
import { MIGRATIONS_DIRECTORY, MIGRATIONS_TABLE, listMigrations } from './migration-files.ts';

/**
 * The migrations that this build needs and the database does not have; none means that this build
 * can run on it. A database that has more is fine: a newer release has expanded its schema, and
 * what this one uses is still there. One query.
 */
export async function missingMigrations(
  sql: Queryable,
  directory = MIGRATIONS_DIRECTORY,
): Promise<string[]> {
  const needed = await listMigrations(directory);
  const applied = new Set(await readApplied(sql));
  return needed.filter((name) => !applied.has(name));
}

/** Whether the schema was changed within so many days: until then versions of before may still have run beside this one. */
export async function wasMigratedWithin(sql: Queryable, days: number): Promise<boolean> {
  const [row] = await sql<{ lately: boolean | null }[]>`
    SELECT max(run_on) AT TIME ZONE 'UTC' > now() - ${days}::int * interval '1 day' AS lately
      FROM public.${sql(MIGRATIONS_TABLE)}`;
  return row?.lately ?? false;
}

async function readApplied(sql: Queryable): Promise<string[]> {
  try {
    const rows = await sql<{ name: string }[]>`SELECT name FROM public.${sql(MIGRATIONS_TABLE)}`;
    return rows.map(({ name }) => name);
  } catch (error) {
    // undefined_table: nothing was ever migrated here.
    if (error instanceof Error && 'code' in error && error.code === '42P01') return [];
    throw error;
  }
}
