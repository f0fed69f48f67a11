import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chown, mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { findServiceUser } from '../../src/database/embedded/service-user.ts';
import { VISA } from '../support/checkout.ts';
import { eventually } from '../support/eventually.ts';
import { killWithParent } from '../support/services/kill-with-parent.ts';
import { asSuperuser } from '../support/services/postgres-server.ts';
import { startTender, type Tender } from '../support/tender.ts';
import { CHECKOUT } from './support/files.ts';
import { startOwnPostgres, type OwnPostgres } from './support/own-postgres.ts';

const DAY_MS = 86_400_000;
const AUDIT_KEY = 'visibly-fake-and-seals-nothing-real';

let postgres: OwnPostgres;
let tender: Tender;
/** Where backups are kept. */
let backups: string;
let receiver: ChildProcess;

beforeAll(async () => {
  postgres = await startOwnPostgres();
  backups = await mkdtemp(join(tmpdir(), 'tender-backups-'));
  await giveToPostgres(backups);
  tender = await startTender({
    database: await postgres.migrated(),
    env: {
      TENDER_AUDIT_KEY: AUDIT_KEY,
      PAYMENT_GATEWAY_TIMEOUT_SECONDS: '15',
      PAYMENT_LEASE_SECONDS: '20',
      PAYMENT_RECONCILIATION_PENDING_HOURS: '0',
    },
  });
});
afterAll(async () => {
  receiver.kill('SIGKILL');
  await tender.close();
  await postgres.remove();
  await rm(backups, { recursive: true, force: true });
});

/** Whoever PostgreSQL runs as runs its backups, too. */
async function asPostgres(): Promise<{ uid?: number; gid?: number }> {
  const account = await findServiceUser();
  return account.kind === 'user' ? { uid: account.user.uid, gid: account.user.gid } : {};
}

async function giveToPostgres(folder: string): Promise<void> {
  const { uid, gid } = await asPostgres();
  if (uid !== undefined && gid !== undefined) await chown(folder, uid, gid);
}

function connection(): Record<string, string> {
  const { hostname, port, username, password } = new URL(postgres.superuserUrl);
  return {
    PATH: process.env['PATH'] ?? '',
    PGHOST: hostname,
    PGPORT: port,
    PGUSER: username,
    PGPASSWORD: password,
  };
}

/** A script, started where whoever runs it may be; the checkout may be closed to them. */
async function script(name: string, args: string[]) {
  return {
    file: 'bash',
    args: [join(CHECKOUT, 'scripts', name), ...args],
    user: await asPostgres(),
  };
}

async function run(name: string, args: string[]): Promise<string> {
  const { file, args: all, user } = await script(name, args);
  const { stdout } = await promisify(execFile)(file, all, { cwd: '/', env: connection(), ...user });
  return stdout;
}

/** What a command of ours says, however it ends. */
async function tenderSays(...args: string[]): Promise<{ code: number; stdout: string }> {
  const answer = promisify(execFile)(process.execPath, [inject('program'), ...args], {
    env: tender.env,
  });
  return answer.then(
    ({ stdout }) => ({ code: 0, stdout }),
    ({ code, stdout }: { code: number; stdout: string }) => ({ code, stdout }),
  );
}

async function payWith(keys: readonly string[]): Promise<string[]> {
  const ids: string[] = [];
  for (const key of keys) {
    const { status, json } = await tender.call('POST', '/api/v1/payments', { body: VISA, key });
    expect(status).toBe(201);
    ids.push(json.id as string);
  }
  return ids;
}

const ask = <T extends Record<string, unknown>>(sql: string): Promise<T> =>
  asSuperuser(postgres.superuserUrl, async (client) => {
    const { rows } = await client.query<T>(sql);
    const [row] = rows;
    if (row === undefined) throw new Error(`${sql}: no row`);
    return row;
  });

/** Waits until the archive has all that the server has written. */
const archived = () =>
  eventually(async () => {
    const { behind } = await ask<{ behind: boolean }>(`
      SELECT coalesce(bool_and(flush_lsn < pg_current_wal_flush_lsn()), true) AS behind
        FROM pg_stat_replication WHERE application_name = 'pg_receivewal'`);
    expect(behind).toBe(false);
  }, 30_000);

const keys = (count: number) => Array.from({ length: count }, () => crypto.randomUUID());
const liveCharges = () =>
  tender.sandbox
    .books()
    .payments.flatMap(({ charges }) => charges)
    .filter(({ status }) => status === 'live').length;

test('a database that is lost is restored to a moment, and what gateways did after that is found and never charged again', async () => {
  const archive = await script('backup.sh', ['--to', backups, '--archive']);
  receiver = spawn(archive.file, archive.args, {
    cwd: '/',
    env: connection(),
    stdio: 'ignore',
    ...archive.user,
  });
  await once(receiver, 'spawn');
  receiver.once('exit', killWithParent(receiver.pid ?? 0));
  await archived();
  const inBackup = await payWith(keys(3));
  expect(await run('backup.sh', ['--to', backups, '--keep', '2'])).toContain('ok');
  const inLog = await payWith(keys(4));
  await tender.settled();
  const { moment } = await ask<{ moment: string }>('SELECT clock_timestamp()::text AS moment');
  const lostKeys = keys(5);
  const lost = await payWith(lostKeys);
  await tender.settled();
  await archived();
  const charged = liveCharges();

  // Nobody takes payments while it is restored.
  await Promise.all([tender.api.stop(), tender.worker.stop()]);
  await postgres.kill();
  await rename(postgres.dataDirectory, `${postgres.dataDirectory}.lost`);
  // The user of PostgreSQL may not write into the folder above.
  await mkdir(postgres.dataDirectory);
  await giveToPostgres(postgres.dataDirectory);
  await run('restore.sh', ['--from', backups, '--to', postgres.dataDirectory, '--time', moment]);
  await postgres.start();
  await eventually(async () => {
    expect(await ask('SELECT pg_is_in_recovery() AS "inRecovery"')).toEqual({ inRecovery: false });
  }, 60_000);
  await Promise.all([tender.api.start(), tender.worker.start()]);

  const found = await tender.db.sql<{ id: string }[]>`SELECT id FROM payments ORDER BY id`;
  expect(found.map(({ id }) => id).toSorted()).toEqual([...inBackup, ...inLog].toSorted());
  for (const what of ['ledger', 'audit']) {
    expect(await tenderSays('verify', what)).toMatchObject({ code: 0 });
  }
  const days = [DAY_MS, 0].map((ago) => new Date(Date.now() - ago).toISOString().slice(0, 10));
  const compare = () =>
    tenderSays('reconcile', 'stripe', '--from', days[0] ?? '', '--to', days[1] ?? '');
  const compared = await compare();
  expect(compared.code).toBe(1);
  expect(compared.stdout).toMatch(new RegExp(`charge missing_here: ${lost.length},`));

  // Callers who ask again meet the charge that was made, and have the payment back that was lost.
  expect(await payWith(lostKeys)).toEqual(lost);
  expect(liveCharges()).toBe(charged);
  expect((await compare()).stdout).not.toContain('charge missing_here');
}, 180_000);

test('an older base backup, and what is no folder of data, are turned away', async () => {
  const before = ['--from', backups, '--to', join(backups, 'other'), '--time', '2020-01-01'];
  await expect(run('restore.sh', before)).rejects.toThrow(/came: +none/);
  const full = ['--from', backups, '--to', join(backups, 'base')];
  await expect(run('restore.sh', full)).rejects.toThrow(/nothing in/);
  expect(await readdir(join(backups, 'base'))).toHaveLength(1);
});
