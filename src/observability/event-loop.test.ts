import { setTimeout as sleep } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { watchEventLoop } from './event-loop.ts';

/** Does nothing else for so long. */
function block(ms: number): void {
  const until = performance.now() + ms;
  while (performance.now() < until);
}

test('an event loop that is late again and again is seen to be, one pause is not enough, and it recovers', async () => {
  const loop = watchEventLoop(20);
  onTestFinished(() => loop.close());
  expect(loop.lagMs()).toBe(0);

  let turns = 0;
  for (; turns < 50 && loop.lagMs() < 50; turns += 1) {
    block(150);
    await sleep(1);
  }
  expect(loop.lagMs()).toBeGreaterThanOrEqual(50);
  expect(turns).toBeGreaterThan(1);

  await expect.poll(() => loop.lagMs(), { timeout: 20_000 }).toBeLessThan(50);
});
