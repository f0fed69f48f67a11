import { expect, onTestFinished, test } from 'vitest';
import { createHealth } from './health.ts';
import { startMetricsServer, type MetricsServerOptions } from './metrics-server.ts';

const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };

async function start(overrides: Partial<MetricsServerOptions> = {}) {
  const started = await startMetricsServer({
    host: '127.0.0.1',
    port: 0,
    metrics: {
      scrape: async () => 'payment_created_total 1\n',
      contentType: 'text/plain; version=0.0.4',
    },
    health: createHealth({ checks: [], isDraining: () => true, log: silent }),
    log: silent,
    ...overrides,
  });
  if (started.kind === 'listening') onTestFinished(() => started.close());
  return started;
}

async function startListening(overrides: Partial<MetricsServerOptions> = {}) {
  const started = await start(overrides);
  if (started.kind === 'refused') throw new Error(started.detail);
  return { ...started, url: `http://127.0.0.1:${started.port}` };
}

test('metrics, health and readiness are served, with their own status', async () => {
  const { url } = await startListening();
  const metrics = await fetch(`${url}/metrics`);
  expect(metrics.headers.get('content-type')).toContain('text/plain');
  expect(await metrics.text()).toBe('payment_created_total 1\n');

  const health = await fetch(`${url}/health?probe=1`);
  expect([health.status, await health.json()]).toEqual([200, { status: 'ok' }]);
  const ready = await fetch(`${url}/ready`);
  expect([ready.status, await ready.json()]).toMatchObject([503, { status: 'draining' }]);
});

test('other paths and methods get 404 and 405', async () => {
  const { url } = await startListening();
  expect((await fetch(`${url}/other`)).status).toBe(404);
  const post = await fetch(`${url}/metrics`, { method: 'POST', body: 'x' });
  expect([post.status, post.headers.get('allow')]).toEqual([405, 'GET, HEAD']);
});

test('metrics that cannot be read are a 500 and a line in the log, not the end of the server', async () => {
  const logged: string[] = [];
  const { url } = await startListening({
    metrics: { scrape: () => Promise.reject(new Error('broken')), contentType: 'text/plain' },
    log: { error: (_fields, message) => void logged.push(message) },
  });
  const response = await fetch(`${url}/metrics`);
  expect([response.status, await response.text()]).toEqual([
    500,
    expect.not.stringContaining('broken'),
  ]);
  expect(logged).toEqual(['the metrics could not be read']);
  expect((await fetch(`${url}/health`)).status).toBe(200);
});

test('a port that is taken is told with the variable that changes it', async () => {
  const { port } = await startListening();
  const second = await start({ port });
  expect(second).toEqual({
    kind: 'refused',
    detail: expect.stringMatching(
      new RegExp(`Port ${port} .* taken.*PAYMENT_PROMETHEUS_PORT`),
    ) as string,
  });
});

test('closing frees the port', async () => {
  const first = await startMetricsServer({
    host: '127.0.0.1',
    port: 0,
    metrics: { scrape: async () => '', contentType: 'text/plain' },
    health: createHealth({ checks: [], isDraining: () => false, log: silent }),
    log: silent,
  });
  if (first.kind === 'refused') throw new Error(first.detail);
  await fetch(`http://127.0.0.1:${first.port}/metrics`);
  await first.close();
  expect((await start({ port: first.port })).kind).toBe('listening');
});
