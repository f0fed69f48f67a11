import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, inject, onTestFinished, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { freePorts } from '../support/free-ports.ts';
import { inheritedEnvironment } from '../support/inherited-environment.ts';
import { productionSettings } from '../support/production.ts';
import { createDatabase } from '../support/services/postgres.ts';
import { startRedis } from '../support/services/redis.ts';
import { START_TIMEOUT_MS, TenderProcess } from '../support/tender-processes.ts';
import { deployPath } from './support/files.ts';
import { buildManifests, type Manifest } from './support/manifests.ts';

type Secrets = Record<string, Record<string, string>>;

interface EnvironmentEntry {
  name: string;
  value?: string;
  valueFrom?: { secretKeyRef: { name: string; key: string; optional?: boolean } };
}

/** The environment that Kubernetes would give to the container of a Deployment. */
function environmentOf(manifests: Manifest[], deployment: string, secrets: Secrets) {
  const find = (kind: string, name: string) => {
    const found = manifests.find((each) => each.kind === kind && each.metadata.name === name);
    if (!found) throw new Error(`there is no ${kind} ${name}`);
    return found;
  };
  const [container] = find('Deployment', deployment).spec.template.spec.containers as [
    {
      env: EnvironmentEntry[];
      envFrom: { secretRef?: { name: string }; configMapRef?: { name: string } }[];
      args: string[];
    },
  ];
  const environment: Record<string, string> = {};
  for (const { secretRef, configMapRef } of container.envFrom) {
    if (secretRef) Object.assign(environment, secrets[secretRef.name]);
    if (configMapRef) Object.assign(environment, find('ConfigMap', configMapRef.name)['data']);
  }
  for (const { name, value, valueFrom } of container.env) {
    const reference = valueFrom?.secretKeyRef;
    const given = reference ? secrets[reference.name]?.[reference.key] : value;
    if (given !== undefined) environment[name] = given;
    else if (reference?.optional !== true) throw new Error(`${deployment} lacks ${name}`);
  }
  return { environment, command: container.args[0] as 'api' | 'worker' };
}

test(
  "API and worker become ready in production with what the manifests and the guide's secrets give them",
  async () => {
    const directory = await mkdtemp(join(tmpdir(), 'tender-kubernetes-'));
    onTestFinished(() => rm(directory, { recursive: true }));
    const [database, redis] = await Promise.all([
      createDatabase(),
      startRedis({ tls: true, password: 'visibly-fake' }),
    ]);
    onTestFinished(() => redis.stop());
    const trusted = join(directory, 'trusted.pem');
    const files = [inject('postgres').certificateFile, redis.tls?.certificateFile ?? ''];
    const texts = await Promise.all(files.map((file) => readFile(file, 'utf8')));
    await writeFile(trusted, texts.join(''));
    const settings = productionSettings(database.runtimeUrl, redis, trusted);
    const secret = (name: string) => settings[name] ?? '';
    const secrets: Secrets = {
      'payment-gateway-creds': {
        stripe_secret_key: secret('STRIPE_SECRET_KEY'),
        stripe_publishable_key: secret('STRIPE_PUBLISHABLE_KEY'),
        stripe_webhook_secret: secret('STRIPE_WEBHOOK_SECRET'),
      },
      'db-credentials': { url: secret('DATABASE_URL') },
      'redis-credentials': { url: secret('PAYMENT_REDIS_URL') },
      'operations-credentials': { 'audit-key': secret('TENDER_AUDIT_KEY') },
    };
    const manifests = await buildManifests(deployPath('kubernetes', 'overlays', 'production'));
    const [port, ...metricsPorts] = await freePorts(3);
    for (const deployment of ['payment-api', 'payment-webhook-worker']) {
      const { environment, command } = environmentOf(manifests, deployment, secrets);
      const process = new TenderProcess(command, {
        ...inheritedEnvironment(),
        ...environment,
        NODE_EXTRA_CA_CERTS: trusted,
        // The one machine of this test has each port once.
        PAYMENT_PORT: String(port),
        PAYMENT_PROMETHEUS_PORT: String(metricsPorts.pop()),
      });
      onTestFinished(async () => void (await process.stop()));
      await process.start();
      expect(await process.metric('payment_gateway_enabled{gateway="stripe"}')).toBe(1);
      await eventually(async () => {
        const report: unknown = await (await fetch(`${process.metricsUrl}/ready`)).json();
        expect(report).toMatchObject({ checks: { redis: { status: 'ok' } } });
      }, 20_000);
      expect(await process.metric('payment_alert_webhook_backlog_threshold')).toBe(50);
      expect(process.output).not.toMatch(/"log.level":"(ERROR|FATAL)"/);
    }
  },
  START_TIMEOUT_MS,
);
