import { expect, test } from 'vitest';
import { positionsOf, type Posting } from './posting.ts';
import { recordPostings, type PostedRecord } from './record-posting.ts';

const PAYOUT: PostedRecord = {
  kind: 'payout',
  gross: -700n,
  fee: 0n,
  currency: 'EUR',
  original: null,
};

/** What accounts come to, debits less credits; those at zero are left out. */
function balances(...postings: Posting[]): Record<string, bigint> {
  return Object.fromEntries([...positionsOf(postings)].filter(([, sum]) => sum !== 0n));
}

test('a payout takes from what the gateway holds, and what it costs is a fee', () => {
  expect(recordPostings('stripe', { ...PAYOUT, fee: 7n })).toEqual([
    {
      debit: 'payouts/stripe',
      credit: 'gateway_clearing/stripe',
      amount: 700n,
      currency: 'EUR',
      cause: 'payout',
    },
    {
      debit: 'gateway_fees/stripe',
      credit: 'gateway_clearing/stripe',
      amount: 7n,
      currency: 'EUR',
      cause: 'payout_fee',
    },
  ]);
});

test('a payout that comes back, as a record of its own, leaves no balance', () => {
  const returned = recordPostings('stripe', { ...PAYOUT, gross: 700n });
  expect(returned).toMatchObject([{ cause: 'payout_returned', amount: 700n }]);
  expect(balances(...recordPostings('stripe', PAYOUT), ...returned)).toEqual({});
});

test('a record that was posted is not posted again, and one that has changed is by what has changed', () => {
  const posted = positionsOf(recordPostings('stripe', PAYOUT));
  expect(recordPostings('stripe', PAYOUT, posted)).toEqual([]);
  expect(recordPostings('stripe', { ...PAYOUT, gross: -690n }, posted)).toMatchObject([
    { cause: 'payout_returned', amount: 10n },
  ]);
  expect(recordPostings('stripe', { ...PAYOUT, gross: 0n }, posted)).toMatchObject([
    { cause: 'payout_returned', amount: 700n },
  ]);
  const inDollars = recordPostings('stripe', { ...PAYOUT, currency: 'USD' }, posted);
  expect(balances(...recordPostings('stripe', PAYOUT), ...inDollars)).toEqual({
    'payouts/stripe USD': 700n,
    'gateway_clearing/stripe USD': -700n,
  });
});

test('what the gateway settles in another currency is converted, and each currency balances by itself', () => {
  const charge: PostedRecord = {
    kind: 'charge',
    gross: 1_100n,
    fee: 30n,
    currency: 'USD',
    original: { amount: 1_000n, currency: 'EUR' },
  };
  const postings = recordPostings('stripe', charge);
  expect(postings.map(({ cause }) => cause)).toEqual(['conversion', 'conversion']);
  expect(balances(...postings)).toEqual({
    'gateway_clearing/stripe EUR': -1_000n,
    'fx_conversion/stripe EUR': 1_000n,
    'gateway_clearing/stripe USD': 1_100n,
    'fx_conversion/stripe USD': -1_100n,
  });
  // A refund goes the other way; the fee of a charge stands with its payment.
  const refund = { ...charge, kind: 'refund' as const, gross: -1_100n, fee: 0n };
  const back = recordPostings('stripe', {
    ...refund,
    original: { amount: -1_000n, currency: 'EUR' },
  });
  expect(balances(...postings, ...back)).toEqual({});
});

test('a conversion that is made apart from the payment is told in two records, one a currency', () => {
  const side = { kind: 'conversion', fee: 0n, original: null } as const;
  expect(
    balances(
      ...recordPostings('paypal', { ...side, gross: -1_000n, currency: 'EUR' }),
      ...recordPostings('paypal', { ...side, gross: 1_100n, currency: 'USD' }),
    ),
  ).toEqual({
    'fx_conversion/paypal EUR': 1_000n,
    'gateway_clearing/paypal EUR': -1_000n,
    'fx_conversion/paypal USD': -1_100n,
    'gateway_clearing/paypal USD': 1_100n,
  });
});

test('what payments tell is not posted a second time from records', () => {
  for (const kind of ['charge', 'refund', 'dispute', 'fee', 'adjustment'] as const) {
    expect(recordPostings('stripe', { ...PAYOUT, kind })).toEqual([]);
  }
});
