import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { BY_ITSELF } from '../../src/admin/change.ts';
import type { Database } from '../../src/database/database.ts';
import { findRun } from '../../src/database/reconciliation-runs.ts';
import { verifyLedger } from '../../src/ledger/verify-ledger.ts';
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
  onTestFinished(() => db.close());
}

async function pay(at = new Date()): Promise<string> {
  const id = newId('pay');
  const gatewayPaymentId = `pi_${id}`;
  const one = { id, gatewayPaymentId, amount: 10_000, currency: 'USD', at };
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

/** What cannot be read, and why. */
async function unreadable(): Promise<Record<string, string | null>> {
  const rows = await db.sql<{ recordId: string; unreadable: string | null }[]>`
    SELECT record_id, unreadable FROM reconciliation_items
     WHERE state = 'unreadable' AND closed_at IS NULL AND their_amount IS NULL AND their_currency IS NULL`;
  return Object.fromEntries(rows.map((row) => [row.recordId, row.unreadable]));
}

const UNREADABLE_AMOUNTS: [string, object, why: RegExp][] = [
  ['a fee finer than its currency', { currency: 'isk', fee: 333, net: 9_667 }, /333 ISK/],
  ['a currency that is none', { currency: 'us$' }, /US\$/],
  ['an amount that is no number', { amount: '1.5e3' }, /amount/],
  ['an amount that is not there', { amount: undefined }, /amount/],
  ['an amount that is not whole', { amount: 100.5 }, /amount/],
  ['a net amount that is another one', { net: 9_681 }, /9681/],
  ['more money than there is', { amount: 9_007_199_254_740_991, fee: -1, net: 1e21 }, /net/],
];

test.each(UNREADABLE_AMOUNTS)(
  'a record with %s is kept and named, and the rest of its page is compared; once it can be read it is compared too',
  async (_, over, why) => {
    await open();
    const [paid, spoilt] = [await pay(), await pay()];
    const strange = { id: 'txn_xy', type: 'lunar_tax', ...over };
    answer = (response) =>
      response.end(
        page(transaction(spoilt, over), transaction('xy_1', strange), transaction(paid)),
      );
    const run = await reconcile(db, gateway);
    expect(run).toMatchObject({ status: 'finished', lastError: null, pulled: 3n });
    expect(await results()).toEqual({
      [paid]: 'matched',
      [spoilt]: 'unreadable',
      xy_1: 'unreadable',
    });
    expect(await unreadable()).toEqual({
      [`txn_${spoilt}`]: expect.stringMatching(why) as string,
      txn_xy: expect.stringMatching(why) as string,
    });
    const told = run.totals?.filter(({ state }) => state === 'unreadable');
    expect(told?.map(({ currency, kind, count }) => [currency, kind, count])).toEqual([
      ['USD', 'charge', 1],
      [null, 'adjustment', 1],
    ]);
    const [kept] = await db.sql<{ raw: { type: string } }[]>`
      SELECT raw FROM settlement_records WHERE record_id = 'txn_xy'`;
    expect(kept?.raw).toMatchObject(JSON.parse(JSON.stringify(strange)) as object);
    expect((await reconcile(db, gateway)).changed).toBe(0n);

    answer = (response) => response.end(page(transaction(spoilt), transaction(paid)));
    await reconcile(db, gateway);
    expect(await results()).toMatchObject({ [paid]: 'matched', [spoilt]: 'matched' });
    expect(Object.keys(await unreadable())).toEqual(['txn_xy']);
  },
);

test('a payout is named where it cannot be read, and where a line of what it consists of cannot', async () => {
  await open();
  const paid = await pay();
  const out = { type: 'payout', amount: -9_680, fee: 0, net: -9_680 };
  const spoil = { net: 0.5 };
  let [ofPayout, ofLine] = [spoil, {}];
  answer = (response) => {
    const isContents = response.req.url?.includes('payout=') ?? false;
    const payout = transaction('po_1', { ...out, ...ofPayout });
    response.end(
      isContents ? page(payout, transaction(paid, ofLine)) : page(payout, transaction(paid)),
    );
  };
  await reconcile(db, gateway);
  expect(await results()).toEqual({ [paid]: 'matched', po_1: 'unreadable' });
  expect(await unreadable()).toEqual({ txn_po_1: expect.stringContaining('net') as string });

  [ofPayout, ofLine] = [{ net: -9_680 }, spoil];
  await reconcile(db, gateway);
  expect(await results()).toEqual({ [paid]: 'matched', po_1: 'unreadable' });
  const [line] = await db.sql<{ unreadable: string; theirAmount: bigint }[]>`
    SELECT unreadable, their_amount FROM reconciliation_items WHERE kind = 'payout'`;
  expect(line?.unreadable).toMatch(`txn_${paid}: net`);
  expect(line?.theirAmount).toBe(-9_680n);

  ofLine = {};
  await reconcile(db, gateway);
  expect(await results()).toEqual({ [paid]: 'matched', po_1: 'matched' });

  // It was posted when it could be read, and stays so.
  ofPayout = spoil;
  await reconcile(db, gateway);
  expect(await results()).toEqual({ [paid]: 'matched', po_1: 'unreadable' });
  const posted = await db.sql`SELECT FROM ledger_entries WHERE source_id = 'stripe/txn_po_1'`;
  expect(posted).toHaveLength(1);
  const about = (await verifyLedger(db)).findings.filter((finding) => 'sourceId' in finding);
  expect(about).toEqual([]);
});

test('a payout that fails after its days were compared is told of, by a run over the days of either', async () => {
  await open();
  const paid = await pay();
  const now = Math.floor(Date.now() / 1_000);
  const out = { type: 'payout', fee: 0, amount: -9_680, net: -9_680, created: now - 5 * 86_400 };
  const back = { ...out, type: 'payout_failure', amount: 9_680, net: 9_680, created: now - 60 };
  const records = [transaction(paid), transaction('po_1', out)];
  answer = (response) => {
    const { searchParams } = new URL(response.req.url ?? '', 'http://gateway.test');
    response.end(searchParams.has('payout') ? page(transaction(paid)) : page(...records));
  };
  await reconcile(db, gateway);
  expect(await results()).toEqual({ [paid]: 'matched', po_1: 'matched' });

  records.push(transaction('po_1', { ...back, id: 'txn_back' }));
  await reconcile(db, gateway, { days: 1 });
  const failed = async () => {
    const [item] = await db.sql`
      SELECT state, record_id, our_amount, their_amount FROM reconciliation_items WHERE movement_id = 'po_1'`;
    return item;
  };
  const told = {
    state: 'amount_differs',
    recordId: 'txn_back',
    ourAmount: -9_680n,
    theirAmount: 0n,
  };
  expect(await failed()).toEqual(told);
  await reconcile(db, gateway);
  expect(await failed()).toEqual(told);
  expect((await reconcile(db, gateway)).changed).toBe(0n);
});

test('a payout whose own record says later that it failed is told of by the next run', async () => {
  await open();
  const paid = await pay();
  const out = { type: 'payout', fee: 0, amount: -9_680, net: -9_680 };
  let payout = transaction('po_1', out);
  answer = (response) =>
    response.end(
      response.req.url?.includes('payout=')
        ? page(transaction(paid))
        : page(transaction(paid), payout),
    );
  await reconcile(db, gateway);
  expect(await results()).toEqual({ [paid]: 'matched', po_1: 'matched' });
  payout = transaction('po_1', { ...out, amount: 0, net: 0 });
  await reconcile(db, gateway);
  expect(await results()).toEqual({ [paid]: 'matched', po_1: 'amount_differs' });
});

test('a record that had matched and is told of no more leaves its payment missing there, until it is told of again', async () => {
  await open();
  const [kept, gone] = [await pay(), await pay()];
  const one = transaction(gone);
  answer = (response) => response.end(page(transaction(kept), one));
  await reconcile(db, gateway);
  expect(await results()).toEqual({ [kept]: 'matched', [gone]: 'matched' });

  answer = (response) => response.end(page(transaction(kept)));
  expect(await reconcile(db, gateway)).toMatchObject({ status: 'finished', changed: 1n });
  expect(await results()).toEqual({ [kept]: 'matched', [gone]: 'missing_there' });
  expect((await reconcile(db, gateway)).changed).toBe(0n);

  answer = (response) => response.end(page(transaction(kept), one));
  await reconcile(db, gateway);
  expect(await results()).toEqual({ [kept]: 'matched', [gone]: 'matched' });
});

test('a record that is gone and whose payment is of another time is told of as well', async () => {
  await open();
  const paid = await pay(new Date(Date.now() - 3 * DAY_MS));
  answer = (response) => response.end(page(transaction(paid)));
  await reconcile(db, gateway);
  expect(await results()).toEqual({ [paid]: 'matched' });
  answer = (response) => response.end(page());
  await reconcile(db, gateway, { days: 1 });
  expect(await results()).toEqual({ [paid]: 'missing_there' });
});

test('where a version that does not write down what was told has read a part, nothing that matched counts as gone', async () => {
  await open();
  const paid = await pay();
  answer = (response) => response.end(page(transaction(paid)));
  await reconcile(db, gateway);
  const to = new Date();
  const from = new Date(to.getTime() - DAY_MS);
  const asked = await requestRun(db, { gateway: 'stripe', from, to }, BY_ITSELF);
  if (asked.kind !== 'begun') throw new Error(`the run is ${asked.kind}`);
  await db.sql`UPDATE reconciliation_runs SET pulled = 1, stage = 'withdrawn' WHERE id = ${asked.run.id}`;
  await resume(db, gateway, asked.run.id);
  expect(await results()).toEqual({ [paid]: 'matched' });
});
