import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { hasErrorCode } from './error-code.ts';

/** A live process, with what tells it from another one that is given the same number later. */
export interface RunningProcess {
  pid: number;
  /** Opaque; equal for two readings exactly when they saw the same process. */
  startedAt: string;
  /** The command line, arguments joined by spaces. */
  command: string;
}

/**
 * Looks a process up by its number. `undefined` means that it is gone; a zombie counts as gone,
 * because it holds no file, port or memory any more.
 */
export async function findProcess(pid: number): Promise<RunningProcess | undefined> {
  const source = process.platform === 'linux' ? findInProc : findWithPs;
  return source(pid);
}

/** True while the same process (not only the same number) is alive. */
export async function isStillRunning(known: { pid: number; startedAt: string }): Promise<boolean> {
  const found = await findProcess(known.pid);
  return found !== undefined && found.startedAt === known.startedAt;
}

async function findInProc(pid: number): Promise<RunningProcess | undefined> {
  try {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
    const commandLine = await readFile(`/proc/${pid}/cmdline`, 'utf8');
    return parseProcStat(pid, stat, commandLine);
  } catch (error) {
    if (hasErrorCode(error, 'ENOENT', 'ESRCH')) return undefined;
    throw error;
  }
}

async function findWithPs(pid: number): Promise<RunningProcess | undefined> {
  try {
    const { stdout } = await promisify(execFile)(
      'ps',
      ['-ww', '-o', 'stat=,lstart=,command=', '-p', String(pid)],
      { env: { ...process.env, LC_ALL: 'C', TZ: 'UTC' } },
    );
    return parsePsLine(pid, stdout);
  } catch (error) {
    // ps answers with exit code 1 when there is no such process.
    if (hasErrorCode(error, 1)) return undefined;
    throw error;
  }
}

/** Reads `/proc/<pid>/stat`, whose layout is in the manual page proc_pid_stat(5). */
export function parseProcStat(
  pid: number,
  stat: string,
  commandLine: string,
): RunningProcess | undefined {
  // The second field is the program's name in parentheses and may itself hold spaces and
  // parentheses, so the fields are counted from its end: the third is the state, the 22nd the start.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const state = fields[0];
  const startTicks = fields[19];
  if (state === undefined || startTicks === undefined || 'ZX'.includes(state)) return undefined;
  return { pid, startedAt: startTicks, command: commandLine.split('\0').join(' ').trim() };
}

/** Reads one line of `ps -o stat=,lstart=,command=`. */
export function parsePsLine(pid: number, line: string): RunningProcess | undefined {
  const match = /^\s*(\S+)\s+(\S+\s+\S+\s+\S+\s+[\d:]+\s+\d+)\s+(.*)$/m.exec(line);
  const [, state, startedAt, command] = match ?? [];
  if (state === undefined || startedAt === undefined || state.startsWith('Z')) return undefined;
  return { pid, startedAt: startedAt.replaceAll(/\s+/g, ' '), command: (command ?? '').trim() };
}
