import { FEW, type BalanceFigures } from './balances/measure.ts';
import { median, quantile, type Rate } from './figures.ts';
import {
  PAYMENT_CONNECTIONS,
  PAYMENTS_PER_SECOND,
  type LatencyFigures,
  type ThroughputFigures,
} from './payments/measure.ts';
import { SMALL, type ReconciliationFigures } from './reconciliation/measure.ts';
import { WEBHOOK_CONNECTIONS, type WebhookFigures } from './webhooks/measure.ts';
import type { WorkerFigures } from './worker/measure.ts';

/** What was measured, with the medians over the rounds; a part that was not asked for is not there. */
export interface Figures {
  webhooks?: WebhookFigures;
  worker?: WorkerFigures;
  latency?: LatencyFigures;
  throughput?: ThroughputFigures;
  reconciliation?: ReconciliationFigures;
  balances?: BalanceFigures;
}

/** Something that has to hold, and whether it does. */
export interface Target {
  name: string;
  value: number;
  isMet: boolean;
}

/** The lines of the table, one a figure, with an empty one between the parts. */
export function table(figures: Figures): string[] {
  const { webhooks, worker, latency, throughput, reconciliation, balances } = figures;
  const parts = [
    webhooks && webhookLines(webhooks),
    worker && workerLines(worker),
    latency && latencyLines(latency),
    throughput && throughputLines(throughput),
    reconciliation && reconciliationLines(reconciliation),
    balances && balanceLines(balances),
  ].filter((lines) => lines !== undefined);
  return parts.flatMap((lines, at) => (at === 0 ? lines : ['', ...lines]));
}

function webhookLines(webhooks: WebhookFigures): string[] {
  const insert = medianRate(webhooks.insert);
  return [
    row(
      `Webhooks taken in, ${WEBHOOK_CONNECTIONS} connections`,
      'median',
      'to INSERT',
      COST,
      'rounds',
    ),
    rate('  tender api', webhooks.tender, insert),
    rate('  Fastify, one INSERT for each', webhooks.insert, insert),
    rate('  Fastify, bare', webhooks.bare, insert),
  ];
}

function workerLines(worker: WorkerFigures): string[] {
  const statements = medianRate(worker.statements);
  return [
    row('Webhooks worked off by one worker', 'median', 'to statements', COST, 'rounds'),
    rate('  tender worker', worker.tender, statements),
    rate('  its SQL statements alone', worker.statements, statements),
    rate('  tender worker, nothing new', worker.known, statements),
  ];
}

function latencyLines(latency: LatencyFigures): string[] {
  const time = (name: string, rounds: number[][]) => {
    const p50s = rounds.map((round) => quantile(round, 0.5));
    const p99s = rounds.map((round) => quantile(round, 0.99));
    return row(name, `p50 ${ms(median(p50s))}`, `p99 ${ms(median(p99s))}`, spread(p50s));
  };
  return [
    row(`One payment, at ${PAYMENTS_PER_SECOND} a second`, 'p50', 'p99', 'rounds (p50)'),
    time('  tender api and the sandbox', latency.tender),
    time('  the sandbox, called directly', latency.gateway),
    time('  the two SQL statements alone', latency.statements),
    row(
      '  added by tender',
      `p50 ${ms(added(latency, 0.5))}`,
      `p99 ${ms(added(latency, 0.99))}`,
      '',
    ),
  ];
}

function throughputLines(throughput: ThroughputFigures): string[] {
  const statements = medianRate(throughput.statements);
  return [
    row(`Payments, ${PAYMENT_CONNECTIONS} connections`, 'median', 'to the last', COST, 'rounds'),
    rate('  tender api and a stub gateway', throughput.stub, statements),
    rate('  tender api and the sandbox', throughput.sandbox, statements),
    rate(
      `  the two SQL statements (${throughput.statementsBy})`,
      throughput.statements,
      statements,
    ),
  ];
}

function reconciliationLines(reconciliation: ReconciliationFigures): string[] {
  const { movements, small, large, peakRssBytes } = reconciliation;
  const cost = (count: number, values: number[]) =>
    row(
      `  a run over ${count}`,
      `${median(values).toFixed(0)} us`,
      `${(median(values) / median(small)).toFixed(2)}x`,
      spread(values),
    );
  return [
    row('Reconciliation, each movement', 'median', `to ${SMALL}`, 'rounds'),
    cost(movements, [large]),
    cost(SMALL, small),
    row('  memory of the process at its most', `${megabytes(peakRssBytes).toFixed(0)} MB`),
  ];
}

function balanceLines({ entries, few, many }: BalanceFigures): string[] {
  const cost = (count: number, values: number[]) =>
    row(
      `  a ledger of ${count} entries`,
      ms(median(values)),
      `${(median(values) / median(few)).toFixed(2)}x`,
      spread(values),
    );
  return [
    row('All balances, one reading', 'median', `to ${FEW}`, 'rounds'),
    cost(entries, many),
    cost(FEW, few),
  ];
}

/** What the figures have to reach. Ratios are of medians over the rounds of one run. */
export function targets(figures: Figures): Target[] {
  const { webhooks, worker, latency, throughput, reconciliation, balances } = figures;
  return [
    ...(webhooks ? webhookTargets(webhooks) : []),
    ...(worker ? workerTargets(worker) : []),
    ...(latency ? latencyTargets(latency) : []),
    ...(throughput ? throughputTargets(throughput) : []),
    ...(reconciliation ? reconciliationTargets(reconciliation) : []),
    ...(balances ? balanceTargets(balances) : []),
  ];
}

function webhookTargets(webhooks: WebhookFigures): Target[] {
  const acceptance = medianRate(webhooks.tender) / medianRate(webhooks.insert);
  return [
    { name: 'webhooks: at least 2x one INSERT each', value: acceptance, isMet: acceptance >= 2 },
  ];
}

function workerTargets(worker: WorkerFigures): Target[] {
  const share = medianRate(worker.tender) / medianRate(worker.statements);
  return [
    { name: 'worker: at least 0.5x its statements alone', value: share, isMet: share >= 0.5 },
  ];
}

function latencyTargets(latency: LatencyFigures): Target[] {
  const addedMs = added(latency, 0.5);
  const statementsMs = overRounds(latency.statements, 0.5);
  return [
    { name: 'added latency: p50 at most 5 ms', value: addedMs, isMet: addedMs <= 5 },
    {
      name: 'added latency: p50 at most 2x the two statements',
      value: addedMs / statementsMs,
      isMet: addedMs <= 2 * statementsMs,
    },
  ];
}

function throughputTargets(throughput: ThroughputFigures): Target[] {
  const share = medianRate(throughput.stub) / medianRate(throughput.statements);
  return [
    {
      name: `payments: at least 0.5x the two statements (${throughput.statementsBy})`,
      value: share,
      isMet: share >= 0.5,
    },
  ];
}

function reconciliationTargets(reconciliation: ReconciliationFigures): Target[] {
  const { small, large, peakRssBytes } = reconciliation;
  const growth = large / median(small);
  const memory = megabytes(peakRssBytes);
  return [
    {
      name: `reconciliation: a movement costs at most 1.3x what it does among ${SMALL}`,
      value: growth,
      isMet: growth <= 1.3,
    },
    { name: 'reconciliation: less than 300 MB of memory', value: memory, isMet: memory < 300 },
  ];
}

function balanceTargets({ few, many }: BalanceFigures): Target[] {
  const growth = median(many) / median(few);
  return [
    {
      name: `balances: at most 1.5x what they cost with ${FEW} entries`,
      value: growth,
      isMet: growth <= 1.5,
    },
  ];
}

/** What a payment through Tender takes longer than the call to the gateway alone. */
function added({ tender, gateway }: LatencyFigures, share: number): number {
  return overRounds(tender, share) - overRounds(gateway, share);
}

function overRounds(rounds: number[][], share: number): number {
  return median(rounds.map((round) => quantile(round, share)));
}

function row(name: string, ...cells: string[]): string {
  return (
    name.padEnd(36) +
    cells
      .map((cell) => cell.padEnd(16))
      .join('')
      .trimEnd()
  );
}

function rate(name: string, rounds: Rate[], against: number): string {
  const perSecond = medianRate(rounds);
  return row(
    name,
    `${Math.round(perSecond)}/s`,
    `${(perSecond / against).toFixed(2)}x`,
    cost(rounds),
    spread(rounds.map(({ perSecond }) => perSecond)),
  );
}

function medianRate(rounds: Rate[]): number {
  return median(rounds.map(({ perSecond }) => perSecond));
}

/** Processor time of one work: of the process that does it, and of PostgreSQL. */
const COST = 'CPU + database';

function cost(rounds: Rate[]): string {
  const costs = rounds.flatMap(({ cost }) => cost ?? []);
  if (costs.length === 0) return '-';
  const own = costs.flatMap(({ process }) => process ?? []);
  const database = median(costs.map(({ database }) => database));
  return `${own.length > 0 ? median(own).toFixed(2) : '-'} + ${database.toFixed(2)} ms`;
}

function megabytes(bytes: number): number {
  return bytes / 1_000_000;
}

function ms(value: number): string {
  return `${value.toFixed(2)} ms`;
}

function spread(values: number[]): string {
  const digits = Math.max(...values) < 100 ? 2 : 0;
  return values.map((value) => value.toFixed(digits)).join(' ');
}
