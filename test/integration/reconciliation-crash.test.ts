import { afterAll, beforeAll, expect, test } from 'vitest';
import { BY_ITSELF } from '../../src/admin/change.ts';
import type { Database } from '../../src/database/database.ts';
import { findRun } from '../../src/database/reconciliation-runs.ts';
import { createTransport, type Transport } from '../../src/gateways/transport.ts';
import { requestRun } from '../../src/reconciliation/request-run.ts';
import { eventually } from '../support/eventually.ts';
import { fillSandbox, insertCaptured, reconcile, stripeAt } from '../support/reconciliation.ts';
import { createDatabase, openDatabase, type TestDatabase } from '../support/services/postgres.ts';
import { dieAt, START_TIMEOUT_MS } from '../support/tender-processes.ts';
import { startTender, type Tender } from '../support/tender.ts';

/** Three pages of records, with the refunds. */
const PAYMENTS = 250;
const REFUNDS = 20;
const DAY_MS = 86_400_000;

let tender: Tender;
let undisturbed: TestDatabase;
let db: Database;
let transport: Transport;

beforeAll(async () => {
  tender = await startTender({
    env: { PAYMENT_RECONCILIATION_PENDING_HOURS: '0' },
    parts: [],
  });
  undisturbed = await createDatabase();
  db = openDatabase(undisturbed.runtimeUrl);
  transport = createTransport({ connectTimeoutMs: 5_000, totalTimeoutMs: 30_000 });
  const payments = await fillSandbox(tender.sandbox.url, PAYMENTS, REFUNDS);
  for (const [at, settlement] of [
    [0, { kind: 'amount', by: -100 }],
    [120, { kind: 'doubled' }],
    [240, { kind: 'missing' }],
  ] as const) {
    const source = payments[at]?.gatewayPaymentId ?? '';
    tender.sandbox.faults.add({ match: { source }, settlement });
  }
  for (const side of [tender.db, db]) await insertCaptured(side, 'stripe', payments.slice(0, -1));
}, START_TIMEOUT_MS);

afterAll(async () => {
  await db.close();
  await transport.close();
  await tender.close();
});

async function itemsOf(side: Database): Promise<object[]> {
  return side.sql`
    SELECT kind, movement_id, duplicate_record_id, state, payment_id, own_id, record_id, our_amount, our_fee, our_currency,
           their_amount, their_fee, their_currency, version
      FROM reconciliation_items ORDER BY kind, movement_id, duplicate_record_id`;
}

test(
  'a run whose processes are killed between its pages and between its comparisons ends as an undisturbed one does',
  async () => {
    const to = new Date();
    const from = new Date(to.getTime() - DAY_MS);
    const asked = await requestRun(tender.db, { gateway: 'stripe', from, to }, BY_ITSELF);
    if (asked.kind !== 'begun') throw new Error(`the run is ${asked.kind}`);
    const stages: string[] = [];
    // Of ten steps the first process does two, and the second one three.
    for (const step of [2, 3]) {
      await dieAt(tender.worker, `reconciliation.stepped:kill@${step}`);
      const run = await findRun(tender.db, asked.run.id);
      expect(run?.status).toBe('running');
      stages.push(run?.stage ?? '');
    }
    expect(stages).toEqual(['pull', 'refund']);

    await tender.worker.start();
    await eventually(async () => {
      expect((await findRun(tender.db, asked.run.id))?.status).toBe('finished');
    }, START_TIMEOUT_MS);

    const calm = await reconcile(db, stripeAt(tender.sandbox.url, transport), { from, to });
    const run = await findRun(tender.db, asked.run.id);
    const { pulled, compared, changed, totals } = calm;
    expect(run).toMatchObject({ pulled, compared, changed, totals });
    const items = await itemsOf(tender.db);
    // One that is missing here and one copy beside those that Tender knows.
    expect(items).toHaveLength(PAYMENTS + REFUNDS + 1);
    expect(items).toEqual(await itemsOf(db));
  },
  4 * START_TIMEOUT_MS,
);
