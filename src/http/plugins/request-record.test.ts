import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { expect, test } from 'vitest';
import { AUTHORIZED, FOR_CALLERS, buildTestApp } from '../app.fixture.ts';

const routes: FastifyPluginAsyncZod = async (app) => {
  app.get('/api/v1/payments/:id', { config: FOR_CALLERS }, async () => ({}));
};

test('a finished request is one line at INFO, with the fields of the schema and without its query', async () => {
  const { app, logged } = buildTestApp([routes]);
  await app.inject({
    url: '/api/v1/payments/pay_1?expand=secret',
    headers: { ...AUTHORIZED, 'x-request-id': 'order-7' },
  });
  const lines = logged();
  expect(lines).toEqual([
    expect.objectContaining({
      'log.level': 'INFO',
      message: 'request finished',
      'http.request.id': 'order-7',
      'http.request.method': 'GET',
      'http.route': '/api/v1/payments/:id',
      'url.path': '/api/v1/payments/pay_1',
      'http.response.status_code': 200,
      'user.id': 'key_1',
    }),
  ]);
  expect(lines[0]?.['event.duration']).toBeGreaterThan(1_000);
  expect(JSON.stringify(lines)).not.toContain('expand');
});

test('requests are timed by route pattern: ids and unknown paths make no time series', async () => {
  const { app, metrics } = buildTestApp([routes]);
  for (const id of ['pay_1', 'pay_2']) {
    await app.inject({ url: `/api/v1/payments/${id}`, headers: AUTHORIZED });
  }
  await app.inject('/made/up/1');
  await app.inject('/made/up/%E0%A4%A');
  const text = await metrics.scrape();
  expect(text).toContain(
    'http_request_duration_seconds_count{method="GET",route="/api/v1/payments/:id",status_class="2xx"} 2',
  );
  expect(text).toContain(
    'http_request_duration_seconds_count{method="GET",route="unmatched",status_class="4xx"} 2',
  );
  expect(text).not.toContain('made');
});

test('probes are timed and not logged', async () => {
  const { app, logged, metrics } = buildTestApp();
  expect((await app.inject('/health')).json()).toEqual({ status: 'ok' });
  expect((await app.inject('/ready')).json()).toEqual({ status: 'ready', checks: {} });
  expect(logged()).toEqual([]);
  expect(await metrics.scrape()).toContain('route="/ready",status_class="2xx"} 1');
});

test.each([
  ['well-formed', 'Order_7.retry-2', true],
  ['of 128 characters', 'x'.repeat(128), true],
  ['too long', 'x'.repeat(129), false],
  ['with other characters', 'a b', false],
  ['empty', '', false],
])("a caller's request id that is %s is handled as it should be", async (_name, id, taken) => {
  const { app } = buildTestApp();
  const { headers } = await app.inject({ url: '/health', headers: { 'x-request-id': id } });
  if (taken) expect(headers['x-request-id']).toBe(id);
  else expect(headers['x-request-id']).toMatch(/^req_[0-9a-z]{6,}-1$/);
});
