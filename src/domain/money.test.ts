import fc from 'fast-check';
import { expect, test } from 'vitest';
import { allCurrencies, exponentOf, isCurrency } from './currency.ts';
import { largestAmount, smallestAmount, toDecimal, toMinorUnits } from './money.ts';

test('the minor units of ISO 4217 are known: none for yen, two for euro, three for dinar', () => {
  expect(['JPY', 'KRW', 'CLP', 'ISK'].map(exponentOf)).toEqual([0, 0, 0, 0]);
  expect(['EUR', 'USD', 'GBP', 'MGA'].map(exponentOf)).toEqual([2, 2, 2, 2]);
  expect(['BHD', 'KWD', 'TND', 'JOD'].map(exponentOf)).toEqual([3, 3, 3, 3]);
});

test('what is not a currency is none: lower case, funds, metals, prototype names', () => {
  for (const code of ['eur', 'XAU', 'XXX', 'EURO', '', 'toString', '__proto__']) {
    expect(isCurrency(code)).toBe(false);
  }
});

test('an amount written as a decimal and read again is the same in every currency', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...allCurrencies()),
      fc.bigInt(0n, 10n ** 15n),
      (currency, amount) => {
        expect(toMinorUnits(toDecimal(amount, currency), currency)).toBe(amount);
      },
    ),
  );
});

test('amounts that floats round are exact', () => {
  expect(toMinorUnits('0.29', 'USD')).toBe(29n);
  expect(toMinorUnits('1.005', 'KWD')).toBe(1005n);
  expect(toMinorUnits('4.35', 'EUR')).toBe(435n);
  expect(toDecimal(1005n, 'KWD')).toBe('1.005');
  expect(toDecimal(5n, 'USD')).toBe('0.05');
  expect(toDecimal(-5n, 'USD')).toBe('-0.05');
  expect(toDecimal(500n, 'JPY')).toBe('500');
});

test('nothing is rounded: digits finer than the minor unit are refused unless they are zeros', () => {
  expect(toMinorUnits('1.00', 'JPY')).toBe(1n);
  expect(toMinorUnits('1.50', 'JPY')).toBeNull();
  expect(toMinorUnits('1.001', 'EUR')).toBeNull();
});

test('what is not a plain decimal number is refused', () => {
  for (const text of ['', '-1', '+1', '1e3', '1.', '.5', '01', '1,5', 'NaN', ' 1', '0x10']) {
    expect(toMinorUnits(text, 'EUR')).toBeNull();
  }
});

test('between two limits that are finer than the minor unit lie only amounts that keep to both', () => {
  expect(smallestAmount('0.50', 'JPY')).toBe(1n);
  expect(largestAmount('1000.99', 'JPY')).toBe(1000n);
  expect(smallestAmount('0.005', 'EUR')).toBe(1n);
  expect(largestAmount('0.005', 'EUR')).toBe(0n);
  expect([smallestAmount('12.5', 'EUR'), largestAmount('12.5', 'EUR')]).toEqual([1250n, 1250n]);
  expect([smallestAmount('-1', 'EUR'), largestAmount('1e2', 'EUR')]).toEqual([null, null]);
});

test('currencies are listed in alphabetical order, each once', () => {
  const codes = allCurrencies();
  expect(codes).toEqual([...new Set(codes)].sort());
  expect(codes.slice(0, 3)).toEqual(['AED', 'AFN', 'ALL']);
});

test('what is no currency has no minor unit', () => {
  expect(() => exponentOf('XXX')).toThrow('XXX is not an ISO 4217 currency');
});

test('nothing is written as nothing, without a sign', () => {
  expect(toDecimal(0n, 'EUR')).toBe('0.00');
  expect(toDecimal(0n, 'JPY')).toBe('0');
  expect(toDecimal(-12n, 'JPY')).toBe('-12');
});
