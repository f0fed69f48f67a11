import fc from 'fast-check';
import { expect, test } from 'vitest';
import { allCurrencies } from '../domain/currency.ts';
import { toDecimal } from '../domain/money.ts';
import { amountLimitsFor, leaveRoom, limitProblem } from './amount-limits.ts';

const limits = {
  general: { min: '1.00', max: '50000.00' },
  byCurrency: { JPY: { min: '100', max: '5000000' } },
};

test('limits are minor units of the currency, whatever its exponent', () => {
  expect(amountLimitsFor(limits, 'EUR')).toEqual({ min: 100n, max: 5_000_000n });
  expect(amountLimitsFor(limits, 'KWD')).toEqual({ min: 1_000n, max: 50_000_000n });
  expect(amountLimitsFor(limits, 'KRW')).toEqual({ min: 1n, max: 50_000n });
});

test("a currency's own limits replace the general ones", () => {
  expect(amountLimitsFor(limits, 'JPY')).toEqual({ min: 100n, max: 5_000_000n });
});

test('a general limit finer than the minor unit is moved inwards', () => {
  const fine = { general: { min: '0.505', max: '10.999' }, byCurrency: {} };
  expect(amountLimitsFor(fine, 'JPY')).toEqual({ min: 1n, max: 10n });
  expect(amountLimitsFor(fine, 'EUR')).toEqual({ min: 51n, max: 1_099n });
  expect(amountLimitsFor(fine, 'KWD')).toEqual({ min: 505n, max: 10_999n });
});

test('no amount outside the stated limits is ever let through', () => {
  const thousandths = fc.bigInt({ min: 1n, max: 10n ** 15n - 1n });
  fc.assert(
    fc.property(thousandths, fc.constantFrom(...allCurrencies()), (amount, currency) => {
      const text = toDecimal(amount, 'KWD');
      const { min, max } = amountLimitsFor(
        { general: { min: text, max: text }, byCurrency: {} },
        currency,
      );
      const inThousandths = (minor: bigint) =>
        BigInt(
          toDecimal(minor, currency).replace(
            /^(\d+)\.?(\d*)$/,
            (_, whole: string, fraction: string) => whole + fraction.padEnd(3, '0'),
          ),
        );
      expect(inThousandths(min)).toBeGreaterThanOrEqual(amount);
      expect(inThousandths(max)).toBeLessThanOrEqual(amount);
    }),
  );
});

test('a limit for one currency must be exact in it', () => {
  expect(limitProblem('5000000', 'JPY')).toBeNull();
  expect(limitProblem('5000000.00', 'JPY')).toBeNull();
  expect(limitProblem('0.5', 'JPY')).toBe('"0.5" is finer than the minor unit of JPY');
  expect(limitProblem('1.00', 'JYP')).toBe('is for JYP, which is not an ISO 4217 currency code');
  expect(limitProblem('1.00', 'constructor')).toContain('not an ISO 4217 currency code');
});

test('limits are compared as exact decimals', () => {
  expect(leaveRoom({ min: '1', max: '1.000' })).toBe(true);
  expect(leaveRoom({ min: '9.99', max: '10' })).toBe(true);
  expect(leaveRoom({ min: '1.001', max: '1' })).toBe(false);
});
