import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { BY_ITSELF } from '../../src/admin/change.ts';
import type { Database } from '../../src/database/database.ts';
import { findRun } from '../../src/database/reconciliation-runs.ts';
import type { Gateway } from '../../src/gateways/gateway.ts';
import { createTransport, type Transport } from '../../src/gateways/transport.ts';
import { newId } from '../../src/ids.ts';
import { requestRun } from '../../src/reconciliation/request-run.ts';
import { eventually } from '../support/eventually.ts';
import { insertCaptured, reconcile, resume, stripeAt } from '../support/reconciliation.ts';
import { createDatabase, openDatabase, type TestDatabase } from '../support/services/postgres.ts';

const DAY_MS = 86_400_000;

let database: TestDatabase;
let db: Database;
let server: Server;
let transport: Transport;
let gateway: Gateway;
/** What the gateway answers when it is asked for its balance transactions. */
let answer: (response: ServerResponse) => void;

beforeAll(async () => {
  server = createServer((_, response) => {
    response.setHeader('content-type', 'application/json');
    answer(response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  transport = createTransport({ connectTimeoutMs: 5_000, totalTimeoutMs: 30_000 });
  gateway = stripeAt(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, transport);
});

afterAll(async () => {
  await transport.close();
  server.close();
});

/** A database of its own for each test, so that no run of another one is running. */
async function open(): Promise<void> {
  database = await createDatabase();
  db = openDatabase(database.runtimeUrl);
  onTestFinished(async () => {
    await db.close();
    await database.drop();
  });
}

async function pay(): Promise<string> {
  const id = newId('pay');
  const gatewayPaymentId = `pi_${id}`;
  const one = { id, gatewayPaymentId, amount: 10_000, currency: 'USD', at: new Date() };
  await insertCaptured(db, 'stripe', [{ ...one, refund: null }]);
  return gatewayPaymentId;
}

function transaction(movementId: string, over: object = {}): object {
  return {
    id: `txn_${movementId}`,
    object: 'balance_transaction',
    type: 'charge',
    amount: 10_000,
    fee: 320,
    net: 9_680,
    currency: 'usd',
    // Before the run began, in whole seconds too.
    created: Math.floor(Date.now() / 1_000) - 60,
    source: movementId,
    ...over,
  };
}

const page = (...data: object[]) => JSON.stringify({ object: 'list', data, has_more: false });

async function results(): Promise<Record<string, string>> {
  const rows = await db.sql<{ movementId: string; state: string }[]>`
    SELECT movement_id, state FROM reconciliation_items`;
  return Object.fromEntries(rows.map(({ movementId, state }) => [movementId, state]));
}

async function putTermsInForce(version: number, percentage: number): Promise<void> {
  const [row] = await db.sql<{ inForceFrom: Date }[]>`
    INSERT INTO gateway_settings (gateway, version, changed_by, changed_by_name, in_force_from, fee_percentage, fee_fixed, fees, limits)
    VALUES ('stripe', ${version}, 'op_1', 'Ada', now(), ${percentage}, 0.30, '{}', '{}')
    RETURNING in_force_from`;
  // What is paid now is paid after it, by a clock of whole milliseconds too.
  await eventually(() => expect(Date.now()).toBeGreaterThan((row?.inForceFrom.getTime() ?? 0) + 1));
}

test('in a period across a change of fees each payment is held against the terms of its moment', async () => {
  await open();
  await putTermsInForce(1, 2.9);
  const [before, wrong] = [await pay(), await pay()];
  await putTermsInForce(2, 3.9);
  const [after, stale] = [await pay(), await pay()];
  const dear = { fee: 420, net: 9_580 };
  answer = (response) =>
    response.end(
      page(
        transaction(before),
        transaction(wrong, dear),
        transaction(after, dear),
        transaction(stale),
      ),
    );
  await reconcile(db, gateway);
  expect(await results()).toEqual({
    [before]: 'matched',
    [wrong]: 'fee_differs',
    [after]: 'matched',
    [stale]: 'fee_differs',
  });
});

test('a run that is asked for twice at once is one, and another period waits until it has ended', async () => {
  await open();
  const to = new Date();
  const span = { gateway: 'stripe', from: new Date(to.getTime() - DAY_MS), to };
  const [one, other] = await Promise.all([
    requestRun(db, span, BY_ITSELF),
    requestRun(db, span, BY_ITSELF),
  ]);
  expect([one.kind, other.kind].sort()).toEqual(['begun', 'running']);
  if (one.kind === 'done' || other.kind === 'done') throw new Error('nothing was scheduled');
  expect(one.run.id).toBe(other.run.id);
  const longer = { ...span, from: new Date(to.getTime() - 2 * DAY_MS) };
  expect(await requestRun(db, longer, BY_ITSELF)).toMatchObject({ kind: 'busy' });
  answer = (response) => response.end(page());
  await resume(db, gateway, one.run.id);
  expect(await requestRun(db, longer, BY_ITSELF)).toMatchObject({ kind: 'begun' });
});

const UNREADABLE: [string, (response: ServerResponse, whole: string) => void][] = [
  ['are no JSON', (response) => response.end('<html>Down for maintenance</html>')],
  ['end in the middle', (response, whole) => response.end(whole.slice(0, whole.length / 2))],
  [
    'are cut off with the connection',
    (response, whole) => {
      response.setHeader('content-length', whole.length);
      response.write(whole.slice(0, whole.length / 2), () => response.destroy());
    },
  ],
  ['have a record without an id', (response) => response.end(page(transaction('', { id: null })))],
  [
    'have an amount that is none',
    (response) => response.end(page(transaction('pi_1', { amount: '1.5e3' }))),
  ],
];

test.each(UNREADABLE)(
  'of records that %s nothing is believed: the run says why it does not go on, and goes on once they can be read',
  async (_, spoil) => {
    await open();
    const paid = await pay();
    const whole = page(transaction(paid));
    const to = new Date();
    const from = new Date(to.getTime() - DAY_MS);
    const asked = await requestRun(db, { gateway: 'stripe', from, to }, BY_ITSELF);
    if (asked.kind !== 'begun') throw new Error(`the run is ${asked.kind}`);
    answer = (response) => spoil(response, whole);
    await expect(resume(db, gateway, asked.run.id)).rejects.toThrow('settlement records');
    expect(await findRun(db, asked.run.id)).toMatchObject({
      status: 'running',
      stage: 'pull',
      pulled: 0n,
      lastError: expect.stringContaining('stripe does not give') as string,
    });
    expect(await results()).toEqual({});

    answer = (response) => response.end(whole);
    await db.sql`UPDATE reconciliation_runs SET lease_until = NULL`;
    await resume(db, gateway, asked.run.id);
    expect(await findRun(db, asked.run.id)).toMatchObject({ status: 'finished', lastError: null });
    expect(await results()).toEqual({ [paid]: 'matched' });
  },
);

test('a record of a type that nobody has heard of is kept, and shown as money that Tender knows nothing of', async () => {
  await open();
  const paid = await pay();
  const unheard = transaction('xy_1', {
    id: 'txn_xy',
    type: 'lunar_tax',
    amount: -70,
    fee: 0,
    net: -70,
  });
  answer = (response) => response.end(page(transaction(paid), unheard));
  expect(await reconcile(db, gateway)).toMatchObject({ status: 'finished' });
  expect(await results()).toEqual({ [paid]: 'matched', xy_1: 'missing_here' });
  const [kept] = await db.sql<{ kind: string; type: string }[]>`
    SELECT kind, raw ->> 'type' AS type FROM settlement_records WHERE record_id = 'txn_xy'`;
  expect(kept).toEqual({ kind: 'adjustment', type: 'lunar_tax' });
});
