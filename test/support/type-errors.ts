import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const CHECKOUT = join(import.meta.dirname, '..', '..');
const COMPILER = join(CHECKOUT, 'node_modules', '.bin', 'tsc');
const FILE = 'lines.ts';
/** One complaint of the compiler, of which further lines may follow. */
const ERROR = /^(?<file>.*)\((?<line>\d+),\d+\): error TS\d+: (?<message>.*)$/;

/**
 * What the compiler has against each of the lines of a file that is compiled as the repository's own are.
 *
 * @param prepare may put packages into the folder's `node_modules` that stand before the repository's
 */
export async function typeErrors(
  lines: readonly string[],
  prepare: (folder: string) => Promise<void> = async () => {},
): Promise<string[][]> {
  const parent = join(CHECKOUT, '.tender');
  await mkdir(parent, { recursive: true });
  const folder = await mkdtemp(join(parent, 'type-errors-'));
  try {
    await prepare(folder);
    await writeFile(join(folder, FILE), lines.join('\n'));
    await writeFile(join(folder, 'tsconfig.json'), JSON.stringify(PROJECT));
    return byLine(await compile(folder), lines.length);
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** The types of Node's own modules are of no use to literals, and take long to read. */
const PROJECT = {
  extends: '../../tsconfig.json',
  compilerOptions: { incremental: false, types: [] },
  files: [FILE],
  include: [],
};

/** What the compiler writes, line by line. */
async function compile(folder: string): Promise<string[]> {
  const flags = ['--project', folder, '--pretty', 'false', '--singleThreaded'];
  const output = await promisify(execFile)(process.execPath, [COMPILER, ...flags], {
    maxBuffer: Infinity,
  }).then(
    ({ stdout }) => stdout,
    // It ends with an error where it has found one, and has written it down.
    ({ stdout, message }: { stdout?: string; message: string }) => stdout || message,
  );
  return output.split('\n').filter((line) => line !== '');
}

function byLine(output: readonly string[], count: number): string[][] {
  const errors = Array.from({ length: count }, (): string[] => []);
  let current: string[] | undefined;
  for (const text of output) {
    const { file, line, message } = ERROR.exec(text)?.groups ?? {};
    if (message !== undefined && file?.endsWith(FILE)) {
      current = errors[Number(line) - 1];
      current?.push(message);
    } else if (message === undefined && current !== undefined) {
      current.push(`${current.pop() ?? ''} ${text.trim()}`);
    } else {
      throw new Error(`The compiler says: ${text}`);
    }
  }
  return errors;
}
