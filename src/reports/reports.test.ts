import { expect, test } from 'vitest';
import { csvLine } from './csv.ts';
import { SUMMARY_COLUMNS, summaryLine } from './summary.ts';

const ROW = {
  period: '2026-11-01',
  gateway: 'stripe',
  currency: 'USD',
  method: 'card',
  payments: 2,
  gross: 2_001n,
  refunds: 500n,
  disputes: 2_000n,
  fees: 118n,
  feesUnknown: 0,
  tried: 3,
  succeeded: 2,
};

test('a line says gross less refunds, disputes and fees, exactly and with the digits of its currency', () => {
  expect(summaryLine(ROW)).toMatchObject({ gross: '20.01', net: '-6.17', success_rate: '0.6667' });
  expect(summaryLine(ROW).average_amount).toBe('10.00');
  const yen = summaryLine({ ...ROW, currency: 'JPY' });
  expect(yen).toMatchObject({ gross: '2001', net: '-617' });
  const none = summaryLine({ ...ROW, payments: 0, gross: 0n, tried: 0, succeeded: 0 });
  expect(none).toMatchObject({ success_rate: null, average_amount: null });
});

test('a line has the published columns in their order', () => {
  expect(Object.keys(summaryLine(ROW))).toEqual([...SUMMARY_COLUMNS]);
});

test.each(['=1+1', '+1', '@SUM(A1)', '-2+3', '\tx', '=cmd|"/c calc"!A1'])(
  'a text that a spreadsheet would take for a formula is a text there: %s',
  (text) => {
    expect(csvLine([text])).toBe(`"'${text.replaceAll('"', '""')}"\r\n`);
  },
);

test('amounts stay numbers, and commas, quotes and line ends stay within their cell', () => {
  expect(csvLine(['-5.00', 7, null, 'a,b', 'say "x"', 'a\nb'])).toBe(
    '-5.00,7,,"a,b","say ""x""","a\nb"\r\n',
  );
});
