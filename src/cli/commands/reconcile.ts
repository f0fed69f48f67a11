import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { EXIT_FOUND, EXIT_UNAVAILABLE, EXIT_USAGE } from '../../config/exit-codes.ts';
import { claimRun, findRun, type ReconciliationRun } from '../../database/reconciliation-runs.ts';
import { renewDueWork } from '../../database/due-work.ts';
import { toDecimal } from '../../domain/money.ts';
import { describeUnknownGateway } from '../../gateways/unknown-gateway.ts';
import { newId } from '../../ids.ts';
import { executeRun } from '../../reconciliation/execute-run.ts';
import { readPeriod } from '../../reconciliation/period.ts';
import { requestRun } from '../../reconciliation/request-run.ts';
import { keepLease } from '../../worker/keep-lease.ts';
import { databaseUrls } from '../database-urls.ts';
import { Exit } from '../exit.ts';
import { keepHeapModest } from '../heap.ts';
import { readSettings } from '../read-settings.ts';
import { buildSystem, closeSystem, type System } from '../system.ts';
import { byCommandLine, print, remark } from '../with-database.ts';

const LOOK_MS = 1_000;

/**
 * `tender reconcile <gateway> --from --to`: compares whole days with the gateway's own records, in this process unless
 * a worker is faster, and tells what came of it. It ends with the exit code of findings where something differs.
 */
export async function reconcileCommand(
  gateway: string,
  { from, to, json }: { from: string; to: string; json?: true | undefined },
): Promise<void> {
  keepHeapModest();
  const settings = readSettings('worker');
  const system = buildSystem(settings, databaseUrls(settings), 'tender-reconcile');
  try {
    const run = await reconcile(system, gateway, { from, to });
    if (json) print(JSON.stringify(run, (_, value: unknown) => asNumber(value), 2));
    else for (const line of summaryOf(run)) print(line);
    if (run.status === 'failed') throw new Exit(EXIT_UNAVAILABLE, run.lastError ?? 'It failed.');
    const differences = (run.totals ?? []).some(({ state }) => !/^(matched|pending)$/.test(state));
    if (differences) throw new Exit(EXIT_FOUND, 'There are differences: see to them one by one.');
  } finally {
    await closeSystem(system);
  }
}

async function reconcile(
  { settings, payments: { db, gateways, leaseMs, failPoints } }: System,
  name: string,
  days: { from: string; to: string },
): Promise<ReconciliationRun> {
  const gateway = gateways.get(name);
  if (gateway === undefined) {
    throw new Exit(EXIT_USAGE, describeUnknownGateway(name, [...gateways.keys()]));
  }
  const period = readPeriod(days.from, days.to, new Date());
  if (period.kind === 'invalid') throw new Exit(EXIT_USAGE, `--${period.param}: ${period.detail}`);
  const asked = await requestRun(
    db,
    { gateway: name, from: period.from, to: period.to },
    byCommandLine(),
  );
  if (asked.kind === 'done') throw new Error('a run of the command line has no time of a schedule');
  if (asked.kind === 'busy') {
    throw new Exit(EXIT_UNAVAILABLE, `${name} is being compared: wait until ${asked.run.id} ends.`);
  }
  const { id } = asked.run;
  const { pendingMs } = settings.reconciliation;
  const deps = { db, gateways, pendingMs, newRequestId: () => newId('req'), failPoints };
  const stopTelling = tellProgress(() => findRun(db, id));
  try {
    for (;;) {
      const run = await findRun(db, id);
      if (run === null) throw new Error(`the run ${id} is gone`);
      if (run.status !== 'running') return run;
      const claim = await claimRun(db, { id, token: randomUUID(), leaseMs });
      // A worker has it, which does the same.
      if (claim === null) await sleep(LOOK_MS);
      else {
        await keepLease(
          leaseMs,
          () => renewDueWork(db, 'reconciliation_runs', claim, leaseMs),
          () => executeRun(deps, claim),
        );
      }
    }
  } finally {
    stopTelling();
  }
}

/** Says every second how far it is, on one line of a terminal, and nowhere else. */
function tellProgress(read: () => Promise<ReconciliationRun | null>): () => void {
  if (!process.stderr.isTTY) return () => undefined;
  const timer = setInterval(() => {
    void read().then(
      (run) =>
        run !== null &&
        process.stderr.write(
          `\r\u001b[2K${run.gateway}: ${run.stage}, ${run.pulled} records read, ${run.compared} compared`,
        ),
      () => undefined,
    );
  }, LOOK_MS);
  return () => {
    clearInterval(timer);
    remark('');
  };
}

function summaryOf(run: ReconciliationRun): string[] {
  const { id, gateway, periodFrom, periodTo, status, pulled, compared, changed } = run;
  const span = `${periodFrom.toISOString()} to ${periodTo.toISOString()}`;
  return [
    `${id}: ${gateway}, ${span}: ${status}`,
    `${pulled} records read, ${compared} compared, ${changed} results changed`,
    ...(run.totals ?? []).map(({ currency, kind, state, count, ours, theirs }) => {
      const sum = (minor: string | null) =>
        minor === null || currency === null
          ? 'nothing'
          : `${toDecimal(BigInt(minor), currency)} ${currency}`;
      return `  ${kind} ${state}: ${count}, here ${sum(ours)}, there ${sum(theirs)}`;
    }),
  ];
}

function asNumber(value: unknown): unknown {
  return typeof value === 'bigint' ? Number(value) : value;
}
