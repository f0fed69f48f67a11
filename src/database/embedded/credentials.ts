import { randomBytes } from 'node:crypto';
import { readFile, rename, writeFile } from 'node:fs/promises';
import { hasErrorCode } from './error-code.ts';

/** The database that Tender uses, and the three roles of the embedded server. */
export const DATABASE = 'tender';
export const ROLES = {
  superuser: 'postgres',
  owner: 'tender_owner',
  runtime: 'tender_app',
} as const;

/** The password of each role. */
export type Credentials = Record<keyof typeof ROLES, string>;

/** Reads the passwords of a cluster; `undefined` where there are none yet. */
export async function readCredentials(path: string): Promise<Credentials | undefined> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as Credentials;
  } catch (error) {
    if (hasErrorCode(error, 'ENOENT')) return undefined;
    throw error;
  }
}

/** Makes new random passwords and stores them where only this process's user can read them. */
export async function createCredentials(path: string): Promise<Credentials> {
  const credentials = { superuser: password(), owner: password(), runtime: password() };
  const draft = `${path}.draft`;
  await writeFile(draft, `${JSON.stringify(credentials, null, 2)}\n`, { mode: 0o600 });
  await rename(draft, path);
  return credentials;
}

/** The URL by which a role reaches a database of the embedded server. */
export function roleUrl(
  credentials: Credentials,
  role: keyof typeof ROLES,
  port: number,
  database: string,
): string {
  return `postgresql://${ROLES[role]}:${credentials[role]}@127.0.0.1:${port}/${database}`;
}

/** Hexadecimal, so that it needs no quoting in a URL or in SQL. */
function password(): string {
  return randomBytes(24).toString('hex');
}
