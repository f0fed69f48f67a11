import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { VARIABLE_NAMES } from '../../src/config/variables.ts';
import { eventually } from '../support/eventually.ts';
import { freePorts } from '../support/free-ports.ts';
import { createCertificate } from '../support/services/certificate.ts';
import { killWithParent } from '../support/services/kill-with-parent.ts';
import { findRedisServer } from '../support/services/redis-server.ts';
import { deployPath, readDeployFile } from './support/files.ts';
import { buildManifests, unknownMembers, wrongValues, type Manifest } from './support/manifests.ts';
import { findTool } from './support/tools.ts';

const OVERLAYS = readdirSync(deployPath('kubernetes', 'overlays')).filter(
  (name) => !name.startsWith('.'),
);
const COMPONENTS = readdirSync(deployPath('kubernetes', 'components'));
const EVERYTHING = 'production with every component';

const built = new Map<string, Manifest[]>();
let scratch: string;

beforeAll(async () => {
  scratch = await mkdtemp(deployPath('kubernetes', 'overlays', '.with-components-'));
  const components = COMPONENTS.map((name) => `  - ../../components/${name}`).join('\n');
  await mkdir(scratch, { recursive: true });
  await writeFile(
    join(scratch, 'kustomization.yaml'),
    `resources: [../production]\ncomponents:\n${components}\n`,
  );
  const folders = OVERLAYS.map((name) => [name, deployPath('kubernetes', 'overlays', name)]);
  for (const [name = '', folder = ''] of [...folders, [EVERYTHING, scratch]]) {
    built.set(name, await buildManifests(folder));
  }
});
afterAll(() => rm(scratch, { recursive: true }));

function find(manifests: Manifest[], kind: string, name?: string): Manifest {
  const found = manifests.find(
    (each) => each.kind === kind && (name === undefined || each.metadata.name === name),
  );
  if (!found) throw new Error(`there is no ${kind} ${name ?? ''}`);
  return found;
}

/** Every pod that an overlay runs, with the name of what makes it. */
function podsOf(manifests: Manifest[]) {
  return manifests
    .filter(({ kind }) => ['Deployment', 'StatefulSet', 'Job', 'CronJob'].includes(kind))
    .map(({ metadata, spec }) => ({
      name: metadata.name,
      template: (spec.jobTemplate?.spec ?? spec).template,
    }));
}

describe.each([...OVERLAYS, EVERYTHING])('%s', (overlay) => {
  const manifests = () => built.get(overlay) ?? [];

  test('has only values that Kubernetes takes', async () => {
    const problems = await Promise.all(manifests().map(wrongValues));
    expect(problems.filter((problem) => problem !== null)).toEqual([]);
    expect(manifests().length).toBeGreaterThan(10);
  });

  test('runs no pod that the restricted Pod Security Standard would refuse, and none with a token', () => {
    for (const { template } of podsOf(manifests())) {
      expect(template.spec).toMatchObject({
        automountServiceAccountToken: false,
        securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
      });
      for (const container of [
        ...template.spec.containers,
        ...(template.spec.initContainers ?? []),
      ]) {
        expect(container.securityContext).toMatchObject({
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          capabilities: { drop: ['ALL'] },
        });
        expect(container.resources.limits.memory).toBeDefined();
      }
    }
    const { metadata } = find(manifests(), 'Namespace');
    expect(metadata.labels?.['pod-security.kubernetes.io/enforce']).toBe('restricted');
  });

  test('every selector, policy and budget names pods that exist', () => {
    const apps = podsOf(manifests()).map(({ template }) => template.metadata.labels.app);
    for (const { kind, spec } of manifests()) {
      const selector = kind === 'Service' ? spec.selector : spec?.selector?.matchLabels;
      if (selector?.app !== undefined && kind !== 'ServiceMonitor')
        expect(apps).toContain(selector.app);
      if (kind !== 'NetworkPolicy') continue;
      const { matchLabels, matchExpressions = [] } = spec.podSelector;
      if (matchLabels?.app !== undefined) expect(apps).toContain(matchLabels.app);
      for (const { values } of matchExpressions)
        for (const app of values) expect(apps).toContain(app);
    }
    const denied = find(manifests(), 'NetworkPolicy', 'deny-by-default');
    expect(denied.spec).toEqual({ podSelector: {}, policyTypes: ['Ingress', 'Egress'] });
  });

  test('every setting is one that Tender knows, and no secret is among them', () => {
    const { data } = find(manifests(), 'ConfigMap', 'payment-config');
    // That one is Node's.
    const known = ['NODE_EXTRA_CA_CERTS', ...VARIABLE_NAMES];
    for (const name of Object.keys(data)) expect(known).toContain(name);
    expect(manifests().filter(({ kind }) => kind === 'Secret')).toEqual([]);
  });

  test('the migration has a name of its own for each release', () => {
    const { metadata, spec } = find(manifests(), 'Job', 'payment-db-migration-set-me');
    const [container] = spec.template.spec.containers;
    const tag = container.image.split(':').at(-1);
    expect(metadata.name).toBe(`payment-db-migration-${tag}`);
  });

  test('has placeholders that reach nothing in place of images and networks', () => {
    const images = podsOf(manifests())
      .filter(({ template }) => template.metadata.labels.app !== 'payment-redis')
      .flatMap(({ template }) =>
        template.spec.containers.map((each: { image: string }) => each.image),
      );
    for (const image of images) expect(image).toMatch(/^registry\.invalid\/.*:set-me$/);
    const { cidr } = find(manifests(), 'NetworkPolicy', 'to-database').spec.egress[0].to[0].ipBlock;
    expect(cidr).toMatch(/^(192\.0\.2|198\.51\.100|203\.0\.113)\./);
  });
});

test('no manifest has a member that Kubernetes does not know, that of Alertmanager and Prometheus neither', async () => {
  const texts = [
    readDeployFile('alertmanager', 'alertmanager-deployment.yaml'),
    readDeployFile('prometheus', 'prometheus-rbac.yaml'),
  ];
  const beside = texts.flatMap((text) =>
    parseAllDocuments(text).map((each) => each.toJS() as Manifest),
  );
  expect(beside.map(({ kind }) => kind)).toEqual([
    ...['Service', 'Deployment'],
    ...['ServiceAccount', 'Role', 'RoleBinding'],
  ]);
  expect((await Promise.all(beside.map(wrongValues))).filter(Boolean)).toEqual([]);
  expect(await unknownMembers([...beside, ...[...built.values()].flat()])).toEqual([]);
});

test('a misspelt member and a value of the wrong type are found', async () => {
  const deployment = find(built.get('production') ?? [], 'Deployment', 'payment-api');
  const misspelt = { ...deployment, spec: { ...deployment.spec, replica: 3 } };
  expect((await unknownMembers([misspelt])).join()).toContain('replica');
  const wrong = { ...deployment, spec: { ...deployment.spec, replicas: 'three' } };
  expect(await wrongValues(wrong)).toContain('replicas');
});

test('the component tracing names a collector that its policy lets API and workers reach, and the base reaches none', () => {
  const manifests = built.get(EVERYTHING) ?? [];
  const { data } = find(manifests, 'ConfigMap', 'payment-config') as unknown as {
    data: Record<string, string>;
  };
  const { hostname, port } = new URL(data['OTEL_EXPORTER_OTLP_ENDPOINT'] ?? '');
  const namespace = hostname.split('.')[1];
  const { podSelector, egress } = find(manifests, 'NetworkPolicy', 'to-collector').spec;
  expect(podSelector.matchExpressions[0].values).toEqual(['payment-api', 'payment-webhook-worker']);
  const matchLabels = { 'kubernetes.io/metadata.name': namespace };
  expect(egress).toEqual([
    {
      to: [{ namespaceSelector: { matchLabels } }],
      ports: [{ protocol: 'TCP', port: Number(port) }],
    },
  ]);
  const without = built.get('production') ?? [];
  expect(JSON.stringify(without)).not.toMatch(/OTEL_|4318/);
});

test("what the guide names is there by the guide's names", () => {
  const manifests = built.get('production') ?? [];
  const api = find(manifests, 'Deployment', 'payment-api').spec;
  const worker = find(manifests, 'Deployment', 'payment-webhook-worker').spec;
  expect([api.replicas, worker.replicas]).toEqual([3, 2]);
  const [container] = api.template.spec.containers;
  expect(container.ports.map((port: { containerPort: number }) => port.containerPort)).toEqual([
    8000, 8001,
  ]);
  expect(container.resources).toEqual({
    requests: { memory: '512Mi', cpu: '500m' },
    limits: { memory: '1Gi', cpu: '1000m' },
  });
  expect(container.livenessProbe).toMatchObject({
    httpGet: { path: '/health' },
    initialDelaySeconds: 30,
    periodSeconds: 10,
  });
  expect(container.readinessProbe).toMatchObject({
    httpGet: { path: '/ready' },
    initialDelaySeconds: 5,
    periodSeconds: 5,
  });
  expect(api.template.spec.terminationGracePeriodSeconds).toBe(60);
  for (const { template } of [api, worker]) {
    const [{ env, envFrom }] = template.spec.containers;
    expect(envFrom).toEqual([
      { secretRef: { name: 'payment-gateway-creds' } },
      { configMapRef: { name: 'payment-config' } },
    ]);
    const secrets = env.flatMap((each: any) => each.valueFrom?.secretKeyRef ?? []);
    expect(secrets).toContainEqual({ name: 'db-credentials', key: 'url' });
    expect(secrets).toContainEqual({ name: 'redis-credentials', key: 'url' });
  }
});

test.each([
  ['sentinel', 'redis-sentinel-config'],
  ['cluster', 'redis-cluster-config'],
])(
  'a real Redis starts as the %s overlay starts it, and wants the password',
  async (overlay, name) => {
    const { data } = find(built.get(overlay) ?? [], 'ConfigMap', name) as unknown as {
      data: Record<string, string>;
    };
    const folder = await mkdtemp(join(tmpdir(), 'tender-redis-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    await createCertificate(folder);
    await copyFile(join(folder, 'certificate.pem'), join(folder, 'tls.crt'));
    await copyFile(join(folder, 'certificate.pem'), join(folder, 'ca.crt'));
    await copyFile(join(folder, 'key.pem'), join(folder, 'tls.key'));
    const [port] = await freePorts(1);
    const inFolder = (text = '') =>
      text
        .replaceAll(/\/(config|tls)\//g, `${folder}/`)
        .replaceAll('/data', folder)
        .replaceAll('6379', String(port));
    await writeFile(join(folder, 'redis.conf'), inFolder(data['redis.conf']));
    const script = join(folder, 'start-redis.sh');
    await writeFile(script, inFolder(data['start-redis.sh']));
    await findRedisServer();
    const env = {
      PATH: process.env['PATH'] ?? '',
      REDISCLI_AUTH: 'visibly-fake-and-opens-nothing',
      POD_NAME: 'payment-redis-0',
    };
    const redis = spawn('sh', [script], { env, stdio: 'ignore' });
    await once(redis, 'spawn');
    if (redis.pid !== undefined) redis.once('exit', killWithParent(redis.pid));
    onTestFinished(() => void redis.kill('SIGKILL'));
    const ask = async (given: Record<string, string>) => {
      const flags = ['-p', String(port), '--tls', '--cacert', join(folder, 'ca.crt'), 'PING'];
      return (await promisify(execFile)('redis-cli', flags, { env: given })).stdout;
    };
    await eventually(async () => expect(await ask(env)).toBe('PONG\n'), 20_000);
    expect(await ask({ PATH: env.PATH })).toContain('NOAUTH');
    await expect(
      promisify(execFile)(await findTool('shellcheck'), ['--shell=sh', script]),
    ).resolves.toMatchObject({ stdout: '' });
  },
);
