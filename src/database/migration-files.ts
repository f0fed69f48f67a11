import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';

/** The migrations of this build. */
export const MIGRATIONS_DIRECTORY = join(import.meta.dirname, 'migrations');

/** Where the database keeps the names of the migrations that it has. */
export const MIGRATIONS_TABLE = 'schema_migrations';

/** What a migration file is called; its name without `.sql` is the migration's name. */
const FILE_NAME = /^(\d{4})_[a-z0-9_]+\.sql$/;

/** The names of the migrations in a folder, in the order in which they apply. */
export async function listMigrations(directory = MIGRATIONS_DIRECTORY): Promise<string[]> {
  const files = (await readdir(directory)).filter((file) => FILE_NAME.test(file)).sort();
  const numbers = files.map((file) => file.slice(0, 4));
  const twice = numbers.find((number, index) => numbers[index + 1] === number);
  if (twice !== undefined) throw new Error(`Two migrations in ${directory} have number ${twice}.`);
  return files.map((file) => file.slice(0, -'.sql'.length));
}

/** The two halves of a migration file, which begin with `-- Up Migration` and `-- Down Migration`. */
export type Direction = 'up' | 'down';

/**
 * The line of its file that a character of a half stands on. `position` counts from 1, as
 * PostgreSQL does, within the half that it was sent. `undefined` when the file has no such half.
 */
export async function lineInFile(
  directory: string,
  migration: string,
  direction: Direction,
  position: number,
): Promise<number | undefined> {
  const content = await readMigration(directory, migration);
  const start = content.search(heading(direction));
  if (start === -1) return undefined;
  return content.slice(0, start + position - 1).split('\n').length;
}

/** False when the migration cannot be undone. */
export async function hasDownHalf(directory: string, migration: string): Promise<boolean> {
  return heading('down').test(await readMigration(directory, migration));
}

async function readMigration(directory: string, migration: string): Promise<string> {
  return readFile(join(directory, `${migration}.sql`), 'utf8');
}

/** The same expression by which node-pg-migrate takes a file apart. */
function heading(direction: Direction): RegExp {
  return new RegExp(`^\\s*--[\\s-]*${direction}\\s+migration`, 'im');
}
