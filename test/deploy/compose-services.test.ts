import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { findBinaries } from '../../src/database/embedded/binaries.ts';
import { SYSTEM_ROOT } from '../../src/database/embedded/home.ts';
import { findingsIn } from '../support/doctor.ts';
import { eventually } from '../support/eventually.ts';
import { findRedisServer } from '../support/services/redis-server.ts';
import { readComposeFile } from './support/compose-file.ts';
import {
  openProject,
  type Container,
  type Ended,
  type Project,
  type StandIn,
} from './support/containers.ts';
import { readSettings, readStages } from './support/dockerfile.ts';
import { CHECKOUT, deployPath, readDeployFile } from './support/files.ts';
import { findObstacle } from './support/image.ts';
import { testLeftOut } from './support/left-out.ts';
import { findTool } from './support/tools.ts';

const databaseCheck = readComposeFile().services['postgres']?.healthcheck?.test;
const IMAGES = join(import.meta.dirname, 'support', 'images');
/** The password of Redis, as a shell in its container reads it, and what nobody but Redis may read there. */
const SECRET = '"$(cat /run/secrets/redis_password)"';
const OF_REDIS = ['/etc/redis/users.acl', '/etc/redis/tls.key'];
const START_TIMEOUT_MS = 180_000;

const obstacle = await findObstacle();
if (obstacle === null) describe('what compose.yaml starts, with its own lines', testServices);
else testLeftOut('the services of Compose are', obstacle);

function testServices(): void {
  let folder: string;
  let secrets: string;
  let project: Project;
  let images: Record<'postgres' | 'redis' | 'tender', StandIn>;
  let postgres: Container;
  let redis: Container;
  let api: Container;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tender-compose-'));
    secrets = join(folder, 'secrets');
    const app = join(folder, 'app');
    const environment = { PATH: process.env['PATH'] ?? '', COMPOSE_SETTINGS: '/dev/null' };
    const run = promisify(execFile);
    await run(deployPath('compose', 'start.sh'), ['--secrets-only'], {
      env: { ...environment, COMPOSE_SECRETS: secrets },
    });
    await run(process.execPath, ['scripts/build.ts', app], { cwd: CHECKOUT });
    images = {
      postgres: await postgresImage(),
      redis: await redisImage(),
      tender: tenderImage(app),
    };
    project = await openProject(secrets);
    postgres = await project.start('postgres', images.postgres);
    redis = await project.start('redis', images.redis);
    await eventually(() => expectHealthy(postgres, databaseCheck), 60_000);
    await eventually(() => expectListening(redis), 30_000);
  }, START_TIMEOUT_MS);
  afterAll(async () => {
    await project.down();
    await rm(folder, { recursive: true });
  });

  /** What psql says from another container, as a role with the password that its secret has. */
  async function ask(role: 'owner' | 'service', sql: string, more = ''): Promise<Ended> {
    const PGPASSWORD = await readFile(join(secrets, `payment_${role}_password`), 'utf8');
    const where = `host=postgres user=payment_${role} dbname=payments sslmode=verify-full`;
    const authority = `sslrootcert=/run/secrets/authority ${more}`;
    const words = ['psql', '-XAtq', '--dbname', `${where} ${authority}`, '--command', sql];
    return redis.exec(words, { PGPASSWORD: PGPASSWORD.trim() });
  }

  test('the roles are there with their rights and no others, and data have checksums', async () => {
    const roles = `
      SELECT string_agg(rolname || ' ' || (rolsuper OR rolcreaterole OR rolcreatedb OR rolreplication OR rolbypassrls),
                        ', ' ORDER BY rolname) FROM pg_roles WHERE rolname !~ '^pg_'`;
    expect((await ask('service', roles)).output.trim()).toBe(
      'payment_owner false, payment_service false, postgres true',
    );
    const owner = "SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = 'payments'";
    expect((await ask('service', owner)).output.trim()).toBe('payment_owner');
    expect((await ask('service', 'CREATE TABLE t ()')).output).toContain('permission denied');
    expect((await ask('service', 'SHOW data_checksums')).output.trim()).toBe('on');
  });

  test('the database lets nobody in without TLS, without the password, or as the superuser', async () => {
    expect((await ask('service', 'SELECT current_user')).output.trim()).toBe('payment_service');
    const refusals = [
      [await ask('service', 'SELECT 1', 'sslmode=disable'), /no encryption/],
      [await ask('service', 'SELECT 1', 'password=wrong'), /password authentication failed/],
      [await ask('service', 'SELECT 1', 'user=postgres'), /pg_hba\.conf rejects connection/],
    ] as const;
    for (const [{ exitCode, output }, reason] of refusals) {
      expect(exitCode).not.toBe(0);
      expect(output).toMatch(reason);
    }
    // The place of the secrets is the only one that knows the passwords.
    expect(postgres.log()).not.toMatch(/PASSWORD '/);
  });

  test('Redis knows one user by the password of the secret, and that one may do its work only', async () => {
    expect(await redisSays(SECRET, 'LLEN payment_webhooks')).toBe('0');
    expect(await redisSays(SECRET, 'FLUSHALL')).toContain('NOPERM');
    expect(await redisSays("''", 'LLEN payment_webhooks')).toContain('NOAUTH');
    expect(await redisSays('set-me-tender', 'PING')).toMatch(/WRONGPASS|NOAUTH/);
    expect(await redisSays('set-me-operator', '--user operator PING')).toMatch(/WRONGPASS|NOAUTH/);
    const files = await redis.exec(['stat', '-c', '%U %a', ...OF_REDIS]);
    expect(files.output).toBe('redis 600\nredis 600\n');
  });

  test(
    'migration, API and worker start with what they are told, and the doctor trusts their database and Redis',
    async () => {
      const migration = await project.start('migration', images.tender);
      await eventually(() => expect(migration.exitCode()).not.toBeNull(), 60_000);
      expect([migration.exitCode(), migration.log()]).toEqual([
        0,
        expect.stringContaining('Applied'),
      ]);

      api = await project.start('payment-api-1', images.tender);
      // All containers have one network here, in which each port is there once.
      const port = { PAYMENT_PROMETHEUS_PORT: '8002' };
      const worker = await project.start('payment-webhook-worker', images.tender, port);
      for (const container of [api, worker]) {
        await eventually(() => expectHealthy(container, healthCheck), 60_000, 500);
      }
      await eventually(() => expectReady(), 30_000, 200);
      expect((await api.exec(['id', '-u'])).output).toBe('10001\n');
      const doctor = await api.exec(['tender', 'doctor', '--json', '--no-gateways']);
      const looked = findingsIn(doctor.output).filter(({ name }) =>
        /^(database|redis)\./.test(name),
      );
      expect(looked.length).toBeGreaterThan(8);
      // On one machine there is no standby.
      expect(looked.filter(({ status }) => status !== 'pass')).toMatchObject([
        { name: 'database.durability', status: 'warn' },
      ]);
    },
    START_TIMEOUT_MS,
  );

  test('the proxy starts, and leads to the API under its own name and certificate', async () => {
    await project.start('nginx', await nginxImage());
    const url = 'https://payments.company.com/ready';
    await eventually(async () => expect(await fetchInside(url)).toContain('"ready"'), 30_000, 200);
  });

  test(
    'database and Redis start again with what they had, and the API goes on by itself',
    async () => {
      await postgres.stop();
      await redis.stop();
      postgres = await project.start('postgres', images.postgres);
      redis = await project.start('redis', images.redis);
      await eventually(() => expectHealthy(postgres, databaseCheck), 60_000);
      await eventually(() => expectListening(redis), 30_000);
      expect((await ask('owner', 'SELECT count(*) FROM payments')).output).toBe('0\n');
      await eventually(() => expectReady(), 60_000, 200);
    },
    START_TIMEOUT_MS,
  );

  /** What an address answers to the API's container. */
  async function fetchInside(url: string): Promise<string> {
    const program = 'fetch(process.argv[1]).then((answer) => answer.text()).then(console.log)';
    return (await api.exec(['node', '-e', program, url])).output;
  }

  async function expectReady(): Promise<void> {
    expect(JSON.parse(await fetchInside('http://127.0.0.1:8000/ready'))).toMatchObject({
      status: 'ready',
      checks: { database: { status: 'ok' }, redis: { status: 'ok' } },
    });
  }

  /** What redis-cli says over the network with a password, which the shell of the container puts in. */
  async function redisSays(password: string, words: string): Promise<string> {
    const line = `REDISCLI_AUTH=${password} exec redis-cli -h redis --tls --cacert /run/secrets/authority ${words} 2>&1`;
    return (await redis.exec(['sh', '-c', line])).output.trim();
  }

  async function expectListening(container: Container): Promise<void> {
    expect([await redisSays("''", 'PING'), container.log()]).toEqual([
      expect.stringContaining('NOAUTH'),
      expect.anything(),
    ]);
  }
}

const { env, workdir, user, entrypoint, healthCheck } = readSettings(
  readStages(readDeployFile('docker', 'Dockerfile'), {}).at(-1) ?? {
    from: '',
    name: '',
    instructions: [],
  },
);

/** The image that the Dockerfile builds, as far as it is about the program. */
function tenderImage(app: string): StandIn {
  const mounts = {
    '/app': app,
    '/image/tender': deployPath('docker', 'tender'),
    '/image/node': process.execPath,
  };
  return { mounts, env, workdir, user, entrypoint };
}

async function postgresImage(): Promise<StandIn> {
  await findTool('psql');
  const found = await findBinaries({ copiesDirectory: join(SYSTEM_ROOT, 'binaries'), copy: true });
  if (found.kind === 'unavailable') throw new Error(found.reason);
  return {
    mounts: {
      '/image': join(IMAGES, 'postgres'),
      '/opt/postgresql': dirname(dirname(found.binaries.postgres)),
    },
    env: { PGDATA: '/var/lib/postgresql/data', LANG: 'C.UTF-8' },
    entrypoint: ['docker-entrypoint.sh'],
    workdir: '/',
    user: '0:0',
  };
}

async function redisImage(): Promise<StandIn> {
  await findRedisServer();
  const mounts = { '/image': join(IMAGES, 'redis') };
  return { mounts, env: {}, entrypoint: ['docker-entrypoint.sh'], workdir: '/data', user: '0:0' };
}

async function nginxImage(): Promise<StandIn> {
  await findTool('nginx');
  const start =
    'mkdir -p /var/log/nginx /var/lib/nginx /run; exec nginx -g "daemon off; user nginx;"';
  return { mounts: {}, env: {}, entrypoint: ['sh', '-ec', start], workdir: '/', user: '0:0' };
}

async function expectHealthy(container: Container, check: readonly string[] = []): Promise<void> {
  const words = check[0] === 'CMD' ? check.slice(1) : check;
  const { exitCode, output } = await container.exec(words);
  expect([exitCode, output + container.log()]).toEqual([0, expect.anything()]);
}
