import { execFileSync } from 'node:child_process';
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { findBinaries } from './binaries.ts';
import type { Binaries } from './binaries.ts';

let copiesDirectory: string;

beforeEach(async () => {
  copiesDirectory = await mkdtemp(join(tmpdir(), 'tender-binaries-'));
});
afterEach(() => rm(copiesDirectory, { recursive: true }));

async function find(copy: boolean): Promise<Binaries> {
  const outcome = await findBinaries({ copiesDirectory, copy });
  if (outcome.kind !== 'ready') throw new Error(outcome.reason);
  return outcome.binaries;
}

test('the programs that npm installed run, with their libraries', async () => {
  const { initdb, postgres, majorVersion } = await find(false);
  for (const program of [initdb, postgres]) {
    expect(execFileSync(program, ['--version'], { encoding: 'utf8' })).toContain(majorVersion);
  }
});

test('a copy for another user is whole, readable by all, and made once', async () => {
  const [first, second] = await Promise.all([find(true), find(true)]);
  expect(first).toEqual(second);
  expect(first.postgres.startsWith(copiesDirectory)).toBe(true);
  expect(execFileSync(first.postgres, ['--version'], { encoding: 'utf8' })).toContain('PostgreSQL');
  expect((await stat(first.postgres)).mode & 0o777).toBe(0o755);

  const { birthtimeMs } = await stat(first.postgres);
  expect(await find(true)).toEqual(first);
  expect((await stat(first.postgres)).birthtimeMs).toBe(birthtimeMs);
  expect(await readdir(copiesDirectory)).toHaveLength(1);
});
