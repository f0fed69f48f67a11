import { userInfo } from 'node:os';
import type { ChangedBy } from '../admin/change.ts';
import type { Settings } from '../config/settings.ts';
import type { Command } from '../config/variable.ts';
import { Database } from '../database/database.ts';
import { databaseUrls } from './database-urls.ts';
import { readSettings } from './read-settings.ts';

/** Runs a command that needs the database and nothing else. */
export async function withDatabase(
  command: Command,
  use: (db: Database, settings: Settings) => Promise<void>,
): Promise<void> {
  const settings = readSettings(command);
  const { url } = databaseUrls(settings);
  const { prepare } = settings.database;
  const db = new Database({ url, poolSize: 1, prepare, applicationName: `tender-${command}` });
  try {
    await use(db, settings);
  } finally {
    await db.close();
  }
}

/** Whoever sits at the command line, as the audit log names them. */
export function byCommandLine(): ChangedBy {
  return {
    actor: { kind: 'system', id: 'cli', name: userName(), role: null },
    address: null,
    requestId: null,
  };
}

/** In a container the user may have no name. */
function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return `uid ${process.getuid?.() ?? 'unknown'}`;
  }
}

export function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** For people: programs that read the output do not get it. */
export function remark(line: string): void {
  process.stderr.write(`${line}\n`);
}
