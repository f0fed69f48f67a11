import { ADMIN_TOKEN } from '../support/as-operator.ts';
import { last, type Fault } from './faults/fault.ts';
import { tellHistory } from './history.ts';
import { checkDecisions } from './invariants/decisions.ts';
import { gatherEvidence } from './invariants/evidence.ts';
import { checkLedger } from './invariants/ledger.ts';
import { checkMoney } from './invariants/money.ts';
import { checkReplays, checkRequests } from './invariants/requests.ts';
import { checkRest } from './invariants/rest.ts';
import type { Violation } from './invariants/violation.ts';
import { checkWebhooks } from './invariants/webhooks.ts';
import { createClient } from './load/client.ts';
import { openBackstage } from './load/backstage.ts';
import { openShop, pause } from './load/purchase.ts';
import { drawPlan, type Customer, type PlanOptions } from './plan.ts';
import { settle } from './settle.ts';
import { PROCESS_NAMES } from './world/names.ts';
import type { World } from './world/world.ts';

/** When the faults end at the earliest, so that they meet the customers, and at the latest. */
const LOAD_END_MS = 4_500;
const FAULTS_END_MS = 5_500;

export interface ScheduleOptions extends PlanOptions {
  /** How long it is waited for rest on a busy machine, in milliseconds. */
  patienceMs?: number;
}

/** What came of one schedule. */
export interface ScheduleOutcome {
  number: number;
  seed: string;
  faults: string[];
  purchases: number;
  requests: number;
  webhooks: number;
  charges: number;
  /** What operators decided. */
  decisions: number;
  settledMs: number;
  /** All of it, and how much of that went into making a new world, into the faults, and into starting what was down. */
  tookMs: number;
  renewedMs: number;
  faultsMs: number;
  healedMs: number;
  violations: Violation[];
  /** What processes said that ended by themselves: no promise is broken by that, but somebody should look. */
  crashes: string[];
  /** What happened to the payment of the first violation that has one. */
  history: string[];
}

/** Lets customers buy while things go wrong, then lets the system come to rest, and checks every promise. */
export async function runSchedule(
  world: World,
  options: ScheduleOptions,
): Promise<ScheduleOutcome> {
  const ended = new AbortController();
  try {
    return await runUntil(ended, world, options);
  } finally {
    // Where the schedule itself fails customers must not go on for ever.
    ended.abort();
  }
}

async function runUntil(
  ended: AbortController,
  world: World,
  { patienceMs, ...options }: ScheduleOptions,
): Promise<ScheduleOutcome> {
  const startedAt = performance.now();
  const { faults, customers, random } = drawPlan(options);
  await world.renew();
  const renewedMs = Math.round(performance.now() - startedAt);

  const { links, apiKey } = world;
  const urls = { 'api-1': links.client['api-1'].url, 'api-2': links.client['api-2'].url };
  const client = createClient({
    urls,
    apiKey,
    operatorToken: ADMIN_TOKEN,
    random,
    ended: ended.signal,
  });
  const shopping = openShops(world, client, customers, ended.signal);
  await strikeAll(world, faults);
  const faultsMs = Math.round(performance.now() - startedAt) - renewedMs;
  await world.heal();
  await world.ready();
  const healedMs = Math.round(performance.now() - startedAt) - renewedMs - faultsMs;

  const settled = await settle(world, () => shopping.open(), patienceMs);
  const violations: Violation[] = [];
  if (!settled.inTime) violations.push(notSettled(settled.tookMs, settled.open));
  ended.abort();
  await shopping.done;
  const read = { purchases: shopping.purchases, calls: [...client.calls] };
  const evidence = await gatherEvidence(world, read);
  violations.push(
    ...checkMoney(evidence),
    ...checkRequests(evidence),
    ...checkWebhooks(evidence),
    ...checkRest(evidence),
    ...checkLedger(evidence),
    ...checkDecisions(evidence),
    ...(await checkReplays(client)),
  );
  if (violations.length === 0) {
    // A replay that does its work once more shows in the books only after it.
    const after = await gatherEvidence(world, read);
    violations.push(...checkMoney(after), ...checkLedger(after));
  }
  const worst = violations.find(({ paymentId, purchase }) => paymentId ?? purchase);
  return {
    number: options.number,
    seed: options.seed,
    faults: faults.map(({ atMs, lastsMs, title }) => `${atMs}+${lastsMs} ms ${title}`),
    purchases: shopping.purchases.length,
    requests: client.calls.filter(({ method }) => method === 'POST').length,
    webhooks: evidence.receipts.length,
    decisions: evidence.decisions.length,
    charges: Object.values(evidence.books).reduce((sum, { totals }) => sum + totals.liveCharges, 0),
    settledMs: settled.tookMs,
    renewedMs,
    faultsMs,
    healedMs,
    tookMs: Math.round(performance.now() - startedAt),
    violations,
    crashes: PROCESS_NAMES.flatMap((process) => world.services[process].crashes.splice(0)),
    history: worst ? tellHistory(evidence, worst) : [],
  };
}

function openShops(
  world: World,
  client: ReturnType<typeof createClient>,
  customers: readonly Customer[],
  ended: AbortSignal,
) {
  const open = new Set<string>();
  const backstage = openBackstage(world, ended);
  const shoppers = customers.map(({ purchase, story, startsAtMs, random }) => {
    const tell = async () => {
      open.add(purchase.name);
      await pause(startsAtMs, ended);
      await story.tell(openShop({ client, purchase, random, ended, backstage }));
      open.delete(purchase.name);
    };
    return { purchase, telling: tell() };
  });
  return {
    purchases: shoppers.map(({ purchase }) => purchase),
    done: Promise.all(shoppers.map(({ telling }) => telling)),
    open: () => (open.size === 0 ? [] : [`${open.size} customers wait: ${[...open].join(', ')}`]),
  };
}

/** Faults may outlast the time in which customers come, but not for long. */
async function strikeAll(world: World, faults: readonly Fault[]): Promise<void> {
  const over = new AbortController();
  const timer = setTimeout(() => over.abort(), FAULTS_END_MS);
  const striking = faults.map(async (fault) => {
    await last(fault.atMs, over.signal);
    await fault.strike(world, over.signal);
  });
  await Promise.all([...striking, last(LOAD_END_MS, over.signal)]);
  clearTimeout(timer);
  over.abort();
}

function notSettled(tookMs: number, open: string[]): Violation {
  const what = `not at rest after ${Math.round(tookMs / 1000)} s: ${open.join(', ')}`;
  return { invariant: 'stuck', what, paymentId: null, purchase: null };
}
