import { execFile } from 'node:child_process';
import { globSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { CHECKOUT } from './support/files.ts';
import { findTool } from './support/tools.ts';

const SCRIPTS = [
  ...globSync('{scripts,deploy,test/deploy}/**/*.sh', { cwd: CHECKOUT }),
  'deploy/docker/tender',
  'test/deploy/support/images/postgres/postgres',
];

test('shellcheck has nothing to say of any script', async () => {
  expect(SCRIPTS.length).toBeGreaterThan(8);
  const shellcheck = await findTool('shellcheck');
  const run = promisify(execFile)(shellcheck, ['--external-sources', ...SCRIPTS], {
    cwd: CHECKOUT,
  });
  const said = await run.then(
    ({ stdout }) => stdout,
    ({ stdout }: { stdout: string }) => stdout,
  );
  expect(said).toBe('');
});

test('every script that is run by hand can be, explains itself, and turns away what it does not know', async () => {
  const commands = SCRIPTS.filter((name) =>
    /\/(smoke-test|test-|start|backup|restore|load-test)[^/]*\.sh$/.test(name),
  );
  expect(commands.length).toBeGreaterThan(4);
  for (const name of commands) {
    const file = join(CHECKOUT, name);
    expect([name, (statSync(file).mode & 0o111) !== 0]).toEqual([name, true]);
    const { stdout } = await promisify(execFile)(file, ['--help']);
    expect(stdout).toContain(`Usage: ${name}`);
    await expect(promisify(execFile)(file, ['--no-such-option'])).rejects.toMatchObject({
      code: 64,
    });
  }
});
