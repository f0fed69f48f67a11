import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Client } from 'pg';
import { asSuperuser, urlOfDatabase } from '../../support/services/postgres-server.ts';
import { HOST } from '../support/nginx.ts';
import { findTool } from '../support/tools.ts';
import { assume, examine, said } from './checks.ts';
import type { Place } from './place.ts';
import type { Block, Row } from './row.ts';

const PASSWORD = 'visibly-fake';

/** A statement that is given to the server as its superuser, with places and passwords that are there. */
function statement(command: string, row: Partial<Row> = {}): Row {
  return {
    command,
    how: 'as printed',
    check: async ({ postgres }) => {
      const sql = command
        .replaceAll("'...'", `'${PASSWORD}'`)
        .replace('/etc/postgresql/server.crt', postgres.certificateFile)
        .replace('/etc/postgresql/server.key', postgres.keyFile);
      await asSuperuser(postgres.superuserUrl, (client) => client.query(sql));
      return 'done';
    },
    ...row,
  };
}

/** The database `payments` of the server that was set up, as one of its roles, over TLS. */
export function databaseOfGuide({ postgres }: Place, role: string, database = 'payments'): string {
  const url = new URL(urlOfDatabase(postgres.superuserUrl, database));
  url.username = role;
  url.password = PASSWORD;
  url.hostname = 'localhost';
  url.searchParams.set('sslmode', 'verify-full');
  return url.href;
}

async function migrate(place: Place): Promise<string> {
  const env = {
    DATABASE_URL: databaseOfGuide(place, 'payment_service'),
    DATABASE_MIGRATION_URL: databaseOfGuide(place, 'payment_owner'),
  };
  said(await place.type('tender migrate up', { env }), /\d{4}_/);
  const findings = await examine(place, { env });
  for (const name of ['database.tls', 'database.role', 'database.migrations']) {
    assume(findings.get(name) === 'pass', `${name}: ${findings.get(name) ?? 'nothing'}`);
  }
  // As the guide has it, with one role for both.
  await asSuperuser(place.postgres.superuserUrl, (client) =>
    client.query('CREATE DATABASE of_one_role OWNER payment_service'),
  );
  const alone = { DATABASE_URL: databaseOfGuide(place, 'payment_service', 'of_one_role') };
  said(await place.type('tender migrate up', { env: alone }), /\d{4}_/);
  return 'migrated with two roles, and with one';
}

async function reload({ postgres }: Place): Promise<string> {
  await asSuperuser(postgres.superuserUrl, (client) => client.query('SELECT pg_reload_conf()'));
  const { rows } = await asSuperuser(postgres.superuserUrl, (client: Client) =>
    client.query<{ ssl: string }>('SHOW ssl'),
  );
  assume(rows[0]?.ssl === 'on', 'ssl is not on');
  return 'ssl is on';
}

/** The configuration that the overlay ships, in the hands of a server, and what the guide's would not have. */
async function lookAtRedis(place: Place): Promise<string> {
  const { stdout } = await promisify(execFile)(await findTool('kubectl'), [
    ...['kustomize', 'deploy/kubernetes/overlays/cluster'],
  ]);
  for (const line of ['cluster-enabled yes', 'maxmemory-policy noeviction', '--masterauth']) {
    assume(stdout.includes(line), `the overlay has no ${line}`);
  }
  const answer = await place.type(
    'redis-cli -h redis-cluster.internal --tls --pass "$REDIS_PASSWORD" cluster info',
  );
  return said(answer, /cluster_state:ok/);
}

async function lookAtNginx({ nginx }: Place): Promise<string> {
  const { status, text } = await nginx.send('GET', '/health');
  assume(status === 200, `${status} ${text}`);
  return `nginx has started with it: https://${HOST}/health 200`;
}

export const INFRASTRUCTURE: Block[] = [
  {
    section: 'Infrastructure Setup / 1. Database Setup',
    rows: [
      statement("CREATE USER payment_owner WITH ENCRYPTED PASSWORD '...';", {
        how: 'carried over',
        why: 'who owns a table can empty it',
        added: true,
      }),
      statement("CREATE USER payment_service WITH ENCRYPTED PASSWORD '...';"),
      statement('CREATE DATABASE payments OWNER payment_owner;', {
        how: 'carried over',
        why: 'the service owns nothing',
      }),
      statement('ALTER SYSTEM SET ssl = on;'),
      statement("ALTER SYSTEM SET ssl_cert_file = '/etc/postgresql/server.crt';"),
      statement("ALTER SYSTEM SET ssl_key_file = '/etc/postgresql/server.key';"),
      {
        command: 'SELECT pg_reload_conf();',
        how: 'carried over',
        why: 'the three before it wait for that',
        added: true,
        check: reload,
      },
      { command: 'tender migrate up', how: 'carried over', why: 'Python', check: migrate },
    ],
  },
  {
    section: 'Infrastructure Setup / 2. Redis Cluster Setup',
    rows: [
      {
        command: 'deploy/kubernetes/overlays/cluster/redis-cluster.yaml',
        how: 'carried over',
        why: 'no TLS, no masterauth, and a password that is never filled in',
        check: lookAtRedis,
      },
    ],
  },
  {
    section: 'Infrastructure Setup / 3. Load Balancer Configuration',
    rows: [
      {
        command: 'deploy/nginx/nginx.conf',
        how: 'carried over',
        why: 'nginx does not start with the printed one',
        check: lookAtNginx,
      },
    ],
  },
];
