import { setTimeout as delay } from 'node:timers/promises';
import { startAssistant, type Child } from '../child.ts';
import { openConnections } from '../connections.ts';
import type { Rate } from '../figures.ts';
import type { BenchDatabase, Ground } from '../ground.ts';
import { startMeter } from '../processor-time.ts';
import type { Rounds } from '../rounds.ts';
import { startSandbox, startWorker } from '../tender-api.ts';
import { createBacklog, type Backlog } from './backlog.ts';
import type { StatementsQuestion } from './bare-statements.ts';
import { captureWebhook } from './webhook.ts';

/** Webhooks worked off a second and what each cost, one figure a round. */
export interface WorkerFigures {
  /** By one `tender worker`, where each webhook changes a payment. */
  tender: Rate[];
  /** The SQL statements of that and nothing else. */
  statements: Rate[];
  /** By the same worker, where all that webhooks tell is known already: most of them come after the call's own answer. */
  known: Rate[];
}

/** How many webhooks a contestant's first backlog has for each second; later it is what it did the last time. */
const FIRST_PER_SECOND = 500;
const LOOK_MS = 50;
/** A webhook that has to wait for something is none of these. */
const STALL_MS = 20_000;
/** No other parameter of a statement is as large a number, so that the id of a receipt cannot be mistaken for one. */
const FIRST_RECEIPT_ID = 7_000_000_000;

/**
 * Measures how many stored webhooks a second one worker works off, and what that costs.
 *
 * @throws where a webhook was not applied
 */
export async function measureWorker(ground: Ground, rounds: Rounds): Promise<WorkerFigures> {
  const own = await ground.createDatabase('bench_worker', { migrated: true });
  const rival = await ground.createDatabase('bench_worker_statements', { migrated: true });
  await numberReceiptsFrom(rival, FIRST_RECEIPT_ID);
  const children: Child[] = [];
  const backlogs: Backlog[] = [];
  const keep = <C extends Child>(child: C): C => {
    children.push(child);
    return child;
  };
  try {
    const sandbox = keep(await startSandbox());
    const webhook = await captureWebhook(rival, sandbox.url, 'waiting');
    const known = await captureWebhook(rival, sandbox.url, 'paid');
    const backlogIn = (database: BenchDatabase, each = webhook) => {
      const backlog = createBacklog(database, each, `bench ${backlogs.length}`);
      backlogs.push(backlog);
      return backlog;
    };
    const worker = keep(await startWorker(own, sandbox.url));
    const bare = keep(startAssistant<StatementsQuestion, null>('worker/bare-statements.ts'));

    const turnOf = (pid: number, backlog: Backlog, workOff: () => Promise<unknown>) => {
      let expected = FIRST_PER_SECOND;
      return async (seconds: number): Promise<Rate> => {
        const count = Math.ceil(expected * seconds);
        await backlog.add(count);
        await ground.checkpoint();
        const meter = await startMeter({ process: pid, database: ground.pid });
        await workOff();
        const cost = await meter.each(count);
        expected = await backlog.perSecond();
        return { perSecond: expected, cost };
      };
    };
    // It sleeps while its backlog is made, so that it finds all of it at once.
    worker.pause();
    const ofWorker = backlogIn(own);
    const ofStatements = backlogIn(rival);
    const byWorker = (backlog: Backlog) =>
      turnOf(worker.pid, backlog, async () => {
        worker.resume();
        await untilDone(backlog);
        worker.pause();
      });
    const figures = await rounds.run({
      tender: byWorker(ofWorker),
      statements: turnOf(bare.pid, ofStatements, () =>
        bare.ask({ databaseUrl: rival.url, webhook }),
      ),
      known: byWorker(backlogIn(own, known)),
    });
    for (const backlog of backlogs) await backlog.expectAllApplied();
    return figures;
  } finally {
    await Promise.all(backlogs.map((backlog) => backlog.close()));
    await Promise.all(children.map((child) => child.stop()));
  }
}

/** @throws where nothing is worked off any more, though something is left */
async function untilDone(backlog: Backlog): Promise<void> {
  let [left, changedAt] = [Infinity, performance.now()];
  while (left > 0) {
    await delay(LOOK_MS);
    const now = await backlog.left();
    if (now !== left) [left, changedAt] = [now, performance.now()];
    else if (performance.now() - changedAt > STALL_MS) throw new Error(`${left} webhooks are left`);
  }
}

async function numberReceiptsFrom({ superuserUrl }: BenchDatabase, id: number): Promise<void> {
  const { send, close } = openConnections(superuserUrl);
  await send(`ALTER TABLE webhook_receipts ALTER COLUMN id RESTART WITH ${id}`);
  await close();
}
