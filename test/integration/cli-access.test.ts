import { beforeEach, expect, test } from 'vitest';
import { runCommand, type CommandResult } from '../support/cli.ts';
import { createDatabase, type TestDatabase } from '../support/services/postgres.ts';

let database: TestDatabase;
beforeEach(async () => {
  database = await createDatabase();
});

function tender(command: string): Promise<CommandResult> {
  return runCommand(command.split(' '), { env: { DATABASE_URL: database.runtimeUrl } });
}

test('a key is shown when it is made and never again, and a revoked one is told from an active one', async () => {
  const made = await tender('keys create --name shop');
  expect(made.code).toBe(0);
  const key = made.stdout.trim();
  expect(key).toMatch(/^tk_test_[\w-]{43}$/);
  const id = /^key_\w+/.exec(made.stderr)?.[0] ?? 'none';

  const listed = await tender('keys list');
  expect(listed.stdout).toMatch(new RegExp(`^${id} .* active .*shop$`, 'm'));
  expect(listed.stdout + listed.stderr).not.toContain(key);

  expect(await tender(`keys revoke ${id}`)).toMatchObject({ code: 0 });
  expect((await tender('keys list')).stdout).toMatch(new RegExp(`^${id} .* revoked `, 'm'));
  expect(await tender(`keys revoke ${id}`)).toMatchObject({ code: 64 });
});

test('a key that is rotated is told apart from its successor, which may do the same', async () => {
  const made = await tender('keys create --name shop --scopes customers:*,payments:read');
  const id = /^key_\w+/.exec(made.stderr)?.[0] ?? 'none';
  const next = await tender(`keys rotate ${id} --overlap 0`);
  expect(next.stdout.trim()).toMatch(/^tk_test_[\w-]{43}$/);
  const lines = (await tender('keys list')).stdout.trim().split('\n');
  expect(lines).toHaveLength(2);
  for (const line of lines) expect(line).toContain('payments:read,customers:read,customers:write');
  expect(lines.filter((line) => line.includes(' active '))).toHaveLength(1);
  expect(await tender(`keys rotate ${id}`)).toMatchObject({ code: 64 });
});

test('an operator is let in by name, gets another token, and is let in no more', async () => {
  const added = await tender('operators add Ada --role operator --expires-in 12h');
  expect(added.stdout.trim()).toMatch(/^tok_[\w-]{43}$/);
  expect(await tender('operators add Ada --role viewer')).toMatchObject({ code: 64 });
  expect((await tender('operators rotate Ada --overlap 0')).stdout).toMatch(/^tok_[\w-]{43}$/m);
  expect((await tender('operators list')).stdout).toMatch(
    /^op_\w+ {2}operator {2}1 active token {2}Ada$/m,
  );
  expect(await tender('operators revoke Ada')).toMatchObject({ code: 0 });
  expect((await tender('operators list')).stdout).toContain('disabled');
  expect(await tender('operators rotate Ada')).toMatchObject({ code: 64 });
});
