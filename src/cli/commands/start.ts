import { join } from 'node:path';
import {
  EXIT_DATA_FOLDER_IN_USE,
  EXIT_INTERNAL,
  EXIT_UNAVAILABLE,
} from '../../config/exit-codes.ts';
import type { Settings } from '../../config/settings.ts';
import { ROLES } from '../../database/embedded/credentials.ts';
import { startEmbeddedPostgres } from '../../database/embedded/embedded-postgres.ts';
import { migrateUp } from '../../database/migrate.ts';
import type { StripeSandbox } from '../../sandbox/stripe/start.ts';
import { prepareDevEnvironment } from '../dev-environment.ts';
import { Exit } from '../exit.ts';
import { observeProcess } from '../observe.ts';
import { readSettings } from '../read-settings.ts';
import { connectReadyQueue } from '../ready-queue.ts';
import { runWorker } from '../run-worker.ts';
import { serveApi } from '../serve-api.ts';
import { buildSystem, closeSystem, type DatabaseUrls } from '../system.ts';
import { untilStopped } from '../until-stopped.ts';
import { welcome } from '../welcome.ts';
import { SANDBOX_KEYS, startSandbox, STRIPE_SANDBOX_PORT } from './sandbox.ts';

/** Where a development start keeps what is its own. */
const HOME = '.tender';

/** `tender start`: everything in one process, for development, with a database and a sandbox of its own. */
export async function runStartCommand(): Promise<void> {
  const { settings, withSandbox } = readStartSettings();
  const closing: (() => Promise<void>)[] = [];
  const closeAll = async () => {
    for (const close of closing.reverse()) await close();
  };
  try {
    await start(settings, withSandbox, closing, closeAll);
  } catch (error) {
    await closeAll();
    throw error;
  }
}

async function start(
  settings: Settings,
  withSandbox: boolean,
  closing: (() => Promise<void>)[],
  closeAll: () => Promise<void>,
): Promise<void> {
  const urls = await openDatabase(settings, closing);
  const system = buildSystem(settings, urls, 'tender');
  closing.push(() => closeSystem(system));
  const { db } = system.payments;
  const envFile = join(HOME, 'dev.env');
  const token = settings.admin.token?.reveal() ?? null;
  const environment = await prepareDevEnvironment(envFile, db, token);

  const { queue, checks, readers } = await connectReadyQueue(system);
  closing.push(() => queue.close());
  const worker = runWorker(system, queue);
  let draining = false;
  const observation = await observeProcess(system, {
    checks,
    readers: { ...readers, workerAlive: worker.isAlive },
    isDraining: () => draining,
  });
  closing.push(() => observation.close());
  closing.push(() => worker.stop());
  const api = await serveApi(system, observation.health, queue);
  closing.push(() => api.close());
  const sandbox = withSandbox ? await openSandbox(api.url, closing) : null;

  process.stdout.write(
    welcome({
      apiUrl: api.url,
      metricsPort: settings.metrics.enabled ? settings.metrics.port : null,
      sandboxUrl: sandbox?.url ?? null,
      envFile,
      apiKey: environment.apiKey,
    }),
  );
  untilStopped(system.log, settings.shutdown.timeoutMs, async () => {
    draining = true;
    await closeAll();
  });
}

/** Without credentials of a real account the sandbox stands in, so that a payment can be taken at once. */
function readStartSettings(): { settings: Settings; withSandbox: boolean } {
  const settings = readSettings('start');
  const { stripe } = settings.gateways;
  const unset = stripe.kind === 'off' && stripe.missing.length > 1;
  if (!unset || settings.environment !== 'development') return { settings, withSandbox: false };
  const sandboxed = readSettings('start', {
    PAYMENT_LOG_LEVEL: 'warn',
    ...process.env,
    STRIPE_SECRET_KEY: SANDBOX_KEYS.secretKey,
    STRIPE_PUBLISHABLE_KEY: SANDBOX_KEYS.publishableKey,
    STRIPE_WEBHOOK_SECRET: SANDBOX_KEYS.webhookSecret,
    PAYMENT_STRIPE_API_URL: `http://127.0.0.1:${STRIPE_SANDBOX_PORT}`,
  });
  return { settings: sandboxed, withSandbox: true };
}

async function openSandbox(
  apiUrl: string,
  closing: (() => Promise<void>)[],
): Promise<StripeSandbox> {
  const sandbox = await startSandbox({
    port: STRIPE_SANDBOX_PORT,
    webhookUrl: `${apiUrl}/api/v1/payments/webhook/stripe`,
  });
  closing.push(() => sandbox.close());
  return sandbox;
}

/** The database of the settings, or an embedded one; migrated in any case. */
async function openDatabase(
  settings: Settings,
  closing: (() => Promise<void>)[],
): Promise<DatabaseUrls> {
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
  closing.push(() => postgres.stop());
  await migrate({ url: postgres.ownerUrl, runtimeRole: ROLES.runtime });
  return { url: postgres.runtimeUrl, directUrl: postgres.runtimeUrl };
}

async function migrate(options: { url: string; runtimeRole?: string }): Promise<void> {
  const outcome = await migrateUp(options);
  if (outcome.kind !== 'failed') return;
  const { migration, message } = outcome.failure;
  throw new Exit(EXIT_INTERNAL, `${migration} failed and was rolled back: ${message}`);
}
