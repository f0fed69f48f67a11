import { expect, onTestFinished, test } from 'vitest';
import { eventually } from '../../test/support/eventually.ts';
import { NOTHING_CONFIGURED, type GatewayState } from '../domain/gateway-config.ts';
import { createGatewayStates } from './gateway-states.ts';

const OFF: GatewayState = { enabled: false, config: NOTHING_CONFIGURED };

/** States over a table that a test changes; `broken` is a database that is away. */
function keep(intervalMs = 5) {
  const stored = new Map<string, GatewayState>();
  const world = { stored, broken: false, readings: 0, errors: [] as unknown[] };
  const states = createGatewayStates({
    read: async () => {
      world.readings += 1;
      if (world.broken) throw new Error('the database is away');
      return new Map(stored);
    },
    onError: (error) => void world.errors.push(error),
    intervalMs,
  });
  onTestFinished(() => states.close());
  return { states, world };
}

test('what operators change is seen without being asked for', async () => {
  const { states, world } = keep();
  states.start();
  await eventually(() => expect(states.isLoaded()).toBe(true));
  expect(states.isEnabled('a')).toBe(true);
  world.stored.set('a', OFF);
  await eventually(() => expect(states.isEnabled('a')).toBe(false));
  world.stored.delete('a');
  await eventually(() => expect(states.isEnabled('a')).toBe(true));
});

test('while the database is away the last that was known holds, and each failure is told', async () => {
  const { states, world } = keep();
  world.stored.set('a', OFF);
  states.start();
  await eventually(() => expect(states.isLoaded()).toBe(true));
  world.broken = true;
  world.stored.delete('a');
  await eventually(() => expect(world.errors.length).toBeGreaterThan(2));
  expect(states.isEnabled('a')).toBe(false);
  expect((await states.current())('a').enabled).toBe(false);
  world.broken = false;
  await eventually(() => expect(states.isEnabled('a')).toBe(true));
});

test('before the first reading nothing is assumed: whoever asks has it read, or is refused', async () => {
  const { states, world } = keep();
  world.stored.set('a', OFF);
  world.broken = true;
  await expect(states.current()).rejects.toThrow('the database is away');
  world.broken = false;
  expect((await states.current())('a').enabled).toBe(false);
  expect(states.isLoaded()).toBe(true);
});

test('once it was read, asking reads nothing', async () => {
  const { states, world } = keep(60_000);
  await states.current();
  await Promise.all(Array.from({ length: 100 }, () => states.current()));
  expect(world.readings).toBe(1);
});

test('a reading that was slow never hides what a later one saw', async () => {
  const enabled = { ...OFF, enabled: true };
  const gates: (() => void)[] = [];
  const answers = [new Map([['a', enabled]]), new Map([['a', OFF]])];
  const states = createGatewayStates({
    read: async () => {
      const answer = answers.shift();
      await new Promise<void>((resolve) => gates.push(resolve));
      return answer ?? new Map();
    },
    onError: () => undefined,
  });
  const both = Promise.all([states.refresh(), states.refresh()]);
  await eventually(() => expect(gates).toHaveLength(1));
  gates[0]?.();
  await eventually(() => expect(gates).toHaveLength(2));
  gates[1]?.();
  await both;
  expect(states.isEnabled('a')).toBe(false);
});

test('after it was closed nothing is read any more', async () => {
  const { states, world } = keep();
  states.start();
  await eventually(() => expect(world.readings).toBeGreaterThan(1));
  states.close();
  await states.refresh();
  const { readings } = world;
  await new Promise((resolve) => setTimeout(resolve, 30));
  expect(world.readings).toBe(readings);
});
