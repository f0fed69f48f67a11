import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { test } from './loading-fixture.ts';
import { resolveVariable } from './resolve.ts';
import { environmentSource } from './source.ts';
import { VARIABLES } from './variables.ts';

const variable = VARIABLES.STRIPE_SECRET_KEY;

function resolve(cwd: string, ...environments: Record<string, string>[]) {
  return resolveVariable('STRIPE_SECRET_KEY', variable, environments.map(environmentSource), cwd);
}

test('the first source that mentions a variable decides', ({ folder }) => {
  expect(
    resolve(folder.path, { STRIPE_SECRET_KEY: 'first' }, { STRIPE_SECRET_KEY: 'second' }),
  ).toMatchObject({ kind: 'set', text: 'first' });
});

test('an empty value is unset, and hides what later sources say', ({ folder }) => {
  for (const empty of ['', ' \n']) {
    expect(
      resolve(folder.path, { STRIPE_SECRET_KEY: empty }, { STRIPE_SECRET_KEY: 'second' }),
    ).toEqual({ kind: 'unset' });
  }
});

test('a lower-case name of a Kubernetes secret counts as the variable', ({ folder }) => {
  expect(resolve(folder.path, { stripe_secret_key: 'sk_live_1\n' })).toMatchObject({
    kind: 'set',
    text: 'sk_live_1',
  });
});

test('a lower-case name in the environment outranks the proper name in the file', ({ folder }) => {
  expect(
    resolve(folder.path, { stripe_secret_key: 'first' }, { STRIPE_SECRET_KEY: 'second' }),
  ).toMatchObject({ text: 'first' });
});

test('both names may carry the same value, but not two', ({ folder }) => {
  const same = { STRIPE_SECRET_KEY: 'sk_live_1', stripe_secret_key: 'sk_live_1' };
  expect(resolve(folder.path, same)).toMatchObject({ kind: 'set', text: 'sk_live_1' });
  const broken = resolve(folder.path, { ...same, stripe_secret_key: 'sk_live_2' });
  expect(broken).toMatchObject({
    kind: 'broken',
    problem: 'is set to different values under the names STRIPE_SECRET_KEY and stripe_secret_key',
  });
});

test('a mounted file gives the value without its last line break', ({ folder }) => {
  const file = folder.write('key', 'sk_live_1\r\n');
  expect(resolve(folder.path, { STRIPE_SECRET_KEY_FILE: file })).toEqual({
    kind: 'set',
    text: 'sk_live_1',
    from: 'STRIPE_SECRET_KEY_FILE in the environment',
  });
});

test('a relative path starts from the folder that the command runs in', ({ folder }) => {
  folder.write('key', 'sk_live_1');
  expect(resolve(folder.path, { STRIPE_SECRET_KEY_FILE: './key' })).toMatchObject({
    text: 'sk_live_1',
  });
});

test('value and file both set is a problem, but not when one of them is empty', ({ folder }) => {
  const file = folder.write('key', 'sk_live_1');
  const both = { STRIPE_SECRET_KEY: 'sk_live_2', STRIPE_SECRET_KEY_FILE: file };
  expect(resolve(folder.path, both)).toMatchObject({
    kind: 'broken',
    problem: 'is set beside STRIPE_SECRET_KEY_FILE, and only one of them can count',
  });
  expect(resolve(folder.path, { ...both, STRIPE_SECRET_KEY: '' })).toMatchObject({
    text: 'sk_live_1',
  });
  expect(resolve(folder.path, { ...both, STRIPE_SECRET_KEY_FILE: '' })).toMatchObject({
    text: 'sk_live_2',
  });
});

test('a file in the environment outranks a value in the .env file', ({ folder }) => {
  const file = folder.write('key', 'from the file');
  expect(
    resolve(folder.path, { STRIPE_SECRET_KEY_FILE: file }, { STRIPE_SECRET_KEY: 'second' }),
  ).toMatchObject({ text: 'from the file' });
});

test('a file that is missing, a folder, empty or too long is named with the reason', ({
  folder,
}) => {
  mkdirSync(join(folder.path, 'directory'));
  folder.write('empty', '\n');
  folder.write('long', 'x'.repeat(65_537));
  const problemOf = (file: string) => resolve(folder.path, { STRIPE_SECRET_KEY_FILE: file });
  expect(problemOf('/nowhere/key')).toMatchObject({
    problem: 'comes from the file /nowhere/key, which cannot be read (ENOENT)',
  });
  expect(problemOf('directory')).toMatchObject({
    problem: 'comes from the file directory, which cannot be read (EISDIR)',
  });
  expect(problemOf('empty')).toMatchObject({
    problem: 'comes from the file empty, which is empty',
  });
  expect(problemOf('long')).toMatchObject({
    problem: 'comes from the file long, which is longer than 64 KiB',
  });
});

test('a secret that was put where the name of its file belongs is not shown', ({ folder }) => {
  const broken = resolve(folder.path, { STRIPE_SECRET_KEY_FILE: 'sk_live_1' });
  expect(broken.kind).toBe('broken');
  expect(JSON.stringify(broken)).not.toContain('sk_live_1');
});

test('a variable that is no secret and no URL has no file', ({ folder }) => {
  const source = environmentSource({ PAYMENT_PORT_FILE: '/nowhere' });
  expect(resolveVariable('PAYMENT_PORT', VARIABLES.PAYMENT_PORT, [source], folder.path)).toEqual({
    kind: 'unset',
  });
});
