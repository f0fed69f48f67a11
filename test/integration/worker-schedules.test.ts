import { afterAll, beforeAll, expect, test } from 'vitest';
import { BY_ITSELF } from '../../src/admin/change.ts';
import { noteDone } from '../../src/admin/schedules.ts';
import { claimDueWork } from '../../src/database/due-work.ts';
import { Database } from '../../src/database/database.ts';
import type { ErrorCount } from '../../src/database/error-summary.ts';
import { insertReceipts } from '../../src/database/receipts.ts';
import { dropWebhookPayloads } from '../../src/database/webhook-administration.ts';
import { readSchedules } from '../../src/database/schedules.ts';
import { runSchedule } from '../../src/worker/schedules.ts';
import { asSuperuser } from '../support/services/postgres-server.ts';
import { createDatabase, type TestDatabase } from '../support/services/postgres.ts';

let database: TestDatabase;
let runtime: Database;
let owner: Database;
beforeAll(async () => {
  database = await createDatabase();
  const open = (url: string) =>
    new Database({ url, poolSize: 2, prepare: true, applicationName: 'test' });
  runtime = open(database.runtimeUrl);
  owner = open(database.ownerUrl);
});
afterAll(() => Promise.all([runtime.close(), owner.close()]));

type TellErrors = (errors: readonly ErrorCount[]) => void;

/** What a schedule has to hand. */
function scheduling(tellErrors: TellErrors = () => undefined) {
  return {
    db: runtime,
    keyRetentionDays: 7,
    payloadRetentionDays: 90,
    beginReconciliations: () => Promise.resolve(),
    tellErrors,
  };
}

/** Does what a worker does with a schedule that is due. */
async function runDue(name: string, tellErrors?: TellErrors): Promise<void> {
  const claims = await claimDueWork(runtime, 'schedules', { limit: 20, leaseMs: 30_000 });
  const claim = claims.find(({ id }) => id === name);
  if (!claim) throw new Error('the schedule is not due');
  await runSchedule(scheduling(tellErrors), claim);
}

async function partitions(): Promise<string[]> {
  const rows = await runtime.sql<{ name: string }[]>`
    SELECT inhrelid::regclass::text AS name FROM pg_inherits
     WHERE inhparent = 'webhook_payloads'::regclass ORDER BY 1`;
  return rows.map(({ name }) => name);
}

/** The names of this month's partition and the next two, as UTC has the months. */
function expected(): string[] {
  const now = new Date();
  return [0, 1, 2].map((ahead) => {
    const month = new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + ahead, 1));
    return `webhook_payloads_${month.toISOString().slice(0, 7).replace('-', '_')}`;
  });
}

test('the worker’s role makes the partitions of this month and the next two, though it may create no table', async () => {
  for (const name of expected()) await owner.sql`DROP TABLE ${owner.sql(name)}`;
  await expect(runtime.sql`CREATE TABLE mine (id int)`).rejects.toThrow('permission denied');
  await runDue('webhook_partitions');
  expect(await partitions()).toEqual([...expected(), 'webhook_payloads_rest']);
  const [schedule] = await runtime.sql<{ hours: number; done: boolean; tries: number }[]>`
    SELECT round(extract(epoch FROM due_at - now()) / 3600)::int AS hours, tries,
           last_finished_at IS NOT NULL AS done FROM schedules WHERE name = 'webhook_partitions'`;
  expect(schedule).toEqual({ hours: 24, tries: 0, done: true });
});

test('a payload goes to the partition of its month, and to the rest where there is none', async () => {
  await insertReceipts(runtime, [
    {
      gateway: 'stripe',
      eventId: 'evt_now',
      eventType: 'charge.succeeded',
      requestId: 'req_test',
      body: Buffer.from('{}'),
    },
  ]);
  await runtime.sql`
    INSERT INTO webhook_payloads (receipt_id, received_at, body) VALUES (-1, '2001-01-01', 'x')`;
  const rows = await runtime.sql`
    SELECT tableoid::regclass::text AS partition FROM webhook_payloads ORDER BY receipt_id`;
  expect([...rows]).toEqual([{ partition: 'webhook_payloads_rest' }, { partition: expected()[0] }]);
});

test('payloads that came before the partition of their month move into it', async () => {
  const [first = '', ...others] = expected();
  for (const name of others) await owner.sql`DROP TABLE ${owner.sql(name)}`;
  const month = others[0]?.replace('webhook_payloads_', '').replace('_', '-') ?? '';
  await runtime.sql`
    INSERT INTO webhook_payloads (receipt_id, received_at, body)
    VALUES (-2, ${`${month}-15T00:00:00Z`}::timestamptz, 'x')`;
  await runtime.sql`SELECT ensure_webhook_partitions()`;
  expect(await partitions()).toEqual([first, ...others, 'webhook_payloads_rest']);
  const rows = await runtime.sql`
    SELECT tableoid::regclass::text AS partition FROM webhook_payloads WHERE receipt_id = -2`;
  expect([...rows]).toEqual([{ partition: others[0] }]);
});

test('what gateways sent is dropped by whole months after its time, but not what may be needed again', async () => {
  const old = '2020-02-10T00:00:00Z';
  await asSuperuser(database.ownerUrl, (client) =>
    client.query(`
    CREATE TABLE webhook_payloads_2020_02 (LIKE webhook_payloads INCLUDING ALL);
    ALTER TABLE webhook_payloads ATTACH PARTITION webhook_payloads_2020_02
      FOR VALUES FROM ('2020-02-01T00:00Z') TO ('2020-03-01T00:00Z');
    INSERT INTO webhook_receipts (gateway, event_id, event_type, request_id, received_at, state, due_at)
    VALUES ('stripe', 'old_processed', 't', 'r', '${old}', 'processed', NULL),
           ('stripe', 'old_dead', 't', 'r', '${old}', 'dead', NULL),
           ('stripe', 'old_waiting', 't', 'r', '${old}', 'pending', now() + interval '1 hour');
    INSERT INTO webhook_payloads (receipt_id, received_at, body)
    SELECT id, received_at, 'x' FROM webhook_receipts WHERE event_id LIKE 'old%'`),
  );
  const kept = async () => {
    const rows = await runtime.sql<{ eventId: string }[]>`
      SELECT event_id FROM webhook_payloads JOIN webhook_receipts ON id = receipt_id
       WHERE event_id LIKE 'old%' ORDER BY 1`;
    return rows.map(({ eventId }) => eventId);
  };
  expect(await kept()).toEqual(['old_dead', 'old_processed', 'old_waiting']);
  await dropWebhookPayloads(runtime, 90);
  expect(await kept()).toEqual(['old_dead', 'old_waiting']);
  expect(await partitions()).toEqual([...expected(), 'webhook_payloads_rest']);
  const [receipts] = await runtime.sql<{ count: number }[]>`
    SELECT count(*)::int FROM webhook_receipts WHERE event_id LIKE 'old%'`;
  expect(receipts?.count).toBe(3);

  await runtime.sql`UPDATE webhook_receipts SET state = 'processed', due_at = NULL WHERE event_id LIKE 'old%'`;
  await dropWebhookPayloads(runtime, 90);
  expect(await kept()).toEqual([]);
  await expect(dropWebhookPayloads(runtime, 0)).rejects.toThrow('at least a day');
});

test('answers to keys are forgotten after the retention, and only those', async () => {
  await runtime.sql`
    INSERT INTO idempotency_keys (scope, key, fingerprint, payment_id, lease_until, lease_token, created_at)
    SELECT 'scope', 'key ' || age, '\\x00', 'pay_1', now(), gen_random_uuid(), now() - age * interval '1 day'
      FROM generate_series(0, 2499) AS age`;
  await owner.sql`UPDATE schedules SET due_at = now(), lease_until = NULL WHERE NOT by_hand`;
  await runDue('idempotency_expiry');
  const [left] = await runtime.sql<{ count: number }[]>`
    SELECT count(*)::int FROM idempotency_keys`;
  expect(left?.count).toBe(7);
});

test('a schedule of a newer version is left to it', async () => {
  await expect(runSchedule(scheduling(), { id: 'newer', tries: 1, token: '' })).rejects.toThrow(
    'newer',
  );
});

test('the errors of the last day are counted by what they were, and webhooks that are given up', async () => {
  await owner.sql`
    INSERT INTO payments (id, status, amount, currency, capture_method, gateway, created_at, updated_at)
    SELECT 'pay_errors_' || n, 'requires_payment_method', 100, 'EUR', 'automatic', 'stripe', now() - n * interval '20 hours', now()
      FROM generate_series(0, 2) AS n`;
  await owner.sql`
    INSERT INTO payment_attempts (id, payment_id, operation, ordinal, gateway, gateway_key, request, status_before, outcome, error)
    SELECT 'att_errors_' || n, 'pay_errors_' || n, 'confirm', 1, 'stripe', 'key_errors_' || n, '{}',
           'requires_payment_method', 'declined', '{"code": "card_declined"}'
      FROM generate_series(0, 2) AS n`;
  await owner.sql`UPDATE webhook_receipts SET state = 'dead', due_at = NULL WHERE event_id = 'evt_now'`;
  const told: (readonly ErrorCount[])[] = [];
  await owner.sql`UPDATE schedules SET due_at = now(), lease_until = NULL WHERE name = 'error_summary'`;
  await runDue('error_summary', (errors) => told.push(errors));
  // The third payment is of the day before.
  const declined = { gateway: 'stripe', operation: 'confirm', outcome: 'declined' };
  const dead = { gateway: 'stripe', operation: 'webhook', outcome: 'dead', code: null };
  expect(told).toEqual([
    [
      { ...declined, code: 'card_declined', count: 2 },
      { ...dead, count: 1 },
    ],
  ]);
});

test('what people do is never claimed by a worker, and is done when somebody says so, who is in the audit log', async () => {
  const claims = await claimDueWork(runtime, 'schedules', { limit: 20, leaseMs: 30_000 });
  expect(claims.map(({ id }) => id)).not.toContain('load_test');
  await owner.sql`UPDATE schedules SET since = now() - interval '100 days' WHERE name = 'load_test'`;
  const age = async () => {
    const schedules = await readSchedules(runtime, {
      gateways: ['stripe'],
      comparedEverySeconds: 604_800,
    });
    return Math.round(schedules.find(({ name }) => name === 'load_test')?.ageSeconds ?? -1);
  };
  expect(await age()).toBeGreaterThan(99 * 86_400);
  expect(await noteDone(runtime, 'load_test', BY_ITSELF)).toBe(true);
  expect(await age()).toBeLessThan(60);
  expect(await noteDone(runtime, 'ledger_check', BY_ITSELF)).toBe(false);
  expect(await noteDone(runtime, 'fee_reconciliation', BY_ITSELF)).toBe(false);
  const entries = await runtime.sql`
    SELECT subject_id FROM audit_log WHERE action = 'schedule.done'`;
  expect([...entries]).toEqual([{ subjectId: 'load_test' }]);
});

test('fees count as compared when the last of the gateways was', async () => {
  await owner.sql`
    INSERT INTO reconciliation_runs (id, gateway, period_from, period_to, status, requested_by, due_at, finished_at)
    VALUES ('rec_1', 'stripe', now() - interval '9 days', now() - interval '8 days', 'finished', 'test', NULL, now() - interval '8 days'),
           ('rec_2', 'square', now() - interval '9 days', now() - interval '8 days', 'finished', 'test', NULL, now()),
           ('rec_3', 'stripe', now() - interval '9 days', now() - interval '8 days', 'failed', 'test', NULL, now())`;
  const days = async (gateways: string[]) => {
    const all = await readSchedules(runtime, { gateways, comparedEverySeconds: 604_800 });
    const found = all.find(({ name }) => name === 'fee_reconciliation');
    return Math.round((found?.ageSeconds ?? -1) / 86_400);
  };
  expect(await days(['stripe', 'square'])).toBe(8);
  // One that is no longer configured keeps nobody waiting.
  expect(await days(['square'])).toBe(0);
});

test('fees are overdue by the pattern of the settings, and never without one', async () => {
  const comparison = async (comparedEverySeconds: number | null) => {
    const all = await readSchedules(runtime, { gateways: ['stripe'], comparedEverySeconds });
    expect(
      all.filter(({ isOff }) => isOff).every(({ name }) => name === 'fee_reconciliation'),
    ).toBe(true);
    return all.find(({ name }) => name === 'fee_reconciliation');
  };
  expect(await comparison(604_800)).toMatchObject({ everySeconds: 604_800, isOff: false });
  expect(await comparison(31 * 86_400)).toMatchObject({ everySeconds: 31 * 86_400, isOff: false });
  expect(await comparison(null)).toMatchObject({ isOff: true });
});
