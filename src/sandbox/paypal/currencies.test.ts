import fc from 'fast-check';
import { expect, test } from 'vitest';
import { formatMoney, readMoney } from './currencies.ts';

const currency = fc.constantFrom('USD', 'EUR', 'GBP', 'JPY', 'HUF', 'TWD');

test('an amount survives being written and read, in every kind of currency', () => {
  fc.assert(
    fc.property(fc.bigInt(-(10n ** 16n), 10n ** 16n), currency, (amount, code) => {
      const money = { amount, currency: code };
      expect(readMoney(formatMoney(money), code)).toEqual({ kind: 'money', money });
    }),
  );
});

test('decimals are read exactly, and refused where the currency has none', () => {
  expect(readMoney('10.5', 'USD')).toMatchObject({ money: { amount: 1050n } });
  expect(readMoney('.07', 'USD')).toMatchObject({ money: { amount: 7n } });
  expect(readMoney('9007199254740993.01', 'USD')).toMatchObject({
    money: { amount: 900719925474099301n },
  });
  expect(readMoney('10.505', 'USD')).toEqual({ kind: 'too_many_decimals', digits: 2 });
  expect(readMoney('100.0', 'JPY')).toEqual({ kind: 'too_many_decimals', digits: 0 });
  expect(readMoney('1.00', 'KWD')).toEqual({ kind: 'unknown_currency' });
});
