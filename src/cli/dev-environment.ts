import { randomBytes } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { createApiKey, hashKey } from '../admin/api-keys.ts';
import { findApiKey } from '../database/api-keys.ts';
import type { Database } from '../database/database.ts';

/** What a developer needs to talk to the Tender that `npm start` runs. */
export interface DevEnvironment {
  apiKey: string;
  adminToken: string;
}

/**
 * Reads the development keys from `file`, and makes those that are missing or belong to another database.
 *
 * @param file a shell fragment that `source` and scripts read
 */
export async function prepareDevEnvironment(
  file: string,
  db: Database,
  adminToken: string | null,
): Promise<DevEnvironment> {
  const text = await readFile(file, 'utf8').catch(() => '');
  const known = variable(text, 'TENDER_API_KEY');
  const valid = known !== null && (await findApiKey(db, hashKey(known))) !== null;
  const apiKey = valid
    ? known
    : (await createApiKey(db, { name: 'development', mode: 'test' })).key;
  const token =
    adminToken ?? variable(text, 'TENDER_ADMIN_TOKEN') ?? randomBytes(32).toString('base64url');
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, `TENDER_API_KEY=${apiKey}\nTENDER_ADMIN_TOKEN=${token}\n`, { mode: 0o600 });
  return { apiKey, adminToken: token };
}

function variable(text: string, name: string): string | null {
  return new RegExp(`^${name}=(\\S+)$`, 'm').exec(text)?.[1] ?? null;
}
