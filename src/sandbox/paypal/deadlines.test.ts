import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createDeadlines } from './deadlines.ts';

test('whatever the order of adding, all that is due happens once, the earliest first', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(50)), fc.nat(50), (times, now) => {
      const deadlines = createDeadlines();
      const happened: number[] = [];
      for (const time of times) deadlines.add(time, () => happened.push(time));
      deadlines.run(now);
      deadlines.run(now);
      const sorted = times.toSorted((one, other) => one - other);
      expect(happened).toEqual(sorted.filter((time) => time <= now));
      deadlines.run(50);
      expect(happened).toEqual(sorted);
    }),
  );
});

test('what happens may add what is due at once', () => {
  const deadlines = createDeadlines();
  const happened: string[] = [];
  deadlines.add(1, () => {
    happened.push('first');
    deadlines.add(1, () => happened.push('second'));
  });
  deadlines.run(1);
  expect(happened).toEqual(['first', 'second']);
});
