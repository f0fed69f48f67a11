import { EXIT_FOUND } from '../../config/exit-codes.ts';
import { loadSettings } from '../../config/load.ts';
import { createGateways } from '../../gateways/registry.ts';
import { createTransport } from '../../gateways/transport.ts';
import { Database } from '../../database/database.ts';
import { fail, type Finding } from '../../doctor/check.ts';
import { examine } from '../../doctor/examine.ts';
import type { Settings } from '../../config/settings.ts';
import { databaseUrls } from '../database-urls.ts';
import { Exit } from '../exit.ts';
import { print } from '../with-database.ts';

const SIGNS = { pass: 'pass', warn: 'WARN', fail: 'FAIL' };

/** `tender doctor`: looks at everything that a deployment needs, and says what to do about what is wrong. */
export async function doctorCommand(options: {
  json?: true | undefined;
  gateways: boolean;
}): Promise<void> {
  const loaded = loadSettings({ env: process.env, cwd: process.cwd(), command: 'doctor' });
  const findings = loaded.ok
    ? await look(loaded.settings, options.gateways ? [] : ['gateways'])
    : loaded.problems.map(({ variable, problem, example }) =>
        fail(`settings.${variable}`, `${variable} ${problem}.`, `Such as ${example}`),
      );
  if (options.json) print(JSON.stringify({ ok: isWell(findings), findings }));
  else for (const line of findings.flatMap(asLines)) print(line);
  if (!isWell(findings))
    throw new Exit(EXIT_FOUND, 'Something has to be done before this is safe.');
}

async function look(settings: Settings, without: readonly string[]): Promise<Finding[]> {
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
    const patient = { settings, db, databaseUrl: url, gateways, directory: process.cwd() };
    return await examine(patient, { without });
  } finally {
    await Promise.all([transport.close(), db.close()]);
  }
}

function isWell(findings: readonly Finding[]): boolean {
  return findings.every(({ status }) => status !== 'fail');
}

function asLines({ status, name, detail, remedy }: Finding): string[] {
  const line = `${SIGNS[status]}  ${name.padEnd(28)}  ${detail}`;
  return remedy === null ? [line] : [line, `      ${' '.repeat(28)}  -> ${remedy}`];
}
