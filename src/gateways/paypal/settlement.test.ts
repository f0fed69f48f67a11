import { expect, test } from 'vitest';
import { answer, CALL, gatewayWith } from './paypal.fixture.ts';

const SPAN = { from: new Date('2026-11-01T00:00:00Z'), to: new Date('2026-11-02T00:00:00Z') };

const transaction = (over: object) => ({
  transaction_id: 'TXN1',
  paypal_reference_id: 'ORDER1',
  paypal_reference_id_type: 'ODR',
  transaction_event_code: 'T0006',
  transaction_initiation_date: '2026-11-01T12:00:00+0000',
  transaction_amount: money('20.00'),
  fee_amount: money('-1.19'),
  transaction_status: 'S',
  ...over,
});
const money = (value: unknown, currency = 'USD') => ({ currency_code: currency, value });

async function read(...transactions: object[]) {
  const details = transactions.map((info) => ({ transaction_info: info }));
  const { gateway } = gatewayWith(answer({ transaction_details: details, total_pages: 1 }));
  const found = await gateway.listSettlementRecords({ ...SPAN, cursor: null }, CALL);
  if (found.kind !== 'found') throw new Error(JSON.stringify(found));
  return found.report;
}

test.each([
  ['an amount that is no number', { transaction_amount: money('1.5e3') }, '1.5e3'],
  ['no amount', { transaction_amount: null }, 'transaction_amount'],
  ['a number in place of a text', { transaction_amount: money(20) }, 'transaction_amount.value'],
  ['a tenth of a cent', { transaction_amount: money('0.001') }, '0.001'],
  ['half a yen', { transaction_amount: money('20.5', 'JPY') }, 'JPY'],
  ['a currency that is none', { transaction_amount: money('20.00', 'XYZ') }, 'XYZ'],
  ['more money than there is', { transaction_amount: money('9'.repeat(30)) }, 'too large'],
  ['a fee that is none', { fee_amount: money('-0.001') }, '0.001'],
  ['a fee in another currency', { fee_amount: money('-1.00', 'EUR') }, 'EUR'],
])('a transaction with %s does not hide the others', async (_, over, why) => {
  const spoilt = transaction({ transaction_id: 'TXN2', paypal_reference_id: 'ORDER2', ...over });
  const { records, unreadable } = await read(transaction({}), spoilt);
  expect(records).toMatchObject([{ recordId: 'TXN1', gross: 2_000n, fee: 119n, net: 1_881n }]);
  expect(unreadable.records).toMatchObject([
    { recordId: 'TXN2', kind: 'charge', movementId: 'ORDER2', raw: spoilt },
  ]);
  expect(unreadable.records[0]?.why).toContain(why);
});

test('what leaves the account is known by its sign, also where the amount cannot be read', async () => {
  const spoilt = { transaction_amount: money('-0.001') };
  const { unreadable } = await read(transaction({ ...spoilt, transaction_event_code: 'T1201' }));
  expect(unreadable.records).toMatchObject([{ kind: 'dispute' }]);
});

test('a conversion that cannot be read is told as an adjustment, as nobody compares conversions', async () => {
  const code = { transaction_event_code: 'T0200' };
  const spoilt = transaction({ ...code, transaction_amount: money('-0.001') });
  expect((await read(transaction(code))).records).toMatchObject([{ kind: 'conversion' }]);
  expect((await read(spoilt)).unreadable.records).toMatchObject([{ kind: 'adjustment' }]);
});
