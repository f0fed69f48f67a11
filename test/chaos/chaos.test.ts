import { afterAll, beforeAll, expect, test } from 'vitest';
import { provideServiceProgram, type ServiceProgram } from '../support/service-program.ts';
import { USUAL_KINDS } from './faults/draw.ts';
import { STORY_NAMES } from './load/stories.ts';
import { drawPlan } from './plan.ts';
import { runSchedule } from './schedule.ts';
import { startWorld, type World } from './world/world.ts';

/** Starting everything, and one schedule, on a machine that has other things to do. */
const PATIENCE_MS = 600_000;
/** Three that have everything between them: every kind of fault that occurs unasked, and every story. */
const SEED = '1';
const NUMBERS = [501, 693, 973];

let program: ServiceProgram;
let world: World;

beforeAll(async () => {
  program = await provideServiceProgram();
  world = await startWorld(program.path);
}, PATIENCE_MS);

afterAll(async () => {
  await world?.stop();
  await program?.remove();
}, PATIENCE_MS);

test('between them the schedules have every usual kind of fault and every story', () => {
  const plans = NUMBERS.map((number) => drawPlan({ seed: SEED, number }));
  const kinds = plans.flatMap(({ faults }) => faults.map(({ kind }) => kind));
  expect(new Set(kinds)).toEqual(new Set(USUAL_KINDS));
  const stories = plans.flatMap(({ customers }) => customers.map(({ story }) => story.name));
  expect(new Set(stories)).toEqual(new Set(STORY_NAMES));
});

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
