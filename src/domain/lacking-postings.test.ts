import { expect, test } from 'vitest';
import { samplePayment } from '../../test/support/samples.ts';
import { lackingPostings, type PaymentEntry, type PaymentWithEntries } from './lacking-postings.ts';
import { allPostingsOf, postingsOf, type Posting } from './posting.ts';

const TERMS = { percentage: '2.9', fixed: '0.30' };
const captured = samplePayment({ status: 'succeeded', amountCaptured: 1_000n, feeTerms: TERMS });
const NONE = { refunds: [], disputes: [] };

function entry(
  posting: Posting,
  part: Partial<Pick<PaymentEntry, 'refundId' | 'disputeId'>> = {},
): PaymentEntry {
  return { ...posting, refundId: null, disputeId: null, ...part };
}
const lacking = (known: PaymentWithEntries) =>
  lackingPostings(known)?.map(({ cause, amount, refundId, disputeId }) => [
    cause,
    amount,
    refundId ?? disputeId,
  ]) ?? null;

test('where all is posted nothing is lacking', () => {
  const entries = allPostingsOf(captured).map((each) => entry(each));
  expect(lacking({ ...NONE, payment: captured, entries })).toEqual([]);
});

test('a capture that was not posted is, with the fee that was expected or that the gateway has told', () => {
  expect(lacking({ ...NONE, payment: captured, entries: [] })).toEqual([
    ['capture', 1_000n, null],
    ['fee_expected', 59n, null],
  ]);
  const told = { ...captured, feeActual: 60n };
  expect(lacking({ ...NONE, payment: told, entries: [] })).toEqual([
    ['capture', 1_000n, null],
    ['fee_actual', 60n, null],
  ]);
  const entries = postingsOf(captured, told).map((each) => entry(each));
  expect(lacking({ ...NONE, payment: told, entries })).toEqual([
    ['capture', 1_000n, null],
    ['fee_expected', 59n, null],
  ]);
});

test('of refunds only those are lacking that no entry names', () => {
  const payment = { ...captured, amountRefunded: 500n };
  const first = { ...captured, amountRefunded: 300n };
  const entries = [
    ...allPostingsOf(captured).map((each) => entry(each)),
    ...postingsOf(captured, first).map((each) => entry(each, { refundId: 're_1' })),
  ];
  const refunds = [
    { id: 're_1', status: 'succeeded' as const, amount: 300n },
    { id: 're_2', status: 'succeeded' as const, amount: 200n },
    { id: 're_3', status: 'failed' as const, amount: 100n },
  ];
  expect(lacking({ payment, refunds, disputes: [], entries })).toEqual([['refund', 200n, 're_2']]);
});

test('a dispute is lacking as a whole, or its end alone', () => {
  const dispute = { id: 'dp_1', status: 'lost' as const, amount: 400n, amountLost: 300n };
  const payment = { ...captured, amountDisputedLost: 300n };
  const paid = allPostingsOf(captured).map((each) => entry(each));
  const whole = { payment, refunds: [], disputes: [dispute] };
  expect(lacking({ ...whole, entries: paid })).toEqual([
    ['dispute_opened', 300n, 'dp_1'],
    ['dispute_lost', 300n, 'dp_1'],
  ]);
  const open = postingsOf(captured, { ...captured, amountDisputed: 400n });
  const opened = [...paid, ...open.map((each) => entry(each, { disputeId: 'dp_1' }))];
  expect(lacking({ ...whole, entries: opened })).toEqual([
    ['dispute_lost', 300n, 'dp_1'],
    ['dispute_released', 100n, 'dp_1'],
  ]);
});

test('what contradicts the payment is left as it is, whatever else is lacking', () => {
  const [capture, ...rest] = allPostingsOf(captured).map((each) => entry(each));
  if (!capture) throw new Error('a capture has an entry');
  const changed = [{ ...capture, amount: 999n }, ...rest];
  expect(lacking({ ...NONE, payment: captured, entries: changed })).toBeNull();
  const payment = { ...captured, amountRefunded: 200n };
  const refunds = [{ id: 're_1', status: 'succeeded' as const, amount: 200n }];
  expect(lacking({ payment, refunds, disputes: [], entries: changed })).toBeNull();
  expect(lacking({ ...NONE, payment, entries: [capture, ...rest] })).toBeNull();
});
