import fc from 'fast-check';
import { expect, test } from 'vitest';
import { allCurrencies, exponentOf } from './currency.ts';
import { divideHalfEven } from './decimal.ts';
import { expectedFee, feeTermsFor, type FeeSchedule } from './fee.ts';

const amount = fc.bigInt(0n, 10n ** 15n);
const currency = fc.constantFrom(...allCurrencies());
const whole = fc.bigInt(0n, 10n ** 9n);
const scale = fc.integer({ min: 0, max: 9 });
const decimal = fc.tuple(whole, scale).map(([digits, places]) => write(digits, places));

/** A decimal number with that many places. */
function write(digits: bigint, places: number): string {
  const text = digits.toString().padStart(places + 1, '0');
  return places === 0 ? text : `${text.slice(0, -places)}.${text.slice(-places)}`;
}

test('the terms of the usual card payment: 2.9 % and 0.30', () => {
  const terms = { percentage: '2.9', fixed: '0.30' };
  expect(expectedFee(10_000n, 'USD', terms)).toBe(320n);
  expect(expectedFee(1_250n, 'EUR', terms)).toBe(66n);
  expect(expectedFee(10_000n, 'KWD', terms)).toBe(590n);
  expect(expectedFee(0n, 'USD', terms)).toBe(30n);
});

test('exactly half a minor unit goes to the even neighbour, and anything beyond it away', () => {
  const half = { percentage: '0.5', fixed: null };
  expect([100n, 300n, 500n, 700n].map((each) => expectedFee(each, 'USD', half))).toEqual([
    0n,
    2n,
    2n,
    4n,
  ]);
  expect(expectedFee(101n, 'USD', half)).toBe(1n);
  expect(expectedFee(0n, 'USD', { percentage: null, fixed: '0.005' })).toBe(0n);
  expect(expectedFee(0n, 'USD', { percentage: null, fixed: '0.015' })).toBe(2n);
  expect(expectedFee(0n, 'USD', { percentage: null, fixed: '0.0050000001' })).toBe(1n);
});

test('the two parts are rounded together, not one by one', () => {
  // 0.4 and 0.4 of a cent would both vanish.
  expect(expectedFee(40n, 'USD', { percentage: '1', fixed: '0.004' })).toBe(1n);
});

test('a fee is never further than half a minor unit from the exact one', () => {
  fc.assert(
    fc.property(amount, currency, whole, scale, whole, scale, (paid, code, p, ps, f, fs) => {
      const fee = expectedFee(paid, code, { percentage: write(p, ps), fixed: write(f, fs) });
      // Everything times 100 * 10^(ps + fs): a whole number, whatever the scales are.
      const unit = 100n * 10n ** BigInt(ps + fs);
      const exact =
        paid * p * 10n ** BigInt(fs) +
        f * 10n ** BigInt(exponentOf(code)) * 100n * 10n ** BigInt(ps);
      const distance = fee * unit > exact ? fee * unit - exact : exact - fee * unit;
      expect(2n * distance <= unit).toBe(true);
      if (2n * distance === unit) expect(fee % 2n).toBe(0n);
    }),
  );
});

test('more is never cheaper, and zeros at the end of a number change nothing', () => {
  fc.assert(
    fc.property(amount, amount, currency, decimal, decimal, (a, b, code, percentage, fixed) => {
      const terms = { percentage, fixed };
      expect(expectedFee(a + b, code, terms) >= expectedFee(a, code, terms)).toBe(true);
      const padded = [percentage, fixed].map(
        (each) => `${each}${each.includes('.') ? '00' : '.0'}`,
      );
      const [p = '', f = ''] = padded;
      expect(expectedFee(a, code, { percentage: p, fixed: f })).toBe(expectedFee(a, code, terms));
    }),
  );
});

test('a division with rounding undoes a multiplication', () => {
  fc.assert(
    fc.property(whole, fc.bigInt(1n, 10n ** 12n), (quotient, divisor) => {
      expect(divideHalfEven(quotient * divisor, divisor)).toBe(quotient);
    }),
  );
});

test('a currency has its own terms, in part the general ones, or none where nothing is stated', () => {
  const general: FeeSchedule = { percentage: '2.9', fixed: '0.30', byCurrency: {} };
  const schedule = { ...general, byCurrency: { EUR: { percentage: '1.5' }, JPY: { fixed: '0' } } };
  expect(feeTermsFor(schedule, 'USD')).toEqual({ percentage: '2.9', fixed: '0.30' });
  expect(feeTermsFor(schedule, 'EUR')).toEqual({ percentage: '1.5', fixed: '0.30' });
  expect(feeTermsFor(schedule, 'JPY')).toEqual({ percentage: '2.9', fixed: '0' });
  const unknown = { percentage: null, fixed: null, byCurrency: { EUR: { fixed: '0.25' } } };
  expect(feeTermsFor(unknown, 'USD')).toBeNull();
  expect(feeTermsFor(unknown, 'EUR')).toEqual({ percentage: null, fixed: '0.25' });
});

test('what is no amount and no decimal number is refused rather than guessed', () => {
  expect(() => expectedFee(-1n, 'USD', { percentage: '1', fixed: null })).toThrow(RangeError);
  for (const percentage of ['-1', '1e2', '', '.5', 'NaN']) {
    expect(() => expectedFee(1n, 'USD', { percentage, fixed: null })).toThrow(TypeError);
  }
});

test('terms that cannot be read are named, and a currency that states nothing has the general ones', () => {
  expect(() => expectedFee(1n, 'USD', { percentage: '1e2', fixed: null })).toThrow(
    '"1e2" is not a decimal number',
  );
  expect(() => expectedFee(-1n, 'USD', { percentage: null, fixed: null })).toThrow(
    'there is no fee on a negative amount',
  );
  const schedule = { percentage: null, fixed: '0.30', byCurrency: {} };
  expect(feeTermsFor(schedule, 'toString')).toEqual({ percentage: null, fixed: '0.30' });
  const half: FeeSchedule = { percentage: '1', fixed: null, byCurrency: {} };
  expect(feeTermsFor(half, 'EUR')).toEqual({ percentage: '1', fixed: null });
});
