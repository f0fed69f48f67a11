import { createApiKey } from '../../admin/api-keys.ts';
import { EXIT_USAGE } from '../../config/exit-codes.ts';
import { listApiKeys, revokeApiKey } from '../../database/api-keys.ts';
import { Database } from '../../database/database.ts';
import { databaseUrls } from '../database-urls.ts';
import { Exit } from '../exit.ts';
import { readSettings } from '../read-settings.ts';

/** `tender keys create`: makes an API key and shows it, this once. */
export async function createKeyCommand(options: { name: string }): Promise<void> {
  await withDatabase(async (db, environment) => {
    const mode = environment === 'production' ? 'live' : 'test';
    const { id, key } = await createApiKey(db, { name: options.name, mode });
    print(`${key}`);
    process.stderr.write(`${id}: keep the key now, it cannot be shown again.\n`);
  });
}

/** `tender keys list`: every key, without the keys themselves. */
export async function listKeysCommand(): Promise<void> {
  await withDatabase(async (db) => {
    for (const key of await listApiKeys(db)) {
      const state = key.revokedAt === null ? 'active' : `revoked ${key.revokedAt.toISOString()}`;
      print([key.id, `${key.hint}...`, key.createdAt.toISOString(), state, key.name].join('  '));
    }
  });
}

/** `tender keys revoke`: the key works for a second more at most. */
export async function revokeKeyCommand(id: string): Promise<void> {
  await withDatabase(async (db) => {
    if (!(await revokeApiKey(db, id))) {
      throw new Exit(EXIT_USAGE, `There is no active key ${id}. tender keys list shows them.`);
    }
    print(`${id} is revoked.`);
  });
}

async function withDatabase(
  use: (db: Database, environment: string) => Promise<void>,
): Promise<void> {
  const settings = readSettings('keys');
  const { url } = databaseUrls(settings);
  const { prepare } = settings.database;
  const db = new Database({ url, poolSize: 1, prepare, applicationName: 'tender-keys' });
  try {
    await use(db, settings.environment);
  } finally {
    await db.close();
  }
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
