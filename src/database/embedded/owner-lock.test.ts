import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { acquireOwnerLock } from './owner-lock.ts';

let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'tender-owner-'));
});
afterEach(() => rm(directory, { recursive: true }));

test('a second claim is told who holds the directory, until it is released', async () => {
  const first = await acquireOwnerLock(directory);
  expect(await acquireOwnerLock(directory)).toEqual({ kind: 'held', ownerPid: process.pid });
  if (first.kind === 'locked') await first.release();
  expect((await acquireOwnerLock(directory)).kind).toBe('locked');
});

test('of many claims at one moment exactly one wins, and only its file remains', async () => {
  const outcomes = await Promise.all(Array.from({ length: 40 }, () => acquireOwnerLock(directory)));
  expect(outcomes.filter(({ kind }) => kind === 'locked')).toHaveLength(1);
  expect(await readdir(directory)).toHaveLength(1);
});

test('the claim of a process killed with -9 is worth nothing', async () => {
  const module = new URL('./owner-lock.ts', import.meta.url).href;
  const script = `
    const { acquireOwnerLock } = await import(${JSON.stringify(module)});
    console.log((await acquireOwnerLock(process.argv[1])).kind);
    setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script, directory]);
  expect(String((await once(child.stdout, 'data'))[0]).trim()).toBe('locked');
  expect(await acquireOwnerLock(directory)).toEqual({ kind: 'held', ownerPid: child.pid });

  child.kill('SIGKILL');
  await once(child, 'exit');
  expect((await acquireOwnerLock(directory)).kind).toBe('locked');
});
