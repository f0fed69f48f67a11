import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { act, DRAFT, HELD, pay, VISA } from '../support/checkout.ts';
import { eventually } from '../support/eventually.ts';
import { startRedis, type TestRedis } from '../support/services/redis.ts';
import { startTender, type Tender } from '../support/tender.ts';
import { CHECKOUT, readDeployFile } from './support/files.ts';
import { startMonitoring, type Monitoring } from './support/monitoring.ts';

interface Panel {
  title: string;
  type: string;
  targets?: { expr: string }[];
}

let redis: TestRedis;
let tender: Tender;
let monitoring: Monitoring;

beforeAll(async () => {
  redis = await startRedis();
  tender = await startTender({
    redisUrl: redis.url,
    env: { PAYMENT_GATEWAY_BREAKER_FAILURES: '5' },
  });
  monitoring = await startMonitoring(tender);
});
afterAll(async () => {
  await monitoring.close();
  await tender.close();
  await redis.stop();
});

const { dashboard, overwrite } = JSON.parse(
  readDeployFile('grafana', 'payment-dashboard.json'),
) as {
  dashboard: { id: null; uid: string; title: string; panels: Panel[] };
  overwrite: boolean;
};

test('the dashboard is in the form that the import call wants', () => {
  expect(overwrite).toBe(true);
  expect(dashboard).toMatchObject({ id: null, uid: 'payment-system' });
  const rows = dashboard.panels.filter(({ type }) => type === 'row').map(({ title }) => title);
  expect(rows).toEqual(['Money safety', 'Business', 'Performance', 'Infrastructure']);
});

test('Prometheus finds both jobs by the shipped relabelling, each with its own pods', async () => {
  await eventually(async () => {
    const up = await monitoring.query('up');
    expect(
      up.map(({ metric, value }) => [metric['job'], metric['instance'], metric['pod'], value]),
    ).toEqual(
      expect.arrayContaining([
        ['payment-api', new URL(tender.api.metricsUrl).host, 'payment-api-pod', 1],
        [
          'payment-webhook-worker',
          new URL(tender.worker.metricsUrl).host,
          'payment-webhook-worker-pod',
          1,
        ],
      ]),
    );
    expect(up).toHaveLength(2);
  }, 30_000);
});

test('every panel of the dashboard shows something once the system works', async () => {
  const expressions = dashboard.panels.flatMap(({ title, targets = [] }) =>
    targets.map(({ expr }) => ({ title, expr })),
  );
  expect(expressions.length).toBeGreaterThan(30);
  let missing = expressions;
  await eventually(
    async () => {
      await someBusiness();
      const answers = await Promise.all(
        missing.map(async (each) => ({ each, series: await monitoring.query(each.expr) })),
      );
      missing = answers
        .filter(({ series }) => !series.some(({ value }) => Number.isFinite(value)))
        .map(({ each }) => each);
      expect(missing).toEqual([]);
    },
    40_000,
    500,
  );
}, 60_000);

/** A little of everything that is counted. */
async function someBusiness(): Promise<void> {
  const paid = await pay(tender);
  await pay(tender, { ...VISA, payment_method: 'pm_card_chargeDeclined' });
  await pay(tender, HELD);
  await pay(tender, DRAFT);
  await act(tender, paid.json.id as string, 'refunds', {});
}

test('the smoke test sees that Prometheus has rules and targets', async () => {
  const { stdout } = await promisify(execFile)(
    join(CHECKOUT, 'scripts', 'smoke-test-production.sh'),
    ['--base-url', tender.apiUrl, '--prometheus-url', monitoring.url],
  );
  expect(stdout).toMatch(/has the alert rules +ok/);
  expect(stdout).toMatch(/reaches payment-webhook-worker +ok \(1\)/);
});

test('when a gateway stops answering, whoever is on call hears of it', async () => {
  await tender.sandbox.close();
  // One after the other, as they come.
  for (let call = 0; call < 6; call += 1) await pay(tender);
  await eventually(() => {
    const critical = monitoring.pages.filter(({ body }) =>
      body.includes('PaymentGatewayUnavailable'),
    );
    expect(critical.map(({ path }) => path).toSorted()).toEqual(
      expect.arrayContaining(['/pagerduty', '/slack']),
    );
    const pagerduty = critical.find(({ path }) => path === '/pagerduty')?.body ?? '{}';
    const page = JSON.parse(pagerduty) as {
      payload: { severity: string; summary: string; custom_details: Record<string, string> };
    };
    expect(page.payload.severity).toBe('critical');
    expect(page.payload.summary).toContain('PaymentGatewayUnavailable (stripe)');
    expect(page.payload.custom_details).toMatchObject({
      response_time: 'immediate',
      runbook: expect.stringMatching(/PaymentGatewayUnavailable\.md$/) as string,
    });
  }, 60_000);
}, 90_000);
