import { startAssistant, type Assistant, type Child } from '../child.ts';
import { openConnections } from '../connections.ts';
import type { Ground } from '../ground.ts';
import { insertMovements, isLost, type Movements } from './movements.ts';
import type { RunAnswer, RunQuestion } from './run-once.ts';

export interface ReconciliationFigures {
  /** How many movements the large run compared. */
  movements: number;
  /** Microseconds for each movement: of the runs over `SMALL` movements, and of the one over all of them. */
  small: number[];
  large: number;
  /** The most that the process of the large run had in memory, in bytes. */
  peakRssBytes: number;
}

export const SMALL = 10_000;
const DAY_MS = 86_400_000;

type Runner = Assistant<RunQuestion, RunAnswer>;

/**
 * Measures what a movement costs in a run over few and in a run over many, and how much memory the run over many takes.
 * The gateway makes its records up and serves them over HTTP in pages of a hundred, as Stripe does.
 *
 * @throws where a run finds anything else than what the gateway has lost
 */
export async function measureReconciliation(
  ground: Ground,
  { movements, rounds }: { movements: number; rounds: number },
): Promise<ReconciliationFigures> {
  const children: Child[] = [];
  const assist = <Question, Answer>(file: string): Assistant<Question, Answer> => {
    const child = startAssistant<Question, Answer>(file);
    children.push(child);
    return child;
  };
  try {
    const gateway = assist<Movements, string>('reconciliation/stub-gateway.ts');
    const run = async (runner: Runner, count: number) => {
      const answer = await reconcileAnew(ground, gateway, runner, count);
      return { ...answer, each: (answer.seconds * 1e6) / count };
    };
    const small: Runner = assist('reconciliation/run-once.ts');
    // One that does not count, in which code is compiled.
    await run(small, SMALL);
    const figures: number[] = [];
    const measureSmall = async () => figures.push((await run(small, SMALL)).each);
    for (let round = 0; round < Math.ceil(rounds / 2); round += 1) await measureSmall();
    // A process of its own, so that the memory is that of this run alone.
    const large = await run(assist('reconciliation/run-once.ts'), movements);
    while (figures.length < rounds) await measureSmall();
    return { movements, small: figures, large: large.each, peakRssBytes: large.peakRssBytes };
  } finally {
    await Promise.all(children.map((child) => child.stop()));
  }
}

/** Runs over so many movements that nobody has compared before, in a database of their own. */
async function reconcileAnew(
  ground: Ground,
  gateway: Assistant<Movements, string>,
  runner: Runner,
  count: number,
): Promise<RunAnswer> {
  const database = await ground.createDatabase('bench_reconciliation', { migrated: true });
  const to = new Date(Math.floor(Date.now() / DAY_MS) * DAY_MS);
  const movements = { count, from: new Date(to.getTime() - 7 * DAY_MS), to };
  const { sql, close } = openConnections(database.superuserUrl);
  await insertMovements(sql, movements);
  await close();
  await ground.checkpoint();
  const gatewayUrl = await gateway.ask(movements);
  const answer = await runner.ask({ database, gatewayUrl, from: movements.from, to });
  expectExactly(answer, count);
  return answer;
}

/** Everything is matched but what the gateway has lost. */
function expectExactly({ pulled, totals }: RunAnswer, count: number): void {
  const lost = Array.from({ length: count }, (_, n) => n).filter(isLost).length;
  const found: Record<string, number> = {};
  for (const { state, count: ofState } of totals) found[state] = (found[state] ?? 0) + ofState;
  const expected = JSON.stringify({ matched: count - lost, missing_there: lost });
  const told = JSON.stringify({ matched: found['matched'], missing_there: found['missing_there'] });
  if (pulled !== count - lost || told !== expected || Object.keys(found).length !== 2) {
    throw new Error(
      `of ${count} movements ${pulled} were read, and found ${JSON.stringify(found)}`,
    );
  }
}
