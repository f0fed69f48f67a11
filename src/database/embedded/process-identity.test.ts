import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { findProcess, isStillRunning, parsePsLine, parseProcStat } from './process-identity.ts';

test('a live process is found with its command, and is the same on a second look', async () => {
  const first = await findProcess(process.pid);
  const second = await findProcess(process.pid);
  expect(first).toEqual(second);
  expect(first?.command).toContain('node');
});

test('a process that has ended is gone', async () => {
  const child = spawn('sleep', ['60']);
  const known = await findProcess(child.pid ?? 0);
  if (known === undefined) throw new Error('the child did not start');
  expect(await isStillRunning(known)).toBe(true);
  child.kill('SIGKILL');
  await once(child, 'exit');
  expect(await isStillRunning(known)).toBe(false);
});

test('another process under the same number is not the same process', async () => {
  expect(await isStillRunning({ pid: process.pid, startedAt: 'another time' })).toBe(false);
});

test('the name in /proc may hold spaces and parentheses, and a zombie counts as gone', () => {
  const rest = '1 2 3 0 -1 4194560 1 0 0 0 0 0 0 0 20 0 1 0 98765 1000 10';
  expect(parseProcStat(7, `7 (odd) name) S ${rest}`, 'postgres\0-D\0/data\0')).toEqual({
    pid: 7,
    startedAt: '98765',
    command: 'postgres -D /data',
  });
  expect(parseProcStat(7, `7 (odd) name) Z ${rest}`, '')).toBeUndefined();
});

test('the line of ps is read where there is no /proc, and a zombie counts as gone', () => {
  expect(parsePsLine(7, 'Ss   Mon Nov  2 09:03:01 2026 /opt/pg/bin/postgres -D /data\n')).toEqual({
    pid: 7,
    startedAt: 'Mon Nov 2 09:03:01 2026',
    command: '/opt/pg/bin/postgres -D /data',
  });
  expect(parsePsLine(7, 'Z+   Mon Nov  2 09:03:01 2026 (postgres)\n')).toBeUndefined();
  expect(parsePsLine(7, '\n')).toBeUndefined();
});
