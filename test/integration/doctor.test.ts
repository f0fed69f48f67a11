import { execFile } from 'node:child_process';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { BY_ITSELF } from '../../src/admin/change.ts';
import { sealAudit } from '../../src/admin/seal-audit.ts';
import { consultDoctor } from '../../src/cli/consult-doctor.ts';
import { insertAuditEntry } from '../../src/database/audit.ts';
import { Database } from '../../src/database/database.ts';
import { readDeployment } from '../../src/database/deployment.ts';
import type { Finding } from '../../src/doctor/check.ts';
import { startStripeSandbox, type StripeSandbox } from '../../src/sandbox/stripe/start.ts';
import { inheritedEnvironment } from '../support/inherited-environment.ts';
import { urlOfDatabase, waitForDisk } from '../support/services/postgres-server.ts';
import { createDatabase, type TestDatabase } from '../support/services/postgres.ts';
import { startRedis, type TestRedis } from '../support/services/redis.ts';
import { KEYS } from '../support/tender.ts';

const AUDIT_KEY = 'visibly-fake-and-seals-nothing-real';
const EXAMPLE = join(import.meta.dirname, '..', '..', 'deploy', 'production.env.example');
const PAGE = join(import.meta.dirname, '..', '..', 'docs', 'doctor.md');

let directory: string;
let database: TestDatabase;
let redis: TestRedis;
let sandbox: StripeSandbox;
/** What staging needs to pass: everything of production, with a sandbox. */
let healthy: Record<string, string>;
/** Whom this process trusts without what the tests add. */
const authorities = getCACertificates();

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'tender-doctor-'));
  [database, redis, sandbox] = await Promise.all([
    createDatabase(),
    startRedis({ tls: true, password: 'visibly-fake' }),
    startStripeSandbox({ ...KEYS, port: 0 }),
  ]);
  await waitForDisk(inject('postgres').superuserUrl, true);
  const files = [inject('postgres').certificateFile, redis.tls?.certificateFile ?? ''];
  const trusted = await trust('trusted.pem', files);
  // What NODE_EXTRA_CA_CERTS does for a process that starts with it.
  setDefaultCACertificates([...authorities, await readFile(trusted, 'utf8')]);
  healthy = {
    ...inheritedEnvironment(),
    PAYMENT_ENVIRONMENT: 'staging',
    NODE_EXTRA_CA_CERTS: trusted,
    DATABASE_URL: `${database.runtimeUrl}?sslmode=verify-full`,
    PAYMENT_REDIS_URL: redis.tls?.url ?? '',
    TENDER_AUDIT_KEY: AUDIT_KEY,
    STRIPE_SECRET_KEY: KEYS.secretKey,
    STRIPE_WEBHOOK_SECRET: KEYS.webhookSecret,
    PAYMENT_STRIPE_API_URL: sandbox.url,
  };
});

afterAll(async () => {
  setDefaultCACertificates(authorities);
  await waitForDisk(inject('postgres').superuserUrl, false);
  await Promise.all([redis.stop(), sandbox.close()]);
  await rm(directory, { recursive: true });
});

async function trust(name: string, files: string[]): Promise<string> {
  const certificates = await Promise.all(files.map((file) => readFile(file, 'utf8')));
  await writeFile(join(directory, name), certificates.join(''));
  return join(directory, name);
}

/** Runs the command itself. */
function doctor(
  env: Record<string, string>,
  { args = ['--json'], cwd = directory }: { args?: string[]; cwd?: string } = {},
): Promise<{ code: number; stdout: string; findings: Finding[] }> {
  const command = [inject('program'), 'doctor', ...args];
  return new Promise((resolve) => {
    execFile(process.execPath, command, { env, cwd }, (error, stdout) => {
      const code = typeof error?.code === 'number' ? error.code : error ? -1 : 0;
      const read = args.includes('--json') ? (JSON.parse(stdout) as { findings: Finding[] }) : null;
      resolve({ code, stdout, findings: read?.findings ?? [] });
    });
  });
}

/** The names of what has failed, as the command says it, with its exit code. */
async function failuresTold(changes: Record<string, string>): Promise<string[]> {
  const { code, findings } = await doctor({ ...healthy, ...changes });
  const failed = namesOfFailed(findings);
  expect(code, failed.join(', ')).toBe(failed.length === 0 ? 0 : 1);
  return failed;
}

/** The same without a process for each, for all but what only a process that starts takes in. */
async function failures(changes: Record<string, string>, cwd = directory): Promise<string[]> {
  return namesOfFailed(await consultDoctor({ ...healthy, ...changes }, cwd));
}

function namesOfFailed(findings: readonly Finding[]): string[] {
  const failed = findings.filter(({ status }) => status === 'fail');
  expect(failed.every(({ detail, remedy }) => detail !== '' && remedy !== null)).toBe(true);
  return failed.map(({ name }) => name);
}

async function asSuperuser(statement: string): Promise<void> {
  const client = new Client(urlOfDatabase(inject('postgres').superuserUrl, database.name));
  await client.connect();
  await client.query(statement);
  await client.end();
}

describe('a deployment as it should be', () => {
  test('passes, and each line says what was looked at', async () => {
    expect(await failuresTold({})).toEqual([]);
    const { stdout, code } = await doctor(healthy, { args: [] });
    expect(code).toBe(0);
    expect(stdout).toMatch(/^pass {2}database\.version +PostgreSQL \d+\.$/m);
    expect(stdout).toMatch(/^pass {2}gateways\.stripe\.credentials +stripe lets us in\.$/m);
    expect(stdout).toMatch(/^WARN {2}database\.durability .*\n +-> Add a standby/m);
  });

  test('gives each line an explanation in the documentation, which explains no other', async () => {
    const findings = await consultDoctor(healthy, directory);
    const documented = [...(await readFile(PAGE, 'utf8')).matchAll(/^\| `([^`]+)`/gm)].map(
      ([, name]) => name,
    );
    const shown = findings.map(({ name }) => name.replace('gateways.stripe.', 'gateways.<name>.'));
    // Those are shown only where their group cannot be looked at.
    const rare = ['settings.<variable>', 'database', 'redis', 'gateways', 'audit.key'];
    expect(documented.toSorted()).toEqual([...shown, ...rare].toSorted());
  });

  test('passes as the shipped example of production has it', async () => {
    const secrets = {
      tender_audit_key: AUDIT_KEY,
      tender_admin_token: 'a'.repeat(32),
      database_url: healthy['DATABASE_URL'] ?? '',
      database_migration_url: `${database.ownerUrl}?sslmode=verify-full`,
      redis_url: healthy['PAYMENT_REDIS_URL'] ?? '',
      stripe_secret_key: 'sk_live_visibly_fake',
      stripe_webhook_secret: 'whsec_visibly_fake',
    };
    const cwd = await mkdtemp(join(directory, 'production-'));
    for (const [name, value] of Object.entries(secrets)) await writeFile(join(cwd, name), value);
    const text = (await readFile(EXAMPLE, 'utf8')).replaceAll('/run/secrets/', `${cwd}/`);
    await writeFile(join(cwd, '.env.production'), text, { mode: 0o600 });
    const env = {
      ...inheritedEnvironment(),
      PAYMENT_ENVIRONMENT: 'production',
      NODE_EXTRA_CA_CERTS: healthy['NODE_EXTRA_CA_CERTS'] ?? '',
    };
    const { code, findings } = await doctor(env, { args: ['--json', '--no-gateways'], cwd });
    expect(findings.filter(({ status }) => status === 'fail')).toEqual([]);
    expect(code).toBe(0);
    expect(findings).toContainEqual(
      expect.objectContaining({ name: 'settings.environment', status: 'pass' }),
    );
  });
});

describe('it fails on', () => {
  test.each<[string, string[], Record<string, string>]>([
    [
      'a database that cannot be reached',
      ['database'],
      { DATABASE_URL: 'postgres://tender@127.0.0.1:1/x?sslmode=require' },
    ],
    [
      'a URL of the database without TLS',
      ['settings.DATABASE_URL'],
      { DATABASE_URL: 'postgres://tender@127.0.0.1/x' },
    ],
    [
      'a Redis that cannot be reached',
      ['redis'],
      { PAYMENT_REDIS_URL: 'rediss://:x@127.0.0.1:1/0' },
    ],
    [
      'a URL of Redis without TLS',
      ['settings.PAYMENT_REDIS_URL'],
      { PAYMENT_REDIS_URL: 'redis://127.0.0.1/0' },
    ],
    [
      'test keys in production',
      ['settings.STRIPE_SECRET_KEY', 'settings.PAYMENT_STRIPE_API_URL'],
      { PAYMENT_ENVIRONMENT: 'production' },
    ],
    [
      'credentials that the gateway does not take',
      ['gateways.stripe.credentials'],
      { STRIPE_SECRET_KEY: 'sk_test_somebody_elses' },
    ],
    [
      'a gateway without its webhook secret',
      ['gateways.stripe.settings', 'gateways'],
      { STRIPE_WEBHOOK_SECRET: '' },
    ],
    [
      'no gateway at all',
      ['gateways'],
      { STRIPE_SECRET_KEY: '', STRIPE_WEBHOOK_SECRET: '', PAYMENT_STRIPE_API_URL: '' },
    ],
    ['no key for the audit log', ['audit.key'], { TENDER_AUDIT_KEY: '' }],
    [
      'a key for the audit log that can be guessed',
      ['settings.TENDER_AUDIT_KEY'],
      { TENDER_AUDIT_KEY: 'short' },
    ],
    [
      'a token of the administrator that can be guessed',
      ['settings.TENDER_ADMIN_TOKEN'],
      { TENDER_ADMIN_TOKEN: 'short' },
    ],
    [
      'signatures that are taken for too long',
      ['settings.PAYMENT_WEBHOOK_SIGNATURE_TOLERANCE_SECONDS'],
      { PAYMENT_WEBHOOK_SIGNATURE_TOLERANCE_SECONDS: '601' },
    ],
    [
      'leases shorter than calls',
      ['settings.PAYMENT_LEASE_SECONDS'],
      { PAYMENT_LEASE_SECONDS: '5' },
    ],
    ['fail points', ['settings.TENDER_FAIL_POINTS'], { TENDER_FAIL_POINTS: 'payment.called' }],
    ['no limit of requests', ['door.rate_limits'], { PAYMENT_RATE_LIMIT_PER_CALLER: '0' }],
    ['a trust in everybody', ['door.trusted_proxies'], { PAYMENT_TRUSTED_PROXIES: '0.0.0.0/0' }],
    ['metrics that nobody can read', ['metrics.served'], { PAYMENT_PROMETHEUS_ENABLED: 'false' }],
    ['pages without TLS', ['door.cors'], { PAYMENT_CORS_ORIGINS: 'http://console.company.com' }],
  ])('%s', async (_what, expected, changes) => {
    expect((await failures(changes)).toSorted()).toEqual(expected.toSorted());
  });

  test('a certificate that is not trusted', async () => {
    expect(await failuresTold({ NODE_EXTRA_CA_CERTS: '' })).toEqual(['database', 'redis']);
  });

  test('a role that owns the tables, and one that may do everything', async () => {
    const url = (text: string) => ({ DATABASE_URL: `${text}?sslmode=verify-full` });
    expect(await failures(url(database.ownerUrl))).toEqual(['database.role']);
    const superuser = urlOfDatabase(inject('postgres').superuserUrl, database.name);
    expect(await failures(url(superuser))).toEqual(['database.role']);
  });

  test('a role that may change what must not change', async () => {
    const role = new URL(database.runtimeUrl).username;
    await asSuperuser(`GRANT UPDATE ON audit_log TO ${role}`);
    expect(await failures({})).toEqual(['database.role']);
    await asSuperuser(`REVOKE UPDATE ON audit_log FROM ${role}`);
    expect(await failures({})).toEqual([]);
  });

  test('a schema that is not migrated', async () => {
    const empty = await createDatabase({ migrated: false });
    const found = await failures({ DATABASE_URL: `${empty.runtimeUrl}?sslmode=verify-full` });
    expect(found).toContain('database.migrations');
  });

  test('commits that a crash may undo', async () => {
    await asSuperuser(`ALTER DATABASE ${database.name} SET synchronous_commit = off`);
    expect(await failures({})).toEqual(['database.durability']);
    await asSuperuser(`ALTER DATABASE ${database.name} RESET synchronous_commit`);
  });

  test('a file of secrets that others can read', async () => {
    const cwd = await mkdtemp(join(directory, 'readable-'));
    await writeFile(join(cwd, '.env.staging'), 'PAYMENT_LOG_LEVEL=info\n');
    await chmod(join(cwd, '.env.staging'), 0o644);
    expect(await failures({}, cwd)).toEqual(['settings.file']);
    await chmod(join(cwd, '.env.staging'), 0o600);
    expect(await failures({}, cwd)).toEqual([]);
  });

  test('a certificate that has hardly any time left, and a Redis without a password', async () => {
    const other = await startRedis({ tls: true, days: 3 });
    const files = [inject('postgres').certificateFile, other.tls?.certificateFile ?? ''];
    const trusted = await trust('other.pem', files);
    const changes = { NODE_EXTRA_CA_CERTS: trusted, PAYMENT_REDIS_URL: other.tls?.url ?? '' };
    expect(await failuresTold(changes)).toEqual(['redis.auth', 'redis.certificate']);
    await other.stop();
  });

  test('an audit log that was altered', async () => {
    const url = database.runtimeUrl;
    const db = new Database({ url, poolSize: 1, prepare: true, applicationName: 'test' });
    await insertAuditEntry(db.sql, {
      ...BY_ITSELF,
      action: 'gateway.disable',
      subject: null,
      before: null,
      after: null,
      result: 'done',
      reason: null,
    });
    await sealAudit(db, { key: AUDIT_KEY, deploymentId: (await readDeployment(db)).id });
    await db.close();
    expect(await failures({})).toEqual([]);
    await asSuperuser(
      "SET session_replication_role = 'replica'; UPDATE audit_log SET action = 'gateway.enable'",
    );
    expect(await failures({})).toEqual(['audit.chain']);
  });
});
