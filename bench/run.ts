import { mkdir, writeFile } from 'node:fs/promises';
import { cpus, loadavg } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { measureBalances } from './balances/measure.ts';
import { startAssistant } from './child.ts';
import { prepareGround, type Ground } from './ground.ts';
import type { LoadAnswer, LoadQuestion } from './load/load.ts';
import { measurePayments } from './payments/measure.ts';
import { measureReconciliation } from './reconciliation/measure.ts';
import { table, targets, type Figures } from './report.ts';
import { planRounds, type Rounds } from './rounds.ts';
import { measureWebhooks } from './webhooks/measure.ts';
import { measureWorker } from './worker/measure.ts';

const RESULTS = join(import.meta.dirname, 'results');

/** What can be measured by itself. */
const PARTS = ['webhooks', 'worker', 'payments', 'reconciliation', 'balances'] as const;
type Part = (typeof PARTS)[number];

interface Plan {
  /** How many rounds, and the seconds of a turn and of the first one. */
  webhooks: readonly [number, number, number];
  worker: readonly [number, number, number];
  latency: readonly [number, number, number];
  throughput: readonly [number, number, number];
  reconciliation: { movements: number; rounds: number };
  balances: { entries: number; rounds: number };
}

const FULL: Plan = {
  webhooks: [7, 3, 30],
  worker: [5, 4, 12],
  latency: [5, 5, 12],
  throughput: [5, 4, 90],
  reconciliation: { movements: 1_000_000, rounds: 5 },
  balances: { entries: 5_000_000, rounds: 5 },
};
const QUICK: Plan = {
  webhooks: [3, 2, 15],
  worker: [3, 3, 8],
  latency: [3, 2, 8],
  throughput: [3, 2, 30],
  reconciliation: { movements: 100_000, rounds: 3 },
  balances: { entries: 500_000, rounds: 3 },
};

/** Measures everything, or the parts that are named, prints it, and says which targets are met. */
async function main(): Promise<void> {
  const { values: flags, positionals } = parseArgs({
    options: {
      quick: { type: 'boolean', default: false },
      check: { type: 'boolean', default: false },
    },
    allowPositionals: true,
  });
  const unknown = positionals.filter((name) => !PARTS.some((part) => part === name));
  if (unknown.length > 0) {
    throw new Error(`there is no part ${unknown.join(', ')}: there are ${PARTS.join(', ')}`);
  }
  const parts = PARTS.filter((part) => positionals.length === 0 || positionals.includes(part));
  const [plan, beganAt] = [flags.quick ? QUICK : FULL, new Date()];
  const loadBefore = loadavg();
  const { figures, postgres } = await measure(plan, parts);
  const met = targets(figures);
  for (const line of table(figures)) console.log(line);
  console.log('');
  for (const { name, value, isMet } of met) {
    console.log(`${isMet ? 'met   ' : 'MISSED'}  ${name}: ${value.toFixed(2)}`);
  }
  if (figures.throughput?.statementsBy === 'driver') {
    console.log(
      'not measured: payments against pgbench. Install it: apt-get install postgresql-15',
    );
  }
  if (flags.quick && figures.reconciliation) {
    const { movements } = FULL.reconciliation;
    console.log(`quick: ${figures.reconciliation.movements} movements instead of ${movements}`);
  }
  if (flags.quick && figures.balances) {
    console.log(`quick: ${figures.balances.entries} entries instead of ${FULL.balances.entries}`);
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
  plan: Plan,
  parts: readonly Part[],
): Promise<{ figures: Figures; postgres: string }> {
  const ground = await prepareGround();
  const figures: Figures = {};
  try {
    if (parts.includes('webhooks') || parts.includes('payments')) {
      Object.assign(figures, await measureUnderLoad(ground, plan, parts));
    }
    if (parts.includes('worker')) {
      figures.worker = await measureWorker(ground, planned(plan.worker));
    }
    if (parts.includes('reconciliation')) {
      figures.reconciliation = await measureReconciliation(ground, plan.reconciliation);
    }
    if (parts.includes('balances')) figures.balances = await measureBalances(ground, plan.balances);
    return { figures, postgres: ground.version };
  } finally {
    await ground.stop();
  }
}

function planned([count, seconds, warmUpSeconds]: readonly [number, number, number]): Rounds {
  return planRounds({ count, seconds, warmUpSeconds });
}

/** What is measured by requests that a process of its own sends. */
async function measureUnderLoad(
  ground: Ground,
  plan: Plan,
  parts: readonly Part[],
): Promise<Figures> {
  const load = startAssistant<LoadQuestion, LoadAnswer>('load/load.ts');
  try {
    const figures: Figures = {};
    if (parts.includes('webhooks')) {
      figures.webhooks = await measureWebhooks(ground, load, planned(plan.webhooks));
    }
    if (!parts.includes('payments')) return figures;
    const payments = await measurePayments(ground, load, {
      latency: planned(plan.latency),
      throughput: planned(plan.throughput),
    });
    return { ...figures, ...payments };
  } finally {
    await load.stop();
  }
}

await main();
