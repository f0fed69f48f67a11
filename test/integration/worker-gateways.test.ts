import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Database } from '../../src/database/database.ts';
import { dropDueWork, type GatewayClaim } from '../../src/database/due-work.ts';
import { dueRowsByGateway } from '../../src/worker/due-rows.ts';
import { runWorkLoop } from '../../src/worker/work-loop.ts';
import { eventually } from '../support/eventually.ts';
import { createDatabase, openDatabase, type TestDatabase } from '../support/services/postgres.ts';

/** The worker before two gateways, of which one does not answer. */

const TABLE = 'gateway_customers';
/** How many rows of one gateway are worked on at once. */
const HANDS = 8;

let database: TestDatabase;
let db: Database;
beforeAll(async () => {
  database = await createDatabase();
  db = openDatabase(database.runtimeUrl);
});
afterAll(() => db.close());

/** So many rows of either gateway are due, those of the slow one for longer. */
async function storeDue(count: number): Promise<void> {
  await db.sql`
    INSERT INTO customers (id, created_at, updated_at)
    SELECT 'cus_' || n, now(), now() FROM generate_series(1, ${count}) AS n`;
  await db.sql`
    INSERT INTO gateway_customers (customer_id, gateway, due_at)
    SELECT 'cus_' || n, gateway, now() - age::interval
      FROM generate_series(1, ${count}) AS n, (VALUES ('slow', '2 hours'), ('fast', '1 hour')) AS each (gateway, age)`;
}

test('a gateway that does not answer keeps nothing of another one waiting, and no more than its own hands', async () => {
  await storeDue(3 * HANDS);
  const answer = Promise.withResolvers<void>();
  const begun: string[] = [];
  const done: string[] = [];
  const doneAt = (gateway: string) => done.filter((each) => each === gateway);
  const run = async (claim: GatewayClaim) => {
    begun.push(claim.gateway);
    if (claim.gateway === 'slow') await answer.promise;
    await dropDueWork(db, TABLE, claim);
    done.push(claim.gateway);
  };
  const stopping = new AbortController();
  const errors: unknown[] = [];
  const onError = (_name: string, error: unknown) => void errors.push(error);
  const rows = { db, leaseMs: 60_000, onError, gateways: ['slow', 'fast'] };
  // Without a rest that ends by itself: whatever is claimed later is so because a hand became free.
  const loop = runWorkLoop(dueRowsByGateway(rows, TABLE, run, { idleMs: 600_000 }), {
    stopped: stopping.signal,
    beat: () => undefined,
    onError,
  });
  try {
    await eventually(() => expect(doneAt('fast')).toHaveLength(3 * HANDS));
    expect(begun.filter((each) => each === 'slow')).toHaveLength(HANDS);
    expect(doneAt('slow')).toHaveLength(0);
    answer.resolve();
    await eventually(() => expect(doneAt('slow')).toHaveLength(3 * HANDS));
    expect(begun).toHaveLength(6 * HANDS);
    expect(errors).toEqual([]);
  } finally {
    stopping.abort();
    await loop;
  }
});
