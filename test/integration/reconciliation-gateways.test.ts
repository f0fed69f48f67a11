import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { BY_ITSELF } from '../../src/admin/change.ts';
import { findRun, type ReconciliationRun } from '../../src/database/reconciliation-runs.ts';
import type { FaultRuleInput } from '../../src/sandbox/fault-rules.ts';
import { requestRun } from '../../src/reconciliation/request-run.ts';
import { PATIENT } from '../support/checkout.ts';
import { eventually } from '../support/eventually.ts';
import { GATEWAYS, type GatewayUnderTest } from '../support/gateways.ts';
import { START_TIMEOUT_MS } from '../support/tender-processes.ts';
import { startTenderWith, type AnySandbox, type Tender } from '../support/tender.ts';

const DAY_MS = 86_400_000;
/** What the sandboxes keep of a payment. */
const TERMS: Record<string, { percentage: number; fixed: number }> = {
  square: { percentage: 2.9, fixed: 0.3 },
  paypal: { percentage: 3.49, fixed: 0.49 },
};
const UNDER_TEST = GATEWAYS.filter(({ name }) => name in TERMS);

type Settlement = Extract<FaultRuleInput, { settlement: unknown }>['settlement'];

describe.each(UNDER_TEST)('at $name', (gateway: GatewayUnderTest) => {
  let tender: Tender<AnySandbox>;
  beforeAll(async () => {
    const env = { ...PATIENT, PAYMENT_RECONCILIATION_PENDING_HOURS: '0' };
    tender = await startTenderWith(gateway.open, { env });
    const { percentage = 0, fixed = 0 } = TERMS[gateway.name] ?? {};
    await tender.db.sql`
      INSERT INTO gateway_settings (gateway, version, changed_by, changed_by_name, in_force_from, fee_percentage, fee_fixed, fees, limits)
      VALUES (${gateway.name}, 1, 'op_1', 'Ada', now(), ${percentage}, ${fixed}, '{}', '{}')`;
  }, START_TIMEOUT_MS);
  afterAll(() => tender.close());

  /** Takes payments of 100.00, and waits until the gateway has told what each costs. */
  async function payMany(count: number): Promise<{ id: string; gatewayPaymentId: string }[]> {
    const ids: string[] = [];
    for (let n = 0; n < count; n += 1) {
      const { json } = await tender.call('POST', '/api/v1/payments', {
        body: {
          amount: 10_000,
          currency: gateway.currency,
          payment_method: gateway.method,
          confirm: true,
          return_url: 'https://shop.example/done',
        },
      });
      if (gateway.agreement !== null) {
        const body = new URLSearchParams(gateway.agreement);
        await fetch(json.next_action.url, { method: 'POST', body, redirect: 'manual' });
      }
      ids.push(json.id);
    }
    return eventually(async () => {
      const rows = await tender.db.sql<{ id: string; gatewayPaymentId: string }[]>`
        SELECT id, gateway_payment_id FROM payments
         WHERE id = ANY (${ids}::text[]) AND status = 'succeeded' AND fee_actual IS NOT NULL ORDER BY created_at`;
      expect(rows).toHaveLength(count);
      return rows;
    }, START_TIMEOUT_MS);
  }

  /** Pays 10.00 back, and gives what the gateway calls the refund. */
  async function refund(paymentId: string): Promise<string> {
    const path = `/api/v1/payments/${paymentId}/refunds`;
    const { json } = await tender.call('POST', path, { body: { amount: 1_000 } });
    return eventually(async () => {
      const [row] = await tender.db.sql<{ gatewayRefundId: string }[]>`
        SELECT gateway_refund_id FROM refunds WHERE id = ${json.id} AND status = 'succeeded'`;
      expect(row).toBeDefined();
      return row?.gatewayRefundId ?? '';
    }, START_TIMEOUT_MS);
  }

  async function reconcile(): Promise<ReconciliationRun> {
    const to = new Date();
    const span = { gateway: gateway.name, from: new Date(to.getTime() - DAY_MS), to };
    const asked = await requestRun(tender.db, span, BY_ITSELF);
    if (asked.kind !== 'begun') throw new Error(`the run is ${asked.kind}`);
    return eventually(async () => {
      const run = await findRun(tender.db, asked.run.id);
      if (run?.status !== 'finished') throw new Error(`it is ${run?.status}: ${run?.lastError}`);
      return run;
    }, START_TIMEOUT_MS);
  }

  async function differences(): Promise<string[]> {
    const rows = await tender.db.sql<{ kind: string; state: string; paymentId: string | null }[]>`
      SELECT kind, state, payment_id FROM reconciliation_items WHERE state <> 'matched' AND closed_at IS NULL`;
    return rows.map(({ kind, state, paymentId }) => `${kind} ${state} ${paymentId}`).sort();
  }

  test(
    'payments, refunds and what was paid out match',
    async () => {
      const [paid] = await payMany(2);
      await refund(paid?.id ?? '');
      const answer = await fetch(`${tender.sandbox.url}/__sandbox/payouts`, { method: 'POST' });
      expect(((await answer.json()) as { payouts: object[] }).payouts).toHaveLength(1);
      const { totals } = await reconcile();
      const told = totals?.map(({ kind, state, count, ours, theirs }) => [
        kind,
        state,
        count,
        ours,
        theirs,
      ]);
      const fee = gateway.name === 'square' ? 320 : 398;
      const paidOut = String(-(20_000 - 1_000 - 2 * fee));
      expect(told).toEqual([
        ['charge', 'matched', 2, '20000', '20000'],
        // What PayPal sends to a bank is a transaction, and none that says what it consists of.
        ...(gateway.name === 'square' ? [['payout', 'matched', 1, paidOut, paidOut]] : []),
        ['refund', 'matched', 1, '-1000', '-1000'],
      ]);
      expect((await reconcile()).changed).toBe(0n);
    },
    3 * START_TIMEOUT_MS,
  );

  test(
    'each planted difference is named as what it is, a second record of a refund too',
    async () => {
      const payments = await payMany(8);
      const plant = (source: string, settlement: Settlement) =>
        tender.sandbox.faults.add({ match: { source }, settlement });
      const expected: string[] = [];
      const kinds: [string, Settlement][] = [
        ['missing_there', { kind: 'missing' }],
        ['amount_differs', { kind: 'amount', by: -100 }],
        ['fee_differs', { kind: 'fee', by: 1 }],
        ['currency_differs', { kind: 'currency', currency: 'GBP' }],
        ['duplicate_there', { kind: 'doubled' }],
      ];
      for (const [state, settlement] of kinds) {
        const { id, gatewayPaymentId } = payments.pop() ?? { id: '', gatewayPaymentId: '' };
        plant(gatewayPaymentId, settlement);
        expected.push(`charge ${state} ${id}`);
      }
      const [refunded, twice, forgotten] = payments.map(({ id }) => id);
      plant(await refund(refunded ?? ''), { kind: 'amount', by: 5 });
      expected.push(`refund amount_differs ${refunded}`);
      plant(await refund(twice ?? ''), { kind: 'doubled' });
      expected.push(`refund duplicate_there ${gateway.name === 'square' ? null : twice}`);
      await tender.settled();
      // Tender knows nothing of this one at the gateway.
      await tender.db.sql`UPDATE payments SET gateway = 'stripe' WHERE id = ${forgotten ?? ''}`;
      expected.push(`charge missing_here ${forgotten}`);

      await reconcile();
      expect(await differences()).toEqual(expected.sort());
      expect((await reconcile()).changed).toBe(0n);

      // The gateway corrects itself.
      tender.sandbox.faults.clear();
      await reconcile();
      expect(await differences()).toEqual([`charge missing_here ${forgotten}`]);
    },
    4 * START_TIMEOUT_MS,
  );
});
