import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Database } from '../../src/database/database.ts';
import type { Gateway } from '../../src/gateways/gateway.ts';
import { createStripeGateway } from '../../src/gateways/stripe/client.ts';
import { createTransport, type Transport } from '../../src/gateways/transport.ts';
import { newId } from '../../src/ids.ts';
import { startStripeSandbox, type StripeSandbox } from '../../src/sandbox/stripe/start.ts';
import { insertCaptured, reconcile, type CapturedPayment } from '../support/reconciliation.ts';
import { createDatabase, openDatabase, type TestDatabase } from '../support/services/postgres.ts';

const PAYMENTS = 1_000;
/** How many payments each kind of difference is planted in. */
const EACH = 25;
const AT_ONCE = 16;

let database: TestDatabase;
let db: Database;
let sandbox: StripeSandbox;
let transport: Transport;
let gateway: Gateway;
let payments: CapturedPayment[];

beforeAll(async () => {
  database = await createDatabase();
  db = openDatabase(database.runtimeUrl);
  sandbox = await startStripeSandbox({ port: 0, secretKey: 'sk_test_1', publishableKey: 'pk_1' });
  transport = createTransport({ connectTimeoutMs: 5_000, totalTimeoutMs: 30_000 });
  gateway = createStripeGateway({
    secretKey: 'sk_test_1',
    publishableKey: null,
    webhookSecrets: [],
    apiUrl: sandbox.url,
    transport,
    signatureToleranceMs: 300_000,
  });
  await db.sql`
    INSERT INTO gateway_settings (gateway, version, changed_by, changed_by_name, in_force_from, fee_percentage, fee_fixed, fees, limits)
    VALUES ('stripe', 1, 'op_1', 'Ada', now(), 2.9, 0.30, '{}', '{}')`;
  payments = await payMany(PAYMENTS);
}, 120_000);

afterAll(async () => {
  await db.close();
  await transport.close();
  await sandbox.close();
  await database.drop();
});

/** Payments that the sandbox took and Tender knows, but for the last `EACH`, which Tender does not know. */
async function payMany(count: number): Promise<CapturedPayment[]> {
  const made: CapturedPayment[] = [];
  const queue = Array.from({ length: count }, (_, n) => n);
  const work = async (): Promise<void> => {
    for (let n = queue.pop(); n !== undefined; n = queue.pop()) {
      const id = newId('pay');
      // 2.9 % of a multiple of 10.00 is a whole number of cents, whichever way one rounds.
      const amount = 1_000 * (1 + (n % 50));
      const response = await fetch(`${sandbox.url}/v1/payment_intents`, {
        method: 'POST',
        headers: { authorization: 'Bearer sk_test_1', 'idempotency-key': id },
        body: new URLSearchParams({
          amount: String(amount),
          currency: 'usd',
          confirm: 'true',
          payment_method: 'pm_card_visa',
          'automatic_payment_methods[enabled]': 'true',
          'automatic_payment_methods[allow_redirects]': 'never',
          'metadata[tender_payment_id]': id,
        }),
      });
      const { id: gatewayPaymentId } = (await response.json()) as { id: string };
      made.push({ id, gatewayPaymentId, amount, currency: 'USD', at: new Date() });
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  await insertCaptured(db, 'stripe', made.slice(0, -EACH));
  return made;
}

async function items(): Promise<{ movementId: string; state: string }[]> {
  return db.sql<{ movementId: string; state: string }[]>`
    SELECT movement_id, state FROM reconciliation_items WHERE kind = 'charge' ORDER BY movement_id, duplicate_record_id`;
}

test('a run finds exactly the differences that were planted, names each, and a second run changes nothing', async () => {
  const planted = new Map<string, string>();
  const plant = (kind: string, from: number, settlement: object): void => {
    for (const { gatewayPaymentId: source } of payments.slice(from * EACH, (from + 1) * EACH)) {
      sandbox.faults.add({ match: { source }, settlement } as never);
      planted.set(source, kind);
    }
  };
  plant('missing_there', 0, { kind: 'missing' });
  plant('missing_there', 1, { kind: 'late', seconds: 86_400 });
  plant('amount_differs', 2, { kind: 'amount', by: -100 });
  plant('amount_differs', 3, { kind: 'amount', by: 5 });
  plant('fee_differs', 4, { kind: 'fee', by: 1 });
  plant('currency_differs', 5, { kind: 'currency', currency: 'eur' });
  plant('duplicate_there', 6, { kind: 'doubled' });
  for (const { gatewayPaymentId } of payments.slice(-EACH)) {
    planted.set(gatewayPaymentId, 'missing_here');
  }
  const run = await reconcile(db, gateway);
  expect(run).toMatchObject({ status: 'finished', lastError: null });
  const found = await items();
  const differences = found.filter(({ state }) => state !== 'matched');
  expect(differences).toHaveLength(8 * EACH);
  expect(new Map(differences.map(({ movementId, state }) => [movementId, state]))).toEqual(planted);
  // Each doubled record leaves its first one matched.
  expect(found).toHaveLength(PAYMENTS + EACH);
  const counts = new Map(run.totals?.map(({ state, count }) => [state, count]));
  expect(counts.get('matched')).toBe(PAYMENTS - 7 * EACH);

  const again = await reconcile(db, gateway);
  expect(again).toMatchObject({ status: 'finished', changed: 0n });
  expect(await items()).toEqual(found);

  sandbox.faults.clear();
  const healed = await reconcile(db, gateway);
  expect(healed.changed).toBe(BigInt(6 * EACH));
}, 120_000);
