import { createServer, type AddressInfo } from 'node:net';
import { once } from 'node:events';
import { Client } from 'pg';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { listMigrations } from '../../src/database/migration-files.ts';
import { runCommand, type CommandResult } from '../support/cli.ts';
import { createDatabase, type TestDatabase } from '../support/services/postgres.ts';
import { mapConcurrently } from '../support/stripe-webhook.ts';

let database: TestDatabase;
let env: Record<string, string>;
beforeEach(async () => {
  database = await createDatabase({ migrated: false });
  env = { DATABASE_URL: database.runtimeUrl, DATABASE_MIGRATION_URL: database.ownerUrl };
});
afterEach(() => database.drop());

function tender(command: string, more: Record<string, string> = {}): Promise<CommandResult> {
  return runCommand(command.split(' '), { env: { ...env, ...more } });
}

/** Runs commands one after the other on two processors' worth of processes. */
function each(commands: readonly string[]): Promise<CommandResult[]> {
  return mapConcurrently(commands, 2, (command) => tender(command));
}

async function query(sql: string): Promise<void> {
  const client = new Client(database.ownerUrl);
  await client.connect();
  await client.query(sql);
  await client.end();
}

/** A port that somebody else has. */
async function withTakenPort(use: (port: number) => Promise<void>): Promise<void> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  await use((server.address() as AddressInfo).port);
  server.close();
}

test('every command explains itself', async () => {
  const commands = [
    '',
    'api',
    'worker',
    'start',
    'sandbox',
    'migrate',
    'migrate up',
    'migrate down',
  ];
  commands.push('migrate status', 'keys', 'keys create', 'keys list', 'keys revoke', 'keys rotate');
  commands.push('operators', 'operators add', 'operators list', 'operators revoke');
  commands.push('operators rotate');
  const results = await each(commands.map((command) => `${command} --help`.trim()));
  expect(results.map(({ code }) => code)).toEqual(commands.map(() => 0));
  commands.forEach((command, index) => {
    const usage = ['Usage: tender', command].filter(Boolean).join(' ');
    expect(results[index]?.stdout.startsWith(usage)).toBe(true);
  });
});

test('a wrong command line ends with 64 and says what is wrong with it', async () => {
  const wrong = {
    'pay up': "unknown command 'pay'",
    'keys create': "required option '--name <name>' not specified",
    'keys create --name a --colour b': "unknown option '--colour'",
    'keys create --name a --scopes everything': 'There is no scope "everything"',
    'keys create --name a --expires-in soon': 'such as 90d',
    'operators add Ada --role boss': 'viewer, operator, finance, admin',
    'start --sandbox-port 0': 'not a port from 1 to 65535',
    'sandbox --port eighty': 'not a port from 0 to 65535',
  };
  const results = await each(Object.keys(wrong));
  Object.values(wrong).forEach((sentence, index) => {
    expect(results[index]).toMatchObject({ code: 64, stdout: '' });
    expect(results[index]?.stderr).toContain(sentence);
  });
});

test('wrong settings end with 78, all of them told at once', async () => {
  const { code, stderr } = await tender('api', {
    PAYMENT_PORT: 'eighty',
    PAYMENT_GATEWAY_TIMEOUT_SECONDS: 'soon',
    PAYMENT_LOG_LEVEL: 'loud',
  });
  expect(code).toBe(78);
  for (const name of ['PAYMENT_PORT', 'PAYMENT_GATEWAY_TIMEOUT_SECONDS', 'PAYMENT_LOG_LEVEL']) {
    expect(stderr).toContain(name);
  }
});

test('a command that needs a database ends with 78 where none is named', async () => {
  const { code, stderr } = await runCommand(['keys', 'list']);
  expect(code).toBe(78);
  expect(stderr).toContain('DATABASE_URL is not set');
});

test('a database that cannot be reached ends a command with 69', async () => {
  const unreachable = { DATABASE_URL: 'postgresql://nobody:x@127.0.0.1:1/none' };
  const commands = [
    ['keys', 'list'],
    ['migrate', 'status'],
    ['migrate', 'up'],
  ];
  const results = await mapConcurrently(commands, 2, (args) =>
    runCommand(args, { env: unreachable }),
  );
  for (const { code, stderr } of results) {
    expect(code).toBe(69);
    expect(stderr).toContain('The database cannot be reached');
  }
});

test('a port that somebody else has ends a command with 73 and says which setting changes it', async () => {
  await tender('migrate up');
  await withTakenPort(async (port) => {
    const taken = { PAYMENT_PORT: String(port), PAYMENT_PROMETHEUS_PORT: '0' };
    const metrics = { PAYMENT_PORT: '0', PAYMENT_PROMETHEUS_PORT: String(port) };
    const [api, worker, sandbox] = await Promise.all([
      tender('api', taken),
      tender('worker', metrics),
      tender(`sandbox --port ${port}`),
    ]);
    expect(api).toMatchObject({ code: 73 });
    expect(api.stderr).toContain('PAYMENT_PORT');
    expect(worker).toMatchObject({ code: 73 });
    expect(worker.stderr).toContain('PAYMENT_PROMETHEUS_PORT');
    expect(sandbox).toMatchObject({ code: 73 });
    expect(sandbox.stderr).toContain('--port');
  });
});

test('migrations go up and down one by one and their status is told', async () => {
  const names = await listMigrations();
  const lines = (word: string, which: string[]) =>
    which.map((name) => `${word}  ${name}\n`).join('');
  const last = names.slice(-1);
  expect(await tender('migrate status')).toMatchObject({ stdout: lines('missing', names) });
  const up = await tender('migrate up');
  expect(up).toMatchObject({ code: 0, stdout: names.map((name) => `Applied ${name}.\n`).join('') });
  expect((await tender('migrate up')).stdout).toBe('Nothing to do: the database is up to date.\n');
  expect(await tender('migrate down')).toMatchObject({ code: 0 });
  expect(await tender('migrate status')).toMatchObject({
    code: 0,
    stdout: lines('applied', names.slice(0, -1)) + lines('missing', last),
  });
});

test('a migration is not undone where acknowledged webhooks or payments would go with it', async () => {
  await tender('migrate up');
  await query(`
    INSERT INTO webhook_receipts (gateway, event_id, event_type, request_id) VALUES ('stripe', 'e', 't', 'r');
    INSERT INTO payments (id, status, amount, currency, capture_method, gateway, created_at, updated_at)
    VALUES ('pay_1', 'failed', 1, 'EUR', 'automatic', 'stripe', now(), now())`);
  const refused = await downUntilRefused();
  expect(refused).toMatchObject({ code: 70 });
  expect(refused.stderr).toContain('there are acknowledged webhooks');

  await query('DELETE FROM webhook_receipts');
  const again = await downUntilRefused();
  expect(again).toMatchObject({ code: 70 });
  expect(again.stderr).toContain('there are payments');
  await query('SELECT FROM payments');
});

async function downUntilRefused(): Promise<CommandResult> {
  for (;;) {
    const result = await tender('migrate down');
    if (result.code !== 0) return result;
  }
}

test('a key is shown when it is made and never again, and a revoked one is told from an active one', async () => {
  await tender('migrate up');
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
  await tender('migrate up');
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
  await tender('migrate up');
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
