import { SANDBOX_KEYS } from '../../src/sandbox/credentials.ts';
import { startAssistant, type Assistant, type Child } from '../child.ts';
import type { Rate } from '../figures.ts';
import { makeApiKey, POOL_SIZE, type Ground } from '../ground.ts';
import type { LoadAnswer, LoadQuestion } from '../load/load.ts';
import type { Done } from '../load/rhythm.ts';
import { startMeter } from '../processor-time.ts';
import type { Rounds } from '../rounds.ts';
import { startApi, startSandbox, type RunningServer } from '../tender-api.ts';
import type { StatementsAnswer, StatementsQuestion } from './bare-statements.ts';
import { findPgbench, preparePgbench } from './pgbench.ts';
import { gatewayRequest, type PaymentTarget } from './requests.ts';
import { captureStatements } from './statements.ts';
import type { StubQuestion } from './stub-gateway.ts';

/** Latencies in milliseconds of each payment, round by round. */
export interface LatencyFigures {
  /** Through Tender's API, which calls the sandbox. */
  tender: number[][];
  /** The same call, made to the sandbox directly. */
  gateway: number[][];
  /** The two SQL statements of a payment, one after the other. */
  statements: number[][];
}

/** Payments a second and what each cost, one figure a round. */
export interface ThroughputFigures {
  /** Through Tender's API and the sandbox. */
  sandbox: Rate[];
  /** Through Tender's API, with a gateway that costs next to nothing. */
  stub: Rate[];
  /** The two SQL statements of a payment and nothing else. */
  statements: Rate[];
  /** Who drove them: the driver's own clients where there is no pgbench. */
  statementsBy: 'pgbench' | 'driver';
}

export const PAYMENTS_PER_SECOND = 200;
export const PAYMENT_CONNECTIONS = 32;

/** Measures what Tender adds to a payment, and how many it takes a second. */
export async function measurePayments(
  ground: Ground,
  load: Assistant<LoadQuestion, LoadAnswer>,
  rounds: { latency: Rounds; throughput: Rounds },
): Promise<{ latency: LatencyFigures; throughput: ThroughputFigures }> {
  const database = await ground.createDatabase('bench_payments', { migrated: true });
  const apiKey = await makeApiKey(database);
  const children: Child[] = [];
  const keep = <C extends Child>(child: C): C => {
    children.push(child);
    return child;
  };
  try {
    const sandbox = keep(await startSandbox());
    const request = await gatewayRequest(sandbox.url, SANDBOX_KEYS.secretKey);
    const gateway: PaymentTarget = { kind: 'gateway', url: sandbox.url, request };
    const throughSandbox = keep(await startApi(database, sandbox.url));
    const tender: PaymentTarget = { kind: 'tender', url: throughSandbox.url, apiKey };
    const statements = await captureStatements(database, sandbox.url);

    const bare = keep(
      startAssistant<StatementsQuestion, StatementsAnswer>('payments/bare-statements.ts'),
    );
    const runStatements = (perSecond: number | 'saturate', seconds: number) =>
      bare.ask({ databaseUrl: database.url, statements, perSecond, seconds });
    const payAt = (target: PaymentTarget) => async (seconds: number) => {
      await ground.checkpoint();
      const perSecond = PAYMENTS_PER_SECOND;
      return (await load.ask({ kind: 'pace', target, perSecond, seconds })).latenciesMs;
    };
    // At a steady rate it takes minutes until the code is compiled, so what is measured is driven hard first.
    const warmUp = {
      kind: 'saturate',
      connections: PAYMENT_CONNECTIONS,
      seconds: rounds.throughput.warmUpSeconds,
    } as const;
    await load.ask({ ...warmUp, target: tender });
    const latency = await rounds.latency.run({
      tender: payAt(tender),
      gateway: payAt(gateway),
      statements: async (seconds) => {
        await ground.checkpoint();
        return (await runStatements(PAYMENTS_PER_SECOND, seconds)).latenciesMs;
      },
    });

    const stub = keep(startAssistant<StubQuestion, string>('payments/stub-gateway.ts'));
    const stubUrl = await stub.ask(await anAnswer(gateway));
    const throughStub = keep(await startApi(database, stubUrl));
    const program = await findPgbench();
    const pgbench = program
      ? keep(await preparePgbench(program, database.url, statements, POOL_SIZE))
      : null;
    const metered = async (pid: number | null, pay: () => Promise<Done>): Promise<Rate> => {
      await ground.checkpoint();
      const meter = await startMeter({ process: pid, database: ground.pid });
      const { count, perSecond } = await pay();
      return { perSecond, cost: await meter.each(count) };
    };
    const payAll = (api: RunningServer) => (seconds: number) => {
      const target: PaymentTarget = { ...tender, url: api.url };
      return metered(api.pid, () =>
        load.ask({ kind: 'saturate', target, connections: PAYMENT_CONNECTIONS, seconds }),
      );
    };
    const throughput = await rounds.throughput.run({
      sandbox: payAll(throughSandbox),
      stub: payAll(throughStub),
      statements: (seconds) =>
        pgbench
          ? metered(null, () => pgbench.run(seconds))
          : metered(bare.pid, () => runStatements('saturate', seconds)),
    });
    return { latency, throughput: { ...throughput, statementsBy: pgbench ? 'pgbench' : 'driver' } };
  } finally {
    await Promise.all(children.map((child) => child.stop()));
  }
}

/** What the sandbox answers to a payment. */
async function anAnswer({ url, request }: PaymentTarget & { kind: 'gateway' }) {
  const headers = { ...request.headers, 'Idempotency-Key': crypto.randomUUID() };
  const response = await fetch(`${url}${request.path}`, {
    method: 'POST',
    headers,
    body: request.body,
  });
  const answer = await response.text();
  const { id } = JSON.parse(answer) as { id: string };
  return { answer, id };
}
