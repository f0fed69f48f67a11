import { execFile } from 'node:child_process';
import { access, constants } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** A program that tests run, and where it comes from. */
export interface Program {
  name: string;
  /** Debian's package; `null` where Debian has none that is recent enough. */
  debian: string | null;
  /** Homebrew's; `null` where it has none. */
  homebrew: string | null;
}

/**
 * Finds programs by name. Root on Debian gets those installed that are missing, all at once; everybody else gets an error
 * of one sentence that says what to install.
 *
 * @returns the path of each, in the order in which they were asked for
 */
export async function findPrograms(
  programs: readonly Program[],
  log?: (message: string) => void,
): Promise<string[]> {
  const missing = await notFound(programs);
  if (missing.length > 0) await install(missing, log);
  return Promise.all(programs.map(async ({ name }) => (await findOnPath(name)) ?? name));
}

async function install(missing: Program[], log?: (message: string) => void): Promise<void> {
  const packages = missing.flatMap(({ debian }) => debian ?? []);
  if (process.getuid?.() !== 0 || (await findOnPath('apt-get')) === undefined) {
    throw new Error(sentence(missing));
  }
  if (packages.length > 0) {
    log?.(`Installing ${packages.join(', ')} with apt-get.`);
    try {
      const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
      const wait = ['-o', 'DPkg::Lock::Timeout=120'];
      await run('apt-get', ['update', '-qq'], { env });
      await run('apt-get', ['install', '-qq', '--no-install-recommends', ...wait, ...packages], {
        env,
        maxBuffer: 64 * 1024 * 1024,
      });
    } catch (error) {
      throw new Error(`${sentence(missing)} (apt-get failed here.)`, { cause: error });
    }
  }
  const still = await notFound(missing);
  if (still.length > 0) throw new Error(sentence(still));
}

function sentence(missing: Program[]): string {
  const names = missing.map(({ name }) => name).join(', ');
  const debian = missing.flatMap((program) => program.debian ?? []).join(' ');
  const homebrew = [...new Set(missing.flatMap((program) => program.homebrew ?? []))].join(' ');
  const unpackaged = missing.filter((program) => program.debian === null).map(({ name }) => name);
  return [
    `The tests need ${names}: install it with `,
    [
      ...(debian === '' ? [] : [`"apt-get install ${debian}" on Debian`]),
      ...(homebrew === '' ? [] : [`"brew install ${homebrew}" on macOS`]),
    ].join(' or '),
    ...(unpackaged.length === 0
      ? []
      : [`; ${unpackaged.join(', ')} comes from its makers, as Debian has none that is recent`]),
    '.',
  ].join('');
}

async function notFound(programs: readonly Program[]): Promise<Program[]> {
  const paths = await Promise.all(programs.map(({ name }) => findOnPath(name)));
  return programs.filter((_, index) => paths[index] === undefined);
}

async function findOnPath(program: string): Promise<string | undefined> {
  // Debian keeps servers in folders that only root has on its path.
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin', '/sbin'];
  for (const folder of folders.filter(Boolean)) {
    const path = join(folder, program);
    const runs = await access(path, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (runs) return path;
  }
  return undefined;
}
