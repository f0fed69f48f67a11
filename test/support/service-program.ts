import { mkdir, mkdtemp, rm, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { build, type Plugin } from 'rolldown';

const CHECKOUT = join(import.meta.dirname, '..', '..');

/** The program `tender` in few files. */
export interface ServiceProgram {
  /** What Node.js is to run. */
  path: string;
  remove: () => Promise<void>;
}

/** The variable in which `test/run.ts` names the program that it has built for all projects. */
export const SERVICE_PROGRAM = 'TENDER_TEST_PROGRAM';

/** The program that all projects of a run share, or one of its own for a project that runs by itself. */
export async function provideServiceProgram(): Promise<ServiceProgram> {
  const path = process.env[SERVICE_PROGRAM];
  return path === undefined ? buildServiceProgram() : { path, remove: () => Promise.resolve() };
}

/**
 * Puts `src/cli.ts` and all that it imports into a few files, unchanged otherwise. A test run starts some two hundred
 * processes of the API and the worker, and to find and read a thousand small files is half of what a start costs.
 * What is installed runs in the tests of `tender start`, which is all of it in one process.
 *
 * @param plugins change what is built, for tests that plant faults
 */
export async function buildServiceProgram(plugins: Plugin[] = []): Promise<ServiceProgram> {
  const parent = join(CHECKOUT, '.tender');
  await mkdir(parent, { recursive: true });
  // As deep below the checkout as `src/cli`, whose files find `package.json` from where they are.
  const folder = await mkdtemp(join(parent, 'test-program-'));
  await symlink(join(CHECKOUT, 'src', 'database', 'migrations'), join(folder, 'migrations'));
  await build({
    input: join(CHECKOUT, 'src', 'cli.ts'),
    cwd: CHECKOUT,
    platform: 'node',
    plugins,
    output: { dir: folder, format: 'esm' },
    logLevel: 'warn',
  });
  return {
    path: join(folder, 'cli.js'),
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}
