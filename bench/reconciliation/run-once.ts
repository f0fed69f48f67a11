import { randomUUID } from 'node:crypto';
import { BY_ITSELF } from '../../src/admin/change.ts';
import { keepHeapModest } from '../../src/cli/heap.ts';
import { readSettings } from '../../src/cli/read-settings.ts';
import { buildSystem, closeSystem } from '../../src/cli/system.ts';
import { renewDueWork } from '../../src/database/due-work.ts';
import { claimRun, findRun, type RunTotal } from '../../src/database/reconciliation-runs.ts';
import { newId } from '../../src/ids.ts';
import { executeRun } from '../../src/reconciliation/execute-run.ts';
import { requestRun } from '../../src/reconciliation/request-run.ts';
import { keepLease } from '../../src/worker/keep-lease.ts';
import { answerQuestions } from '../child.ts';
import type { BenchDatabase } from '../ground.ts';
import { apiEnvironment } from '../tender-api.ts';

export interface RunQuestion {
  database: BenchDatabase;
  gatewayUrl: string;
  from: Date;
  to: Date;
}

export interface RunAnswer {
  seconds: number;
  /** The most that the process had in memory while it ran, in bytes. */
  peakRssBytes: number;
  pulled: number;
  totals: RunTotal[];
}

const SAMPLE_MS = 20;

keepHeapModest();

/** Does one run from its beginning to its end, as a worker does, in a process of which nothing else is asked. */
answerQuestions<RunQuestion, RunAnswer>(async ({ database, gatewayUrl, from, to }) => {
  const settings = readSettings('worker', apiEnvironment(database, gatewayUrl));
  const system = buildSystem(settings, { url: database.url, directUrl: database.url }, 'bench');
  const { db, gateways, leaseMs, failPoints } = system.payments;
  try {
    const asked = await requestRun(db, { gateway: 'stripe', from, to }, BY_ITSELF);
    if (asked.kind !== 'begun') throw new Error(`the run is ${asked.kind}`);
    const { id } = asked.run;
    const claim = await claimRun(db, { id, token: randomUUID(), leaseMs });
    if (claim === null) throw new Error('somebody else has the run');
    const deps = { db, gateways, pendingMs: 0, newRequestId: () => newId('req'), failPoints };
    let peakRssBytes = 0;
    const sample = () => (peakRssBytes = Math.max(peakRssBytes, process.memoryUsage.rss()));
    const timer = setInterval(sample, SAMPLE_MS);
    const startedAt = performance.now();
    await keepLease(
      leaseMs,
      () => renewDueWork(db, 'reconciliation_runs', claim, leaseMs),
      () => executeRun(deps, claim),
    );
    const seconds = (performance.now() - startedAt) / 1_000;
    clearInterval(timer);
    sample();
    const run = await findRun(db, id);
    if (run?.status !== 'finished') throw new Error(`the run is ${run?.status}`);
    return { seconds, peakRssBytes, pulled: Number(run.pulled), totals: run.totals ?? [] };
  } finally {
    await closeSystem(system);
  }
});
