import { answerQuestions } from '../child.ts';
import { openConnections, type Connections } from '../connections.ts';
import { POOL_SIZE } from '../ground.ts';
import { pace, saturate } from '../load/rhythm.ts';
import { nextParameters, type PaymentStatements, type Statement } from './statements.ts';

export interface StatementsQuestion {
  databaseUrl: string;
  statements: PaymentStatements;
  seconds: number;
  /** At a steady rate, or as fast as the pool's connections take them. */
  perSecond: number | 'saturate';
}

export interface StatementsAnswer {
  count: number;
  perSecond: number;
  /** How long each payment took; empty where the rate was not given. */
  latenciesMs: number[];
}

let connections: Connections | null = null;

/** The two statements of a payment and nothing else, with the driver and the pool that Tender has. */
answerQuestions<StatementsQuestion, StatementsAnswer>(async (question) => {
  const { databaseUrl, statements, seconds, perSecond } = question;
  connections ??= openConnections(databaseUrl, POOL_SIZE);
  const { send } = connections;
  const run = async ({ text }: Statement, parameters: unknown[]) => {
    const rows = await send(text, parameters);
    if (rows.length !== 1) throw new Error('a statement changed nothing');
  };
  const pay = async () => {
    const [begin, commit] = nextParameters(statements);
    await run(statements.begin, begin);
    await run(statements.commit, commit);
  };
  if (perSecond === 'saturate') {
    const done = await saturate(pay, { concurrency: POOL_SIZE, seconds });
    return { ...done, latenciesMs: [] };
  }
  const latenciesMs = await pace(pay, { perSecond, seconds });
  return { count: latenciesMs.length, perSecond, latenciesMs };
});
