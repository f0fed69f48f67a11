import { expect, test } from 'vitest';
import { addressBlock, createWrongTokens } from './wrong-tokens.ts';

function make() {
  const state = { time: 0 };
  const wrong = createWrongTokens(() => state.time);
  /** Notes a wrong token each time that the last one's wait is over. */
  const patiently = (address: string, times: number) =>
    Array.from({ length: times }, () => {
      const seconds = wrong.note(address);
      state.time += seconds * 1_000;
      return seconds;
    });
  return { wrong, state, patiently };
}

test('five wrong tokens are mistakes; then each locks for twice as long, up to 15 minutes', () => {
  const waits = make().patiently('192.0.2.1', 18);
  expect(waits).toEqual([0, 0, 0, 0, 0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900, 900]);
});

test('wrong tokens during a lock do not prolong it', () => {
  const { wrong, state, patiently } = make();
  patiently('192.0.2.1', 8);
  expect(wrong.note('192.0.2.1')).toBe(8);
  state.time += 3_500;
  for (let n = 0; n < 100; n += 1) expect(wrong.note('192.0.2.1')).toBe(5);
});

test('addresses are told apart, and forgotten 15 minutes after their last lock', () => {
  const { wrong, state, patiently } = make();
  patiently('192.0.2.1', 7);
  expect(wrong.note('192.0.2.2')).toBe(0);
  state.time += 15 * 60_000 - 1;
  expect(wrong.note('192.0.2.1')).toBe(4);
  state.time += 4_000 + 15 * 60_000;
  expect(wrong.note('192.0.2.1')).toBe(0);
});

test('a network of IPv6 is one sender', () => {
  const { wrong, patiently } = make();
  patiently('2001:db8:0:1::1', 6);
  expect(wrong.note('2001:db8::1:2:3:4:5')).toBe(2);
  expect(wrong.note('2001:db8:0:2::1')).toBe(0);
});

test.each([
  ['192.0.2.1', '192.0.2.1'],
  ['::ffff:192.0.2.1', '192.0.2.1'],
  ['2001:db8:a:b:1:2:3:4', '2001:db8:a:b'],
  ['2001:db8::1', '2001:db8:0:0'],
  ['::1', '0:0:0:0'],
  ['fe80::', 'fe80:0:0:0'],
])('%s is of the block %s', (address, block) => {
  expect(addressBlock(address)).toBe(block);
});

test('a flood from ever new addresses forgets the oldest instead of growing', () => {
  const { wrong, patiently } = make();
  patiently('192.0.2.1', 7);
  for (let n = 0; n < 9_999; n += 1) wrong.note(`10.0.${n >> 8}.${n & 255}`);
  expect(wrong.note('192.0.2.1')).toBe(4);
  for (let n = 0; n < 10_000; n += 1) wrong.note(`10.1.${n >> 8}.${n & 255}`);
  expect(wrong.note('192.0.2.1')).toBe(0);
});
