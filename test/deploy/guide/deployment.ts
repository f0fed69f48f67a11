import { globSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { CHECKOUT, readDeployFile } from '../support/files.ts';
import { assume, manifest, needsCluster } from './checks.ts';
import type { Place } from './place.ts';
import type { Block } from './row.ts';

interface Probe {
  httpGet: { path: string; port: string | number };
}

/** That the processes that run here answer where the manifest has Kubernetes ask. */
async function askProbes(place: Place, name: string, urls: Record<number, string>) {
  const { spec } = manifest(place, 'Deployment', name);
  const [container] = spec.template.spec.containers as [
    {
      ports: { name: string; containerPort: number }[];
      livenessProbe: Probe;
      readinessProbe: Probe;
      args: string[];
    },
  ];
  const asked: string[] = [];
  for (const { httpGet } of [container.livenessProbe, container.readinessProbe]) {
    const named = container.ports.find((port) => port.name === httpGet.port)?.containerPort;
    const port = named ?? Number(httpGet.port);
    const url = urls[port];
    assume(url !== undefined, `${name} is asked at port ${port}`);
    const { status } = await fetch(`${url}${httpGet.path}`);
    assume(status === 200, `${name} answers ${httpGet.path} with ${status}`);
    asked.push(`${port}${httpGet.path}`);
  }
  return `rendered; "tender ${container.args.join(' ')}" answers ${asked.join(', ')}`;
}

const askApi = (place: Place) =>
  askProbes(place, 'payment-api', { 8000: place.tender.apiUrl, 8001: place.tender.api.metricsUrl });

const askWorker = (place: Place) =>
  askProbes(place, 'payment-webhook-worker', { 8001: place.tender.worker.metricsUrl });

/** The command of the Job itself, on a database that is already migrated, as when a release is applied twice. */
async function runMigrationJob(place: Place): Promise<string> {
  const job = place.manifests.find(({ kind }) => kind === 'Job');
  const [container] = (job?.spec.template.spec.containers ?? []) as { args: string[] }[];
  const command = `tender ${container?.args.join(' ') ?? ''}`;
  const env = { DATABASE_URL: place.tender.database.ownerUrl };
  const { code, output } = await place.type(command, { env });
  assume(code === 0 && /Nothing to do/.test(output), output);
  return `rendered; "${command}" twice: nothing to do`;
}

async function countManifests({ manifests }: Place): Promise<string> {
  assume(manifests.length > 10, 'there are too few objects');
  return `kubectl kustomize: ${manifests.length} objects`;
}

/** That what the Dockerfile copies from the checkout is there. */
async function lookAtDockerfile(): Promise<string> {
  const copied = [...readDeployFile('docker', 'Dockerfile').matchAll(/^COPY (?!--from)(.+) \S+$/gm)]
    .flatMap(([, sources = '']) => sources.split(' '))
    .filter((source) => !source.startsWith('--'));
  const missing = copied.filter((source) => globSync(join(CHECKOUT, source)).length === 0);
  assume(copied.length > 0 && missing.length === 0, `not there: ${missing.join(', ')}`);
  return `all ${copied.length} that it copies are there`;
}

async function makeSecrets(place: Place): Promise<string> {
  const secrets = join(place.directory, 'secrets');
  const env = { COMPOSE_SECRETS: secrets, COMPOSE_SETTINGS: '/dev/null' };
  const { code, output } = await place.type('deploy/compose/start.sh --secrets-only', { env });
  assume(code === 0, output);
  return `${readdirSync(secrets).length} secrets made`;
}

async function lookAtCompose(): Promise<string> {
  const { services } = parse(readDeployFile('compose', 'compose.yaml'), { merge: true }) as {
    services: Record<string, unknown>;
  };
  assume('payment-api-3' in services && 'payment-webhook-worker' in services, 'services lack');
  return `read: ${Object.keys(services).length} services`;
}

export const DEPLOYMENT: Block[] = [
  {
    section: 'Deployment Steps / 1. API Service Deployment',
    rows: [
      {
        command: 'docker build -f deploy/docker/Dockerfile -t company/payment-api:v1.0.0 .',
        how: 'not runnable here',
        why: 'there is no Docker; image.test.ts runs what the image carries',
        added: true,
        check: lookAtDockerfile,
      },
      needsCluster('kubectl apply -k deploy/kubernetes/overlays/production', countManifests, {
        added: true,
      }),
      {
        command: 'deploy/compose/start.sh --secrets-only',
        how: 'carried over',
        why: 'without Kubernetes',
        added: true,
        check: makeSecrets,
      },
      {
        command: 'docker stack deploy -c deploy/compose/compose.yaml payments',
        how: 'not runnable here',
        why: 'there is no Docker; compose.test.ts reads the file',
        added: true,
        check: lookAtCompose,
      },
      needsCluster('deploy/kubernetes/base/payment-api-deployment.yaml', askApi),
    ],
  },
  {
    section: 'Deployment Steps / 2. Webhook Worker Deployment',
    rows: [needsCluster('deploy/kubernetes/base/webhook-worker-deployment.yaml', askWorker)],
  },
  {
    section: 'Deployment Steps / 3. Database Migration Job',
    rows: [needsCluster('deploy/kubernetes/base/migration-job.yaml', runMigrationJob)],
  },
];
