import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Client } from 'pg';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { ADMIN_TOKEN } from '../support/as-operator.ts';
import { freePorts } from '../support/free-ports.ts';
import { inheritedEnvironment } from '../support/inherited-environment.ts';
import { productionSettings } from '../support/production.ts';
import { createDatabase, type TestDatabase } from '../support/services/postgres.ts';
import { startRedis, type TestRedis } from '../support/services/redis.ts';
import { TenderProcess } from '../support/tender-processes.ts';

const SCRIPT = join(import.meta.dirname, '..', '..', 'scripts', 'test-admin-api.sh');

let directory: string;
let database: TestDatabase;
let redis: TestRedis;
let api: TenderProcess;
let worker: TenderProcess;
let apiUrl: string;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'tender-production-'));
  [database, redis] = await Promise.all([createDatabase(), startRedis({ tls: true })]);
  const trusted = join(directory, 'trusted.pem');
  const files = [inject('postgres').certificateFile, redis.tls?.certificateFile ?? ''];
  const certificates = await Promise.all(files.map((file) => readFile(file, 'utf8')));
  await writeFile(trusted, certificates.join(''));
  const settings = productionSettings(database.runtimeUrl, redis, trusted);
  const [port, apiMetrics, workerMetrics] = await freePorts(3);
  const env = { ...inheritedEnvironment(), ...settings, PAYMENT_PORT: String(port) };
  api = new TenderProcess('api', { ...env, PAYMENT_PROMETHEUS_PORT: String(apiMetrics) });
  worker = new TenderProcess('worker', { ...env, PAYMENT_PROMETHEUS_PORT: String(workerMetrics) });
  apiUrl = `http://127.0.0.1:${port}`;
  await Promise.all([api.start(), worker.start()]);
});

afterAll(async () => {
  await Promise.all([api.stop(), worker.stop()]);
  await redis.stop();
  await rm(directory, { recursive: true });
});

test('what operators call works in production, for those who may and for nobody else', async () => {
  const metrics = ['--metrics-url', `${worker.metricsUrl}/metrics`];
  const apiMetrics = ['--api-metrics-url', `${api.metricsUrl}/metrics`];
  const env = {
    PATH: process.env['PATH'] ?? '',
    TENDER_ADMIN_TOKEN: ADMIN_TOKEN,
    TENDER_API_URL: apiUrl,
  };
  const run = promisify(execFile)(SCRIPT, [...metrics, ...apiMetrics], { env, cwd: directory });
  const { stdout } = await run;
  expect(stdout.match(/ ok/g)).toHaveLength(10);
});

test('every connection to the database is encrypted', async () => {
  const rows = await query<{ encrypted: boolean; count: number }>(`
    SELECT ssl AS encrypted, count(*)::int FROM pg_stat_ssl JOIN pg_stat_activity USING (pid)
     WHERE datname = '${database.name}' AND application_name LIKE 'tender%' GROUP BY ssl`);
  expect(rows).toEqual([{ encrypted: true, count: expect.any(Number) as number }]);
});

async function query<T extends object>(sql: string): Promise<T[]> {
  const client = new Client(inject('postgres').superuserUrl);
  await client.connect();
  try {
    return (await client.query<T>(sql)).rows;
  } finally {
    await client.end();
  }
}
