import { afterAll, beforeAll, expect, test } from 'vitest';
import { buildServiceProgram, type ServiceProgram } from '../support/service-program.ts';
import { runSchedule } from './schedule.ts';
import { startWorld, type World } from './world/world.ts';

/** Starting everything, and one schedule, on a machine that has other things to do. */
const PATIENCE_MS = 600_000;
/** Drawn so that between them they kill processes, PostgreSQL and Redis, break links and spoil gateways' answers. */
const SEED = '1';
const NUMBERS = [0, 1, 2, 3, 4];

let program: ServiceProgram;
let world: World;

beforeAll(async () => {
  program = await buildServiceProgram();
  world = await startWorld(program.path);
}, PATIENCE_MS);

afterAll(async () => {
  await world?.stop();
  await program?.remove();
}, PATIENCE_MS);

test.each(NUMBERS)(
  `nobody is charged twice and nothing acknowledged is lost: schedule %i of seed ${SEED}`,
  async (number) => {
    const { violations, faults, history } = await runSchedule(world, { seed: SEED, number });
    // One line, as of a failure some keep the first line only.
    const broken = violations.map(({ invariant, what }) => `${invariant}: ${what}`).join('; ');
    expect(violations, [broken, ...faults, ...history].join('\n')).toEqual([]);
  },
  PATIENCE_MS,
);
