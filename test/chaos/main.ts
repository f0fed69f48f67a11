import { appendFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { buildServiceProgram } from '../support/service-program.ts';
import { FAULT_KINDS, type FaultKind } from './faults/draw.ts';
import { runSchedule, type ScheduleOutcome } from './schedule.ts';
import { startWorld } from './world/world.ts';

/**
 * `npm run chaos -- --schedules 300 --seed 1 [--from 0] [--fault gateway-fails]… [--story held] [--report FILE]`
 *
 * Runs schedules one after the other and says of each whether every promise held. A run that was interrupted is gone on
 * with from the number behind the last one that it told of.
 */
const { values } = parseArgs({
  options: {
    schedules: { type: 'string', default: '20' },
    seed: { type: 'string', default: '1' },
    from: { type: 'string', default: '0' },
    fault: { type: 'string', multiple: true, default: [] },
    story: { type: 'string' },
    report: { type: 'string' },
  },
});
const first = Number(values.from);
const count = Number(values.schedules);
const unknown = values.fault.find((kind) => !(kind in FAULT_KINDS));
if (unknown !== undefined) {
  throw new Error(
    `There is no fault ${unknown}: there are ${Object.keys(FAULT_KINDS).join(', ')}.`,
  );
}
const wanted = values.fault as FaultKind[];

const program = await buildServiceProgram();
const world = await startWorld(program.path);
const outcomes: ScheduleOutcome[] = [];
try {
  for (let number = first; number < first + count; number += 1) {
    const outcome = await runSchedule(world, {
      seed: values.seed,
      number,
      wanted,
      story: values.story ?? null,
    });
    outcomes.push(outcome);
    await tell(outcome);
  }
} finally {
  await world.stop();
  await program.remove();
}
const failed = outcomes.filter(({ violations }) => violations.length > 0);
const settled = outcomes.map(({ settledMs }) => settledMs).sort((one, other) => one - other);
console.log(
  `${outcomes.length} schedules of seed ${values.seed}, ${failed.length} with violations` +
    `${failed.length > 0 ? ` (${failed.map(({ number }) => number).join(', ')})` : ''}; ` +
    `median ${settled[Math.floor(settled.length / 2)] ?? 0} ms until at rest`,
);
// Whatever is still open is not to keep a run alive that is over.
process.exit(failed.length === 0 ? 0 : 1);

async function tell(outcome: ScheduleOutcome): Promise<void> {
  const {
    number,
    violations,
    tookMs,
    renewedMs,
    faultsMs,
    healedMs,
    settledMs,
    purchases,
    requests,
    webhooks,
    charges,
    decisions,
  } = outcome;
  const figures = `${purchases} purchases, ${requests} requests, ${charges} charges, ${webhooks} webhooks, ${decisions} decisions, at rest after ${settledMs} ms; ${tookMs} ms in all (renewed ${renewedMs}, faults ${faultsMs}, healed ${healedMs})`;
  console.log(`schedule ${number}: ${violations.length === 0 ? 'held' : 'BROKEN'}; ${figures}`);
  for (const crash of outcome.crashes) console.log(`  crash: ${crash.slice(0, 1_500)}`);
  if (values.report !== undefined) {
    await appendFile(
      values.report,
      `${JSON.stringify({ ...outcome, crashes: outcome.crashes.length, history: undefined })}\n`,
    );
  }
  if (violations.length === 0) return;
  console.log(`  again: npm run chaos -- --schedules 1 --seed ${values.seed} --from ${number}`);
  for (const fault of outcome.faults) console.log(`  fault: ${fault}`);
  for (const { invariant, what, purchase } of violations.slice(0, 20)) {
    console.log(`  ${invariant}: ${what}${purchase === null ? '' : ` [${purchase}]`}`);
  }
  for (const line of outcome.history) console.log(`    ${line}`);
}
