import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createUseNotes } from './use-notes.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function make() {
  const written: string[][] = [];
  const state = { time: 0, fails: false, failures: 0 };
  const notes = createUseNotes(
    async (ids) => {
      if (state.fails) throw new Error('down');
      written.push([...ids]);
    },
    () => (state.failures += 1),
    () => state.time,
  );
  return { notes, written, state };
}

test('uses of a second are one write, and each credential is written once a minute', async () => {
  const { notes, written, state } = make();
  for (let n = 0; n < 100; n += 1) notes.used(n % 2 ? 'key_1' : 'key_2');
  await vi.advanceTimersByTimeAsync(1_000);
  expect(written).toEqual([['key_2', 'key_1']]);
  state.time = 59_999;
  notes.used('key_1');
  await vi.advanceTimersByTimeAsync(1_000);
  expect(written).toHaveLength(1);
  state.time = 60_000;
  notes.used('key_1');
  await vi.advanceTimersByTimeAsync(1_000);
  expect(written[1]).toEqual(['key_1']);
});

test('what could not be written is written at the next use', async () => {
  const { notes, written, state } = make();
  state.fails = true;
  notes.used('key_1');
  await vi.advanceTimersByTimeAsync(1_000);
  expect([written, state.failures]).toEqual([[], 1]);
  state.fails = false;
  notes.used('key_1');
  await vi.advanceTimersByTimeAsync(1_000);
  expect(written).toEqual([['key_1']]);
});

test('the last uses are written when the process stops', async () => {
  const { notes, written } = make();
  notes.used('key_1');
  await notes.close();
  expect(written).toEqual([['key_1']]);
});
