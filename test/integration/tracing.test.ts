import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { startTenderProcesses, type TenderProcesses } from '../support/tender-processes.ts';
import { KEYS } from '../support/tender.ts';
import {
  startTraceCollector,
  type CollectedSpan,
  type TraceCollector,
} from '../support/trace-collector.ts';

const INTERNAL = 1;
const SERVER = 2;
const CLIENT = 3;
const CONSUMER = 5;

/** Tells on standard error when the SDK of OpenTelemetry is loaded, from whatever file. */
const NOTICE_SDK = `--import=data:text/javascript,${encodeURIComponent(`
  import { registerHooks } from 'node:module';
  registerHooks({ load(url, context, next) {
    const loaded = next(url, context);
    if (/BatchSpanProcessor/.test(String(loaded.source))) process.stderr.write('sdk loaded\\n');
    return loaded;
  } });`)}`;

let collector: TraceCollector;
let tender: TenderProcesses;
beforeAll(async () => {
  collector = await startTraceCollector();
  tender = await startTenderProcesses({
    env: {
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
      OTEL_EXPORTER_OTLP_HEADERS: 'authorization=Bearer%20collector-token',
      PAYMENT_LOG_LEVEL: 'info',
      NODE_OPTIONS: NOTICE_SDK,
    },
  });
});
afterAll(async () => {
  await tender.close();
  await collector.close();
});

const visa = { amount: 10_000, currency: 'EUR', payment_method: 'pm_card_visa', confirm: true };
const hex = (bytes: number) =>
  Buffer.from(crypto.getRandomValues(new Uint8Array(bytes))).toString('hex');

/** What of a trace has come, once everything that is looked for is among it. */
async function traceWith(traceId: string, names: readonly string[]): Promise<CollectedSpan[]> {
  return eventually(async () => {
    const trace = collector.spans.filter((span) => span.traceId === traceId);
    const missing = names.filter((name) => !trace.some((span) => span.name === name));
    if (missing.length > 0) throw new Error(`no ${missing.join(', ')} in ${traceId}`);
    return trace;
  }, 30_000);
}

function named(trace: readonly CollectedSpan[], name: string): CollectedSpan {
  const span = trace.find((each) => each.name === name);
  if (!span) throw new Error(`no ${name}`);
  return span;
}

test('a payment is one trace from the caller through the gateway to the webhook that it causes', async () => {
  const [traceId, callersSpan] = [hex(16), hex(8)];
  const { status, headers, json } = await tender.call('POST', '/api/v1/payments', {
    body: visa,
    headers: { traceparent: `00-${traceId}-${callersSpan}-01` },
  });
  expect(status).toBe(201);
  expect(headers.get('x-trace-id')).toBe(traceId);

  const trace = await traceWith(traceId, [
    'POST /api/v1/payments',
    'payment_begin',
    'stripe create_payment',
    'POST',
    'payment_commit',
    'process webhook',
  ]);
  const request = named(trace, 'POST /api/v1/payments');
  expect(request).toMatchObject({
    service: 'tender-api',
    kind: SERVER,
    parentSpanId: callersSpan,
    failed: false,
    attributes: { 'http.route': '/api/v1/payments', 'http.response.status_code': 201 },
  });
  const statement = named(trace, 'payment_begin');
  expect(statement).toMatchObject({ kind: CLIENT, parentSpanId: request.spanId });
  expect(statement.attributes).toMatchObject({ 'db.system.name': 'postgresql' });
  const operation = named(trace, 'stripe create_payment');
  expect(operation).toMatchObject({ kind: INTERNAL, parentSpanId: request.spanId });
  expect(operation.attributes).toMatchObject({
    'gateway.name': 'stripe',
    'gateway.outcome': 'succeeded',
  });
  expect(named(trace, 'POST')).toMatchObject({
    kind: CLIENT,
    parentSpanId: operation.spanId,
    attributes: {
      'http.response.status_code': 200,
      'server.address': new URL(tender.sandbox.url).host,
    },
  });
  expect(named(trace, 'payment_commit').parentSpanId).toBe(request.spanId);

  const processing = named(trace, 'process webhook');
  expect(processing).toMatchObject({
    service: 'tender-worker',
    kind: CONSUMER,
    parentSpanId: request.spanId,
  });
  const ofWorker = trace.filter(({ parentSpanId }) => parentSpanId === processing.spanId);
  expect(ofWorker.length).toBeGreaterThan(0);

  // It came in in a trace of its own, which the link tells.
  expect(processing.links).toHaveLength(1);
  const [link] = processing.links;
  expect(link?.traceId).not.toBe(traceId);
  const receipt = await traceWith(link?.traceId ?? '', ['store webhook']);
  const stored = named(receipt, 'store webhook');
  expect(stored.spanId).toBe(link?.spanId);
  expect(stored.attributes['webhook.event_id']).toBe(processing.attributes['webhook.event_id']);
  await traceWith(link?.traceId ?? '', ['POST /api/v1/payments/webhook/:gateway']);

  const [attempt] = await tender.db.sql<{ traceparent: string }[]>`
    SELECT traceparent FROM payment_attempts WHERE payment_id = ${json.id}`;
  expect(attempt?.traceparent).toBe(`00-${traceId}-${request.spanId}-01`);
});

test('what becomes of a lost answer is found out in the trace of its request', async () => {
  tender.sandbox.faults.add({
    match: { method: 'POST', path: '/v1/payment_intents', times: 1 },
    fault: { kind: 'drop', when: 'before' },
  });
  const { status, headers } = await tender.call('POST', '/api/v1/payments', { body: visa });
  expect(status).toBe(202);
  const traceId = headers.get('x-trace-id') ?? '';
  const trace = await traceWith(traceId, ['POST /api/v1/payments', 'resolve attempt']);
  const request = named(trace, 'POST /api/v1/payments');
  expect(request.parentSpanId).toBe('');
  const resolving = named(trace, 'resolve attempt');
  expect(resolving).toMatchObject({ service: 'tender-worker', parentSpanId: request.spanId });
  const asked = trace.filter(({ name }) => name === 'stripe create_payment');
  expect(asked.map(({ parentSpanId }) => parentSpanId).toSorted()).toEqual(
    [request.spanId, resolving.spanId].toSorted(),
  );
  expect(asked.map(({ attributes }) => attributes['gateway.outcome']).toSorted()).toEqual([
    'succeeded',
    'unknown',
  ]);
  // The request that got no answer is shown as one that went wrong.
  expect(trace.filter(({ name, failed }) => name === 'POST' && failed)).toHaveLength(1);
});

test('a refund goes on from its own request', async () => {
  const { json: payment } = await tender.call('POST', '/api/v1/payments', { body: visa });
  const refunded = await tender.call('POST', `/api/v1/payments/${payment.id}/refunds`, {
    body: { amount: 1_000 },
  });
  expect(refunded.status).toBe(201);
  const [row] = await tender.db.sql<{ traceparent: string }[]>`
    SELECT traceparent FROM refunds WHERE payment_id = ${payment.id}`;
  expect(row?.traceparent).toContain(refunded.headers.get('x-trace-id'));
});

test('log lines of the API and of the worker name the trace', async () => {
  const { headers } = await tender.call('POST', '/api/v1/payments', { body: visa });
  const traceId = headers.get('x-trace-id') ?? 'none';
  const linesOf = (output: string, message: string) =>
    output
      .split('\n')
      .filter((line) => line.includes(`"trace.id":"${traceId}"`) && line.includes(message));
  await eventually(async () => {
    expect(linesOf(tender.api.output, 'payment.succeeded')).toHaveLength(1);
    expect(linesOf(tender.api.output, 'request finished')).toHaveLength(1);
    expect(linesOf(tender.worker.output, 'webhook').length).toBeGreaterThan(0);
  }, 30_000);
});

test('a caller without a key and a gateway have no say in what is traced', async () => {
  const given = `00-${hex(16)}-${hex(8)}-01`;
  const answer = await fetch(`${tender.apiUrl}/api/v1/payments/webhook/stripe`, {
    method: 'POST',
    headers: { traceparent: given, 'content-type': 'application/json' },
    body: '{}',
  });
  expect(answer.status).toBe(400);
  const own = answer.headers.get('x-trace-id') ?? '';
  expect(own).toMatch(/^[\da-f]{32}$/);
  expect(given).not.toContain(own);
});

test('nothing of a customer, a card or a secret is in a trace, and the collector gets its credentials', async () => {
  const marks = {
    order_id: 'order-4711-of-somebody',
    description: 'shoes for somebody',
    metadata: { note: 'note-about-somebody' },
  };
  const { headers } = await tender.call('POST', '/api/v1/payments', {
    body: { ...visa, ...marks },
  });
  await traceWith(headers.get('x-trace-id') ?? '', ['POST /api/v1/payments', 'process webhook']);
  const told = collector.texts.join('\n');
  expect(told).toContain('payment_begin');
  for (const secret of [
    'somebody',
    'pm_card_visa',
    tender.apiKey,
    KEYS.secretKey,
    KEYS.webhookSecret,
    'collector-token',
  ]) {
    expect(told).not.toContain(secret);
  }
  expect(collector.headers.at(-1)?.authorization).toBe('Bearer collector-token');
  expect(tender.api.output).not.toContain('collector-token');
});

test.each(['hangs', 'is away'])(
  'a collector that %s keeps no payment and no stop waiting',
  async (how) => {
    const bad = await startTraceCollector();
    if (how === 'hangs') {
      bad.hang();
      onTestFinished(() => bad.close());
    } else await bad.close();
    await tender.api.stop();
    tender.api.output = '';
    await tender.api.start({ OTEL_EXPORTER_OTLP_ENDPOINT: bad.url });
    const pay = async () => {
      const { status, headers } = await tender.call('POST', '/api/v1/payments', { body: visa });
      expect([status, headers.has('x-trace-id')]).toEqual([201, true]);
    };
    await pay();
    if (how === 'hangs') {
      // From here on there is always a request of the exporter that waits.
      await eventually(async () => expect(bad.held).toBeGreaterThan(0), 30_000);
    }
    for (let i = 0; i < 10; i += 1) await pay();
    await eventually(
      async () => expect(tender.api.output).toContain('Traces cannot be sent'),
      30_000,
    );
    expect(await tender.api.stop()).toBe(0);
    expect(tender.api.output).not.toContain('"log.level":"ERROR"');
    await tender.api.start();
  },
);

test('without an endpoint nothing is traced, and nothing of the SDK is loaded', async () => {
  await tender.api.stop();
  await tender.api.start();
  expect(tender.api.output).toContain('sdk loaded');
  expect(tender.worker.output).toContain('sdk loaded');
  const quiet = await startTenderProcesses({
    env: { NODE_OPTIONS: NOTICE_SDK, OTEL_TRACES_SAMPLER: 'always_on' },
  });
  onTestFinished(() => quiet.close());
  const before = collector.texts.length;
  const { status, headers, json } = await quiet.call('POST', '/api/v1/payments', {
    body: visa,
    headers: { traceparent: `00-${hex(16)}-${hex(8)}-01` },
  });
  expect([status, headers.has('x-trace-id')]).toEqual([201, false]);
  await quiet.settled();
  const rows = await quiet.db.sql<{ traceparent: string | null }[]>`
    SELECT traceparent FROM payment_attempts WHERE payment_id = ${json.id}
     UNION ALL SELECT traceparent FROM webhook_receipts`;
  expect(rows.length).toBeGreaterThan(1);
  expect(rows.every(({ traceparent }) => traceparent === null)).toBe(true);
  expect(quiet.api.output + quiet.worker.output).not.toContain('sdk loaded');
  expect(collector.texts).toHaveLength(before);
});
