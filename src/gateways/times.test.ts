import { expect, test } from 'vitest';
import { TextTime, UnixTime } from './times.ts';

test.each([
  ['2026-11-30T23:59:59Z', '2026-11-30T23:59:59.000Z'],
  ['2026-11-30T23:59:59.5+01:00', '2026-11-30T22:59:59.500Z'],
  ['1970-01-01T00:00:00Z', '1970-01-01T00:00:00.000Z'],
  ['9999-12-31T23:59:59Z', '9999-12-31T23:59:59.000Z'],
])('the text %s is %s', (text, moment) => {
  expect(TextTime.parse(text).toISOString()).toBe(moment);
});

test.each([
  '',
  '2026-02-30T00:00:00Z',
  '2026-11-30',
  '0000-01-01T00:00:00Z',
  '9999-12-31T23:59:59-01:00',
])('the text %j is no time that can be kept', (text) => {
  expect(TextTime.safeParse(text).success).toBe(false);
});

test('seconds are a time as long as its year has four digits', () => {
  expect(UnixTime.parse(1_796_079_991).toISOString()).toBe('2026-11-30T23:06:31.000Z');
  expect(UnixTime.parse(253_402_300_799).toISOString()).toBe('9999-12-31T23:59:59.000Z');
  for (const wrong of [0, -1, 1.5, 253_402_300_800, 1_796_079_991_000_000, '1796079991']) {
    expect(UnixTime.safeParse(wrong).success).toBe(false);
  }
});
