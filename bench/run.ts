import { mkdir, writeFile } from 'node:fs/promises';
import { cpus, loadavg } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { startAssistant } from './child.ts';
import { prepareGround } from './ground.ts';
import type { LoadAnswer, LoadQuestion } from './load/load.ts';
import { measurePayments } from './payments/measure.ts';
import { table, targets, type Figures } from './report.ts';
import { planRounds } from './rounds.ts';
import { measureWebhooks } from './webhooks/measure.ts';

const RESULTS = join(import.meta.dirname, 'results');

const FULL = { webhooks: [7, 3, 12], latency: [5, 5, 12], throughput: [5, 4, 12] } as const;
const QUICK = { webhooks: [3, 2, 8], latency: [3, 2, 8], throughput: [3, 2, 8] } as const;

/** Measures everything, prints it, and says which targets are met. */
async function main(): Promise<void> {
  const { values: flags } = parseArgs({
    options: {
      quick: { type: 'boolean', default: false },
      check: { type: 'boolean', default: false },
    },
  });
  const [plan, beganAt] = [flags.quick ? QUICK : FULL, new Date()];
  const loadBefore = loadavg();
  const { figures, postgres } = await measure(plan);
  const met = targets(figures);
  for (const line of table(figures)) console.log(line);
  console.log('');
  for (const { name, value, isMet } of met) {
    console.log(`${isMet ? 'met   ' : 'MISSED'}  ${name}: ${value.toFixed(2)}`);
  }
  if (figures.throughput.statementsBy === 'driver') {
    console.log(
      'not measured: payments against pgbench. Install it: apt-get install postgresql-15',
    );
  }
  const machine = { cores: cpus().length, loadBefore, loadAfter: loadavg(), node: process.version };
  await mkdir(RESULTS, { recursive: true });
  await writeFile(
    join(RESULTS, 'latest.json'),
    JSON.stringify({ beganAt, machine: { ...machine, postgres }, targets: met, figures }),
  );
  console.log(
    `load of the machine: ${loadBefore[0]?.toFixed(1)} before, ${loadavg()[0]?.toFixed(1)} after`,
  );
  if (flags.check && met.some(({ isMet }) => !isMet)) process.exitCode = 1;
}

async function measure(
  plan: typeof FULL | typeof QUICK,
): Promise<{ figures: Figures; postgres: string }> {
  const rounds = ([count, seconds, warmUpSeconds]: readonly [number, number, number]) =>
    planRounds({ count, seconds, warmUpSeconds });
  const ground = await prepareGround();
  const load = startAssistant<LoadQuestion, LoadAnswer>('load/load.ts');
  try {
    const webhooks = await measureWebhooks(ground, load, rounds(plan.webhooks));
    const payments = await measurePayments(ground, load, {
      latency: rounds(plan.latency),
      throughput: rounds(plan.throughput),
    });
    return { figures: { webhooks, ...payments }, postgres: ground.version };
  } finally {
    await load.stop();
    await ground.stop();
  }
}

await main();
