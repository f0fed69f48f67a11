import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { buildServiceProgram } from '../support/service-program.ts';
import { MUTANTS } from './mutants/all.ts';
import type { Mutant } from './mutants/mutant.ts';
import { patching } from './mutants/patching.ts';
import { runSchedule } from './schedule.ts';
import { startWorld, type World } from './world/world.ts';

/**
 * `npm run chaos:mutants [-- --only "part of a name"] [--seed 1] [--schedules 20]`
 *
 * Plants each known fault in a build of its own and runs schedules with the trouble in which it does harm until one of
 * them is broken. A fault that no schedule finds says that the harness would not find its like in Tender either.
 */
const { values } = parseArgs({
  options: {
    only: { type: 'string', default: '' },
    seed: { type: 'string', default: '1' },
    schedules: { type: 'string', default: '20' },
  },
});
const CHECKOUT = join(import.meta.dirname, '..', '..');
const mutants = MUTANTS.filter(({ name }) => name.includes(values.only));
const most = Number(values.schedules);
let survivors = 0;
let world: World | null = null;
try {
  for (const mutant of mutants) {
    const program = await buildServiceProgram([patching(CHECKOUT, mutant.patches)]);
    try {
      if (world) await world.use(program.path);
      else world = await startWorld(program.path);
      if (!(await isCaught(world, mutant))) survivors += 1;
    } finally {
      await program.remove();
    }
  }
} finally {
  await world?.stop();
}
console.log(`${mutants.length - survivors} of ${mutants.length} planted faults were found`);
process.exitCode = survivors === 0 ? 0 : 1;

async function isCaught(where: World, { name, fault }: Mutant): Promise<boolean> {
  const startedAt = performance.now();
  for (let number = 0; number < most; number += 1) {
    const { violations } = await runSchedule(where, { seed: values.seed, number, wanted: fault });
    const [first] = violations;
    if (!first) continue;
    const seconds = Math.round((performance.now() - startedAt) / 1_000);
    console.log(`found in schedule ${number + 1} after ${seconds} s: ${name} (${fault})`);
    console.log(`  ${first.invariant}: ${first.what.slice(0, 200)}`);
    return true;
  }
  console.log(`NOT FOUND in ${most} schedules: ${name} (${fault})`);
  return false;
}
