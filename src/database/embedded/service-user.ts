import { execFile } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);
const SERVICE_USER = 'tender-postgres';

/** Whom PostgreSQL runs as, where that is not the user of this process. */
export interface ServiceUser {
  name: string;
  uid: number;
  gid: number;
}

/** `none`: this process is an ordinary user's, and PostgreSQL may run as that user. */
export type ServiceUserOutcome =
  | { kind: 'none' }
  | { kind: 'user'; user: ServiceUser }
  | { kind: 'unavailable'; reason: string };

/** PostgreSQL refuses to run as root, so root gets a system user for it, made once and reused. */
export async function findServiceUser(): Promise<ServiceUserOutcome> {
  if (process.getuid?.() !== 0) return { kind: 'none' };

  const existing = await lookUp(SERVICE_USER);
  if (existing !== undefined) return { kind: 'user', user: existing };

  let problem = '';
  // useradd gives up at once while another process holds the user database's lock, hence the tries.
  for (let attempt = 1; attempt <= 10; attempt += 1) {
    problem = await create(SERVICE_USER);
    const user = await lookUp(SERVICE_USER);
    if (user !== undefined) return { kind: 'user', user };
    await delay(100 * attempt);
  }
  return {
    kind: 'unavailable',
    reason:
      `PostgreSQL does not run as root, and the system user ${SERVICE_USER} could not be created ` +
      `(${problem}). Start Tender as an ordinary user.`,
  };
}

async function lookUp(name: string): Promise<ServiceUser | undefined> {
  try {
    const [uid, gid] = await Promise.all([run('id', ['-u', name]), run('id', ['-g', name])]);
    return { name, uid: Number(uid.stdout), gid: Number(gid.stdout) };
  } catch {
    return undefined;
  }
}

/** Returns what stood in the way; empty when nothing did. */
async function create(name: string): Promise<string> {
  const options = ['--system', '--user-group', '--no-create-home', '--home-dir', '/nonexistent'];
  try {
    await run('useradd', [...options, '--shell', '/usr/sbin/nologin', name]);
    return '';
  } catch (error) {
    return error instanceof Error ? error.message.trim() : String(error);
  }
}
