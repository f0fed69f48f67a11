import { join } from 'node:path';
import {
  EXIT_DATA_FOLDER_IN_USE,
  EXIT_INTERNAL,
  EXIT_UNAVAILABLE,
} from '../../config/exit-codes.ts';
import type { Settings } from '../../config/settings.ts';
import { ROLES } from '../../database/embedded/credentials.ts';
import {
  startEmbeddedPostgres,
  type EmbeddedPostgres,
} from '../../database/embedded/embedded-postgres.ts';
import { migrateUp } from '../../database/migrate.ts';
import { createSandboxes, type RunningSandbox, type SandboxKind } from '../../sandbox/registry.ts';
import { Closing } from '../closing.ts';
import { prepareDevKeys, writeDevEnvironment, type DevPlaces } from '../dev-environment.ts';
import { Exit } from '../exit.ts';
import { observeProcess } from '../observe.ts';
import { readSettings } from '../read-settings.ts';
import { connectReadyQueue } from '../ready-queue.ts';
import { runWorker } from '../run-worker.ts';
import { serveApi } from '../serve-api.ts';
import { buildSystem, closeSystem, type DatabaseUrls, type System } from '../system.ts';
import { startTracing } from '../tracing.ts';
import { untilStopped, watchForEarlyStop } from '../until-stopped.ts';
import { welcome } from '../welcome.ts';
import { startSandbox } from './sandbox.ts';

/** Where a development start keeps what is its own. */
const HOME = '.tender';

/** A sandbox that will stand in for a gateway, and where. */
interface StandIn {
  kind: SandboxKind;
  port: number;
  /** What Tender is told of it. */
  settings: Readonly<Record<string, string>>;
}

/** `tender start`: everything in one process, for development, with a database and sandboxes of its own. */
export async function runStartCommand({ sandboxPort }: { sandboxPort: number }): Promise<void> {
  const { settings, standIns } = await readStartSettings(sandboxPort);
  const closing = new Closing();
  const early = watchForEarlyStop();
  try {
    const system = await start(settings, standIns, closing, early.asked);
    early.release();
    untilStopped(system.log, settings.shutdown.timeoutMs, () => closing.closeAll());
  } catch (error) {
    await closing.closeAll();
    if (!early.asked.aborted) throw error;
  }
}

/** @param stop is looked at wherever what was opened so far can be closed again */
async function start(
  settings: Settings,
  standIns: readonly StandIn[],
  closing: Closing,
  stop: AbortSignal,
): Promise<System> {
  const urls = await openDatabase(settings, closing);
  stop.throwIfAborted();
  const system = buildSystem(settings, urls, 'tender', await startTracing(settings, 'tender'));
  closing.add(() => closeSystem(system));
  const envFile = join(HOME, 'dev.env');
  const token = settings.admin.token?.reveal() ?? null;
  const keys = await prepareDevKeys(envFile, system.payments.db, token);

  const { queue, redis, checks, readers } = await connectReadyQueue(system);
  closing.add(() => queue.close());
  const worker = runWorker(system, queue);
  closing.add(() => worker.stop());
  let draining = false;
  const observation = await observeProcess(system, {
    checks,
    readers: { ...readers, workerAlive: worker.isAlive },
    isDraining: () => draining,
  });
  closing.add(() => observation.close());
  // Sandboxes are opened after the API and closed after it: they answer until nobody asks any more.
  const sandboxes: (StandIn & { running: RunningSandbox })[] = [];
  closing.add(async () => {
    await Promise.all(sandboxes.map(({ running }) => running.close()));
  });
  const api = await serveApi(system, observation.health, { queue, redis }, keys.adminToken);
  closing.add(() => {
    draining = true;
    return api.close();
  });
  for (const each of standIns) {
    const webhookUrl = webhookUrlOf(each.kind, api.url);
    const running = await startSandbox(each.kind, { port: each.port, webhookUrl });
    sandboxes.push({ ...each, running });
  }
  stop.throwIfAborted();

  const { enabled, port } = settings.metrics;
  const places: DevPlaces = {
    apiUrl: api.url,
    metricsUrl: enabled ? `http://127.0.0.1:${port}/metrics` : null,
    sandboxes: sandboxes.map(({ kind: { name, title }, running: { url }, settings: told }) => ({
      name,
      title,
      url,
      settings: told,
    })),
  };
  await writeDevEnvironment(envFile, keys, places);
  process.stdout.write(welcome({ places, envFile, apiKey: keys.apiKey }));
  return system;
}

/** Gateways without any credentials have a sandbox stand in for them, so that a payment can be taken at once. */
async function readStartSettings(
  firstPort: number,
): Promise<{ settings: Settings; standIns: readonly StandIn[] }> {
  const settings = readSettings('start');
  if (settings.environment !== 'development') return { settings, standIns: [] };
  const standIns: StandIn[] = [];
  for (const [index, kind] of createSandboxes().entries()) {
    if (!isUnset(settings, kind.name)) continue;
    const port = firstPort + index;
    const apiUrl = `http://127.0.0.1:${settings.http.port}`;
    const told = await kind.settings(`http://127.0.0.1:${port}`, webhookUrlOf(kind, apiUrl));
    standIns.push({ kind, port, settings: told });
  }
  if (standIns.length === 0) return { settings, standIns };
  const told = Object.assign({}, ...standIns.map((each) => each.settings)) as Record<
    string,
    string
  >;
  const environment = { PAYMENT_LOG_LEVEL: 'warn', ...process.env, ...told };
  return { settings: readSettings('start', environment), standIns };
}

/** Half of the credentials are a mistake that a sandbox would hide. */
function isUnset({ gateways }: Settings, name: string): boolean {
  const gateway = gateways[name as keyof typeof gateways];
  return gateway.kind === 'off' && gateway.isUntouched;
}

function webhookUrlOf({ name }: SandboxKind, apiUrl: string): string {
  return `${apiUrl}/api/v1/payments/webhook/${name}`;
}

/** The database of the settings, or an embedded one; migrated in any case. */
async function openDatabase(settings: Settings, closing: Closing): Promise<DatabaseUrls> {
  const { database } = settings;
  if (database.kind === 'url') {
    await migrate({ url: database.migrationUrl.reveal() });
    return { url: database.url.reveal(), directUrl: database.directUrl.reveal() };
  }
  const started = await startEmbeddedPostgres({
    dataDirectory: join(HOME, 'postgres'),
    log: (message) => process.stdout.write(`${message}\n`),
  });
  if (started.kind === 'in_use') {
    throw new Exit(
      EXIT_DATA_FOLDER_IN_USE,
      `Tender runs here already, as process ${started.ownerPid}. Stop it first, or start this one from another checkout.`,
    );
  }
  if (started.kind === 'unavailable') {
    throw new Exit(
      EXIT_UNAVAILABLE,
      `PostgreSQL cannot be started: ${started.reason} Or set DATABASE_URL to a PostgreSQL of your own.`,
    );
  }
  const { postgres } = started;
  stopWithThisProcess(postgres, closing);
  await migrate({ url: postgres.ownerUrl, runtimeRole: ROLES.runtime });
  return { url: postgres.runtimeUrl, directUrl: postgres.runtimeUrl };
}

/** Ends the server in an orderly way, or at least tells it to end where this process ends in any other. */
function stopWithThisProcess(postgres: EmbeddedPostgres, closing: Closing): void {
  const tellToStop = () => process.kill(postgres.pid, 'SIGINT');
  process.once('exit', tellToStop);
  closing.add(async () => {
    await postgres.stop();
    process.removeListener('exit', tellToStop);
  });
}

async function migrate(options: { url: string; runtimeRole?: string }): Promise<void> {
  const outcome = await migrateUp(options);
  if (outcome.kind !== 'failed') return;
  const { migration, message } = outcome.failure;
  throw new Exit(EXIT_INTERNAL, `${migration} failed and was rolled back: ${message}`);
}
