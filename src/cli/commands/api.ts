import type { Settings } from '../../config/settings.ts';
import type { HealthCheck } from '../../observability/health.ts';
import type { LogDestination } from '../../observability/logger.ts';
import { observeProcess } from '../observe.ts';
import { readSettings } from '../read-settings.ts';
import { connectReadyQueue } from '../ready-queue.ts';
import { serveApi } from '../serve-api.ts';
import { buildSystem, closeSystem } from '../system.ts';
import { startTracing } from '../tracing.ts';
import { untilStopped, type Running } from '../until-stopped.ts';
import { databaseUrls } from '../database-urls.ts';

/** `tender api`: serves the HTTP API until it is told to stop. */
export async function runApiCommand(): Promise<void> {
  const settings = readSettings('api');
  const { log, stop } = await startApi(settings);
  untilStopped(log, settings.shutdown.timeoutMs, stop);
}

/** Serves the API in this process, which logs to standard output unless it is told where else. */
export async function startApi(settings: Settings, logTo?: LogDestination): Promise<Running> {
  const system = buildSystem(
    settings,
    databaseUrls(settings),
    'tender-api',
    await startTracing(settings, 'tender-api'),
    logTo,
  );
  const { queue, redis, checks, readers } = await connectReadyQueue(system);
  let draining = false;
  let listening = false;
  const observation = await observeProcess(system, {
    checks: [...checks, listeningCheck(() => listening)],
    readers,
    isDraining: () => draining,
  });
  const adminToken = settings.admin.token?.reveal() ?? null;
  const api = await serveApi(system, observation.health, { queue, redis }, adminToken);
  listening = true;
  system.log.info({ 'url.full': api.url }, `The API listens on ${api.url}`);

  return {
    log: system.log,
    async stop() {
      draining = true;
      await api.close();
      await queue.close();
      await observation.close();
      await closeSystem(system);
    },
  };
}

/** The metrics port answers before the API does, and must not call it ready too early. */
function listeningCheck(isListening: () => boolean): HealthCheck {
  return {
    name: 'api',
    required: true,
    check: async () =>
      isListening() ? { ok: true } : { ok: false, detail: 'it does not listen yet' },
  };
}
