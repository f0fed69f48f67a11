import fc from 'fast-check';
import { expect, test } from 'vitest';
import { bucketOf, quantileMs } from './latency-buckets.ts';

const durations = fc.array(fc.double({ min: 1, max: 120_000, noNaN: true }), { minLength: 1 });

function counted(values: readonly number[]): Map<number, number> {
  const counts = new Map<number, number>();
  for (const value of values) counts.set(bucketOf(value), (counts.get(bucketOf(value)) ?? 0) + 1);
  return counts;
}

test('a quantile is never too short and at most a tenth too long', () => {
  fc.assert(
    fc.property(durations, fc.constantFrom(0.5, 0.95, 0.99), (values, share) => {
      const exact = values.toSorted((a, b) => a - b)[Math.ceil(share * values.length) - 1] ?? 0;
      const told = quantileMs(counted(values), share) ?? 0;
      expect(told).toBeGreaterThanOrEqual(exact * (1 - 1e-9));
      expect(told).toBeLessThanOrEqual(exact * 1.1 * (1 + 1e-9));
    }),
  );
});

test('of no calls there is no quantile, and what took no time took at most a millisecond', () => {
  expect(quantileMs(new Map(), 0.95)).toBeNull();
  expect(quantileMs(counted([0, 0.2, 1]), 0.95)).toBe(1);
});
