import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { createBreakers, type Breakers } from '../../src/admin/breakers.ts';
import { moveBreaker, readBreakers } from '../../src/database/breakers.ts';
import { Database } from '../../src/database/database.ts';
import type { GatewayError } from '../../src/domain/outcome.ts';
import { eventually } from '../support/eventually.ts';
import { createDatabase, type TestDatabase } from '../support/services/postgres.ts';

/** Two processes that share what they know of gateways in trouble. */

let database: TestDatabase;
let db: Database;
let one: Breakers;
let other: Breakers;
let changes: string[];

beforeAll(async () => {
  database = await createDatabase();
  db = new Database({
    url: database.runtimeUrl,
    poolSize: 4,
    prepare: true,
    applicationName: 'breakers-test',
  });
});
beforeEach(async () => {
  await db.sql`UPDATE gateway_breakers SET state = 'closed', streak = 0, openings = 0, probe_at = NULL`;
  changes = [];
  one = breakers();
  other = breakers();
  return () => {
    one.close();
    other.close();
  };
});
afterAll(() => db.close());

function breakers(): Breakers {
  const made = createBreakers({
    read: () => readBreakers(db),
    move: (gateway, next) => moveBreaker(db, gateway, next),
    onChange: ({ breaker }) => changes.push(breaker.state),
    onError: (error) => {
      throw error;
    },
  });
  made.start();
  return made;
}

function call(category: GatewayError['category'] | null) {
  const error = category && {
    category,
    code: 'timeout',
    message: '',
    httpStatus: null,
    gatewayRequestId: null,
  };
  return { gateway: 'stripe', error };
}

async function open(): Promise<void> {
  for (let n = 0; n < 5; n += 1) one.observe(call('no_answer'));
  await one.settled();
  await eventually(async () => expect(other.isAvailable('stripe')).toBe(false));
}

/** As if the pause were over. */
async function letTimePass(): Promise<void> {
  await db.sql`UPDATE gateway_breakers SET probe_at = now() WHERE probe_at IS NOT NULL`;
  await eventually(async () => {
    expect(one.probesDue()).toEqual(['stripe']);
    expect(other.probesDue()).toEqual(['stripe']);
  });
}

test('five calls in a row that go wrong in one process close the gateway to all, and to no other gateway', async () => {
  for (let n = 0; n < 4; n += 1) one.observe(call('gateway_fault'));
  one.observe(call(null));
  for (let n = 0; n < 4; n += 1) one.observe(call('unreachable'));
  await one.settled();
  expect(one.isAvailable('stripe')).toBe(true);
  await open();
  expect(one.isAvailable('stripe')).toBe(false);
  expect(one.isAvailable('square')).toBe(true);
  expect(changes).toEqual(['open']);
});

test('what a gateway says to wrong requests and to busy senders is no trouble of its own', async () => {
  const categories = ['invalid_request', 'key_conflict', 'rate_limited', 'authentication'] as const;
  for (let n = 0; n < 3; n += 1) for (const each of categories) one.observe(call(each));
  await one.settled();
  expect(one.isAvailable('stripe')).toBe(true);
});

test('nobody tries it before its time, and then one process of all', async () => {
  await open();
  expect(other.probesDue()).toEqual([]);
  expect(await other.claimProbe('stripe')).toBe(false);
  await letTimePass();
  const claimed = await Promise.all(
    [one, other, one, other].map((each) => each.claimProbe('stripe')),
  );
  expect(claimed.filter(Boolean)).toHaveLength(1);
});

test('two probes that go well give it back to all; one that fails makes the pause longer', async () => {
  await open();
  const pauseMs = async () => (await readBreakers(db)).get('stripe')?.probeInMs ?? 0;
  await letTimePass();
  expect(await one.claimProbe('stripe')).toBe(true);
  one.observe(call('unreachable'));
  await one.settled();
  expect(await pauseMs()).toBeGreaterThan(5_000);
  for (let n = 0; n < 2; n += 1) {
    await letTimePass();
    expect(await other.claimProbe('stripe')).toBe(true);
    other.observe(call(null));
    await other.settled();
  }
  await eventually(async () => expect(one.isAvailable('stripe')).toBe(true));
  expect(changes).toEqual(['open', 'half_open', 'open', 'half_open', 'closed']);
});
