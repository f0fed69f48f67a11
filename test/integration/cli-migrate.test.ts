import { Client } from 'pg';
import { expect, test } from 'vitest';
import { listMigrations } from '../../src/database/migration-files.ts';
import { migrateDown } from '../../src/database/migrate.ts';
import { runCommand, type CommandResult } from '../support/cli.ts';
import { createDatabase, type TestDatabase } from '../support/services/postgres.ts';

let database: TestDatabase;

function migrate(direction: 'up' | 'down' | 'status'): Promise<CommandResult> {
  const { runtimeUrl, ownerUrl } = database;
  const env = { DATABASE_URL: runtimeUrl, DATABASE_MIGRATION_URL: ownerUrl };
  return runCommand(['migrate', direction], { env });
}

async function query(sql: string): Promise<void> {
  const client = new Client(database.ownerUrl);
  await client.connect();
  await client.query(sql);
  await client.end();
}

test('migrations go up and down one by one and their status is told', async () => {
  database = await createDatabase({ migrated: false });
  const names = await listMigrations();
  const lines = (word: string, which: string[]) =>
    which.map((name) => `${word}  ${name}\n`).join('');
  const last = names.slice(-1);
  expect(await migrate('status')).toMatchObject({ stdout: lines('missing', names) });
  const up = await migrate('up');
  expect(up).toMatchObject({ code: 0, stdout: names.map((name) => `Applied ${name}.\n`).join('') });
  expect((await migrate('up')).stdout).toBe('Nothing to do: the database is up to date.\n');
  expect(await migrate('down')).toMatchObject({ code: 0 });
  expect(await migrate('status')).toMatchObject({
    code: 0,
    stdout: lines('applied', names.slice(0, -1)) + lines('missing', last),
  });
});

test('a migration is not undone where acknowledged webhooks or payments would go with it', async () => {
  database = await createDatabase();
  await query(`
    INSERT INTO webhook_receipts (gateway, event_id, event_type, request_id) VALUES ('stripe', 'e', 't', 'r');
    INSERT INTO payments (id, status, amount, currency, capture_method, gateway, created_at, updated_at)
    VALUES ('pay_1', 'failed', 1, 'EUR', 'automatic', 'stripe', now(), now())`);
  const refused = await downUntilRefused();
  expect(refused).toMatchObject({ code: 70 });
  expect(refused.stderr).toContain('there are acknowledged webhooks');

  await query('DELETE FROM webhook_receipts');
  const again = await downUntilRefused();
  expect(again).toMatchObject({ code: 70 });
  expect(again.stderr).toContain('there are payments');
  await query('SELECT FROM payments');
});

/** Undoes what can be undone, and has the command say why the next one cannot. */
async function downUntilRefused(): Promise<CommandResult> {
  for (;;) {
    const { kind } = await migrateDown({ url: database.ownerUrl });
    if (kind !== 'undone') return migrate('down');
  }
}
