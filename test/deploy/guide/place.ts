import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { json } from 'node:stream/consumers';
import { inject } from 'vitest';
import { admitAs } from '../../support/admit-as.ts';
import { ADMIN_TOKEN } from '../../support/as-operator.ts';
import { freePorts } from '../../support/free-ports.ts';
import { inheritedEnvironment } from '../../support/inherited-environment.ts';
import {
  startTenderProcesses,
  TenderProcess,
  type TenderProcesses,
} from '../../support/tender-processes.ts';
import { KEYS } from '../../support/tender.ts';
import { CHECKOUT, deployPath } from '../support/files.ts';
import { buildManifests, type Manifest } from '../support/manifests.ts';
import { startNginx, type Nginx } from '../support/nginx.ts';
import { startOwnPostgres, type OwnPostgres } from '../support/own-postgres.ts';
import { startRedisCluster, type RedisServers } from '../support/redis-topologies.ts';

/** What became of a command line. */
export interface Typed {
  code: number;
  /** Both of its outputs. */
  output: string;
}

/** A running system where the commands of the guide are typed: its names lead here, and nothing else is changed. */
export interface Place {
  tender: TenderProcesses;
  nginx: Nginx;
  redis: RedisServers;
  /** The server that the guide has somebody set up. */
  postgres: OwnPostgres;
  /** What `kubectl apply -k` would send to the cluster of production. */
  manifests: Manifest[];
  /** The dashboards that were sent to where Grafana would be. */
  dashboards: unknown[];
  /** The API, to whoever comes with a live key. */
  liveDoor: string;
  /** A folder for what commands write. */
  directory: string;
  /** Runs a command line in bash, in the checkout unless told otherwise. */
  type(command: string, options?: { cwd?: string; env?: Record<string, string> }): Promise<Typed>;
  /** Starts a further process beside those that run, which is stopped with the rest. */
  start(command: 'api' | 'worker', env?: Record<string, string>): Promise<Beside>;
  close(): Promise<void>;
}

/** A process that was started beside the others. */
export interface Beside {
  process: TenderProcess;
  url: string;
}

/** Starts everything but what one row alone wants: API and worker, three Redis primaries with replicas, nginx. */
export async function openPlace(): Promise<Place> {
  const closing: (() => Promise<unknown>)[] = [];
  const close = async () => {
    for (const end of closing.toReversed()) await end();
  };
  try {
    const directory = await mkdtemp(join(tmpdir(), 'tender-guide-'));
    closing.push(() => rm(directory, { recursive: true, force: true }));
    const redis = await startRedisCluster();
    closing.push(() => redis.stop());
    const tender = await startTenderProcesses({
      env: {
        ...redis.settings,
        TENDER_ADMIN_TOKEN: ADMIN_TOKEN,
        TENDER_AUDIT_KEY: 'visibly-fake-and-seals-nothing-real',
        PAYMENT_TRUSTED_PROXIES: '127.0.0.1',
        PAYMENT_GATEWAY_TIMEOUT_SECONDS: '15',
        PAYMENT_LEASE_SECONDS: '20',
      },
    });
    closing.push(() => tender.close());
    const api = new URL(tender.apiUrl).host;
    const nginx = await startNginx([api, api, api], '127.0.0.1 1;\n');
    closing.push(() => nginx.close());
    const postgres = await startOwnPostgres();
    closing.push(() => postgres.remove());
    const grafana = await listenAsGrafana();
    closing.push(() => grafana.close());
    // Live keys are for production, which no sandbox is: something in between lets this one in.
    const door = await admitAs(tender);
    closing.push(() => door.close());

    const env = {
      ...(await makeNames(directory, { tender, nginx, redis, postgres, grafana: grafana.host })),
      ADMIN_TOKEN,
      TENDER_ADMIN_TOKEN: ADMIN_TOKEN,
      REDIS_PASSWORD: new URL(redis.url).password,
      GRAFANA_API_KEY: 'visibly-fake-and-opens-nothing',
      TENDER_API_KEY: tender.apiKey,
      STRIPE_WEBHOOK_SECRET: KEYS.webhookSecret,
      TENDER_SANDBOX_STRIPE_URL: tender.sandbox.url,
    };
    return {
      tender,
      nginx,
      redis,
      postgres,
      manifests: await buildManifests(deployPath('kubernetes', 'overlays', 'production')),
      dashboards: grafana.dashboards,
      liveDoor: door.url,
      directory,
      type: (command, options = {}) =>
        typeIn(command, { ...options, env: { ...env, ...options.env, PATH: env.PATH } }),
      async start(command, more = {}) {
        const [port, metricsPort] = await freePorts(2);
        const process = new TenderProcess(command, {
          ...tender.env,
          PAYMENT_PORT: String(port),
          PAYMENT_PROMETHEUS_PORT: String(metricsPort),
          ...more,
        });
        closing.push(() => process.kill());
        await process.start();
        return { process, url: `http://127.0.0.1:${port}` };
      },
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

async function listenAsGrafana() {
  const dashboards: unknown[] = [];
  const server = createServer((request, response) => {
    void (async () => {
      if (request.url === '/api/dashboards/db') dashboards.push(await json(request));
      response.end('{"status":"success"}');
    })();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    dashboards,
    async close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

/**
 * Has the guide's names lead to where things are, for curl by its own configuration and for programs that have none by one
 * of the same name that comes first on the path; and has all of them trust the certificates of this place.
 *
 * @returns the environment in which that holds
 */
async function makeNames(
  directory: string,
  to: Pick<Place, 'tender' | 'nginx' | 'redis' | 'postgres'> & { grafana: string },
): Promise<Record<string, string> & { PATH: string }> {
  const apiMetrics = new URL(to.tender.api.metricsUrl).host;
  const workerMetrics = new URL(to.tender.worker.metricsUrl).host;
  const places = {
    'payments.company.com:443': `127.0.0.1:${to.nginx.httpsPort}`,
    'payment-api-1:8001': apiMetrics,
    'localhost:8001': apiMetrics,
    'worker-1.internal:8001': workerMetrics,
    '127.0.0.1:8001': workerMetrics,
    'grafana.internal:80': to.grafana,
    'db-master.internal:5432': `127.0.0.1:${to.postgres.port}`,
  };
  const curl = Object.entries(places).map(([from, place]) => `connect-to = "${from}:${place}"`);
  await writeFile(join(directory, '.curlrc'), `${curl.join('\n')}\n`);

  const trusted = join(directory, 'trusted.pem');
  const files = [to.nginx.certificateFile, to.redis.certificateFile, to.postgres.certificateFile];
  files.push(inject('postgres').certificateFile);
  const texts = await Promise.all(files.map((file) => readFile(file, 'utf8')));
  await writeFile(trusted, texts.join(''));

  const programs = join(directory, 'bin');
  await mkdir(programs);
  const redisPort = new URL(to.redis.url).port;
  const write = async (name: string, lines: string[]) => {
    await writeFile(join(programs, name), ['#!/usr/bin/env bash', ...lines, ''].join('\n'));
    await chmod(join(programs, name), 0o755);
  };
  const away = `PATH=\${PATH#${programs}:}`;
  const redirected = Object.entries(places).map(
    ([from, place]) => `arguments=("\${arguments[@]/#${from}/${place}}")`,
  );
  await write('openssl', [
    away,
    'arguments=("$@")',
    ...redirected,
    'exec openssl "${arguments[@]}"',
  ]);
  await write('redis-cli', [
    away,
    `exec redis-cli -p ${redisPort} "\${@/#redis-cluster.internal/127.0.0.1}"`,
  ]);
  await write('tender', [`exec ${process.execPath} ${inject('program')} "$@"`]);
  return {
    ...inheritedEnvironment(),
    PATH: `${programs}:${process.env['PATH'] ?? ''}:/usr/sbin`,
    CURL_HOME: directory,
    SSL_CERT_FILE: trusted,
    NODE_EXTRA_CA_CERTS: trusted,
    HOME: directory,
  };
}

function typeIn(
  command: string,
  { cwd = CHECKOUT, env }: { cwd?: string; env: Record<string, string> },
): Promise<Typed> {
  return new Promise((resolve) => {
    const flags = ['-o', 'pipefail', '-c', command];
    const child = execFile('bash', flags, { cwd, env, timeout: 120_000 }, (error, stdout, stderr) =>
      resolve({
        code: typeof error?.code === 'number' ? error.code : error ? -1 : 0,
        output: stdout + stderr,
      }),
    );
    child.stdin?.end();
  });
}
