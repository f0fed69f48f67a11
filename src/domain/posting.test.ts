import fc from 'fast-check';
import { expect, test } from 'vitest';
import { samplePayment, sampleReport } from '../../test/support/samples.ts';
import { applyReport } from './apply-report.ts';
import { applyDisputeReport, type Dispute } from './dispute.ts';
import { expectedFeeOf } from './payment-fee.ts';
import type { Payment } from './payment.ts';
import {
  allPostingsOf,
  lateChargePostings,
  positionsOf,
  postingsOf,
  type Posting,
} from './posting.ts';
import { recordPostings, type PostedRecord } from './record-posting.ts';
import { recordForeignRefund, settleRefund, type Refund } from './refund.ts';
import { DISPUTE_STATUSES, type DisputeReport, type RefundReport } from './report.ts';

const now = new Date('2026-01-01T00:00:00Z');
const TERMS = { percentage: '2.9', fixed: '0.30' };

/** What each account comes to, debits less credits; accounts at zero are left out. */
function balances(postings: readonly Posting[]): Record<string, bigint> {
  return Object.fromEntries([...positionsOf(postings)].filter(([, sum]) => sum !== 0n));
}

const captured = samplePayment({ status: 'succeeded', amountCaptured: 1_000n, feeTerms: TERMS });
const causes = (before: Payment, after: Payment) =>
  postingsOf(before, after).map(({ cause, amount }) => [cause, amount]);

test('a capture owes the merchant its amount and the gateway the fee that is expected', () => {
  const before = samplePayment({ feeTerms: TERMS });
  expect(postingsOf(before, captured)).toEqual([
    {
      debit: 'gateway_clearing/stripe',
      credit: 'merchant_balance',
      amount: 1_000n,
      currency: 'EUR',
      cause: 'capture',
    },
    {
      debit: 'gateway_fees/stripe',
      credit: 'gateway_clearing/stripe',
      amount: 59n,
      currency: 'EUR',
      cause: 'fee_expected',
    },
  ]);
});

test('a fee that the gateway tells is posted as the difference to the expected one, up or down', () => {
  expect(causes(captured, { ...captured, feeActual: 60n })).toEqual([['fee_corrected', 1n]]);
  expect(postingsOf(captured, { ...captured, feeActual: 50n })).toMatchObject([
    { cause: 'fee_corrected', amount: 9n, debit: 'gateway_clearing/stripe' },
  ]);
  expect(causes(captured, { ...captured, feeActual: 59n })).toEqual([]);
  const unknown = { ...captured, feeTerms: null };
  expect(causes(unknown, { ...unknown, feeActual: 60n })).toEqual([['fee_actual', 60n]]);
});

test('a fee in the currency of settlement takes the place of the expected one', () => {
  const told = { ...captured, feeActual: 65n, feeCurrency: 'USD' };
  expect(balances(allPostingsOf(told))).toMatchObject({
    'gateway_fees/stripe USD': 65n,
    'gateway_clearing/stripe USD': -65n,
  });
  expect(
    balances([...postingsOf(samplePayment(), captured), ...postingsOf(captured, told)]),
  ).toEqual(balances(allPostingsOf(told)));
});

test('a dispute withholds its amount, and the merchant loses it only when it is lost', () => {
  const open = { ...captured, disputed: true, amountDisputed: 400n, feeDisputes: 1_500n };
  expect(causes(captured, open)).toEqual([
    ['dispute_opened', 400n],
    ['dispute_fee', 1_500n],
  ]);
  expect(causes(open, { ...open, amountDisputed: 0n })).toEqual([['dispute_released', 400n]]);
  const lost = { ...open, amountDisputed: 0n, amountDisputedLost: 400n };
  expect(causes(open, lost)).toEqual([['dispute_lost', 400n]]);
  expect(causes(lost, { ...lost, amountDisputedLost: 0n })).toEqual([
    ['dispute_released', 400n],
    ['dispute_loss_reversed', 400n],
  ]);
});

test('what a gateway took by mistake and gave back leaves no balance', () => {
  expect(balances(lateChargePostings('square', 500n, 'EUR'))).toEqual({});
});

interface Books {
  payment: Payment;
  refunds: Map<string, Refund>;
  disputes: Dispute[];
  /** What the gateway's records say of payouts, as they were told last. */
  payouts: Map<string, PostedRecord>;
}

const amount = fc.bigInt(1n, 1_200n);
const fee = fc.option(
  fc.record({ amount: fc.bigInt(0n, 99n), currency: fc.constantFrom('EUR', 'USD') }),
);
const step = fc.oneof(
  fc.record({
    kind: fc.constant('payment' as const),
    status: fc.constantFrom(
      'requires_capture' as const,
      'succeeded' as const,
      'processing' as const,
      'canceled' as const,
    ),
    amount,
    fee,
    fresh: fc.boolean(),
  }),
  fc.record({
    kind: fc.constant('refund' as const),
    id: fc.constantFrom('re_1', 're_2', 're_3'),
    status: fc.constantFrom('pending' as const, 'succeeded' as const, 'failed' as const),
    amount,
    fee,
    onRefund: fc.constantFrom('kept' as const, 'returned' as const),
  }),
  fc.record({
    kind: fc.constant('dispute' as const),
    id: fc.constantFrom('dp_1', 'dp_2'),
    status: fc.constantFrom(...DISPUTE_STATUSES),
    amount,
    lost: amount,
    fee,
    fresh: fc.boolean(),
  }),
  fc.record({
    kind: fc.constant('payout' as const),
    id: fc.constantFrom('po_1', 'po_1 returned', 'po_2'),
    // Above zero where it comes back, and nothing where it has failed after all.
    gross: fc.bigInt(-1_200n, 1_200n),
    fee: fc.bigInt(0n, 9n),
    currency: fc.constantFrom('EUR', 'USD'),
  }),
);
type Step = typeof step extends fc.Arbitrary<infer S> ? S : never;

function take(books: Books, next: Step): Books {
  const { payment, refunds, disputes } = books;
  switch (next.kind) {
    case 'payment': {
      const taken = next.status === 'succeeded' ? next.amount : 0n;
      const report = sampleReport({
        status: next.status,
        amountCaptured: taken,
        amountCapturable: next.status === 'requires_capture' ? next.amount : 0n,
        fee: next.fee,
      });
      const applied = applyReport(payment, report, { fresh: next.fresh, now });
      return applied.kind === 'changed' ? { ...books, payment: applied.payment } : books;
    }
    case 'refund': {
      const report: RefundReport = {
        gatewayRefundId: next.id,
        gatewayPaymentId: 'pi_1',
        status: next.status,
        amount: next.amount,
        currency: 'EUR',
        failureCode: null,
        feeReturned: next.fee,
        refundId: null,
        paymentId: null,
      };
      const stored = refunds.get(next.id);
      const context = { now, feeOnRefund: next.onRefund };
      const settled = stored
        ? settleRefund({ payment, refund: stored }, report, context)
        : recordForeignRefund(payment, report, next.id, context);
      if (!settled) return books;
      return {
        ...books,
        payment: settled.payment,
        refunds: new Map([...refunds, [next.id, settled.refund]]),
      };
    }
    case 'dispute': {
      const lost = next.status === 'lost' ? next.lost : 0n;
      const report: DisputeReport = {
        gatewayDisputeId: next.id,
        gatewayPaymentId: 'pi_1',
        reference: null,
        status: next.status,
        amount: next.amount,
        currency: 'EUR',
        amountLost: lost,
        fee: next.fee,
        reason: 'general',
        gatewayReason: 'general',
        evidenceDueBy: null,
        openedAt: now,
      };
      const context = { fresh: next.fresh, now, newId: () => next.id };
      const applied = applyDisputeReport({ payment, disputes }, report, context);
      if (applied.kind !== 'changed') return books;
      const others = disputes.filter(({ id }) => id !== applied.dispute.id);
      return { ...books, payment: applied.payment, disputes: [...others, applied.dispute] };
    }
    case 'payout': {
      const { id, gross, currency } = next;
      const told: PostedRecord = { kind: 'payout', gross, fee: next.fee, currency, original: null };
      return { ...books, payouts: new Map([...books.payouts, [id, told]]) };
    }
  }
}

/** The entries that a step adds to those that there are of the payment, and of each payout. */
function entriesOf(before: Books, after: Books, ofPayouts: Map<string, Posting[]>): Posting[] {
  const ofPayment = postingsOf(before.payment, after.payment);
  const more = [...after.payouts].flatMap(([id, record]) => {
    const known = ofPayouts.get(id) ?? [];
    const postings = recordPostings('stripe', record, positionsOf(known));
    ofPayouts.set(id, [...known, ...postings]);
    return postings;
  });
  return [...ofPayment, ...more];
}

test('whatever is told, twice, late and in any order, the ledger tells the same as the payment and the payouts', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 25 }), (steps) => {
      const payment = samplePayment({ amount: 1_200n, feeTerms: TERMS });
      let books: Books = { payment, refunds: new Map(), disputes: [], payouts: new Map() };
      const ofPayouts = new Map<string, Posting[]>();
      const ledger: Posting[] = [];
      for (const next of steps.flatMap((each) => [each, each])) {
        const after = take(books, next);
        ledger.push(...entriesOf(books, after, ofPayouts));
        books = after;
      }
      expect(ledger.every((each) => each.amount > 0n && each.debit !== each.credit)).toBe(true);
      const payouts = [...books.payouts.values()];
      const whole = payouts.flatMap((each) => recordPostings('stripe', each));
      expect(balances(ledger)).toEqual(balances([...allPostingsOf(books.payment), ...whole]));

      const end = books.payment;
      const sums = balances(ledger);
      for (const currency of ['EUR', 'USD']) {
        const all = Object.entries(sums).filter(([account]) => account.endsWith(currency));
        expect(all.reduce((sum, [, position]) => sum + position, 0n)).toBe(0n);
        const inCurrency = payouts.filter((each) => each.currency === currency);
        const paidOut = inCurrency.reduce((sum, { gross }) => sum - gross, 0n);
        expect(sums[`payouts/stripe ${currency}`] ?? 0n).toBe(paidOut);
      }
      const isFeeElsewhere = end.feeCurrency !== null && end.feeCurrency !== 'EUR';
      expect(sums['disputes_held EUR'] ?? 0n).toBe(end.amountDisputed);
      expect(-(sums['merchant_balance EUR'] ?? 0n)).toBe(
        end.amountCaptured - end.amountRefunded - end.amountDisputedLost,
      );
      if (!isFeeElsewhere && end.amountCaptured > 0n) {
        const charged = end.feeActual ?? expectedFeeOf(end) ?? 0n;
        const ofPayoutsInEuro = payouts
          .filter(({ currency }) => currency === 'EUR')
          .reduce((sum, each) => sum + each.fee, 0n);
        expect(sums['gateway_fees/stripe EUR'] ?? 0n).toBe(
          charged + end.feeDisputes - end.feeReturned + ofPayoutsInEuro,
        );
      }
      const returned = [...books.refunds.values()].reduce(
        (sum, each) => sum + each.feeReturned,
        0n,
      );
      expect(end.feeReturned).toBe(returned);
    }),
    { numRuns: 500 },
  );
});
