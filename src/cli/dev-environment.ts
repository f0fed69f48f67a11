import { randomBytes } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { createApiKey } from '../admin/api-keys.ts';
import { hashCredential } from '../admin/credential.ts';
import { findApiKeyByHash } from '../database/api-keys.ts';
import type { Database } from '../database/database.ts';

/** What a developer needs to be let in by the Tender that `npm start` runs. */
export interface DevKeys {
  apiKey: string;
  adminToken: string;
}

/** Where the parts of that Tender are. */
export interface DevPlaces {
  apiUrl: string;
  /** `null` where the metrics are switched off. */
  metricsUrl: string | null;
  /** The sandboxes that stand in for gateways, with the settings that Tender was given for them. */
  sandboxes: readonly {
    name: string;
    title: string;
    url: string;
    settings: Readonly<Record<string, string>>;
  }[];
}

/**
 * Reads the development keys from `file`, and makes those that are missing or belong to another database.
 *
 * @param file a shell fragment that `source` and scripts read
 */
export async function prepareDevKeys(
  file: string,
  db: Database,
  adminToken: string | null,
): Promise<DevKeys> {
  const text = await readFile(file, 'utf8').catch(() => '');
  const known = variable(text, 'TENDER_API_KEY');
  const found = known === null ? null : await findApiKeyByHash(db, hashCredential(known));
  const valid = known !== null && found?.state === 'active';
  const apiKey = valid
    ? known
    : (await createApiKey(db, { name: 'development', mode: 'test' })).key;
  const token =
    adminToken ?? variable(text, 'TENDER_ADMIN_TOKEN') ?? randomBytes(32).toString('base64url');
  const keys = { apiKey, adminToken: token };
  await writeDevEnvironment(file, keys, null);
  return keys;
}

/** Writes down what a script needs to talk to this Tender; it is replaced as a whole, so nobody reads half of it. */
export async function writeDevEnvironment(
  file: string,
  keys: DevKeys,
  places: DevPlaces | null,
): Promise<void> {
  const variables = {
    TENDER_API_KEY: keys.apiKey,
    TENDER_ADMIN_TOKEN: keys.adminToken,
    TENDER_API_URL: places?.apiUrl,
    TENDER_METRICS_URL: places?.metricsUrl,
    ...Object.assign(
      {},
      ...(places?.sandboxes ?? []).map(({ name, url, settings }) => ({
        [`TENDER_SANDBOX_${name.toUpperCase()}_URL`]: url,
        ...oneLined(settings),
      })),
    ),
  } as Record<string, string | null | undefined>;
  const lines = Object.entries(variables)
    .filter(([, value]) => value !== undefined && value !== null)
    .map(([name, value]) => `${name}=${value}\n`);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(`${file}.draft`, lines.join(''), { mode: 0o600 });
  await rename(`${file}.draft`, file);
}

/** A file of `NAME=value` lines has no room for what has several. */
function oneLined(settings: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(settings).filter(([, value]) => !value.includes('\n')));
}

function variable(text: string, name: string): string | null {
  return new RegExp(`^${name}=(\\S+)$`, 'm').exec(text)?.[1] ?? null;
}
