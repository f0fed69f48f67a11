import { createHash, randomUUID } from 'node:crypto';
import { chmod, mkdir, readFile, realpath, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { hasErrorCode } from './error-code.ts';
import type { ServiceUser } from './service-user.ts';

/** Where root keeps what its service user must be able to reach. */
export const SYSTEM_ROOT = '/var/lib/tender';

/** The folder of one embedded PostgreSQL, with its parts. */
export interface Home {
  directory: string;
  data: string;
  logFile: string;
  credentialsFile: string;
  portFile: string;
  /** Set where the home lies outside the checkout: the file in the checkout that says where. */
  noteFile?: string;
}

/**
 * Finds, and where need be creates, the home of the PostgreSQL that `dataDirectory` names.
 *
 * For an ordinary user that is `dataDirectory` itself. The service user of root often cannot enter
 * the checkout, so its home is `/var/lib/tender/<hash of the path>`, and a note beside
 * `dataDirectory` (the same name, ending in `.txt`) will say so.
 */
export async function findHome(
  dataDirectory: string,
  user: ServiceUser | undefined,
): Promise<Home> {
  const named = resolve(dataDirectory);
  await mkdir(dirname(named), { recursive: true });
  const place = join(await realpath(dirname(named)), basename(named));
  if (user === undefined) {
    await mkdir(place, { recursive: true, mode: 0o700 });
    return homeAt(place);
  }
  const directory = join(
    SYSTEM_ROOT,
    createHash('sha256').update(place).digest('hex').slice(0, 12),
  );
  await mkdir(directory, { recursive: true });
  // Whatever root's umask is, the service user has to pass through both folders.
  await chmod(SYSTEM_ROOT, 0o755);
  await chmod(directory, 0o755);
  return { ...homeAt(directory), noteFile: `${place}.txt` };
}

function homeAt(directory: string): Home {
  return {
    directory,
    data: join(directory, 'data'),
    logFile: join(directory, 'server.log'),
    credentialsFile: join(directory, 'credentials.json'),
    portFile: join(directory, 'port'),
  };
}

/**
 * False when the home outlived its checkout: a new one now stands under the same path, and must not
 * take the old database for its own. The note and the home carry the same random id to tell.
 */
export async function belongsToCheckout(home: Home): Promise<boolean> {
  const homeId = await readIfThere(idFile(home));
  return homeId === undefined || homeId === (await readNoteId(home));
}

/** Moves an earlier checkout's database to a subfolder, in place of the one kept there before. */
export async function setAside(home: Home): Promise<string> {
  const kept = join(home.directory, 'previous');
  await rm(kept, { recursive: true, force: true });
  await mkdir(kept, { mode: 0o700 });
  for (const path of [home.data, home.credentialsFile, idFile(home)]) {
    await rename(path, join(kept, basename(path))).catch((error: unknown) => {
      if (!hasErrorCode(error, 'ENOENT')) throw error;
    });
  }
  return kept;
}

/** Ties a home outside the checkout to it, and tells whoever looks into the checkout where it is. */
export async function leaveNote(home: Home, user: ServiceUser): Promise<void> {
  const homeId = await readIfThere(idFile(home));
  if (home.noteFile === undefined || homeId !== undefined) return;
  const id = randomUUID();
  await writeFile(
    home.noteFile,
    `PostgreSQL does not run as root, so it runs as the user ${user.name}, and its data, its log\n` +
      `and its passwords are kept in\n\n    ${home.directory}\n\n` +
      `Without this file the next start begins a new, empty database, and keeps the one before\n` +
      `in the subfolder "previous".\n\nid: ${id}\n`,
  );
  await writeFile(idFile(home), id);
}

function idFile(home: Home): string {
  return join(home.directory, 'id');
}

async function readNoteId(home: Home): Promise<string | undefined> {
  if (home.noteFile === undefined) return undefined;
  return /^id: (\S+)$/m.exec((await readIfThere(home.noteFile)) ?? '')?.[1];
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (hasErrorCode(error, 'ENOENT')) return undefined;
    throw error;
  }
}
