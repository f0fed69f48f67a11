import { createAuditSealing } from '../admin/seal-audit.ts';
import { createWorkerPulse } from '../observability/worker-pulse.ts';
import { OPEN_BULKHEAD } from '../payments/bulkhead.ts';
import type { ReadyQueue } from '../webhooks/inbound/queue.ts';
import { startAuditSealer } from '../worker/audit-sealer.ts';
import { probeGateways } from '../worker/probes.ts';
import { startWorker, type Worker } from '../worker/worker.ts';
import { beginAllObjectsYoung, keepHeapModest } from './heap.ts';
import { tellErrors } from './observers.ts';
import { onceAMinute } from './once-a-minute.ts';
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
  keepHeapModest();
  beginAllObjectsYoung();
  const { settings, log, payments, webhookObserver } = system;
  const pulse = createWorkerPulse(MAX_SILENCE_MS);
  const worker = startWorker(
    {
      ...payments,
      bulkhead: OPEN_BULKHEAD,
      webhookObserver,
      maxRetries: settings.webhooks.maxRetries,
    },
    {
      queue,
      concurrency: settings.webhooks.workerConcurrency,
      retention: {
        keyRetentionDays: settings.idempotency.retentionMs / DAY_MS,
        payloadRetentionDays: settings.webhooks.payloadRetentionMs / DAY_MS,
      },
      reconciliation: settings.reconciliation,
      tellErrors: tellErrors(log),
      beat: () => pulse.beat(),
      onError: (name, err) => log.error({ err, 'event.action': name }, `${name}: work failed`),
    },
  );
  const sealer = startSealing(system);
  const stopping = new AbortController();
  const probing = probeGateways(system.breakers, payments.gateways, {
    stopped: stopping.signal,
    onError: onceAMinute((err) =>
      log.error({ err }, 'Gateways that are left alone cannot be tried again'),
    ),
  });
  return {
    stop: async () => {
      stopping.abort();
      await Promise.all([worker.stop(), sealer?.stop(), probing]);
    },
    isAlive: () => pulse.isAlive(),
  };
}

/** Without a key there is nothing to seal with, which the start of the log says. */
function startSealing({ settings, log, payments }: System) {
  const key = settings.audit.key?.reveal();
  if (key === undefined) {
    log.warn('The audit log is not sealed: TENDER_AUDIT_KEY is not set');
    return null;
  }
  // They are evidence: they are kept where only warnings are wanted, too.
  const evidence = log.child({}, { level: 'info' });
  let sealing: ReturnType<typeof createAuditSealing> | null = null;
  return startAuditSealer({
    seal: async () => {
      const deploymentId = await payments.deploymentId();
      sealing ??= createAuditSealing(payments.db, { key, deploymentId });
      return sealing();
    },
    onSealed: (checkpoint) =>
      evidence.info(
        { 'audit.checkpoint': checkpoint },
        'The audit log is sealed; keep this line, it shows a log that was cut off',
      ),
    onError: onceAMinute((err) => log.error({ err }, 'The audit log cannot be sealed')),
  });
}
