import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Database } from '../../src/database/database.ts';
import {
  claimDueReceipts,
  finishReceipt,
  insertReceipts,
  postponeReceipt,
} from '../../src/database/receipts.ts';
import type { ReadyQueue } from '../../src/webhooks/inbound/queue.ts';
import { inboxWork } from '../../src/worker/inbox-work.ts';
import { rest, runWorkLoop } from '../../src/worker/work-loop.ts';
import { eventually } from '../support/eventually.ts';
import { createDatabase, openDatabase, type TestDatabase } from '../support/services/postgres.ts';

const SWEEP_MS = 60_000;
const LEASE_MS = 30_000;

let database: TestDatabase;
let db: Database;
beforeAll(async () => {
  database = await createDatabase();
  db = openDatabase(database.runtimeUrl);
});
afterAll(() => db.close());

let counter = 0;
async function storeReceipts(count: number, gateway = 'stripe'): Promise<bigint[]> {
  const receipts = Array.from({ length: count }, () => ({
    gateway,
    eventId: `evt_${String((counter += 1)).padStart(6, '0')}`,
    eventType: 'charge.succeeded',
    requestId: 'req_test',
    body: Buffer.from('{}'),
  }));
  return (await insertReceipts(db, receipts)).toSorted((a, b) => Number(a - b));
}

/** Work whose signals and clock are the test's. */
function work(take: ReadyQueue['take']) {
  const errors: string[] = [];
  const clock = { ms: 0 };
  const inbox = inboxWork({
    db,
    queue: { take, signal: async () => undefined, close: async () => undefined },
    concurrency: 20,
    leaseMs: LEASE_MS,
    run: async () => undefined,
    onError: (name) => errors.push(name),
    now: () => clock.ms,
  });
  const claim = async (limit = 20) => {
    const claimed = await inbox.claim(limit, new AbortController().signal);
    return claimed.map(({ id }) => id).toSorted((a, b) => Number(a - b));
  };
  return { claim, clock, errors };
}

test('what a signal names is claimed, each by one worker only, and its body comes with it', async () => {
  const ids = await storeReceipts(6);
  const first = work(async () => ids.slice(0, 4));
  const second = work(async () => ids.slice(2));
  await Promise.all([first.claim(), second.claim()]);
  const [row] = await db.sql<{ tries: number[] }[]>`
    SELECT array_agg(DISTINCT tries) AS tries FROM webhook_receipts WHERE id = ANY(${ids.map(String)}::bigint[])`;
  expect(row?.tries).toEqual([1]);
});

test('a worker looks for what is due as it starts, when no signal comes, and each minute in any case', async () => {
  let signals: bigint[] = [];
  const { claim, clock } = work(async () => signals.splice(0));
  const lost = await storeReceipts(2);
  expect(await claim()).toEqual(lost);

  const lostToo = await storeReceipts(2);
  const signaled = await storeReceipts(1);
  signals = [...signaled];
  expect(await claim()).toEqual(signaled);
  expect(await claim()).toEqual(lostToo);

  const overlooked = await storeReceipts(1);
  clock.ms += SWEEP_MS;
  signals = [...(await storeReceipts(1))];
  expect(await claim()).toEqual([...overlooked, ...signals]);
});

test('while more is due than fits, nobody waits for a signal', async () => {
  const waits: number[] = [];
  const { claim } = work(async (_limit, waitMs) => {
    waits.push(waitMs);
    return [];
  });
  const ids = await storeReceipts(5);
  expect(await claim(3)).toHaveLength(3);
  expect(await claim(3)).toHaveLength(2);
  expect(await claim(3)).toEqual([]);
  expect(waits).toEqual([0, expect.any(Number)]);
  expect(waits[1]).toBeGreaterThan(0);
  expect(ids).toHaveLength(5);
});

test('signals for what is done, in work, not due or not there claim nothing', async () => {
  const [done, inWork, later] = await storeReceipts(3);
  await db.sql`UPDATE webhook_receipts SET state = 'processed', due_at = NULL WHERE id = ${done ?? 0n}`;
  await db.sql`UPDATE webhook_receipts SET lease_until = now() + interval '1 hour' WHERE id = ${inWork ?? 0n}`;
  await db.sql`UPDATE webhook_receipts SET due_at = now() + interval '1 hour' WHERE id = ${later ?? 0n}`;
  const signals: bigint[][] = [[], [done ?? 0n, inWork ?? 0n, later ?? 0n, 999_999_999n]];
  const { claim } = work(async () => signals.pop() ?? []);
  expect(await claim()).toEqual([]);
  expect(await claim()).toEqual([]);
});

test('a lease that has run out is another worker’s to claim, and the first one cannot finish the work', async () => {
  const [id] = await storeReceipts(1);
  const { claim } = work(async () => []);
  expect(await claim()).toEqual([id]);
  expect(await claim()).toEqual([]);
  await db.sql`UPDATE webhook_receipts SET lease_until = now() WHERE id = ${id ?? 0n}`;
  const [first] = await claimDueReceipts(db, 1, LEASE_MS);
  await db.sql`UPDATE webhook_receipts SET lease_until = now() WHERE id = ${id ?? 0n}`;
  expect(await claim()).toEqual([id]);

  const read = async () =>
    (
      await db.sql`SELECT state, due_at, lease_until, tries FROM webhook_receipts WHERE id = ${id ?? 0n}`
    )[0];
  const held = await read();
  expect(held).toMatchObject({ state: 'pending', tries: 3 });
  if (!first) throw new Error('nothing was claimed');
  await finishReceipt(db, first, 'dead', { error: 'too late' });
  await postponeReceipt(db, first, { state: 'parked', delayMs: 1, error: 'too late' });
  expect(await read()).toEqual(held);
});

test('without its queue the worker lives on what it finds by itself, and says so once', async () => {
  const { claim, errors } = work(async () => {
    throw new Error('no Redis');
  });
  const ids = await storeReceipts(2);
  expect(await claim(2)).toEqual(ids);
  for (let round = 0; round < 3; round += 1) {
    const more = await storeReceipts(2);
    expect(await claim(2)).toEqual(more);
  }
  expect(errors).toEqual(['webhook signals']);
});

test('webhooks that one gateway holds up leave hands to those of the others, and are done when it answers', async () => {
  const hands = 4;
  const answer = Promise.withResolvers<void>();
  const begun: string[] = [];
  const done: string[] = [];
  const clock = { ms: 0 };
  const stopping = new AbortController();
  const errors: unknown[] = [];
  const inbox = inboxWork({
    db,
    queue: {
      take: async () => {
        await rest(10, stopping.signal);
        return [];
      },
      signal: async () => undefined,
      close: async () => undefined,
    },
    concurrency: hands,
    leaseMs: LEASE_MS,
    run: async (receipt) => {
      begun.push(receipt.gateway);
      if (receipt.gateway === 'slow') await answer.promise;
      await finishReceipt(db, receipt, 'processed');
      done.push(receipt.gateway);
    },
    onError: (_name, error) => errors.push(error),
    now: () => clock.ms,
  });
  await storeReceipts(3 * hands, 'slow');
  await storeReceipts(3 * hands, 'fast');
  const count = (names: string[], gateway: string) => names.filter((each) => each === gateway);
  const loop = runWorkLoop(inbox, {
    stopped: stopping.signal,
    beat: () => undefined,
    onError: (_name, error) => errors.push(error),
  });
  try {
    await eventually(() => expect(count(begun, 'slow')).toHaveLength(hands));
    expect(count(begun, 'fast')).toHaveLength(0);
    clock.ms += 5_000;
    await eventually(() => expect(count(done, 'fast')).toHaveLength(3 * hands));
    expect(count(begun, 'slow')).toHaveLength(hands);
    answer.resolve();
    await eventually(() => expect(count(done, 'slow')).toHaveLength(3 * hands));
    expect(errors).toEqual([]);
  } finally {
    stopping.abort();
    await loop;
  }
});
