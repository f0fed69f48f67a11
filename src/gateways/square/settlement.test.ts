import { expect, test } from 'vitest';
import { answer, CALL, gatewayWith, usd } from './square.fixture.ts';

const SPAN = { from: new Date('2026-11-01T00:00:00Z'), to: new Date('2026-11-02T00:00:00Z') };
const AT = '2026-11-01T12:00:00Z';

/** The page that the adapter makes of what Square tells in one of its lists. */
async function read(stage: string, name: string, ...items: object[]) {
  const { gateway } = gatewayWith(answer({ [name]: items }));
  const cursor = JSON.stringify({ stage, after: null, payouts: ['PAYOUT1'] });
  const found = await gateway.listSettlementRecords({ ...SPAN, cursor }, CALL);
  if (found.kind !== 'found') throw new Error(JSON.stringify(found));
  return found.report;
}

const payment = (over: object) => ({
  id: 'PAYMENT1',
  status: 'COMPLETED',
  created_at: AT,
  total_money: usd(2_000),
  processing_fee: [{ amount_money: usd(88) }],
  ...over,
});

test.each([
  ['an amount that is no number', { total_money: usd(Number.NaN) }, 'total_money.amount'],
  ['no amount', { total_money: null }, 'total_money'],
  ['half a cent', { total_money: usd(0.5) }, 'total_money.amount'],
  ['a currency that is none', { total_money: { amount: 1, currency: 'XYZ' } }, 'XYZ'],
  ['a fee that is none', { processing_fee: [{ amount_money: usd(0.5) }] }, 'processing_fee.0'],
  [
    'a fee in another currency',
    { processing_fee: [{ amount_money: { amount: 1, currency: 'EUR' } }] },
    'EUR',
  ],
])('a payment with %s does not hide the others', async (_, over, why) => {
  const spoilt = payment({ id: 'PAYMENT2', ...over });
  const { records, unreadable } = await read('payments', 'payments', payment({}), spoilt);
  expect(records).toMatchObject([{ recordId: 'PAYMENT1', gross: 2_000n, fee: 88n, net: 1_912n }]);
  expect(unreadable.records).toMatchObject([
    { recordId: 'PAYMENT2', kind: 'charge', movementId: 'PAYMENT2', raw: { id: 'PAYMENT2' } },
  ]);
  expect(unreadable.records[0]?.why).toContain(why);
});

test('a refund and a payout that cannot be read are told as these', async () => {
  const spoilt = { id: 'ONE', status: 'COMPLETED', created_at: AT, amount_money: usd(0.5) };
  const refunds = await read('refunds', 'refunds', { ...spoilt, reason: 'no (ref_1)' });
  expect(refunds.unreadable.records).toMatchObject([{ kind: 'refund', refundId: 'ref_1' }]);
  const payouts = await read('payouts', 'payouts', { ...spoilt, status: 'SENT' });
  expect(payouts.unreadable.records).toMatchObject([{ kind: 'payout', movementId: 'ONE' }]);
  expect(payouts.next).toContain('"payouts":["PAYOUT1","ONE"]');
});

test('a line of a payout that cannot be read is told as a line, and as a record where no other list has it', async () => {
  const entry = (over: object) => ({
    payout_id: 'PAYOUT1',
    effective_at: AT,
    gross_amount_money: usd(-1_500),
    net_amount_money: usd(0.5),
    ...over,
  });
  const page = await read(
    'entries',
    'payout_entries',
    entry({ id: 'a', type: 'CHARGE', type_charge_details: { payment_id: 'PAYMENT1' } }),
    entry({ id: 'b', type: 'DISPUTE', type_dispute_details: { dispute_id: 'D1' } }),
    entry({ id: 'c', type: 'OTHER', gross_amount_money: usd(0.5), net_amount_money: usd(1) }),
  );
  expect(page.records).toMatchObject([{ recordId: 'b', kind: 'dispute', gross: -1_500n }]);
  expect(page.contents).toMatchObject([{ lineId: 'c', net: 1n }]);
  expect(page.unreadable.records).toMatchObject([{ recordId: 'c', kind: 'adjustment' }]);
  expect(page.unreadable.contents).toMatchObject([
    { payoutId: 'PAYOUT1', lineId: 'a', kind: 'charge', movementId: 'PAYMENT1' },
    { payoutId: 'PAYOUT1', lineId: 'b', kind: 'dispute', movementId: 'D1' },
  ]);
});
