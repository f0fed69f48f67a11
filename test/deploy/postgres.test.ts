import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Client } from 'pg';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { QUERY_TIMEOUT_MS } from '../../src/database/pool.ts';
import { findingsIn } from '../support/doctor.ts';
import { inheritedEnvironment } from '../support/inherited-environment.ts';
import { createCertificate } from '../support/services/certificate.ts';
import { startConfiguredPostgres, type ConfiguredPostgres } from './support/configured-postgres.ts';

const PASSWORD = 'visibly-fake';

let postgres: ConfiguredPostgres;
let directory: string;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'tender-stranger-'));
  postgres = await startConfiguredPostgres();
  await postgres.runSql('roles.sql', { owner_password: PASSWORD, service_password: PASSWORD });
  await postgres.runSql('replication.sql', { replication_password: PASSWORD });
});
afterAll(async () => {
  await postgres.stop();
  await rm(directory, { recursive: true });
});

/** What libpq connects with, as `user`, where nothing else is said. */
function connection(user: string, more: Record<string, string> = {}): string {
  const options = {
    host: 'localhost',
    port: String(postgres.port),
    user,
    password: PASSWORD,
    dbname: 'payments',
    sslmode: 'verify-full',
    sslrootcert: postgres.certificateFile,
    ...more,
  };
  return Object.entries(options)
    .map(([name, value]) => `${name}=${value}`)
    .join(' ');
}

/** What `tender` says, with the URLs that docs/guide.md has. */
function tender(...args: string[]): Promise<string> {
  const url = (role: string) =>
    `postgresql://${role}:${PASSWORD}@localhost:${postgres.port}/payments?sslmode=verify-full`;
  const env = {
    ...inheritedEnvironment(),
    DATABASE_URL: url('payment_service'),
    DATABASE_MIGRATION_URL: url('payment_owner'),
    NODE_EXTRA_CA_CERTS: postgres.certificateFile,
  };
  const command = promisify(execFile)(process.execPath, [inject('program'), ...args], {
    env,
    cwd: directory,
  });
  // `tender doctor` ends with 1 for what it says of the rest, which is no production here.
  return command.then(
    ({ stdout }) => stdout,
    (error: { stdout: string }) => error.stdout,
  );
}

test('who comes over TLS, knows the authority and has the password is let in', async () => {
  const user = await postgres.psql(connection('payment_service'), 'SELECT current_user');
  expect(user).toBe('payment_service');
  const { certificateFile: stranger } = await createCertificate(directory);
  await expect(
    postgres.psql(connection('payment_service', { sslrootcert: stranger }), 'SELECT 1'),
  ).rejects.toThrow(/certificate verify failed/);
  await expect(
    postgres.psql(connection('payment_service', { password: 'wrong' }), 'SELECT 1'),
  ).rejects.toThrow(/password authentication failed/);
});

test.each(['payment_owner', 'payment_service', 'payment_replication', 'postgres'])(
  'nobody is let in without TLS, and so %s is not',
  async (role) => {
    await expect(
      postgres.psql(connection(role, { sslmode: 'disable' }), 'SELECT 1'),
    ).rejects.toThrow(/pg_hba\.conf rejects connection .* no encryption/);
  },
);

test('a client that speaks no TLS 1.3 is refused', async () => {
  const client = new Client({
    host: 'localhost',
    port: postgres.port,
    user: 'payment_service',
    password: PASSWORD,
    database: 'payments',
    ssl: { rejectUnauthorized: false, maxVersion: 'TLSv1.2' },
  });
  await expect(client.connect()).rejects.toThrow(/protocol version/);
});

test('the superuser is let in from the machine itself only, and the service to no other database', async () => {
  await expect(postgres.psql(connection('postgres'), 'SELECT 1')).rejects.toThrow(
    /pg_hba\.conf rejects connection/,
  );
  await expect(
    postgres.psql(connection('payment_service', { dbname: 'postgres' }), 'SELECT 1'),
  ).rejects.toThrow(/pg_hba\.conf rejects connection/);
});

test('a standby or an archive is let in, and may keep a slot', async () => {
  const replication = connection('payment_replication', { replication: 'true' });
  expect(
    await postgres.psql(replication, 'CREATE_REPLICATION_SLOT tender_archive PHYSICAL'),
  ).toContain('tender_archive');
  await postgres.psql(replication, 'DROP_REPLICATION_SLOT tender_archive');
  await expect(
    postgres.psql(connection('payment_service', { replication: 'true' }), 'IDENTIFY_SYSTEM'),
  ).rejects.toThrow(/pg_hba\.conf rejects replication connection/);
});

test('with the roles of roles.sql the schema is made, and the doctor misses a standby and nothing else', async () => {
  expect(await tender('migrate', 'up')).toMatch(/\d{4}_/);
  const findings = findingsIn(await tender('doctor', '--json', '--no-gateways'));
  const ofDatabase = findings.filter(({ name }) => name.startsWith('database'));
  expect(ofDatabase.map(({ name, status }) => `${name} ${status}`).toSorted()).toEqual([
    'database.certificate pass',
    'database.durability warn',
    'database.migrations pass',
    'database.role pass',
    'database.tls pass',
    'database.version pass',
  ]);
  const durability = ofDatabase.find(({ name }) => name === 'database.durability');
  expect(durability?.detail).toContain('No standby');
});

test('a statement and an SQL transaction that nobody waits for are ended, and values are not logged', async () => {
  const settings = `
    SELECT string_agg(name || '=' || current_setting(name), ' ' ORDER BY name) FROM pg_settings
     WHERE name IN ('statement_timeout', 'idle_in_transaction_session_timeout', 'log_parameter_max_length',
                    'log_lock_waits', 'max_connections')`;
  expect(await postgres.psql(connection('payment_service'), settings)).toBe(
    'idle_in_transaction_session_timeout=1min log_lock_waits=on log_parameter_max_length=0 ' +
      'max_connections=200 statement_timeout=65s',
  );
});

test('the server ends a statement soon after Tender has given it up, and never before', async () => {
  const limit = "SELECT setting FROM pg_settings WHERE name = 'statement_timeout' AND unit = 'ms'";
  const limitMs = Number(await postgres.psql(connection('payment_service'), limit));
  expect(limitMs).toBeGreaterThan(QUERY_TIMEOUT_MS);
  expect(limitMs).toBeLessThanOrEqual(QUERY_TIMEOUT_MS + 10_000);
});
