import fc from 'fast-check';
import { expect, test } from 'vitest';
import { allCurrencies, exponentOf } from '../../domain/currency.ts';
import { MAX_AMOUNT } from '../../domain/money.ts';
import { checkAmount, CURRENCIES, fromPayPalMoney, SignedMoney, toPayPalMoney } from './amounts.ts';

test('every amount that PayPal takes is the same after a way there and back, in every currency', () => {
  const amounts = fc.oneof(
    fc.bigInt({ min: 1n, max: MAX_AMOUNT }),
    fc.bigInt({ min: 1n, max: MAX_AMOUNT / 100n }).map((major) => major * 100n),
  );
  fc.assert(
    fc.property(fc.constantFrom(...CURRENCIES), amounts, (currency, amount) => {
      fc.pre(checkAmount(amount, currency) === null);
      const money = toPayPalMoney(amount, currency);
      expect(money.value).toMatch(/^\d{1,15}(\.\d\d)?$/);
      expect(fromPayPalMoney(money)).toEqual({ amount, currency });
    }),
    { numRuns: 2_000 },
  );
});

test('amounts have the decimals that PayPal gives the currency, not those of ISO 4217', () => {
  expect(toPayPalMoney(1050n, 'USD')).toEqual({ currency_code: 'USD', value: '10.50' });
  expect(toPayPalMoney(1n, 'EUR').value).toBe('0.01');
  expect(toPayPalMoney(1050n, 'JPY').value).toBe('1050');
  expect(exponentOf('HUF')).toBe(2);
  expect(toPayPalMoney(105_000n, 'HUF').value).toBe('1050');
  expect(toPayPalMoney(105_000n, 'TWD').value).toBe('1050');
  expect(checkAmount(1_050n, 'HUF')?.code).toBe('amount_not_representable');
});

test('an amount is refused that PayPal could not take', () => {
  expect(checkAmount(0n, 'USD')?.code).toBe('amount_too_small');
  expect(checkAmount(-1n, 'USD')?.code).toBe('amount_too_small');
  expect(checkAmount(10n ** 15n, 'JPY')?.code).toBe('amount_too_large');
  expect(checkAmount(10n ** 15n - 1n, 'JPY')).toBeNull();
  for (const currency of allCurrencies().filter((each) => !CURRENCIES.includes(each))) {
    expect(checkAmount(100n, currency)?.code).toBe('currency_not_supported');
  }
  expect(() => toPayPalMoney(1_050n, 'HUF')).toThrow('without decimals');
});

test("amounts are read as PayPal's format allows them, and nothing is rounded", () => {
  const read = (value: string, currency_code = 'USD') =>
    fromPayPalMoney({ currency_code, value }).amount;
  expect(read('10')).toBe(1000n);
  expect(read('10.5')).toBe(1050n);
  expect(read('.5')).toBe(50n);
  expect(read('10.500')).toBe(1050n);
  expect(read('1050.00', 'JPY')).toBe(1050n);
  expect(read('9007199254740993.01')).toBe(900719925474099301n);
  for (const wrong of ['10.505', '-1', '1e3', '', '1,000.00', 'ten']) {
    expect(() => read(wrong), wrong).toThrow();
  }
  expect(() => read('10', 'KWD')).toThrow('does not charge');
});

test('in reports an amount has a sign where it leaves the account', () => {
  const read = (value: string) => SignedMoney.safeParse({ currency_code: 'EUR', value }).data;
  expect(read('-3.98')).toEqual({ amount: -398n, currency: 'EUR' });
  expect(read('3.98')).toEqual({ amount: 398n, currency: 'EUR' });
  expect(() => read('--3.98')).toThrow('no amount');
});
