import { loadSettings } from '../config/load.ts';
import type { Settings } from '../config/settings.ts';
import { Database } from '../database/database.ts';
import { fail, type Finding } from '../doctor/check.ts';
import { examine } from '../doctor/examine.ts';
import { createGateways } from '../gateways/registry.ts';
import { createTransport } from '../gateways/transport.ts';
import { databaseUrls } from './database-urls.ts';

/**
 * What there is to say of a deployment that starts Tender with `env` in the folder `directory`. Settings that are
 * refused are all that is told, since nothing starts with them.
 *
 * @param without the names of checks that are left out
 */
export async function consultDoctor(
  env: Readonly<Record<string, string | undefined>>,
  directory: string,
  without: readonly string[] = [],
): Promise<Finding[]> {
  const loaded = loadSettings({ env, cwd: directory, command: 'doctor' });
  if (loaded.ok) return look(loaded.settings, directory, without);
  return loaded.problems.map(({ variable, problem, example }) =>
    fail(`settings.${variable}`, `${variable} ${problem}.`, `Such as ${example}`),
  );
}

async function look(
  settings: Settings,
  directory: string,
  without: readonly string[],
): Promise<Finding[]> {
  const { url } = databaseUrls(settings);
  const { prepare } = settings.database;
  const db = new Database({ url, poolSize: 2, prepare, applicationName: 'tender-doctor' });
  const transport = createTransport({
    connectTimeoutMs: settings.gateway.connectTimeoutMs,
    totalTimeoutMs: settings.gateway.timeoutMs,
  });
  const gateways = createGateways(settings.gateways, {
    transport,
    signatureToleranceMs: settings.webhooks.signatureToleranceMs,
    onCallBegun: () => undefined,
    onCall: () => undefined,
    tracer: null,
  });
  try {
    return await examine({ settings, db, databaseUrl: url, gateways, directory }, { without });
  } finally {
    await Promise.all([transport.close(), db.close()]);
  }
}
