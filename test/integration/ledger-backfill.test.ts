import { cp, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Database } from '../../src/database/database.ts';
import { migrateDown, migrateUp } from '../../src/database/migrate.ts';
import { verifyLedger } from '../../src/ledger/verify-ledger.ts';
import { createDatabase, type TestDatabase } from '../support/services/postgres.ts';

const MIGRATIONS = join(import.meta.dirname, '..', '..', 'src', 'database', 'migrations');

let database: TestDatabase;
let directory: string;
let owner: Client;

beforeAll(async () => {
  database = await createDatabase({ migrated: false });
  directory = await mkdtemp(join(tmpdir(), 'tender-migrations-'));
  owner = new Client(database.ownerUrl);
  await owner.connect();
});
afterAll(async () => {
  await owner.end();
  await rm(directory, { recursive: true });
});

async function migrateTo(last: string): Promise<void> {
  const files = (await readdir(MIGRATIONS)).filter((file) => file <= `${last}.sql`);
  for (const file of files) await cp(join(MIGRATIONS, file), join(directory, file));
  expect(await migrateUp({ url: database.ownerUrl, directory })).toMatchObject({
    kind: 'migrated',
  });
}

test('the payments that there were before the ledger are posted, and stay when it is to be undone', async () => {
  await migrateTo('0016_breakers');
  await owner.query(`
    INSERT INTO payments (id, status, amount, currency, capture_method, amount_captured, amount_refunded,
                          amount_refund_pending, amount_disputed, amount_disputed_lost, disputed, gateway,
                          created_at, updated_at)
    VALUES ('pay_new',      'requires_payment_method', 500, 'EUR', 'automatic', 0, 0, 0, 0, 0, false, 'stripe', now(), now()),
           ('pay_taken',    'succeeded', 500, 'EUR', 'automatic', 500, 0, 0, 0, 0, false, 'stripe', now(), now()),
           ('pay_refunded', 'succeeded', 900, 'USD', 'automatic', 900, 300, 200, 0, 0, false, 'square', now(), now()),
           ('pay_disputed', 'succeeded', 800, 'EUR', 'automatic', 800, 0, 0, 100, 250, true, 'stripe', now(), now());
    INSERT INTO refunds (id, payment_id, status, amount, currency, gateway, source, created_at, updated_at)
    VALUES ('ref_1', 'pay_refunded', 'succeeded', 300, 'USD', 'square', 'api', now(), now()),
           ('ref_2', 'pay_refunded', 'pending', 200, 'USD', 'square', 'api', now(), now()),
           ('ref_3', 'pay_refunded', 'failed', 100, 'USD', 'square', 'api', now(), now());
    INSERT INTO disputes (id, payment_id, gateway, gateway_dispute_id, status, amount, amount_lost, currency, reason,
                          gateway_reason, opened_at, created_at, updated_at)
    VALUES ('dis_1', 'pay_disputed', 'stripe', 'd1', 'needs_response', 100, 0, 'EUR', 'general', 'general', now(), now(), now()),
           ('dis_2', 'pay_disputed', 'stripe', 'd2', 'lost', 250, 250, 'EUR', 'general', 'general', now(), now(), now()),
           ('dis_3', 'pay_disputed', 'stripe', 'd3', 'won', 400, 0, 'EUR', 'general', 'general', now(), now(), now())`);
  await migrateTo('0017_ledger');
  expect(await migrateDown({ url: database.ownerUrl, directory })).toMatchObject({
    kind: 'refused',
    reason: expect.stringContaining('the ledger has entries') as string,
  });
  await migrateTo('9999_latest');
  const db = new Database({
    url: database.ownerUrl,
    poolSize: 1,
    prepare: true,
    applicationName: 'test',
  });
  expect(await verifyLedger(db)).toMatchObject({ payments: 4, entries: 9, findings: [] });
  await db.close();
});
