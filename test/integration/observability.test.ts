import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { migrateUp } from '../../src/database/migrate.ts';
import { eventually } from '../support/eventually.ts';
import { asSuperuser } from '../support/services/postgres-server.ts';
import { createDatabase } from '../support/services/postgres.ts';
import { startRedis, type TestRedis } from '../support/services/redis.ts';
import { freePorts } from '../support/free-ports.ts';
import {
  atGateway,
  createUnpaid,
  deliver,
  eventAbout,
  eventsAtGateway,
  receiptOf,
} from '../support/stripe-webhook.ts';
import {
  START_TIMEOUT_MS,
  startTenderProcesses,
  TenderProcess,
  type TenderProcesses,
} from '../support/tender-processes.ts';
import { KEYS } from '../support/tender.ts';

const CARD_NUMBER = '4242424242424242';

/** What operators' dashboards and alert rules are built on. */
const METRICS = `
  payment_created_total payment_completed_total payment_failed_total payment_action_required_total payment_amount_total
  refund_created_total refund_completed_total refund_failed_total gateway_request_duration_seconds
  payment_processing_duration_seconds payment_gateway_available payment_gateway_enabled webhook_received_total
  webhook_processed_total webhook_failed_total webhook_processing_duration_seconds payment_webhook_queue_depth
  payment_webhook_oldest_age_seconds worker_health db_connections db_query_duration_seconds webhook_queue_wait_seconds
  redis_connections http_request_duration_seconds payment_alert_payment_failure_threshold
  payment_alert_gateway_latency_threshold payment_alert_webhook_backlog_threshold`
  .trim()
  .split(/\s+/);

let redis: TestRedis;
let tender: TenderProcesses;
let clientSecret = '';
beforeAll(async () => {
  redis = await startRedis();
  tender = await startTenderProcesses({
    redisUrl: redis.url,
    env: {
      PAYMENT_LOG_LEVEL: 'debug',
      PAYMENT_ALERT_PAYMENT_FAILURE_THRESHOLD: '0.05',
      PAYMENT_ALERT_GATEWAY_LATENCY_THRESHOLD: '2.5',
      PAYMENT_ALERT_WEBHOOK_BACKLOG_THRESHOLD: '77',
    },
  });
  await everythingOnce();
}, START_TIMEOUT_MS);
afterAll(async () => {
  await tender.close();
  await redis.stop();
});

/** Brings about each thing that is counted: a success, a decline, 3-D Secure, refunds that succeed and fail, a failed try. */
async function everythingOnce(): Promise<void> {
  const pay = (body: object) =>
    tender.call('POST', '/api/v1/payments', {
      body: { amount: 10_000, currency: 'EUR', confirm: true, ...body },
      headers: { 'x-request-id': 'canary.request' },
    });
  const { json: paid } = await pay({ payment_method: 'pm_card_visa' });
  clientSecret = (paid as { client_secret: string }).client_secret;
  expect((await pay({ payment_method: 'pm_card_chargeDeclined' })).status).toBe(402);
  await pay({
    payment_method: 'pm_card_authenticationRequired',
    return_url: 'https://shop.example/done',
  });
  const refunds = `/api/v1/payments/${(paid as { id: string }).id}/refunds`;
  const { json: refund } = await tender.call('POST', refunds, { body: { amount: 1_000 } });
  const [row] = await tender.db.sql<{ gatewayRefundId: string }[]>`
    SELECT gateway_refund_id FROM refunds WHERE id = ${(refund as { id: string }).id}`;
  expect(tender.sandbox.failRefund(row?.gatewayRefundId ?? '')).toBe(true);
  await tender.settled();

  const unpaid = await createUnpaid(tender);
  const at = `/v1/payment_intents/${unpaid.intent}/confirm`;
  tender.sandbox.faults.add({
    match: { method: 'GET', path: '/v1/refunds' },
    fault: { kind: 'status', status: 503 },
    times: 1,
  });
  await atGateway(tender, 'POST', at, {
    payment_method: 'pm_card_visa',
    return_url: 'https://shop.example/done',
  });
  const [intent] = await eventsAtGateway(tender, unpaid.intent);
  // A charge that is not known here yet has the worker ask the gateway, which fails this once.
  const charge = {
    object: 'charge',
    id: 'ch_canary',
    amount: 10_000,
    amount_captured: 10_000,
    amount_refunded: 10_000,
    captured: true,
    currency: 'eur',
    payment_intent: intent?.data.object.id,
  };
  const event = eventAbout(charge, 'charge.refunded');
  await deliver(tender, { body: JSON.stringify(event), requestId: 'canary.webhook' });
  await eventually(
    async () => expect((await receiptOf(tender, event.id))?.state).toBe('processed'),
    30_000,
  );
  await tender.settled();
}

const scrape = async (process: TenderProcess): Promise<string> =>
  (await fetch(`${process.metricsUrl}/metrics`)).text();
const ready = async (process: TenderProcess) => {
  const response = await fetch(`${process.metricsUrl}/ready`);
  return { http: response.status, ...((await response.json()) as object) };
};
const logLines = (process: TenderProcess): Record<string, unknown>[] =>
  process.output
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Record<string, unknown>);

test.each(METRICS)('%s has a value after a day’s work, on the API or the worker', async (name) => {
  const both = `${await scrape(tender.api)}\n${await scrape(tender.worker)}`;
  expect(both).toMatch(new RegExp(`^${name}(_count)?({[^}]*})? [\\d.e+-]+$`, 'm'));
});

test('the thresholds of the settings are gauges, of API and worker alike', async () => {
  for (const process of [tender.api, tender.worker]) {
    expect(await process.metric('payment_alert_payment_failure_threshold')).toBe(0.05);
    expect(await process.metric('payment_alert_gateway_latency_threshold')).toBe(2.5);
    expect(await process.metric('payment_alert_webhook_backlog_threshold')).toBe(77);
  }
});

test('the counters say what happened', async () => {
  const of = (process: TenderProcess, name: string) => process.metric(name);
  const { api, worker } = tender;
  expect(await of(api, 'payment_created_total{gateway="stripe",currency="EUR"}')).toBe(4);
  const declined =
    'payment_failed_total{gateway="stripe",error_code="card_declined",kind="issuer"}';
  expect(await of(api, declined)).toBe(1);
  // Whichever of the two was first to commit it has counted it.
  const asked = 'payment_action_required_total{gateway="stripe"}';
  expect(((await of(api, asked)) ?? 0) + ((await of(worker, asked)) ?? 0)).toBe(1);
  expect(await of(api, 'refund_completed_total{gateway="stripe",currency="EUR"}')).toBe(1);
  expect(await scrape(worker)).toMatch(
    /^refund_failed_total{gateway="stripe",error_code="\w+"} 1$/m,
  );
  expect(await scrape(worker)).toMatch(
    /^webhook_failed_total{gateway="stripe",event_type="charge\.\w+",next="retry"} 1$/m,
  );
  expect(await of(worker, 'worker_health')).toBe(1);
});

test('a schedule that is off is not in the metrics, so that nobody is told that it was missed', async () => {
  for (const process of [tender.api, tender.worker]) {
    const text = await scrape(process);
    expect(text).toContain('schedule_age_seconds{schedule="load_test"}');
    expect(text).toContain('schedule_every_seconds{schedule="load_test"}');
    expect(text).not.toContain('fee_reconciliation');
  }
});

test('both processes answer probes on the metrics port, and the API on its own port too', async () => {
  for (const url of [tender.apiUrl, tender.api.metricsUrl, tender.worker.metricsUrl]) {
    const health = await fetch(`${url}/health`);
    expect([health.status, await health.json()]).toEqual([200, { status: 'ok' }]);
    const response = await fetch(`${url}/ready`);
    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject({
      status: 'ready',
      checks: {
        database: { status: 'ok', required: true },
        redis: { status: 'ok', required: false },
      },
    });
  }
});

test('log lines are JSON with the level in capitals', () => {
  for (const process of [tender.api, tender.worker]) {
    const lines = logLines(process);
    expect(lines.length).toBeGreaterThan(0);
    for (const line of lines) {
      expect(line['log.level']).toMatch(/^(DEBUG|INFO|WARN|ERROR)$/);
      expect(line['@timestamp']).toMatch(/^\d{4}-\d\d-\d\dT/);
      expect(line['service.name']).toMatch(/^tender-(api|worker)$/);
    }
  }
  expect(logLines(tender.worker).some((line) => line['log.level'] === 'ERROR')).toBe(true);
});

test('the id of a request is found in the log lines of the request and of its call to the gateway', () => {
  const lines = logLines(tender.api).filter((line) => line['http.request.id'] === 'canary.request');
  expect(lines.filter((line) => line['http.route'] === '/api/v1/payments')).toHaveLength(3);
  expect(lines.filter((line) => line['gateway.name'] === 'stripe').length).toBeGreaterThan(2);
});

test('the id of a webhook’s delivery is found in the worker, and in the gateway calls that it caused', () => {
  const of = (process: TenderProcess) =>
    logLines(process).filter((line) => line['http.request.id'] === 'canary.webhook');
  expect(of(tender.api)).toHaveLength(1);
  expect(of(tender.worker).map((line) => line['event.action'] ?? line['event.outcome'])).toEqual(
    expect.arrayContaining(['applied']),
  );
  const calls = of(tender.worker).filter((line) => typeof line['event.duration'] === 'number');
  expect(calls.length).toBeGreaterThan(1);
});

test('no secret and no card number is in a log, a metric or a text of the database', async () => {
  const body = { amount: 10_000, currency: 'EUR', description: `card ${CARD_NUMBER}` };
  const refused = await tender.call('POST', '/api/v1/payments', { body });
  expect(refused.status).toBe(422);
  await tender.call('GET', `/api/v1/payments?order_id=${CARD_NUMBER}`);
  await tender.call('GET', `/api/v1/payments/${CARD_NUMBER}`);
  await tender.call('GET', '/api/v1/payments', {
    headers: { authorization: `Bearer ${tender.apiKey}x`, 'x-request-id': CARD_NUMBER },
  });
  await deliver(tender, { body: '{}', secret: KEYS.webhookSecret });

  const canaries = {
    'the API key': tender.apiKey,
    'the gateway’s key': KEYS.secretKey,
    'the webhook secret': KEYS.webhookSecret,
    'a client secret': clientSecret,
    'a card number': CARD_NUMBER,
  };
  expect(clientSecret).toMatch(/_secret_/);
  const places: [string, string][] = [
    ['the API’s log', tender.api.output],
    ['the worker’s log', tender.worker.output],
    ['the API’s metrics', await scrape(tender.api)],
    ['the worker’s metrics', await scrape(tender.worker)],
    ...(await textsOfTheDatabase()),
  ];
  const found = places.flatMap(([place, text]) =>
    Object.entries(canaries)
      .filter(([, canary]) => text.includes(canary))
      .map(([what]) => `${what} in ${place}`),
  );
  // A browser confirms with the client secret, so it is kept with the payment and in the answer that a retry gets again.
  expect(found.toSorted()).toEqual([
    'a client secret in idempotency_keys.body',
    'a client secret in payments.client_secret',
  ]);
});

/** Each column that holds texts, and all that it holds. */
async function textsOfTheDatabase(): Promise<[string, string][]> {
  const { sql } = tender.db;
  const columns = await sql<{ tableName: string; columnName: string }[]>`
    SELECT c.table_name, c.column_name
      FROM information_schema.columns c JOIN information_schema.tables t USING (table_schema, table_name)
     WHERE c.table_schema = 'public' AND t.table_type = 'BASE TABLE'
       AND c.data_type IN ('text', 'character varying', 'jsonb', 'json', 'ARRAY')`;
  expect(columns.length).toBeGreaterThan(50);
  return Promise.all(
    columns.map(async ({ tableName, columnName }): Promise<[string, string]> => {
      const [row] = await sql<{ all: string | null }[]>`
        SELECT string_agg(${sql(columnName)}::text, E'\n') AS all FROM ${sql(tableName)}`;
      return [`${tableName}.${columnName}`, row?.all ?? ''];
    }),
  );
}

test(
  'without its database a process is alive and not ready, refuses with 503, and comes back by itself',
  async () => {
    const { name } = tender.database;
    const superuser = (statement: string) =>
      asSuperuser(inject('postgres').superuserUrl, (client) => client.query(statement));
    await superuser(`ALTER DATABASE ${name} WITH ALLOW_CONNECTIONS false`);
    await superuser(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '${name}'`,
    );
    for (const process of [tender.api, tender.worker]) {
      await eventually(async () =>
        expect(await ready(process)).toMatchObject({
          http: 503,
          status: 'not_ready',
          checks: { database: { status: 'failed', required: true }, redis: { status: 'ok' } },
        }),
      );
      expect((await fetch(`${process.metricsUrl}/health`)).status).toBe(200);
    }
    const event = eventAbout({ object: 'customer', id: 'cus_1' }, 'customer.created');
    const delivery = { body: JSON.stringify(event) };
    expect(await deliver(tender, delivery)).toMatchObject({
      status: 503,
      code: 'service_unavailable',
    });
    const payment = await tender.call('POST', '/api/v1/payments', {
      body: { amount: 1_000, currency: 'EUR' },
    });
    expect(payment.status).toBe(503);
    expect(payment.headers.has('retry-after')).toBe(true);
    // What cannot be read is left out of the metrics rather than shown as it was.
    await eventually(async () =>
      expect(await tender.api.metric('payment_webhook_queue_depth')).toBe(null),
    );

    await superuser(`ALTER DATABASE ${name} WITH ALLOW_CONNECTIONS true`);
    for (const process of [tender.api, tender.worker]) {
      await eventually(async () => expect((await ready(process)).http).toBe(200), 20_000);
    }
    expect(await deliver(tender, delivery)).toMatchObject({ status: 200 });
    await eventually(
      async () => expect((await receiptOf(tender, event.id))?.state).toBe('ignored'),
      20_000,
    );
  },
  START_TIMEOUT_MS,
);

test(
  'a process on a database without its schema starts, is not ready, and becomes so by a migration',
  async () => {
    const empty = await createDatabase({ migrated: false });
    const [port, metricsPort] = await freePorts(2);
    const api = new TenderProcess('api', {
      ...tender.env,
      DATABASE_URL: empty.runtimeUrl,
      PAYMENT_PORT: String(port),
      PAYMENT_PROMETHEUS_PORT: String(metricsPort),
    });
    api.launch();
    await eventually(
      async () =>
        expect(await ready(api)).toMatchObject({
          http: 503,
          checks: { database: { status: 'failed', detail: expect.stringContaining('migrate up') } },
        }),
      45_000,
    );
    const runtimeRole = new URL(empty.runtimeUrl).username;
    await migrateUp({ url: empty.ownerUrl, runtimeRole });
    await eventually(async () => expect((await ready(api)).http).toBe(200));
    expect(await api.stop()).toBe(0);
  },
  START_TIMEOUT_MS,
);
