import { readFile } from 'node:fs/promises';
import type { ScheduleOutcome } from './schedule.ts';

/**
 * `npm run chaos:table -- FILE...`
 *
 * Adds up what `npm run chaos -- --report FILE` wrote, by seed, as a table in Markdown. A schedule that was run several
 * times counts as often.
 */
type Line = Omit<ScheduleOutcome, 'history' | 'crashes'> & { crashes: number };

const texts = await Promise.all(process.argv.slice(2).map((file) => readFile(file, 'utf8')));
const lines = texts
  .flatMap((text) => text.split('\n'))
  .filter((line) => line !== '')
  .map((line) => JSON.parse(line) as Line);

const INVARIANTS = [
  'double charge',
  'books differ',
  'request lost',
  'answer differs',
  'webhook lost',
  'told twice',
  'ledger differs',
  'decision wrong',
  'stuck',
] as const;

const heads = [
  'seed',
  'schedules',
  'numbers',
  'requests',
  'charges',
  'webhooks',
  'decisions',
  ...INVARIANTS,
];
const table = [[...heads, 'ends of a process by itself', 'at rest after (median)'], []];
for (const [seed, own] of Map.groupBy(lines, (line) => line.seed)) {
  const sum = (read: (line: Line) => number) => own.reduce((total, line) => total + read(line), 0);
  const numbers = own.map(({ number }) => number);
  const settled = own.map(({ settledMs }) => settledMs).sort((one, other) => one - other);
  table.push([
    seed,
    String(own.length),
    `${Math.min(...numbers)} to ${Math.max(...numbers)}`,
    String(sum(({ requests }) => requests)),
    String(sum(({ charges }) => charges)),
    String(sum(({ webhooks }) => webhooks)),
    String(sum(({ decisions }) => decisions)),
    ...INVARIANTS.map((name) =>
      String(sum(({ violations }) => violations.filter((each) => each.invariant === name).length)),
    ),
    String(sum(({ crashes }) => crashes)),
    `${((settled[Math.floor(settled.length / 2)] ?? 0) / 1_000).toFixed(1)} s`,
  ]);
}
for (const row of table) {
  const cells = row.length === 0 ? table[0]?.map(() => '---') : row;
  console.log(`| ${cells?.join(' | ')} |`);
}
