import { median, quantile } from './figures.ts';
import {
  PAYMENTS_PER_SECOND,
  type LatencyFigures,
  type ThroughputFigures,
} from './payments/measure.ts';
import type { WebhookFigures } from './webhooks/measure.ts';

/** Everything that was measured, with the medians over the rounds. */
export interface Figures {
  webhooks: WebhookFigures;
  latency: LatencyFigures;
  throughput: ThroughputFigures;
}

/** Something that has to hold, and whether it does. */
export interface Target {
  name: string;
  value: number;
  isMet: boolean;
}

/** The lines of the table, one a figure. */
export function table({ webhooks, latency, throughput }: Figures): string[] {
  const insert = median(webhooks.insert);
  const statements = median(throughput.statements);
  const rate = (name: string, values: number[], against: number) =>
    row(
      name,
      `${Math.round(median(values))}/s`,
      `${(median(values) / against).toFixed(2)}x`,
      spread(values),
    );
  const time = (name: string, rounds: number[][]) => {
    const p50s = rounds.map((round) => quantile(round, 0.5));
    const p99s = rounds.map((round) => quantile(round, 0.99));
    return row(name, `p50 ${ms(median(p50s))}`, `p99 ${ms(median(p99s))}`, spread(p50s));
  };
  return [
    row('Webhooks taken in, 64 connections', 'median', 'to INSERT', 'rounds'),
    rate('  tender api', webhooks.tender, insert),
    rate('  Fastify, one INSERT for each', webhooks.insert, insert),
    rate('  Fastify, bare', webhooks.bare, insert),
    '',
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
    '',
    row('Payments, 32 connections', 'median', 'to the last', 'rounds'),
    rate('  tender api and a stub gateway', throughput.stub, statements),
    rate('  tender api and the sandbox', throughput.sandbox, statements),
    rate(
      `  the two SQL statements (${throughput.statementsBy})`,
      throughput.statements,
      statements,
    ),
  ];
}

/** What the figures have to reach. Ratios are of medians over the rounds of one run. */
export function targets({ webhooks, latency, throughput }: Figures): Target[] {
  const acceptance = median(webhooks.tender) / median(webhooks.insert);
  const addedMs = added(latency, 0.5);
  const statementsMs = overRounds(latency.statements, 0.5);
  const share = median(throughput.stub) / median(throughput.statements);
  return [
    { name: 'webhooks: at least 2x one INSERT each', value: acceptance, isMet: acceptance >= 2 },
    { name: 'added latency: p50 at most 5 ms', value: addedMs, isMet: addedMs <= 5 },
    {
      name: 'added latency: p50 at most 2x the two statements',
      value: addedMs / statementsMs,
      isMet: addedMs <= 2 * statementsMs,
    },
    {
      name: `payments: at least 0.5x the two statements (${throughput.statementsBy})`,
      value: share,
      isMet: share >= 0.5,
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

function ms(value: number): string {
  return `${value.toFixed(2)} ms`;
}

function spread(values: number[]): string {
  const digits = Math.max(...values) < 100 ? 2 : 0;
  return values.map((value) => value.toFixed(digits)).join(' ');
}
