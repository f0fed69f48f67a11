import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { KEYS } from '../../support/tender.ts';
import { assume, examine, manifest, needsCluster, said } from './checks.ts';
import type { Place } from './place.ts';
import type { Block } from './row.ts';

/** The file of settings with the guide's values, comments after values among them. */
export const PRINTED_SETTINGS: Record<string, string> = {
  PAYMENT_ENVIRONMENT: 'production',
  PAYMENT_REDIS_MAX_CONNECTIONS: '100',
  PAYMENT_REDIS_SOCKET_TIMEOUT: '5',
  PAYMENT_WEBHOOK_WORKER_CONCURRENCY: '20',
  PAYMENT_GATEWAY_TIMEOUT_SECONDS: '30',
  PAYMENT_GATEWAY_CONNECT_TIMEOUT: '10',
  PAYMENT_MAX_PAYMENT_AMOUNT: '50000.00',
  PAYMENT_MIN_PAYMENT_AMOUNT: '1.00',
  PAYMENT_WEBHOOK_SIGNATURE_TOLERANCE_SECONDS: '300',
  PAYMENT_PROMETHEUS_ENABLED: 'true',
  PAYMENT_PROMETHEUS_PORT: '8001',
  PAYMENT_ALERT_PAYMENT_FAILURE_THRESHOLD: '0.02  # a share of all payments',
  PAYMENT_ALERT_GATEWAY_LATENCY_THRESHOLD: '3.0   # seconds',
  PAYMENT_ALERT_WEBHOOK_BACKLOG_THRESHOLD: '50',
};

/** What the guide leaves to whoever fills the file in: where things are. */
const places = ({ redis, tender }: Place): Record<string, string> => ({
  PAYMENT_REDIS_URL: redis.url,
  PAYMENT_REDIS_CLUSTER: 'true',
  DATABASE_URL: `${tender.database.runtimeUrl}?sslmode=require`,
  STRIPE_SECRET_KEY: 'sk_live_visibly_fake_and_opens_nothing',
  STRIPE_PUBLISHABLE_KEY: 'pk_live_visibly_fake_and_opens_nothing',
  STRIPE_WEBHOOK_SECRET: KEYS.webhookSecret,
});

async function readPrintedSettings(place: Place): Promise<string> {
  const lines = Object.entries({ ...PRINTED_SETTINGS, ...places(place) });
  const file = join(place.directory, '.env.production');
  await writeFile(file, lines.map(([name, value]) => `${name}=${value}\n`).join(''), {
    mode: 0o600,
  });
  const findings = await examine(place, {
    cwd: place.directory,
    env: { PAYMENT_ENVIRONMENT: 'production', STRIPE_WEBHOOK_SECRET: '' },
  });
  const all = [...findings].map(([name, status]) => `${name} ${status}`).join(', ');
  assume(!/settings\.\w+ fail/.test(all), `a setting is refused: ${all}`);
  for (const name of ['settings.environment', 'settings.file', 'database.version', 'redis.tls']) {
    assume(findings.get(name) === 'pass', `${name} does not pass: ${all}`);
  }
  const passed = [...findings.values()].filter((status) => status === 'pass');
  return `${passed.length} findings of tender doctor pass, no setting is refused`;
}

/** Has kubectl make a secret without a cluster, and holds its keys against what API and worker are given. */
function secret(name: string, command: string, keys: string[], added: boolean) {
  return needsCluster(
    command,
    async (place) => {
      const { code, output } = await place.type(`${command} --dry-run=client -o json`);
      assume(code === 0, output);
      const { data } = JSON.parse(output) as { data: Record<string, string> };
      for (const key of keys) assume(key in data, `${name} has no ${key}`);
      const used = JSON.stringify(manifest(place, 'Deployment', 'payment-api').spec);
      assume(used.includes(`"name":"${name}"`), `payment-api does not read ${name}`);
      return `--dry-run=client: ${Object.keys(data).length} keys, which payment-api reads`;
    },
    added ? { added } : {},
  );
}

const SET_NAMESPACE = 'kubectl config set-context --current --namespace=payments';

async function setNamespace(place: Place): Promise<string> {
  const env = { KUBECONFIG: join(place.directory, 'kubeconfig') };
  said(await place.type('kubectl config set-context guide', { env }), /created/);
  said(await place.type('kubectl config use-context guide', { env }), /guide/);
  return said(await place.type(SET_NAMESPACE, { env }), /modified/);
}

export const ENVIRONMENT: Block[] = [
  {
    section: 'Environment Configuration / 1. Environment Variables',
    rows: [{ command: '.env.production', how: 'as printed', check: readPrintedSettings }],
  },
  {
    section: 'Environment Configuration / 2. Gateway Credentials',
    rows: [
      {
        command: SET_NAMESPACE,
        how: 'carried over',
        why: 'the manifests have a namespace',
        added: true,
        check: setNamespace,
      },
      {
        ...secret(
          'payment-gateway-creds',
          "kubectl create secret generic payment-gateway-creds --from-literal=stripe_secret_key='sk_live_...' --from-literal=stripe_publishable_key='pk_live_...' --from-literal=stripe_webhook_secret='whsec_...' --from-literal=square_access_token='...' --from-literal=paypal_client_secret='...'",
          [
            'stripe_secret_key',
            'stripe_webhook_secret',
            'square_access_token',
            'paypal_client_secret',
          ],
          false,
        ),
        why: 'there is no cluster; with more keys than printed',
      },
      secret(
        'db-credentials',
        "kubectl create secret generic db-credentials --from-literal=url='postgresql://payment_service:...@db-master.internal:5432/payments?sslmode=verify-full' --from-literal=migration-url='postgresql://payment_owner:...@db-master.internal:5432/payments?sslmode=verify-full'",
        ['url', 'migration-url'],
        true,
      ),
      secret(
        'redis-credentials',
        "kubectl create secret generic redis-credentials --from-literal=url='rediss://:...@redis-cluster.internal:6379/0'",
        ['url'],
        true,
      ),
      secret(
        'operations-credentials',
        'kubectl create secret generic operations-credentials --from-literal=admin-token="$(openssl rand -base64 36)" --from-literal=audit-key="$(openssl rand -base64 36)"',
        ['admin-token', 'audit-key'],
        true,
      ),
    ],
  },
];
