import { afterAll, beforeAll, expect, test } from 'vitest';
import { Database } from '../../src/database/database.ts';
import type { NewReceipt } from '../../src/database/receipts.ts';
import { createInbox } from '../../src/webhooks/inbound/inbox.ts';
import { createDatabase, type TestDatabase } from '../support/services/postgres.ts';

let database: TestDatabase;
let here: Database;
let there: Database;
beforeAll(async () => {
  database = await createDatabase();
  const open = () =>
    new Database({
      url: database.runtimeUrl,
      poolSize: 4,
      prepare: true,
      applicationName: 'test',
    });
  [here, there] = [open(), open()];
});
afterAll(() => Promise.all([here.close(), there.close()]));

function receipt(eventId: string, body = '{}'): NewReceipt {
  return {
    gateway: 'stripe',
    eventId,
    eventType: 'charge.succeeded',
    requestId: 'req_test',
    body: Buffer.from(body),
  };
}

const numbered = (prefix: string, count: number) =>
  Array.from({ length: count }, (_, i) => `${prefix}_${String(i).padStart(4, '0')}`);

async function stored(prefix: string): Promise<{ eventId: string; body: string }[]> {
  const rows = await here.sql<{ eventId: string; body: string }[]>`
    SELECT event_id, convert_from(body, 'UTF8') AS body
      FROM webhook_receipts r JOIN webhook_payloads p ON p.receipt_id = r.id
     WHERE starts_with(event_id, ${prefix}) ORDER BY event_id`;
  return [...rows];
}

test('a webhook that the database refuses takes none of its neighbours along', async () => {
  const signaled: bigint[] = [];
  const inbox = createInbox(here, async (ids) => void signaled.push(...ids));
  const ids = numbered('evt_bad', 150);
  const outcomes = await Promise.allSettled(
    ids.map((id, i) =>
      inbox.store(i === 77 ? { ...receipt(id), eventType: 'charge.\0' } : receipt(id)),
    ),
  );
  expect(outcomes.flatMap(({ status }, i) => (status === 'rejected' ? [i] : []))).toEqual([77]);
  const kept = await stored('evt_bad');
  expect(kept.map(({ eventId }) => eventId)).toEqual(ids.filter((_, i) => i !== 77));
  expect(new Set(signaled).size).toBe(149);
});

test('the same event many times in one batch is stored once, as the same bytes, and signaled once', async () => {
  const signaled: bigint[] = [];
  const inbox = createInbox(here, async (ids) => void signaled.push(...ids));
  const body = '{"text": "\\u0000 \u00e9 \u{1f4b3}", "spaces":   1}';
  await Promise.all(Array.from({ length: 40 }, () => inbox.store(receipt('evt_same', body))));
  await inbox.store(receipt('evt_same', '{"another": "body"}'));
  expect(await stored('evt_same')).toEqual([{ eventId: 'evt_same', body }]);
  expect(signaled).toHaveLength(1);
});

test('two processes that receive the same events in opposite orders never deadlock, and signal each once', async () => {
  const signaled: bigint[] = [];
  const signal = async (ids: bigint[]) => void signaled.push(...ids);
  const inboxes = [createInbox(here, signal), createInbox(there, signal)] as const;
  const ids = numbered('evt_race', 2_000);
  await Promise.all([
    ...ids.map((id) => inboxes[0].store(receipt(id))),
    ...ids.toReversed().map((id) => inboxes[1].store(receipt(id))),
  ]);
  expect((await stored('evt_race')).map(({ eventId }) => eventId)).toEqual(ids);
  expect(signaled).toHaveLength(ids.length);
  expect(new Set(signaled).size).toBe(ids.length);
  const [row] = await here.sql<{ deadlocks: number }[]>`
    SELECT deadlocks::int FROM pg_stat_database WHERE datname = current_database()`;
  expect(row?.deadlocks).toBe(0);
});

test('what the payloads of no month take is kept in the rest', async () => {
  const [row] = await here.sql<{ id: bigint }[]>`
    INSERT INTO webhook_payloads (receipt_id, received_at, body) VALUES (-1, '2001-01-01', 'x')
    RETURNING tableoid::regclass::text AS partition`;
  expect(row).toMatchObject({ partition: 'webhook_payloads_rest' });
});
