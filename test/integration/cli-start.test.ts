import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { INSTALLED, RunningCommand } from '../support/cli.ts';
import { eventually } from '../support/eventually.ts';
import { freePorts } from '../support/free-ports.ts';

const READY = 'Ctrl-C stops everything; the data stays.';

let cwd: string;
let env: Record<string, string>;
let args: string[];
beforeAll(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'tender-start-'));
  const [api, metrics, sandbox] = await freePorts(3);
  env = { PAYMENT_PORT: String(api), PAYMENT_PROMETHEUS_PORT: String(metrics) };
  args = ['start', '--sandbox-port', String(sandbox)];
});
afterAll(async () => {
  await rm(await databaseFolder(), { recursive: true, force: true });
  await rm(cwd, { recursive: true, force: true });
});

/** Each test goes on with the data that the one before has left. */
let running: RunningCommand;
let payment: string;

/** Starts the program as it is installed where all that it does is tried, and in few files where it starts once more. */
function start(options: { program?: string } = {}): RunningCommand {
  return new RunningCommand(args, { env, cwd, ...options });
}

/** Where the embedded database is: beside the data of root's start lies a note that says so. */
async function databaseFolder(): Promise<string> {
  const note = await readFile(join(cwd, '.tender', 'postgres.txt'), 'utf8').catch(() => '');
  return /^ +(\/\S+)$/m.exec(note)?.[1] ?? join(cwd, '.tender', 'postgres');
}

/** The process of the embedded database; `null` where it does not run. */
async function databaseProcess(): Promise<number | null> {
  const file = join(await databaseFolder(), 'data', 'postmaster.pid');
  const pid = Number((await readFile(file, 'utf8').catch(() => '')).split('\n')[0]);
  return pid > 0 ? pid : null;
}

async function devEnvironment(): Promise<Record<string, string>> {
  const text = await readFile(join(cwd, '.tender', 'dev.env'), 'utf8');
  const lines = text.trim().split('\n');
  return Object.fromEntries(lines.map((line) => line.split(/=(.*)/, 2) as [string, string]));
}

async function readPayment(): Promise<{ status: number; json: unknown }> {
  const { TENDER_API_URL: url, TENDER_API_KEY: key } = await devEnvironment();
  const headers = { authorization: `Bearer ${key}` };
  const response = await fetch(`${url}/api/v1/payments/${payment}`, { headers });
  return { status: response.status, json: await response.json() };
}

test('Ctrl-C while everything still starts leaves nothing running', async () => {
  const command = start();
  await command.says('Creating a PostgreSQL database');
  await command.stop('SIGINT');
  expect(command.code).toBe(0);
  expect(await databaseProcess()).toBe(null);
});

test('the three printed lines take, refund and show a payment', async () => {
  running = start({ program: INSTALLED });
  await running.says(READY);
  const lines = running.stdout.split('\n').filter((line) => /^(PAYMENT=|curl )/.test(line));
  expect(lines).toHaveLength(3);
  // The first shows the payment on standard error, which has to be a file or a terminal.
  const script = ['exec 2>shown', ...lines, 'cat shown'].join('\necho\n');
  const { stdout } = await promisify(execFile)('bash', ['-c', script], { cwd });
  const [refund, shown, taken] = stdout
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  expect(taken).toMatchObject({ object: 'payment', status: 'succeeded', amount_captured: 1250 });
  expect(refund).toMatchObject({ object: 'refund', status: 'succeeded', payment_id: taken?.id });
  expect(shown).toMatchObject({ object: 'payment', id: taken?.id, amount_refunded: 1250 });
  payment = String(taken?.id);
});

test('what scripts need is written down, where only its owner can read it', async () => {
  const { TENDER_API_URL, TENDER_METRICS_URL, TENDER_SANDBOX_STRIPE_URL, ...more } =
    await devEnvironment();
  expect((await fetch(`${TENDER_API_URL}/ready`)).status).toBe(200);
  expect((await fetch(`${TENDER_METRICS_URL}`)).status).toBe(200);
  expect((await fetch(`${TENDER_SANDBOX_STRIPE_URL}/__sandbox/books`)).status).toBe(200);
  const names = ['TENDER_API_KEY', 'TENDER_ADMIN_TOKEN', 'STRIPE_WEBHOOK_SECRET'];
  expect(Object.keys(more)).toEqual(expect.arrayContaining(names));
  const { stdout } = await promisify(execFile)('ls', ['-l', join(cwd, '.tender', 'dev.env')]);
  expect(stdout).toMatch(/^-rw------- /);
});

test.for(['stripe', 'square', 'paypal'])(
  'the payment flow of %s works, with its sandbox',
  async (gateway) => {
    const script = join(import.meta.dirname, '..', '..', 'scripts', 'test-payment-flow.sh');
    const args = ['--env', 'development', '--gateway', gateway];
    const env = { PATH: process.env['PATH'] ?? '' };
    const { stdout } = await promisify(execFile)(script, args, { cwd, env });
    expect(stdout).toContain('The payment flow works.');
  },
);

test('what operators call works, for those who may and for nobody else', async () => {
  const script = join(import.meta.dirname, '..', '..', 'scripts', 'test-admin-api.sh');
  const env = { PATH: process.env['PATH'] ?? '' };
  const { stdout } = await promisify(execFile)(script, [], { cwd, env });
  expect(stdout.match(/ ok/g)).toHaveLength(10);
});

test('a gateway that says something on request is heard', async () => {
  const { TENDER_API_URL, TENDER_API_KEY } = await devEnvironment();
  const trigger = (...args: string[]) =>
    promisify(execFile)(process.execPath, [INSTALLED, 'trigger', ...args], { cwd });
  const { stdout } = await trigger('square', 'dispute.created');
  expect(stdout).toMatch(/^Square's sandbox sends dispute\.created as \S+\n$/);
  await eventually(async () => {
    const response = await fetch(`${TENDER_API_URL}/api/v1/disputes`, {
      headers: { authorization: `Bearer ${TENDER_API_KEY}` },
    });
    const { data } = (await response.json()) as { data: unknown[] };
    expect(data).toHaveLength(1);
  });
  await expect(trigger('square', 'dispute.forgotten')).rejects.toMatchObject({ code: 64 });
});

test('a second start beside the first ends with 75 and names the process to stop', async () => {
  const second = start();
  await second.ended();
  expect(second.code).toBe(75);
  expect(second.stderr).toContain(`as process ${running.child.pid}`);
  expect((await readPayment()).status).toBe(200);
});

test('Ctrl-C leaves nothing running', async () => {
  expect(await databaseProcess()).not.toBe(null);
  await running.stop('SIGINT');
  expect(running.code).toBe(0);
  expect(await databaseProcess()).toBe(null);
});

test('starting again keeps the data and the key', async () => {
  running = start();
  await running.says(READY);
  expect(await readPayment()).toMatchObject({
    status: 200,
    json: { id: payment, amount_refunded: 1250 },
  });
});

test('after kill -9 the next start takes the database over that was left running', async () => {
  const left = await databaseProcess();
  await running.stop('SIGKILL');
  running = start();
  await running.says('Adopted the PostgreSQL server');
  await running.says(READY);
  expect(await databaseProcess()).toBe(left);
  expect(await readPayment()).toMatchObject({ status: 200, json: { id: payment } });
  await running.stop('SIGTERM');
  expect(running.code).toBe(0);
  expect(await databaseProcess()).toBe(null);
});
