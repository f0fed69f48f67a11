import { once } from 'node:events';
import { createServer } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { createOtlpTracer } from '../../observability/otlp-tracer.ts';
import { AUTHORIZED, buildTestApp, exchange, FOR_CALLERS, listen } from '../app.fixture.ts';

const TRACE_ID = '0af7651916cd43dd8448eb211c80319c';
const TRACEPARENT = `00-${TRACE_ID}-b7ad6b7169203331-00`;

/** An application whose routes tell in which trace they work. */
function tracedApp(url = 'http://127.0.0.1:1/v1/traces') {
  const tracer = createOtlpTracer({
    url,
    headers: {},
    service: 'test',
    version: '0.0.0',
    sampling: { sampler: 'parentbased_always_off', ratio: 0 },
    onLost: () => undefined,
  });
  onTestFinished(() => tracer.close());
  let reach = () => undefined as void;
  const slowReached = new Promise<void>((resolve) => (reach = resolve));
  let tellAwaited = () => undefined as void;
  const bodyAwaited = new Promise<void>((resolve) => (tellAwaited = resolve));
  const built = buildTestApp(
    [
      async (app) => {
        app.addHook('preParsing', (_request, _reply, _payload, done) => {
          setImmediate(tellAwaited);
          done();
        });
        const tell = async () => tracer.traceId() ?? 'none';
        app.post('/api/v1/test', { config: FOR_CALLERS }, tell);
        app.get('/api/v1/test', { config: FOR_CALLERS }, tell);
        app.get('/api/v1/open', { config: { public: true } }, tell);
        app.get('/api/v1/slow', { config: FOR_CALLERS }, async (request) => {
          reach();
          await once(request.raw.socket, 'close');
          await new Promise((resolve) => setImmediate(resolve));
          await tracer.part({ name: 'afterwards', kind: 'internal' }, async () => undefined);
          return 'nobody reads this';
        });
        app.get('/elsewhere', { config: FOR_CALLERS }, tell);
      },
    ],
    { tracer },
  );
  return { ...built, tracer, bodyAwaited, slowReached };
}

test("what a route does belongs to its caller's trace, which the answer and the log name", async () => {
  const { app, logged } = tracedApp();
  const headers = { ...AUTHORIZED, traceparent: TRACEPARENT };
  const answer = await app.inject({ url: '/api/v1/test', headers });
  expect(answer.body).toBe(TRACE_ID);
  expect(answer.headers['x-trace-id']).toBe(TRACE_ID);
  await expect
    .poll(() => logged().find(({ message }) => message === 'request finished'))
    .toMatchObject({ 'trace.id': TRACE_ID });
});

test('that holds where the body comes after everything else', async () => {
  const { app, bodyAwaited } = tracedApp();
  const port = await listen(app);
  const head = [
    'POST /api/v1/test HTTP/1.1',
    'host: localhost',
    `authorization: ${AUTHORIZED.authorization}`,
    `traceparent: ${TRACEPARENT}`,
    'idempotency-key: one',
    'content-type: application/json',
    'content-length: 2',
    'connection: close',
    '\r\n',
  ].join('\r\n');
  const answer = await exchange(port, head, () => bodyAwaited, '{}');
  expect(answer.slice(answer.indexOf('\r\n\r\n'))).toContain(TRACE_ID);
});

test('what is done after the caller has hung up is told of, as a part of a request that was abandoned', async () => {
  const told: string[] = [];
  const collector = createServer((request, response) => {
    request.on('data', (chunk: Buffer) => told.push(chunk.toString()));
    request.on('end', () => response.end('{}'));
  });
  collector.listen(0, '127.0.0.1');
  await once(collector, 'listening');
  onTestFinished(() => void collector.close());
  const { port: collectorPort } = collector.address() as AddressInfo;
  const { app, slowReached } = tracedApp(`http://127.0.0.1:${collectorPort}/v1/traces`);
  const socket = connect(await listen(app), '127.0.0.1');
  const sampled = TRACEPARENT.replace(/0$/, '1');
  socket.write(
    `GET /api/v1/slow HTTP/1.1\r\nhost: localhost\r\nauthorization: ${AUTHORIZED.authorization}\r\ntraceparent: ${sampled}\r\n\r\n`,
  );
  await slowReached;
  socket.destroy();
  await expect
    .poll(() => told.join(''), { timeout: 20_000 })
    .toMatch(/afterwards.*GET \/api\/v1\/slow.*abandoned/);
});

test('a route that anybody may call has a trace of its own, and what is no part of the API has none', async () => {
  const { app } = tracedApp();
  const headers = { ...AUTHORIZED, traceparent: TRACEPARENT };
  const open = await app.inject({ url: '/api/v1/open', headers });
  expect(open.body).toMatch(/^[\da-f]{32}$/);
  expect(open.body).not.toBe(TRACE_ID);
  const elsewhere = await app.inject({ url: '/elsewhere', headers });
  expect([elsewhere.statusCode, elsewhere.body]).toEqual([200, 'none']);
  expect(elsewhere.headers).not.toHaveProperty('x-trace-id');
});
