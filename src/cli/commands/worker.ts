import type { Settings } from '../../config/settings.ts';
import type { LogDestination } from '../../observability/logger.ts';
import { observeProcess } from '../observe.ts';
import { readSettings } from '../read-settings.ts';
import { connectReadyQueue } from '../ready-queue.ts';
import { runWorker } from '../run-worker.ts';
import { buildSystem, closeSystem } from '../system.ts';
import { startTracing } from '../tracing.ts';
import { untilStopped, type Running } from '../until-stopped.ts';
import { databaseUrls } from '../database-urls.ts';

/** `tender worker`: works off webhooks and everything else that is due, until it is told to stop. */
export async function runWorkerCommand(): Promise<void> {
  const settings = readSettings('worker');
  const { log, stop } = await startWorker(settings);
  untilStopped(log, settings.shutdown.timeoutMs, stop);
}

/** Works off what is due in this process, which logs to standard output unless it is told where else. */
export async function startWorker(settings: Settings, logTo?: LogDestination): Promise<Running> {
  const system = buildSystem(
    settings,
    databaseUrls(settings),
    'tender-worker',
    await startTracing(settings, 'tender-worker'),
    logTo,
  );
  const { queue, checks, readers } = await connectReadyQueue(system);
  const worker = runWorker(system, queue);
  let draining = false;
  const observation = await observeProcess(system, {
    checks,
    readers: { ...readers, workerAlive: worker.isAlive },
    isDraining: () => draining,
    isAlive: worker.isAlive,
  });
  system.log.info('The worker runs');

  return {
    log: system.log,
    async stop() {
      draining = true;
      await worker.stop();
      await queue.close();
      await observation.close();
      await closeSystem(system);
    },
  };
}
