import { expect, test } from 'vitest';
import { runWorkLoop, type Work } from './work-loop.ts';

/** Runs a loop over items that are handed out as they are asked for, and stops it. */
function start<T>(work: Omit<Work<T>, 'name'>) {
  const stopping = new AbortController();
  const errors: unknown[] = [];
  let beats = 0;
  const ended = runWorkLoop(
    { name: 'test', ...work },
    {
      stopped: stopping.signal,
      beat: () => void (beats += 1),
      onError: (_name, error) => errors.push(error),
    },
  );
  return { stop: () => stopping.abort(), ended, errors, beats: () => beats };
}

const nextTurn = () => new Promise((resolve) => setImmediate(resolve));
const whenStopped = (stopped: AbortSignal) =>
  new Promise<void>((resolve) => stopped.addEventListener('abort', () => resolve()));

test('never more is claimed than there are free hands, and everything is worked on once', async () => {
  const waiting = Array.from({ length: 100 }, (_, i) => i);
  const done: number[] = [];
  let underWay = 0;
  let most = 0;
  const loop = start<number>({
    concurrency: 7,
    claim: async (limit, stopped) => {
      if (waiting.length === 0) await whenStopped(stopped);
      return waiting.splice(0, limit);
    },
    run: async (item) => {
      most = Math.max(most, (underWay += 1));
      for (let i = 0; i <= item % 3; i += 1) await nextTurn();
      underWay -= 1;
      done.push(item);
    },
  });
  await expect.poll(() => done.length).toBe(100);
  loop.stop();
  await loop.ended;
  expect(most).toBe(7);
  expect(done.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 100 }, (_, i) => i));
});

test('a loop that is stopped claims nothing more and ends when what was begun is done', async () => {
  let finish: () => void = () => undefined;
  let claims = 0;
  const loop = start<number>({
    concurrency: 2,
    claim: async (_limit, stopped) => {
      claims += 1;
      if (claims > 1) await whenStopped(stopped);
      return claims === 1 ? [1] : [];
    },
    run: () => new Promise<void>((resolve) => (finish = resolve)),
  });
  await expect.poll(() => claims).toBe(2);
  loop.stop();
  let hasEnded = false;
  void loop.ended.then(() => (hasEnded = true));
  await nextTurn();
  expect(hasEnded).toBe(false);
  finish();
  await loop.ended;
  expect(claims).toBe(2);
});

test('work that throws is reported and stops neither the loop nor its neighbours', async () => {
  const waiting = [1, 2, 3];
  const done: number[] = [];
  const loop = start<number>({
    concurrency: 1,
    claim: async (limit, stopped) => {
      if (waiting.length === 0) await whenStopped(stopped);
      return waiting.splice(0, limit);
    },
    run: async (item) => {
      if (item === 2) throw new Error('two');
      done.push(item);
    },
  });
  await expect.poll(() => done).toEqual([1, 3]);
  loop.stop();
  await loop.ended;
  expect(loop.errors).toEqual([new Error('two')]);
});

test('a claim that fails is reported, and a loop that rests after it can be stopped at once', async () => {
  const loop = start<number>({
    concurrency: 1,
    claim: async () => {
      throw new Error('no database');
    },
    run: async () => undefined,
  });
  await expect.poll(() => loop.errors.length).toBe(1);
  const stoppedAt = performance.now();
  loop.stop();
  await loop.ended;
  expect(performance.now() - stoppedAt).toBeLessThan(500);
});

test('an idle loop beats, and so does one whose hands are all busy', async () => {
  const loop = start<number>({
    concurrency: 1,
    claim: async () => {
      await nextTurn();
      return [];
    },
    run: async () => undefined,
  });
  await expect.poll(() => loop.beats()).toBeGreaterThan(3);
  loop.stop();
  await loop.ended;
});
