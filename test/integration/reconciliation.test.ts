import { afterEach, expect, test } from 'vitest';
import type { Database } from '../../src/database/database.ts';
import type { ReconciliationRun } from '../../src/database/reconciliation-runs.ts';
import type { Gateway } from '../../src/gateways/gateway.ts';
import { createTransport, type Transport } from '../../src/gateways/transport.ts';
import { startStripeSandbox, type StripeSandbox } from '../../src/sandbox/stripe/start.ts';
import {
  fillSandbox,
  insertCaptured,
  reconcile,
  stripeAt,
  type CapturedPayment,
} from '../support/reconciliation.ts';
import { createDatabase, openDatabase, type TestDatabase } from '../support/services/postgres.ts';
import { KEYS } from '../support/tender.ts';

const DAY_MS = 86_400_000;

/** How much the gateway has taken and paid back, and in how many movements each of the eight kinds of fault is planted. */
interface Scale {
  payments: number;
  refunds: number;
  each: number;
}

const LARGE: Scale = { payments: 9_000, refunds: 1_000, each: 25 };
const SMALL: Scale = { payments: 180, refunds: 20, each: 3 };

let database: TestDatabase;
let db: Database;
let sandbox: StripeSandbox;
let transport: Transport;
let gateway: Gateway;
let payments: CapturedPayment[];

afterEach(async () => {
  await db.close();
  await transport.close();
  await sandbox.close();
});

async function fill({ payments: count, refunds, each }: Scale): Promise<void> {
  database = await createDatabase();
  db = openDatabase(database.runtimeUrl);
  sandbox = await startStripeSandbox({ port: 0, ...KEYS });
  transport = createTransport({ connectTimeoutMs: 5_000, totalTimeoutMs: 30_000 });
  gateway = stripeAt(sandbox.url, transport);
  await db.sql`
    INSERT INTO gateway_settings (gateway, version, changed_by, changed_by_name, in_force_from, fee_percentage, fee_fixed, fees, limits)
    VALUES ('stripe', 1, 'op_1', 'Ada', now() - interval '1 hour', 2.9, 0.30, '{}', '{}')`;
  payments = await fillSandbox(sandbox.url, count, refunds);
  // The last ones Tender does not know.
  await insertCaptured(db, 'stripe', payments.slice(0, -each));
}

/** Has PostgreSQL learn how much there is of what, as it does by itself within a minute. */
async function analyze(): Promise<void> {
  const owner = openDatabase(database.ownerUrl);
  await owner.sql`ANALYZE`;
  await owner.close();
}

/** Plants every fault that settlement records can have, and gives what is to be found, by the gateway's ids. */
function plantFaults({ each }: Scale): Map<string, string> {
  const planted = new Map<string, string>();
  const charges = payments
    .filter(({ refund }) => refund === null)
    .map((one) => one.gatewayPaymentId);
  const refunds = payments.flatMap(({ refund }) => refund?.gatewayRefundId ?? []);
  const plant = (state: string, among: string[], settlement: object): void => {
    for (const source of among.splice(0, each)) {
      sandbox.faults.add({ match: { source }, settlement } as never);
      planted.set(source, state);
    }
  };
  plant('missing_there', charges, { kind: 'missing' });
  plant('missing_there', refunds, { kind: 'late', seconds: 86_400 });
  plant('amount_differs', charges, { kind: 'amount', by: -100 });
  plant('amount_differs', refunds, { kind: 'amount', by: 5 });
  plant('fee_differs', charges, { kind: 'fee', by: 1 });
  plant('currency_differs', charges, { kind: 'currency', currency: 'eur' });
  plant('duplicate_there', charges, { kind: 'doubled' });
  for (const gatewayPaymentId of charges.slice(-each))
    planted.set(gatewayPaymentId, 'missing_here');
  return planted;
}

async function items(): Promise<{ movementId: string; state: string }[]> {
  return db.sql<{ movementId: string; state: string }[]>`
    SELECT movement_id, state FROM reconciliation_items
     WHERE kind <> 'payout' ORDER BY kind, movement_id, duplicate_record_id`;
}

const differing = (found: { movementId: string; state: string }[]) =>
  found.filter(({ state }) => state !== 'matched');

function countOf(run: ReconciliationRun, state: string): number {
  const totals = (run.totals ?? []).filter((total) => total.state === state);
  return totals.reduce((sum, { count }) => sum + count, 0);
}

test('a run over 10,000 movements finds exactly the 200 differences that were planted, names each, and a second run changes nothing', async () => {
  const { payments: charges, refunds, each } = LARGE;
  await fill(LARGE);
  const planted = plantFaults(LARGE);
  expect(planted.size).toBe(8 * each);

  // What only one side tells of may still be on its way to the other; the rest differs at once.
  const early = await reconcile(db, gateway, { pendingMs: DAY_MS });
  await analyze();
  expect(early).toMatchObject({ status: 'finished', lastError: null });
  expect(countOf(early, 'pending')).toBe(3 * each);
  const onOneSide = /^missing_/;
  expect(new Map(differing(await items()).map((item) => [item.movementId, item.state]))).toEqual(
    new Map([...planted].map(([id, state]) => [id, onOneSide.test(state) ? 'pending' : state])),
  );

  const run = await reconcile(db, gateway);
  expect(run).toMatchObject({ status: 'finished', lastError: null, changed: BigInt(3 * each) });
  const found = await items();
  const differences = differing(found);
  expect(differences).toHaveLength(8 * each);
  expect(new Map(differences.map(({ movementId, state }) => [movementId, state]))).toEqual(planted);
  // Each doubled record leaves its first one matched.
  expect(found).toHaveLength(charges + refunds + each);
  expect(countOf(run, 'matched')).toBe(charges + refunds - 7 * each);
  expect(countOf(run, 'pending')).toBe(0);

  const again = await reconcile(db, gateway);
  expect(again).toMatchObject({ status: 'finished', changed: 0n });
  expect(await items()).toEqual(found);
}, 240_000);

test('what the gateway takes back leaves nothing of itself, and what it tells again is open again', async () => {
  const { each } = SMALL;
  await fill(SMALL);
  plantFaults(SMALL);
  await reconcile(db, gateway);

  // The gateway corrects itself: what it told twice it tells once, which leaves nothing of the second time.
  sandbox.faults.clear();
  const healed = await reconcile(db, gateway);
  // And where the second one was taken for the first, that changes too.
  expect(healed.changed).toBeGreaterThanOrEqual(BigInt(7 * each));
  const left = await db.sql<
    { state: string; closedBy: string | null; closeReason: string | null }[]
  >`
    SELECT DISTINCT state, closed_by, close_reason FROM reconciliation_items WHERE state <> 'matched'`;
  expect(left.sort((one, other) => one.state.localeCompare(other.state))).toEqual([
    { state: 'duplicate_there', closedBy: 'tender', closeReason: expect.any(String) as string },
    { state: 'missing_here', closedBy: null, closeReason: null },
  ]);
  const [audited] = await db.sql<{ count: number }[]>`
    SELECT count(*)::int FROM audit_log WHERE action = 'reconciliation.close' AND actor_kind = 'system'`;
  expect(audited?.count).toBe(each);

  // Told twice again, it is open again.
  plantFaults(SMALL);
  await reconcile(db, gateway);
  const [reopened] = await db.sql<{ count: number }[]>`
    SELECT count(*)::int FROM reconciliation_items WHERE state = 'duplicate_there' AND closed_at IS NULL`;
  expect(reopened?.count).toBe(each);
}, 240_000);
