import type { FastifyInstance } from 'fastify';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import fc from 'fast-check';
import { expect, test, vi } from 'vitest';
import { z } from 'zod';
import { API_KEY, FOR_CALLERS, buildTestApp, exchange, listen } from './app.fixture.ts';
import type { ProblemCode } from './problem-catalogue.ts';

const echo: FastifyPluginAsyncZod = async (app) => {
  app.post(
    '/api/v1/echo',
    { config: FOR_CALLERS, schema: { body: z.record(z.string(), z.unknown()) } },
    async () => ({}),
  );
  app.get('/api/v1/items/:id', { config: { public: true } }, async () => ({}));
};

/** A route that answers when it is told to. */
function slowRoute() {
  const gate = Promise.withResolvers<void>();
  const state = { running: 0, release: (): void => gate.resolve() };
  const plugin: FastifyPluginAsyncZod = async (app) => {
    app.get('/slow', { config: { public: true } }, async () => {
      state.running += 1;
      await gate.promise;
      return { slow: 'done' };
    });
  };
  return { state, plugin };
}

test.each<[string, string, ProblemCode, number]>([
  ['bytes that are not HTTP', 'HELLO\r\n\r\n', 'malformed_request', 400],
  [
    'two lengths',
    'POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nx',
    'malformed_request',
    400,
  ],
  [
    'a length beside chunks',
    'POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n',
    'malformed_request',
    400,
  ],
  [
    'a NUL byte in a header',
    'GET / HTTP/1.1\r\nhost: a\r\nx: a\0b\r\n\r\n',
    'malformed_request',
    400,
  ],
  [
    'headers over 16 KiB',
    `GET / HTTP/1.1\r\nhost: a\r\nx: ${'y'.repeat(17_000)}\r\n\r\n`,
    'header_too_large',
    431,
  ],
])(
  '%s get a problem document and the end of the connection',
  async (_name, bytes, code, status) => {
    const { app } = buildTestApp([echo]);
    const answer = await exchange(await listen(app), bytes);
    const [head = '', body = ''] = answer.split('\r\n\r\n');
    expect(head).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    expect(head).toContain('connection: close');
    expect(JSON.parse(body)).toMatchObject({ code, status });
  },
);

test('random bytes neither stop the server nor produce a 500', { timeout: 60_000 }, async () => {
  const { app } = buildTestApp([echo]);
  const port = await listen(app);
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), async (bytes) => {
      const answer = await exchange(port, bytes, '\r\n\r\n\0\r\n\r\n');
      expect(answer).not.toContain('HTTP/1.1 500');
    }),
    { numRuns: 50 },
  );
  expect((await fetch(`http://127.0.0.1:${port}/health`)).status).toBe(200);
});

test('no path, query or header, however odd, produces a 500', { timeout: 60_000 }, async () => {
  const { app } = buildTestApp([echo]);
  const port = await listen(app);
  const visible = fc.string({
    unit: fc.integer({ min: 0x21, max: 0x7e }).map((code) => String.fromCharCode(code)),
  });
  const anyPath = fc.oneof(
    visible.map((text) => `/api/v1/items/${text}`),
    visible.map((text) => `/docs?${text}`),
    visible.map((text) => `/${text}`),
    visible,
  );
  await fc.assert(
    fc.asyncProperty(anyPath, visible, async (path, value) => {
      const headers = ['host', 'x-request-id', 'accept-version', 'authorization', 'accept']
        .map((name) => `${name}: ${value}\r\n`)
        .join('');
      const answer = await exchange(
        port,
        `GET ${path} HTTP/1.1\r\n${headers}connection: close\r\n\r\n`,
      );
      expect(answer).toMatch(/^HTTP\/1\.1 [234]/);
    }),
    { numRuns: 200 },
  );
});

test.each([
  ['headers', 'GET /health HTTP/1.1\r\nhost: a\r\n'],
  [
    'a body',
    `POST /api/v1/echo HTTP/1.1\r\nhost: a\r\nauthorization: Bearer ${API_KEY}\r\n` +
      'content-type: application/json\r\ncontent-length: 10\r\n\r\n{"a',
  ],
])('%s that come too slowly are answered with 408 and cut off', async (_name, beginning) => {
  const { app } = buildTestApp([echo], {
    limits: { headersTimeoutMs: 100, requestTimeoutMs: 200, checkIntervalMs: 20 },
  });
  const answer = await exchange(await listen(app), beginning);
  expect(answer).toMatch(/^HTTP\/1\.1 408 [^]*"code":"request_timeout"/);
});

test('a request that takes long to answer is not cut off by the limits on its arrival', async () => {
  const { state, plugin } = slowRoute();
  const { app } = buildTestApp([plugin], {
    limits: { headersTimeoutMs: 20, requestTimeoutMs: 40, checkIntervalMs: 10 },
  });
  const port = await listen(app);
  const began = performance.now();
  const answer = exchange(port, 'GET /slow HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n');
  await vi.waitFor(() => expect(state.running).toBe(1));
  await vi.waitFor(() => expect(performance.now() - began).toBeGreaterThan(200));
  state.release();
  expect(await answer).toMatch(/^HTTP\/1\.1 200 /);
});

test('while it closes, what runs is finished, and what arrives is the last request of its connection', async () => {
  const { state, plugin } = slowRoute();
  const { app } = buildTestApp([plugin]);
  const answer = await askWhileClosing(app, state);
  const [first = '', second = ''] = answer.split(/(?<=done"\})(?=HTTP)/);
  expect(first).toMatch(/^HTTP\/1\.1 200 [^]*\{"slow":"done"\}$/);
  expect(second).toMatch(/^HTTP\/1\.1 200 [^]*connection: close[^]*\{"slow":"done"\}$/i);
});

test('while it closes for longer, what arrives gets a 503 that closes the connection', async () => {
  const { state, plugin } = slowRoute();
  const { app } = buildTestApp([plugin], { limits: { serveWhileClosingMs: 0 } });
  const answer = await askWhileClosing(app, state);
  const [first = '', second = ''] = answer.split(/(?=HTTP\/1\.1 503)/);
  expect(first).toMatch(/^HTTP\/1\.1 200 [^]*\{"slow":"done"\}$/);
  expect(second).toMatch(/connection: close/i);
  expect(second).toMatch(/"code":"draining"/);
  expect(state.running).toBe(1);
});

/** What comes of two requests on one connection: one that runs when the application closes, and one that comes after. */
async function askWhileClosing(
  app: FastifyInstance,
  state: { running: number; release: () => void },
): Promise<string> {
  const port = await listen(app);
  let closed: Promise<unknown> = Promise.resolve();
  const answer = await exchange(
    port,
    'GET /slow HTTP/1.1\r\nhost: a\r\n\r\n',
    () => vi.waitFor(() => expect(state.running).toBe(1)),
    async () => {
      closed = app.close();
      await vi.waitFor(() => expect(app.server.listening).toBe(false));
    },
    'GET /slow HTTP/1.1\r\nhost: a\r\n\r\n',
    async () => state.release(),
  );
  await closed;
  return answer;
}

test('a caller that hangs up while it waits is recorded as such', async () => {
  const { state, plugin } = slowRoute();
  const { app, logged, metrics } = buildTestApp([plugin]);
  const port = await listen(app);
  const abort = new AbortController();
  const asked = fetch(`http://127.0.0.1:${port}/slow`, { signal: abort.signal });
  await vi.waitFor(() => expect(state.running).toBe(1));
  abort.abort();
  await expect(asked).rejects.toThrow();
  await vi.waitFor(() =>
    expect(logged()).toContainEqual(
      expect.objectContaining({
        message: 'request abandoned by its caller',
        'http.response.status_code': 499,
      }),
    ),
  );
  state.release();
  expect(await metrics.scrape()).toContain(
    'http_request_duration_seconds_count{method="GET",route="/slow",status_class="4xx"} 1',
  );
});
