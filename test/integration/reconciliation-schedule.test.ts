import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Database } from '../../src/database/database.ts';
import type { Gateway } from '../../src/gateways/gateway.ts';
import { beginScheduledRuns } from '../../src/reconciliation/schedule.ts';
import { createDatabase, openDatabase, type TestDatabase } from '../support/services/postgres.ts';

const DAY_MS = 86_400_000;
const MONDAYS_AT_SIX = '0 6 * * 1';

let database: TestDatabase;
let db: Database;
beforeAll(async () => {
  database = await createDatabase();
  db = openDatabase(database.ownerUrl);
});
afterAll(() => db.close(1));

const alpha = { name: 'alpha', capabilities: { settlementRecords: 'with_payouts' } };
const gateways = new Map([['alpha', alpha as unknown as Gateway]]);

/** Lets workers look at a moment of their choice, two at once. */
async function workersLookAt(now: Date): Promise<string[]> {
  const options = { db, gateways, cron: MONDAYS_AT_SIX, now };
  await Promise.all([beginScheduledRuns(options), beginScheduledRuns(options)]);
  const rows = await db.sql<{ scheduledFor: Date }[]>`
    SELECT scheduled_for FROM reconciliation_runs ORDER BY scheduled_for`;
  return rows.map(({ scheduledFor }) => scheduledFor.toISOString());
}

test('what it was time for is begun once, and nothing that it was time for before there was a deployment', async () => {
  await db.sql`UPDATE deployment SET created_at = '2026-11-04T12:00:00Z'`;
  expect(await workersLookAt(new Date('2026-11-08T23:00:00Z'))).toEqual([]);
  const first = ['2026-11-09T06:00:00.000Z'];
  expect(await workersLookAt(new Date('2026-11-09T06:00:30Z'))).toEqual(first);
  expect(await workersLookAt(new Date(Date.parse('2026-11-09T06:00:30Z') + 2 * DAY_MS))).toEqual(
    first,
  );
});
