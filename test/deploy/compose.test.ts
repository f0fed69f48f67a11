import { execFile } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { VARIABLE_NAMES } from '../../src/config/variables.ts';
import { readComposeFile, secretsOf } from './support/compose-file.ts';
import { deployPath, readDeployFile } from './support/files.ts';
import { findTool } from './support/tools.ts';

const compose = readComposeFile();
const services = Object.entries(compose.services);
const run = promisify(execFile);

let secrets: string;
beforeAll(async () => {
  secrets = await mkdtemp(join(tmpdir(), 'tender-secrets-'));
  await makeSecrets();
});
afterAll(() => rm(secrets, { recursive: true }));

const makeSecrets = () =>
  run(deployPath('compose', 'start.sh'), ['--secrets-only'], {
    env: {
      PATH: process.env['PATH'] ?? '',
      COMPOSE_SECRETS: secrets,
      COMPOSE_SETTINGS: '/dev/null',
    },
  });

test('every file that a service mounts exists, and everything it names is there', () => {
  for (const [name, service] of services) {
    const { volumes = [], depends_on: before = [] } = service;
    for (const volume of volumes.filter((each) => each.startsWith('.'))) {
      const [file = ''] = volume.split(':');
      expect([name, file, existsSync(deployPath('compose', file))]).toEqual([name, file, true]);
    }
    for (const secret of secretsOf(service)) {
      expect(Object.keys(compose.secrets)).toContain(secret.name);
    }
    for (const other of before) expect(Object.keys(compose.services)).toContain(other);
  }
  expect(services.map(([name]) => name)).toEqual(
    expect.arrayContaining(['payment-api-1', 'payment-api-2', 'payment-api-3', 'grafana']),
  );
});

test('the first start makes every secret, and the next one changes none', async () => {
  const read = async () =>
    Object.fromEntries(
      await Promise.all(
        (await readdir(secrets)).map(async (name) => [
          name,
          await readFile(join(secrets, name), 'utf8'),
        ]),
      ),
    ) as Record<string, string>;
  const first = await read();
  for (const name of Object.keys(compose.secrets)) expect(first[name]).toBeTruthy();
  await makeSecrets();
  expect(await read()).toEqual(first);
  expect(first['database_url']).toMatch(
    /^postgresql:\/\/payment_service:\w+@postgres:5432\/payments\?sslmode=verify-full$/,
  );
});

test('the certificates are those of the servers that show them', async () => {
  const authority = new X509Certificate(await readFile(join(secrets, 'authority')));
  const hosts = { postgres: 'postgres', redis: 'redis', nginx: 'payments.company.com' };
  for (const [name, host] of Object.entries(hosts)) {
    const file = join(secrets, `${name}_certificate`);
    const certificate = new X509Certificate(await readFile(file));
    expect([host, certificate.checkHost(host)]).toEqual([host, host]);
    expect(certificate.verify(authority.publicKey)).toBe(true);
  }
});

test('every setting is one that Tender knows, and Tender writes nowhere', () => {
  const tender = services.filter(([, { image }]) => image.includes('payment-api'));
  expect(tender.length).toBe(5);
  for (const [name, { environment = {}, read_only }] of tender) {
    expect([name, read_only]).toEqual([name, true]);
    for (const variable of Object.keys(environment)) {
      if (variable === 'NODE_EXTRA_CA_CERTS') continue;
      expect(VARIABLE_NAMES).toContain(variable.replace(/_FILE$/, ''));
    }
  }
});

test('promtool accepts the scrape configuration, and only the proxy is open to the world', async () => {
  const text = readDeployFile('compose', 'prometheus.yml');
  expect(text).toContain('job_name: payment-webhook-worker');
  const flags = ['check', 'config', '--syntax-only', deployPath('compose', 'prometheus.yml')];
  expect((await run(await findTool('promtool'), flags)).stdout).toContain('SUCCESS');
  const local = readComposeFile('compose.local.yaml');
  const open = services.filter(([, { ports = [] }]) => ports.length > 0);
  // Swarm knows no ports of one address, so what is for one machine alone stands in a file of its own.
  expect(open.map(([name]) => name)).toEqual(['nginx']);
  for (const { ports = [] } of Object.values(local.services)) {
    expect(ports.filter((port) => !port.startsWith('127.0.0.1:'))).toEqual([]);
  }
});
