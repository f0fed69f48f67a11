import { EXIT_INTERNAL } from '../../config/exit-codes.ts';
import {
  migrateDown,
  migrateUp,
  migrationStatus,
  type MigrateOptions,
  type MigrationFailure,
} from '../../database/migrate.ts';
import { Exit } from '../exit.ts';
import { readSettings } from '../read-settings.ts';
import { databaseUrls } from '../database-urls.ts';

/** `tender migrate up`: applies every migration that is missing. */
export async function migrateUpCommand(): Promise<void> {
  const outcome = await migrateUp(options());
  if (outcome.kind === 'failed') throw failed(outcome.failure);
  if (outcome.applied.length === 0) print('Nothing to do: the database is up to date.');
}

/** `tender migrate down`: undoes the last migration, and no more than that. */
export async function migrateDownCommand(): Promise<void> {
  const outcome = await migrateDown(options());
  switch (outcome.kind) {
    case 'undone':
      return;
    case 'nothing_to_undo':
      return print('Nothing to undo: no migration is applied.');
    case 'refused':
      throw new Exit(EXIT_INTERNAL, `${outcome.migration} was not undone: ${outcome.reason}.`);
    case 'irreversible':
      throw new Exit(EXIT_INTERNAL, `${outcome.migration} has no way back.`);
    case 'unknown_to_this_build':
      throw new Exit(
        EXIT_INTERNAL,
        `${outcome.migration} comes from a newer version of Tender: undo it with that version.`,
      );
    case 'failed':
      throw failed(outcome.failure);
  }
}

/** `tender migrate status`: what is applied and what is missing. */
export async function migrateStatusCommand(): Promise<void> {
  const { applied, pending, unknown } = await migrationStatus(options());
  for (const { name } of applied) {
    print(`applied  ${name}${unknown.includes(name) ? '  (from a newer version)' : ''}`);
  }
  for (const name of pending) print(`missing  ${name}`);
}

function options(): MigrateOptions {
  const settings = readSettings('migrate');
  const { url } = databaseUrls(settings);
  const migrationUrl =
    settings.database.kind === 'url' ? settings.database.migrationUrl.reveal() : url;
  const runtimeRole = userOf(url);
  return {
    url: migrationUrl,
    log: print,
    ...(runtimeRole !== null && runtimeRole !== userOf(migrationUrl) ? { runtimeRole } : {}),
  };
}

function userOf(url: string): string | null {
  const { username } = new URL(url);
  return username === '' ? null : decodeURIComponent(username);
}

function failed({ migration, line, message }: MigrationFailure): Exit {
  const where = line === null ? migration : `${migration}, line ${line}`;
  return new Exit(EXIT_INTERNAL, `${where} failed and was rolled back: ${message}`);
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
