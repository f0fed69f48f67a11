import { readdirSync } from 'node:fs';
import { eventually } from '../../support/eventually.ts';
import { freePorts } from '../../support/free-ports.ts';
import { TenderProcess } from '../../support/tender-processes.ts';
import { assume, manifest, needsCluster, said, typed } from './checks.ts';
import { databaseOfGuide } from './infrastructure.ts';
import { scaled } from './operations.ts';
import type { Place } from './place.ts';
import type { Block } from './row.ts';

/** What an API writes that cannot reach its database, which is an error; the second half of the command finds it. */
async function grepErrors(place: Place): Promise<string> {
  manifest(place, 'Deployment', 'payment-api');
  const [port, metricsPort, nobody] = await freePorts(3);
  const api = new TenderProcess('api', {
    ...place.tender.env,
    DATABASE_URL: `postgresql://127.0.0.1:${nobody}/payments`,
    PAYMENT_PORT: String(port),
    PAYMENT_PROMETHEUS_PORT: String(metricsPort),
  });
  api.launch();
  try {
    const log = await eventually(async () => {
      await fetch(`http://127.0.0.1:${port}/api/v1/payments`, {
        headers: { authorization: `Bearer ${place.tender.apiKey}` },
      });
      assume(api.output.includes('database'), 'it has written nothing');
      return api.output;
    }, 30_000);
    const grep = await place.type('grep ERROR <<<"$LOG"', { env: { LOG: log } });
    said(grep, /database/);
    return 'grep ERROR finds the errors of a log of ours';
  } finally {
    await api.kill();
  }
}

/** What the workers write is JSON, a line an event, which any reader of logs takes. */
async function readWorkerLog(place: Place): Promise<string> {
  manifest(place, 'Deployment', 'payment-webhook-worker');
  const beside = await place.start('worker', { PAYMENT_LOG_LEVEL: 'info' });
  const lines = beside.process.output.trim().split('\n');
  await beside.process.stop();
  for (const line of lines) JSON.parse(line);
  return `a worker's log: ${lines.length} lines of JSON`;
}

async function doctor(place: Place): Promise<string> {
  const { output } = await place.type('tender doctor', { env: place.tender.env });
  const [found] = /.*gateways\.stripe\.credentials.*/.exec(output) ?? [];
  assume(found !== undefined, output);
  assume(!output.includes(place.tender.env['STRIPE_SECRET_KEY'] ?? '-'), 'it shows the key');
  return 'it asks the gateway and shows no key';
}

/** What stands for the older release here is the schema: a step back, and forward again. */
async function stepBack(place: Place): Promise<string> {
  const env = {
    DATABASE_URL: databaseOfGuide(place, 'payment_service'),
    DATABASE_MIGRATION_URL: databaseOfGuide(place, 'payment_owner'),
  };
  const { code, output } = await place.type('tender migrate down', { env });
  assume(code === 0, output);
  const { output: status } = await place.type('tender migrate status', { env });
  const names = readdirSync('src/database/migrations').filter((name) => name.endsWith('.sql'));
  const last = names.toSorted().at(-1)?.replace('.sql', '') ?? '';
  assume(new RegExp(`missing +${last}`).test(status), status);
  assume((await place.type('tender migrate up', { env })).code === 0, 'it does not go up again');
  return `undid ${last.slice(0, 4)}; "tender migrate up" puts it back`;
}

/** Both Deployments are there, keep an older release to go back to, and let the old pods serve meanwhile. */
async function lookAtRollback(place: Place): Promise<string> {
  for (const name of ['payment-api', 'payment-webhook-worker']) {
    const { spec } = manifest(place, 'Deployment', name);
    assume((spec.revisionHistoryLimit ?? 10) > 0, `${name} keeps no older release`);
  }
  return 'both Deployments keep older releases';
}

const admin = (path: string) =>
  `curl -X POST https://payments.company.com/api/v1/admin/gateways/${path} -H "Authorization: Bearer $ADMIN_TOKEN"`;

export const TROUBLESHOOTING: Block[] = [
  {
    section: 'Troubleshooting / Common Issues / 1. High Payment Failure Rate',
    rows: [
      needsCluster('kubectl logs -l app=payment-api --tail=100 | grep ERROR', grepErrors),
      typed(
        {
          command:
            'curl -H "Authorization: Bearer $ADMIN_TOKEN" https://payments.company.com/api/v1/admin/gateways/status',
          how: 'carried over',
          why: 'without a token it is 401, as the checklist has it',
        },
        /"stripe"/,
      ),
      {
        command: 'tender doctor',
        how: 'carried over',
        why: 'the printed one shows the secret',
        check: doctor,
      },
    ],
  },
  {
    section: 'Troubleshooting / Common Issues / 2. Webhook Processing Delays',
    rows: [
      typed(
        {
          command:
            'redis-cli -h redis-cluster.internal --tls --pass "$REDIS_PASSWORD" -c llen payment_webhooks',
          how: 'carried over',
          why: 'NOAUTH without the password; MOVED without -c',
        },
        /^\d+$/m,
      ),
      needsCluster('kubectl logs -l app=payment-webhook-worker --tail=100', readWorkerLog),
      // The row before it has had one more join.
      scaled('payment-webhook-worker', 4),
    ],
  },
  {
    section: 'Troubleshooting / Common Issues / 3. Database Connection Issues',
    rows: [
      typed(
        { command: 'curl http://payment-api-1:8001/metrics | grep db_connections' },
        /^db_connections\{.*/m,
      ),
      typed(
        { command: 'openssl s_client -connect db-master.internal:5432 -starttls postgres' },
        /Verify return code: 0 \(ok\)/,
      ),
    ],
  },
  {
    section: 'Troubleshooting / Emergency Procedures / Payment Gateway Failover',
    rows: [
      typed({ command: admin('stripe/disable') }, /"enabled":false/),
      typed({ command: admin('square/enable') }, /"enabled":true/),
      typed(
        {
          command: admin('stripe/enable'),
          how: 'carried over',
          why: 'once it is over',
          added: true,
        },
        /"enabled":true/,
      ),
    ],
  },
  {
    section: 'Troubleshooting / Emergency Procedures / Emergency Rollback',
    rows: [
      needsCluster(
        'kubectl rollout undo deployment/payment-api deployment/payment-webhook-worker',
        lookAtRollback,
        { why: 'there is no cluster; the printed one leaves the workers behind' },
      ),
      { command: 'tender migrate down', how: 'carried over', why: 'Python', check: stepBack },
    ],
  },
];
