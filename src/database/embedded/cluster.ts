import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { chown, mkdir, readFile, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Client } from 'pg';
import type { Binaries } from './binaries.ts';
import { DATABASE, ROLES, createCredentials, readCredentials, roleUrl } from './credentials.ts';
import type { Credentials } from './credentials.ts';
import { hasErrorCode } from './error-code.ts';
import type { Home } from './home.ts';
import type { ServiceUser } from './service-user.ts';

/** The environment of PostgreSQL's programs: nothing of the caller's `PG*` variables gets in. */
export const POSTGRES_ENVIRONMENT = { PATH: '/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' };

export type ClusterOutcome =
  | { kind: 'ready'; credentials: Credentials }
  | { kind: 'unavailable'; reason: string };

/** Makes sure that the home holds a data folder that these binaries can run, creating it if need be. */
export async function prepareCluster(
  home: Home,
  binaries: Binaries,
  user: ServiceUser | undefined,
): Promise<ClusterOutcome> {
  await removeDrafts(home);
  const version = await readDataVersion(home);
  if (version === undefined) return createCluster(home, binaries, user);
  if (version !== binaries.majorVersion) {
    return {
      kind: 'unavailable',
      reason:
        `The data in ${home.data} was written by PostgreSQL ${version}, and this installation ` +
        `brings PostgreSQL ${binaries.majorVersion}. Move the folder away to begin anew.`,
    };
  }
  const credentials = await readCredentials(home.credentialsFile);
  if (credentials !== undefined) return { kind: 'ready', credentials };
  return {
    kind: 'unavailable',
    reason:
      `The passwords of the database in ${home.data} are lost: ${home.credentialsFile} is not ` +
      `there. Put it back, or move the data folder away to begin anew.`,
  };
}

/** Creates what is missing of the two roles and the database. Needs the running server. */
export async function ensureDatabase(credentials: Credentials, port: number): Promise<void> {
  const client = new Client(roleUrl(credentials, 'superuser', port, 'postgres'));
  await client.connect();
  try {
    const { rows } = await client.query<{ name: string }>(
      'SELECT rolname AS name FROM pg_roles UNION ALL SELECT datname FROM pg_database',
    );
    const present = new Set(rows.map(({ name }) => name));
    if (!present.has(ROLES.owner)) {
      await client.query(
        `CREATE ROLE ${ROLES.owner} LOGIN CREATEDB PASSWORD '${credentials.owner}'`,
      );
    }
    if (!present.has(ROLES.runtime)) {
      await client.query(`CREATE ROLE ${ROLES.runtime} LOGIN PASSWORD '${credentials.runtime}'`);
    }
    if (!present.has(DATABASE)) {
      await client.query(`CREATE DATABASE ${DATABASE} OWNER ${ROLES.owner}`);
    }
  } finally {
    await client.end();
  }
}

/** initdb works in a draft, so that a start that is killed half-way leaves no half-made cluster. */
async function createCluster(
  home: Home,
  binaries: Binaries,
  user: ServiceUser | undefined,
): Promise<ClusterOutcome> {
  const credentials = await createCredentials(home.credentialsFile);
  const draft = join(home.directory, `data-draft-${randomUUID()}`);
  const passwordFile = `${draft}.password`;
  await mkdir(draft, { mode: 0o700 });
  await writeFile(passwordFile, credentials.superuser, { mode: 0o600 });
  if (user !== undefined) {
    await chown(draft, user.uid, user.gid);
    await chown(passwordFile, user.uid, user.gid);
  }
  try {
    await promisify(execFile)(
      binaries.initdb,
      [
        ...['-D', draft, '-U', ROLES.superuser, `--pwfile=${passwordFile}`],
        ...['--encoding=UTF8', '--locale=C', '--no-instructions'],
        ...['--auth-local=reject', '--auth-host=scram-sha-256'],
      ],
      {
        cwd: home.directory,
        env: POSTGRES_ENVIRONMENT,
        ...(user === undefined ? {} : { uid: user.uid, gid: user.gid }),
      },
    );
  } catch (error) {
    await rm(draft, { recursive: true, force: true });
    const output = error instanceof Error && 'stderr' in error ? String(error.stderr) : '';
    const detail = output.trim() || String(error);
    return { kind: 'unavailable', reason: `PostgreSQL's initdb failed (${detail}).` };
  } finally {
    await rm(passwordFile, { force: true });
  }
  await rename(draft, home.data);
  return { kind: 'ready', credentials };
}

async function removeDrafts(home: Home): Promise<void> {
  const drafts = (await readdir(home.directory)).filter((name) => name.startsWith('data-draft-'));
  for (const name of drafts) await rm(join(home.directory, name), { recursive: true, force: true });
}

async function readDataVersion(home: Home): Promise<string | undefined> {
  try {
    return (await readFile(join(home.data, 'PG_VERSION'), 'utf8')).trim();
  } catch (error) {
    if (hasErrorCode(error, 'ENOENT')) return undefined;
    throw error;
  }
}
