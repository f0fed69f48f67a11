import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readBalances } from '../../src/database/ledger-balances.ts';
import { createStripeGateway } from '../../src/gateways/stripe/client.ts';
import type { Gateway } from '../../src/gateways/gateway.ts';
import { createTransport, type Transport } from '../../src/gateways/transport.ts';
import { act, pay, PATIENT, read } from '../support/checkout.ts';
import { decide, disputeAtGateway } from '../support/disputes.ts';
import { reconcile } from '../support/reconciliation.ts';
import { expectSameBooks } from '../support/same-books.ts';
import { KEYS, startTender, type Answer, type Tender } from '../support/tender.ts';

let tender: Tender;
let transport: Transport;
let gateway: Gateway;
beforeAll(async () => {
  tender = await startTender({ env: PATIENT });
  transport = createTransport({ connectTimeoutMs: 10_000, totalTimeoutMs: 60_000 });
  gateway = createStripeGateway({
    secretKey: KEYS.secretKey,
    publishableKey: null,
    webhookSecrets: [],
    apiUrl: tender.sandbox.url,
    transport,
    signatureToleranceMs: 300_000,
  });
});
afterAll(async () => {
  await tender.close();
  await transport.close();
});

const ofPayment = fc.nat({ max: 2 });
const step = fc.oneof(
  fc.record({
    kind: fc.constant('pay' as const),
    amount: fc.integer({ min: 500, max: 50_000 }),
    currency: fc.constantFrom('EUR', 'USD'),
    held: fc.boolean(),
  }),
  fc.record({
    kind: fc.constantFrom('capture', 'refund', 'dispute'),
    of: ofPayment,
    percent: fc.integer({ min: 1, max: 100 }),
  }),
  fc.record({ kind: fc.constantFrom('win', 'lose'), of: ofPayment }),
  fc.record({ kind: fc.constantFrom('pay out', 'compare', 'wait') }),
);
type Step = typeof step extends fc.Arbitrary<infer S> ? S : never;

/** The payments of one sequence, and what the gateway calls the dispute of each; `null` once it is decided. */
interface Story {
  payments: Answer['json'][];
  disputes: Map<string, string | null>;
}

/** What is not possible where the sequence has come to is refused, by Tender or the gateway, and changes nothing. */
async function take({ payments, disputes }: Story, next: Step): Promise<void> {
  switch (next.kind) {
    case 'pay': {
      const { amount, currency, held } = next;
      const how = held ? { capture_method: 'manual' } : {};
      const card = { payment_method: 'pm_card_visa', confirm: true };
      payments.push((await pay(tender, { amount, currency, ...card, ...how })).json);
      return;
    }
    case 'pay out':
      await fetch(`${tender.sandbox.url}/__sandbox/payouts`, { method: 'POST' });
      return;
    case 'compare':
      await reconcile(tender.db, gateway);
      return;
    case 'wait':
      // Otherwise webhooks tell of what the sequence has left behind already.
      await tender.settled();
      return;
    default:
  }
  const payment = payments[next.of];
  if (!payment) return;
  const dispute = disputes.get(payment.id);
  if (!('percent' in next)) {
    if (typeof dispute !== 'string') return;
    await decide(tender, dispute, next.kind);
    disputes.set(payment.id, null);
    return;
  }
  const amount = Math.max(1, Math.floor((payment.amount * next.percent) / 100));
  if (next.kind === 'capture') await act(tender, payment.id, 'capture', { amount });
  if (next.kind === 'refund') await act(tender, payment.id, 'refunds', { amount });
  // The gateway has one dispute of a payment at most.
  if (next.kind !== 'dispute' || dispute !== undefined) return;
  const { amount_captured: captured, amount_refunded: refunded } = await read(tender, payment.id);
  if (captured - refunded < amount) return;
  disputes.set(payment.id, await disputeAtGateway(tender, payment, { amount }));
}

/** What Stripe's balance has of each currency, and what it has paid out, in minor units. */
async function balanceAtGateway(): Promise<Map<string, { held: bigint; paidOut: bigint }>> {
  const sums = new Map<string, { held: bigint; paidOut: bigint }>();
  for (let after: string | undefined; ;) {
    const query = new URLSearchParams({ limit: '100', ...(after && { starting_after: after }) });
    const response = await fetch(
      `${tender.sandbox.url}/v1/balance_transactions?${query.toString()}`,
      {
        headers: { authorization: `Bearer ${KEYS.secretKey}` },
      },
    );
    const { data, has_more: hasMore } = (await response.json()) as {
      data: { id: string; type: string; net: number; currency: string }[];
      has_more: boolean;
    };
    for (const { type, net, currency } of data) {
      const sum = sums.get(currency.toUpperCase()) ?? { held: 0n, paidOut: 0n };
      sum.held += BigInt(net);
      if (type === 'payout') sum.paidOut -= BigInt(net);
      sums.set(currency.toUpperCase(), sum);
    }
    after = data.at(-1)?.id;
    if (!hasMore) return sums;
  }
}

test('after whatever payments, refunds, disputes and payouts the ledger tells the same as payments and gateway, and every currency adds up to zero', async () => {
  const seen = new Set<string>();
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 4, maxLength: 14 }), async (steps) => {
      const story: Story = { payments: [], disputes: new Map() };
      for (const next of steps) await take(story, next);
      await tender.settled();
      await reconcile(tender.db, gateway);
      await expectSameBooks(tender);
      const balances = await readBalances(tender.db, null);
      const positionOf = (account: string, currency: string) => {
        const found = balances.find(
          (each) => each.account === account && each.currency === currency,
        );
        return (found?.debits ?? 0n) - (found?.credits ?? 0n);
      };
      for (const [currency, { held, paidOut }] of await balanceAtGateway()) {
        expect(positionOf('gateway_clearing/stripe', currency)).toBe(held);
        expect(positionOf('payouts/stripe', currency)).toBe(paidOut);
        const all = balances.filter((each) => each.currency === currency);
        expect(all.reduce((sum, { debits, credits }) => sum + debits - credits, 0n)).toBe(0n);
      }
      const causes = await tender.db.sql<
        { cause: string }[]
      >`SELECT DISTINCT cause FROM ledger_entries`;
      for (const { cause } of causes) seen.add(cause);
    }),
    {
      numRuns: 12,
      endOnFailure: true,
      // One in which everything happens that moves money, beside those that are drawn.
      examples: [
        [
          [
            { kind: 'pay', amount: 10_000, currency: 'EUR', held: false },
            { kind: 'pay', amount: 20_000, currency: 'EUR', held: true },
            { kind: 'pay', amount: 30_000, currency: 'USD', held: false },
            { kind: 'capture', of: 1, percent: 50 },
            { kind: 'refund', of: 0, percent: 20 },
            { kind: 'pay out' },
            { kind: 'compare' },
            { kind: 'dispute', of: 2, percent: 100 },
            { kind: 'lose', of: 2 },
            { kind: 'dispute', of: 1, percent: 50 },
            { kind: 'wait' },
            { kind: 'win', of: 1 },
            { kind: 'pay out' },
            { kind: 'pay out' },
          ],
        ],
      ],
    },
  );
  expect([...seen]).toEqual(
    expect.arrayContaining([
      'capture',
      'refund',
      'dispute_opened',
      'dispute_lost',
      'dispute_released',
      'dispute_fee',
      'payout',
    ]),
  );
}, 240_000);
