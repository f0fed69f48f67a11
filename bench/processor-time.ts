import { readdir, readFile } from 'node:fs/promises';

/** Milliseconds of processor time that one work took, such as one payment. */
export interface Cost {
  /** Of the process that does it; `null` where that is a program that comes and goes. */
  process: number | null;
  /** Of PostgreSQL: of all its processes, those that write and check in the background included. */
  database: number;
}

/** Linux counts in hundredths of a second, whatever its kernel does inside. */
const TICK_MS = 10;

/** Measures the processor time that passes from now on. */
export async function startMeter(pids: { process: number | null; database: number }) {
  const read = async () => ({
    process: pids.process === null ? null : await readProcessorMs(pids.process),
    database: await readProcessorMs(pids.database),
  });
  const before = await read();
  return {
    /** What each of so many works cost until now; `null` where there is no `/proc`. */
    async each(works: number): Promise<Cost | null> {
      const after = await read();
      if (before.database === null || after.database === null) return null;
      const ownMs =
        before.process === null || after.process === null ? null : after.process - before.process;
      return {
        process: ownMs === null ? null : ownMs / works,
        database: (after.database - before.database) / works,
      };
    },
  };
}

/** Milliseconds that a process and its children have had of the processors; `null` where there is no `/proc`. */
async function readProcessorMs(pid: number): Promise<number | null> {
  if (process.platform !== 'linux') return null;
  const names = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const all = await Promise.all(names.map((name) => readTimes(Number(name))));
  let ticks = 0;
  for (const each of all) {
    if (each?.pid === pid) ticks += each.own + each.endedChildren;
    if (each?.parentPid === pid) ticks += each.own;
  }
  return ticks * TICK_MS;
}

/** The times in `/proc/<pid>/stat`, whose layout is in proc_pid_stat(5); `null` where the process has ended meanwhile. */
async function readTimes(pid: number) {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => null);
  if (stat === null) return null;
  // The second field is the program's name in parentheses and may itself hold any, so the third is the first here.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const field = (number: number) => Number(fields[number - 3]);
  return {
    pid,
    parentPid: field(4),
    own: field(14) + field(15),
    endedChildren: field(16) + field(17),
  };
}
