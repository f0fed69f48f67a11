import { createServer, type AddressInfo } from 'node:net';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { runCommand, type CommandResult } from '../support/cli.ts';
import { createDatabase } from '../support/services/postgres.ts';
import { mapConcurrently } from '../support/stripe-webhook.ts';

/** Runs commands one after the other on two processors' worth of processes. */
function each(
  commands: readonly string[],
  env: Record<string, string> = {},
): Promise<CommandResult[]> {
  return mapConcurrently(commands, 2, (command) => runCommand(command.split(' '), { env }));
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
  const wrong = {
    DATABASE_URL: 'mysql://nope',
    PAYMENT_PORT: 'eighty',
    PAYMENT_GATEWAY_TIMEOUT_SECONDS: 'soon',
    PAYMENT_LOG_LEVEL: 'loud',
    PAYMENT_WEBHOOK_SIGNATURE_TOLERANCE_SECONDS: '-1',
  };
  const { code, stderr } = await runCommand(['api'], { env: wrong });
  expect(code).toBe(78);
  for (const name of Object.keys(wrong)) expect(stderr).toContain(name);
});

test('a command that needs a database ends with 78 where none is named', async () => {
  const { code, stderr } = await runCommand(['keys', 'list']);
  expect(code).toBe(78);
  expect(stderr).toContain('DATABASE_URL is not set');
});

test('a database that cannot be reached ends a command with 69, and one sentence gives no password away', async () => {
  const commands = ['keys list', 'keys create --name shop', 'migrate status', 'migrate up'];
  const results = await each(commands, {
    DATABASE_URL: 'postgresql://tender:secret-word@127.0.0.1:1/tender',
  });
  for (const { code, stdout, stderr } of results) {
    expect({ code, stdout }).toEqual({ code: 69, stdout: '' });
    expect(stderr).toMatch(/^The database cannot be reached: .*\n$/);
    expect(stderr).not.toContain('secret-word');
  }
});

test('a port that somebody else has ends a command with 73 and says which setting changes it', async () => {
  const database = await createDatabase();
  await withTakenPort(async (port) => {
    const free = {
      DATABASE_URL: database.runtimeUrl,
      PAYMENT_PORT: '0',
      PAYMENT_PROMETHEUS_PORT: '0',
    };
    const taken: [string, Record<string, string>, string][] = [
      ['api', { PAYMENT_PORT: String(port) }, 'PAYMENT_PORT'],
      ['api', { PAYMENT_PROMETHEUS_PORT: String(port) }, 'PAYMENT_PROMETHEUS_PORT'],
      ['worker', { PAYMENT_PROMETHEUS_PORT: String(port) }, 'PAYMENT_PROMETHEUS_PORT'],
      [`sandbox --port ${port}`, {}, '--port'],
    ];
    await mapConcurrently(taken, 2, async ([command, setting, name]) => {
      const env = { ...free, ...setting };
      const { code, stderr } = await runCommand(command.split(' '), { env });
      expect(code, command).toBe(73);
      expect(stderr).toContain(String(port));
      expect(stderr).toContain(name);
    });
  });
});
