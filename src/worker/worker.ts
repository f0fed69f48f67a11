import { deleteAtGateway, detachAtGateway } from '../customers/forget-at-gateways.ts';
import { newId } from '../ids.ts';
import { lookAgain } from '../payments/look-again.ts';
import { resolveAttempt } from '../payments/resolve-attempt.ts';
import { resolveRefund } from '../payments/resolve-refund.ts';
import { executeRun } from '../reconciliation/execute-run.ts';
import { beginScheduledRuns } from '../reconciliation/schedule.ts';
import { processWebhookTraced } from '../webhooks/inbound/process-traced.ts';
import { processWebhook, type ProcessDependencies } from '../webhooks/inbound/process.ts';
import type { ReadyQueue } from '../webhooks/inbound/queue.ts';
import { dueRows, dueRowsByGateway } from './due-rows.ts';
import { inboxWork } from './inbox-work.ts';
import { runSchedule, type ScheduleDependencies } from './schedules.ts';
import { traceDueWork } from './traced-work.ts';
import { runWorkLoop, type LoopDependencies } from './work-loop.ts';

export interface WorkerOptions {
  queue: ReadyQueue;
  concurrency: number;
  /** For how many days what is kept. */
  retention: Omit<ScheduleDependencies, 'db' | 'beginReconciliations' | 'tellErrors'>;
  tellErrors: ScheduleDependencies['tellErrors'];
  reconciliation: { cron: string | null; pendingMs: number };
  beat: () => void;
  onError: (name: string, error: unknown) => void;
}

/** Nobody waits for what is told to gateways of deleted customers. */
const UNHURRIED = { idleMs: 2_000 };

/** A running worker. */
export interface Worker {
  /** Takes nothing more, and resolves when what was begun is done. */
  stop(): Promise<void>;
}

/** Starts everything that happens without being asked for: webhooks, unknown outcomes, expiries, schedules. */
export function startWorker(deps: ProcessDependencies, options: WorkerOptions): Worker {
  const stopping = new AbortController();
  const { db, leaseMs, tracer } = deps;
  const { onError, tellErrors } = options;
  const loop: LoopDependencies = { stopped: stopping.signal, beat: options.beat, onError };
  const rows = { db, leaseMs, onError };
  const gatewayRows = { ...rows, gateways: deps.knownGateways };
  const { cron, pendingMs } = options.reconciliation;
  const { gateways, failPoints } = deps;
  const comparison = { db, gateways, pendingMs, newRequestId: () => newId('req'), failPoints };
  const beginReconciliations = () => beginScheduledRuns({ db, gateways, cron, now: deps.clock() });
  const loops = [
    runWorkLoop(
      inboxWork({
        db,
        queue: options.queue,
        concurrency: options.concurrency,
        leaseMs,
        run: (receipt) =>
          tracer === null
            ? processWebhook(deps, receipt)
            : processWebhookTraced(deps, tracer, receipt),
        onError,
      }),
      loop,
    ),
    runWorkLoop(
      dueRowsByGateway(
        gatewayRows,
        'payment_attempts',
        traceDueWork(deps, 'payment_attempts', (claim) =>
          resolveAttempt(deps, claim, newId('req')),
        ),
      ),
      loop,
    ),
    runWorkLoop(
      dueRowsByGateway(
        gatewayRows,
        'refunds',
        traceDueWork(deps, 'refunds', (claim) => resolveRefund(deps, claim, newId('req'))),
      ),
      loop,
    ),
    runWorkLoop(
      dueRowsByGateway(
        gatewayRows,
        'payments',
        traceDueWork(deps, 'payments', (claim) => lookAgain(deps, claim, newId('req'))),
      ),
      loop,
    ),
    runWorkLoop(
      dueRowsByGateway(
        gatewayRows,
        'payment_methods',
        (claim) => detachAtGateway(deps, claim, newId('req')),
        UNHURRIED,
      ),
      loop,
    ),
    runWorkLoop(
      dueRowsByGateway(
        gatewayRows,
        'gateway_customers',
        (claim) => deleteAtGateway(deps, claim, newId('req')),
        UNHURRIED,
      ),
      loop,
    ),
    runWorkLoop(
      dueRows(rows, 'schedules', (claim) =>
        runSchedule({ db, ...options.retention, beginReconciliations, tellErrors }, claim),
      ),
      loop,
    ),
    runWorkLoop(
      dueRows(rows, 'reconciliation_runs', (claim) => executeRun(comparison, claim), UNHURRIED),
      loop,
    ),
  ];
  return {
    async stop() {
      stopping.abort();
      await Promise.all(loops);
    },
  };
}
