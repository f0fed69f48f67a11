import { expect, test } from 'vitest';
import { readPeriod } from './period.ts';
import { latestTime, longestGapMs, scheduledPeriod } from './schedule.ts';

const NOW = new Date('2026-11-25T10:00:00Z');

test('a period has whole days in UTC, both ends included, and today up to now', () => {
  expect(readPeriod('2026-11-01', '2026-11-02', NOW)).toEqual({
    kind: 'period',
    from: new Date('2026-11-01T00:00:00Z'),
    to: new Date('2026-11-03T00:00:00Z'),
  });
  expect(readPeriod('2026-11-25', '2026-11-25', NOW)).toMatchObject({ to: NOW });
});

test('a day is 24 hours long on the days of a switch to or from daylight saving', () => {
  for (const day of ['2026-03-29', '2026-10-25']) {
    const period = readPeriod(day, day, NOW);
    if (period.kind !== 'period') throw new Error(period.detail);
    expect(period.to.getTime() - period.from.getTime()).toBe(86_400_000);
  }
});

test.each([
  ['2026-11-26', '2026-11-26', 'from', 'future'],
  ['2026-11-24', '2026-11-26', 'to', 'future'],
  ['2026-11-10', '2026-11-01', 'to', 'exchange'],
  ['2026-02-30', '2026-03-01', 'from', 'no day'],
  ['2026-11-01', 'yesterday', 'to', 'no day'],
  ['2024-11-01', '2026-11-01', 'to', '366 days'],
])('a period from %s to %s is refused with what to do', (from, to, param, why) => {
  expect(readPeriod(from, to, NOW)).toMatchObject({
    kind: 'invalid',
    param,
    detail: expect.stringContaining(why) as string,
  });
});

test('the latest time of a pattern is the one before now, or now itself', () => {
  expect(latestTime('0 6 * * 1', NOW)).toEqual(new Date('2026-11-23T06:00:00Z'));
  const then = new Date('2026-11-23T06:00:00Z');
  expect(latestTime('0 6 * * 1', then)).toEqual(then);
});

test('a scheduled period begins where the one before ended, and never spans more than a month', () => {
  const at = new Date('2026-11-23T06:00:00Z');
  const day = (text: string) => new Date(`${text}T00:00:00Z`);
  expect(scheduledPeriod(at, null)).toEqual({ from: day('2026-11-16'), to: day('2026-11-23') });
  expect(scheduledPeriod(at, day('2026-11-20'))).toEqual({
    from: day('2026-11-20'),
    to: day('2026-11-23'),
  });
  expect(scheduledPeriod(at, day('2026-01-01'))?.from).toEqual(day('2026-10-23'));
  expect(scheduledPeriod(at, day('2026-11-23'))).toBeNull();
});

test.each([
  ['0 6 * * 1', 7],
  ['0 6 * * 1-5', 3],
  ['0 6 1 * *', 31],
  ['0 */6 * * *', 0.25],
])('between two times of %s there are %d days at the most', (cron, days) => {
  expect(longestGapMs(cron, NOW)).toBe(days * 86_400_000);
});

test('a day that no month has is never waited for', () => {
  expect(longestGapMs('0 6 31 2 *', NOW)).toBeNull();
});
