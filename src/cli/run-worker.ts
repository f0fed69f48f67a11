import { createWorkerPulse } from '../observability/worker-pulse.ts';
import type { ReadyQueue } from '../webhooks/inbound/queue.ts';
import { startWorker, type Worker } from '../worker/worker.ts';
import type { System } from './system.ts';

/** Longer than the longest turn of a loop, in milliseconds: a wait for signals and one for the database. */
const MAX_SILENCE_MS = 60_000;
const DAY_MS = 24 * 3_600_000;

/** A worker with its pulse, for probes and metrics. */
export interface RunningWorker extends Worker {
  isAlive: () => boolean;
}

/** Starts the worker of this process. */
export function runWorker(system: System, queue: ReadyQueue): RunningWorker {
  const { settings, log, payments, webhookObserver } = system;
  const pulse = createWorkerPulse(MAX_SILENCE_MS);
  const worker = startWorker(
    { ...payments, webhookObserver, maxRetries: settings.webhooks.maxRetries },
    {
      queue,
      concurrency: settings.webhooks.workerConcurrency,
      keyRetentionDays: settings.idempotency.retentionMs / DAY_MS,
      beat: () => pulse.beat(),
      onError: (name, err) => log.error({ err, 'event.action': name }, `${name}: work failed`),
    },
  );
  return { stop: () => worker.stop(), isAlive: () => pulse.isAlive() };
}
