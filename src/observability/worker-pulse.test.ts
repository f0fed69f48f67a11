import { expect, test } from 'vitest';
import { createWorkerPulse } from './worker-pulse.ts';

test('a loop is alive while its last turn is recent, and from the beginning', () => {
  let time = 1_000;
  const pulse = createWorkerPulse(30_000, () => time);
  expect(pulse.isAlive()).toBe(true);
  time += 30_001;
  expect(pulse.isAlive()).toBe(false);
  pulse.beat();
  expect(pulse.isAlive()).toBe(true);
});
