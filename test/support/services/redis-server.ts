import { execFile } from 'node:child_process';
import { access, constants } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const INSTALL =
  'The tests need redis-server: install it with "apt-get install redis-server" on Debian or ' +
  '"brew install redis" on macOS.';

/**
 * The path of `redis-server`. Root on Debian gets it installed where it is missing; everybody else
 * gets an error of one sentence that says what to install.
 */
export async function findRedisServer(log?: (message: string) => void): Promise<string> {
  const found = await findOnPath('redis-server');
  if (found !== undefined) return found;
  if (process.getuid?.() !== 0 || (await findOnPath('apt-get')) === undefined) {
    throw new Error(INSTALL);
  }
  log?.('Installing redis-server with apt-get.');
  try {
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
    const wait = ['-o', 'DPkg::Lock::Timeout=120'];
    await run('apt-get', ['update', '-qq'], { env });
    await run('apt-get', ['install', '-qq', '--no-install-recommends', ...wait, 'redis-server'], {
      env,
    });
  } catch (error) {
    throw new Error(`${INSTALL} (apt-get failed here.)`, { cause: error });
  }
  const installed = await findOnPath('redis-server');
  if (installed === undefined) throw new Error(INSTALL);
  return installed;
}

async function findOnPath(program: string): Promise<string | undefined> {
  for (const folder of (process.env['PATH'] ?? '').split(delimiter).filter(Boolean)) {
    const path = join(folder, program);
    const runs = await access(path, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (runs) return path;
  }
  return undefined;
}
