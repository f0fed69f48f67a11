import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { buildServiceProgram } from '../support/service-program.ts';
import { MUTANTS } from './mutants/all.ts';
import type { Mutant } from './mutants/mutant.ts';
import { patching } from './mutants/patching.ts';
import { runSchedule } from './schedule.ts';
import { startWorld, type World } from './world/world.ts';

/**
 * `npm run chaos:mutants [-- --only "part of a name"] [--seed 1] [--schedules 20] [--from 1] [--none]`
 *
 * Plants each known fault in a build of its own and runs schedules with the trouble in which it does harm until one of
 * them is broken. A fault that no schedule finds says that the harness would not find its like in Tender either. With
 * `--none` nothing is planted, and none of the same schedules may be broken. `--from` goes on with a run that was
 * interrupted, at that fault.
 */
const { values } = parseArgs({
  options: {
    only: { type: 'string', default: '' },
    seed: { type: 'string', default: '1' },
    schedules: { type: 'string', default: '20' },
    from: { type: 'string', default: '1' },
    none: { type: 'boolean', default: false },
  },
});
/** A planted fault often leaves something open for ever, for which nobody waits long, in milliseconds. */
const PATIENCE_MS = 40_000;
const CHECKOUT = join(import.meta.dirname, '..', '..');
const mutants = MUTANTS.filter(({ name }) => name.includes(values.only)).slice(
  Number(values.from) - 1,
);
const most = Number(values.schedules);
const table: string[] = [];
const unplanted = [
  ...new Map(
    mutants.map((each) => [troubleOf(each), { ...each, name: 'nothing planted', patches: [] }]),
  ).values(),
];
let survivors = 0;
let world: World | null = null;
try {
  for (const mutant of values.none ? unplanted : mutants) {
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
for (const row of table) console.log(row);
if (values.none) {
  console.log(
    `${unplanted.length - survivors} of ${unplanted.length} kinds of trouble broke something`,
  );
  process.exitCode = survivors === unplanted.length ? 0 : 1;
} else {
  console.log(`${mutants.length - survivors} of ${mutants.length} planted faults were found`);
  process.exitCode = survivors === 0 ? 0 : 1;
}

function troubleOf({ faults, story }: Pick<Mutant, 'faults' | 'story'>): string {
  return [...faults, ...(story === undefined ? [] : [`"${story}"`])].join(', ');
}

async function isCaught(where: World, planted: Omit<Mutant, 'patches'>): Promise<boolean> {
  const { name, faults, story } = planted;
  const trouble = troubleOf(planted);
  const startedAt = performance.now();
  for (let number = 0; number < most; number += 1) {
    const { violations } = await runSchedule(where, {
      seed: values.seed,
      number,
      wanted: faults,
      story: story ?? null,
      patienceMs: PATIENCE_MS,
    });
    const [first] = violations;
    if (!first) continue;
    const seconds = Math.round((performance.now() - startedAt) / 1_000);
    console.log(`found in schedule ${number + 1} after ${seconds} s: ${name} (${trouble})`);
    table.push(`| ${name} | ${trouble} | ${number + 1} | ${first.invariant} |`);
    console.log(`  ${first.invariant}: ${first.what.slice(0, 200)}`);
    return true;
  }
  console.log(`NOT FOUND in ${most} schedules: ${name} (${trouble})`);
  return false;
}
