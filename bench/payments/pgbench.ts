import { execFile } from 'node:child_process';
import { readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { openConnections } from '../connections.ts';
import type { Done } from '../load/rhythm.ts';
import type { PaymentStatements, Statement } from './statements.ts';

const run = promisify(execFile);

/** Its connections are new in each turn: before they count they have their plans, as Tender's have by then. */
const WARM_UP_SECONDS = 2;

/** PostgreSQL's own load generator, driving the two statements of a payment. */
export interface Pgbench {
  /** Takes payments as fast as it can. They are counted from the first one, their rate only after the warm-up. */
  run(seconds: number): Promise<Done>;
  stop(): Promise<void>;
}

/** Finds pgbench where Debian puts it or on the path; `null` where there is none. */
export async function findPgbench(): Promise<string | null> {
  const versions = await readdir('/usr/lib/postgresql').catch(() => []);
  const installed = versions.map((version) => `/usr/lib/postgresql/${version}/bin/pgbench`);
  for (const program of ['pgbench', ...installed.reverse()]) {
    const works = await run(program, ['--version']).catch(() => null);
    if (works) return program;
  }
  return null;
}

/** Prepares pgbench with as many clients as Tender has connections. */
export async function preparePgbench(
  program: string,
  databaseUrl: string,
  statements: PaymentStatements,
  clients: number,
): Promise<Pgbench> {
  const { script, variables } = pgbenchScript(statements);
  const file = join(tmpdir(), `tender-bench-${process.pid}.sql`);
  await writeFile(file, script);
  const url = new URL(databaseUrl);
  const { sql, close } = openConnections(databaseUrl);
  const countConcluded = async () => {
    const [row] = await sql<{ count: number }[]>`
      SELECT count(*)::int AS count FROM payment_attempts WHERE outcome = 'succeeded'`;
    return row?.count ?? 0;
  };
  return {
    async run(seconds) {
      const before = await countConcluded();
      const { stdout, stderr } = await run(
        program,
        [
          ...['--no-vacuum', '--protocol=prepared', `--file=${file}`, '--progress=1'],
          ...[`--client=${clients}`, '--jobs=2', `--time=${WARM_UP_SECONDS + Math.ceil(seconds)}`],
          ...variables.map(([name, value]) => `--define=${name}=${value}`),
          ...['-h', url.hostname, '-p', url.port, '-U', url.username, url.pathname.slice(1)],
        ],
        { env: { ...process.env, PGPASSWORD: url.password } },
      );
      const taken = Number(/actually processed: (\d+)/.exec(stdout)?.[1]);
      const concluded = (await countConcluded()) - before;
      if (taken !== concluded) throw new Error(`pgbench: ${taken} taken, ${concluded} concluded`);
      return { count: taken, perSecond: rateAfterWarmUp(stderr) };
    },
    async stop() {
      await close();
      await rm(file);
    },
  };
}

/** The mean of what pgbench said each second, without the first ones. */
function rateAfterWarmUp(progress: string): number {
  const rates = [...progress.matchAll(/^progress: ([\d.]+) s, ([\d.]+) tps/gm)]
    .filter(([, second]) => Number(second) > WARM_UP_SECONDS + 0.5)
    .map(([, , perSecond]) => Number(perSecond));
  return rates.reduce((sum, each) => sum + each, 0) / rates.length;
}

/** The statements as pgbench reads them: each parameter stays one, and what is unique is made from a random number. */
function pgbenchScript({ begin, commit, unique }: PaymentStatements) {
  const variables: [string, string][] = [];
  const write = (name: string, { text, parameters }: Statement) =>
    text.replace(/\$(\d+)/g, (_whole, number: string) => {
      const value = parameters[Number(number) - 1];
      if (value === null) return 'NULL';
      if (Array.isArray(value) && value.some((each) => unique.includes(String(each)))) {
        return `ARRAY[${value.map((each) => renewed(String(each))).join(', ')}]`;
      }
      if (typeof value === 'string' && unique.includes(value)) return renewed(value);
      variables.push([`${name}${number}`, textOf(value)]);
      return `:${name}${number}`;
    });
  const script = [
    String.raw`\set n random(1000000000000000, 9000000000000000)`,
    `${write('begin', begin)};`,
    `${write('commit', commit)};`,
    '',
  ].join('\n');
  return { script, variables };
}

function renewed(value: string): string {
  return `('${value.slice(0, -16)}' || :n::text)`;
}

/** A value as PostgreSQL reads it from text. */
function textOf(value: unknown): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'bigint') return value.toString();
  if (value instanceof Date) return value.toISOString();
  if (value instanceof Uint8Array) return `\\x${Buffer.from(value).toString('hex')}`;
  if (Array.isArray(value)) {
    return `{${value.map((each) => JSON.stringify(textOf(each))).join(',')}}`;
  }
  return JSON.stringify(value);
}
