import type { Manifest } from '../support/manifests.ts';
import type { Place, Typed } from './place.ts';
import type { Row } from './row.ts';

type Check = Row['check'];

/** A row whose command is typed as it is, has to end well, and has to say `expected`. */
export function typed(
  row: Omit<Row, 'check' | 'how'> & {
    how?: Row['how'];
    env?: Record<string, string>;
    cwd?: string;
  },
  expected: RegExp,
): Row {
  const { command, how = 'as printed', why, added, env = {}, cwd } = row;
  return {
    command,
    how,
    ...(why === undefined ? {} : { why }),
    ...(added === undefined ? {} : { added }),
    check: async (place) => {
      const options = { env, ...(cwd === undefined ? {} : { cwd }) };
      return said(await place.type(command, options), expected);
    },
  };
}

/** What a command said that `expected` finds, shortened for a table; throws where it failed or said otherwise. */
export function said({ code, output }: Typed, expected: RegExp): string {
  const [found] = expected.exec(output) ?? [];
  if (code !== 0 || found === undefined) {
    throw new Error(`exit code ${code}, expected ${String(expected)}, came: ${output.slice(-600)}`);
  }
  return found.replaceAll(/\s+/g, ' ').slice(0, 60);
}

/** A row for what only a cluster could do, with what is looked at in its place. */
export function needsCluster(command: string, check: Check, row: Partial<Row> = {}): Row {
  return { command, how: 'not runnable here', why: 'there is no cluster', check, ...row };
}

/** Throws unless something holds; `what` is the sentence that is told then. */
export function assume(holds: boolean, what: string): void {
  if (!holds) throw new Error(what);
}

/** What `tender doctor` finds, without asking gateways: pass, warn or fail by name. */
export async function examine(
  place: Place,
  options: { cwd?: string; env: Record<string, string> },
): Promise<Map<string, string>> {
  const { output } = await place.type('tender doctor --json --no-gateways 2>/dev/null', options);
  const { findings } = JSON.parse(output) as { findings: { name: string; status: string }[] };
  return new Map(findings.map(({ name, status }) => [name, status]));
}

/** The object of this kind and name that the overlay of production makes. */
export function manifest({ manifests }: Place, kind: string, name: string): Manifest {
  const found = manifests.find((each) => each.kind === kind && each.metadata.name === name);
  if (!found) throw new Error(`the overlay of production has no ${kind} ${name}`);
  return found;
}
