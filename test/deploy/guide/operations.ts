import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { VISA } from '../../support/checkout.ts';
import { assume, manifest, needsCluster, said, typed } from './checks.ts';
import type { Place } from './place.ts';
import type { Block, Row } from './row.ts';

/** A Deployment can be scaled by hand: it is there, nothing else sets its number, and one more `process` does its part. */
export function scaled(deployment: string, replicas: number, process?: 'api' | 'worker'): Row {
  return needsCluster(
    `kubectl scale deployment ${deployment} --replicas=${replicas}`,
    async (place) => {
      manifest(place, 'Deployment', deployment);
      const fought = place.manifests.some(({ kind }) => kind === 'HorizontalPodAutoscaler');
      assume(!fought, 'an autoscaler would set the number back');
      if (process === undefined) return 'nothing else scales it';
      const beside = await place.start(process);
      const health = process === 'api' ? 'health_check{check="database"}' : 'worker_health';
      assume((await beside.process.metric(health)) === 1, `${health} is not 1`);
      await beside.process.stop();
      return `nothing else scales it; one more ${process} joins`;
    },
  );
}

/** The Deployment with a variable set by kubectl itself, and an API that starts with what it then has. */
async function setMaintenance(place: Place, on: boolean): Promise<string> {
  const file = join(place.directory, 'payment-api.json');
  await writeFile(file, JSON.stringify(manifest(place, 'Deployment', 'payment-api')));
  const set = `kubectl set env --local -f ${file} -o json MAINTENANCE_MODE=${on}`;
  const { code, output } = await place.type(set);
  assume(code === 0, output);
  const [container] = (
    JSON.parse(output) as {
      spec: { template: { spec: { containers: { env: { name: string; value?: string }[] }[] } } };
    }
  ).spec.template.spec.containers;
  const given = container?.env.find(({ name }) => name === 'MAINTENANCE_MODE')?.value ?? '';
  assume(given === String(on), `MAINTENANCE_MODE is "${given}"`);
  const api = await place.start('api', { MAINTENANCE_MODE: given });
  const { status } = await fetch(`${api.url}/api/v1/payments`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${place.tender.apiKey}`,
      'content-type': 'application/json',
      'idempotency-key': crypto.randomUUID(),
    },
    body: JSON.stringify(VISA),
  });
  await api.process.stop();
  assume(status === (on ? 503 : 201), `a payment got ${status}`);
  return `set --local; an API started with it answers ${status}`;
}

const CONFIGURE = `curl -X PUT https://payments.company.com/api/v1/admin/gateways/stripe/config -H "Authorization: Bearer $ADMIN_TOKEN" -H "Content-Type: application/json" -d '{"fee_percentage": 2.9, "fee_fixed": 0.30}'`;
const MAINTAIN = `curl -X PUT https://payments.company.com/api/v1/admin/maintenance -H "Authorization: Bearer $ADMIN_TOKEN" -H "Content-Type: application/json" -d '{"enabled": true}'`;

/** On and off again: nothing after it is to meet it. */
async function maintainByApi(place: Place): Promise<string> {
  const on = said(await place.type(MAINTAIN), /"enabled":true/);
  said(await place.type(MAINTAIN.replace('true', 'false')), /"enabled":false/);
  return `${on}, and off again`;
}

const ADD_OPERATOR = 'tender operators add alice --role admin';

/** Adds somebody who is let in then with the token that was shown. */
async function addOperator(place: Place): Promise<string> {
  const answer = await place.type(`${ADD_OPERATOR} 2>/dev/null`, { env: place.tender.env });
  const token = said(answer, /^\S+$/m);
  const status = await place.type(
    'curl -H "Authorization: Bearer $TOKEN" https://payments.company.com/api/v1/admin/gateways/status',
    { env: { TOKEN: token } },
  );
  said(status, /"stripe"/);
  return 'the token that it shows is let in';
}

export const OPERATIONS: Block[] = [
  {
    section: 'Operational Procedures / 1. Health Checks',
    rows: [
      typed({ command: 'curl https://payments.company.com/health' }, /"status":"ok"|\{.*\}/),
      typed(
        { command: 'curl http://worker-1.internal:8001/metrics | grep worker_health' },
        /^worker_health 1$/m,
      ),
      typed(
        {
          command: 'redis-cli -h redis-cluster.internal --tls --pass "$REDIS_PASSWORD" -c ping',
          how: 'carried over',
          why: 'NOAUTH without the password; -c on a cluster',
        },
        /PONG/,
      ),
    ],
  },
  {
    section: 'Operational Procedures / 2. Scaling',
    rows: [scaled('payment-api', 5, 'api'), scaled('payment-webhook-worker', 3, 'worker')],
  },
  {
    section: 'Operational Procedures / 3. Gateway Configuration Updates',
    rows: [
      {
        command: ADD_OPERATOR,
        how: 'carried over',
        why: 'where $ADMIN_TOKEN comes from',
        added: true,
        check: addOperator,
      },
      typed({ command: CONFIGURE }, /"fee_percentage":"?2\.9/),
    ],
  },
  {
    section: 'Operational Procedures / 4. Maintenance Mode',
    rows: [
      needsCluster('kubectl set env deployment/payment-api MAINTENANCE_MODE=true', (place) =>
        setMaintenance(place, true),
      ),
      needsCluster('kubectl set env deployment/payment-api MAINTENANCE_MODE=false', (place) =>
        setMaintenance(place, false),
      ),
      {
        command: MAINTAIN,
        how: 'carried over',
        why: 'the same without a restart',
        added: true,
        check: maintainByApi,
      },
    ],
  },
];
