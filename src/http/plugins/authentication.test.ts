import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { expect, test } from 'vitest';
import { API_KEY, AUTHORIZED, buildTestApp, expectProblem } from '../app.fixture.ts';
import { callerOf } from './authentication.ts';

const routes: FastifyPluginAsyncZod = async (app) => {
  app.get('/api/v1/mine', async (request) => callerOf(request));
  app.get('/api/v1/open', { config: { public: true } }, async (request) => ({
    caller: request.apiKey,
  }));
  app.get('/elsewhere', async () => ({}));
};

test('a valid key names the caller', async () => {
  const { app } = buildTestApp([routes]);
  const response = await app.inject({ url: '/api/v1/mine', headers: AUTHORIZED });
  expect([response.statusCode, response.json()]).toEqual([200, { id: 'key_1', mode: 'test' }]);
  const lower = { authorization: `bearer ${API_KEY}` };
  expect((await app.inject({ url: '/api/v1/mine', headers: lower })).statusCode).toBe(200);
});

test('a route without a word on access wants a key, wherever it is', async () => {
  const { app } = buildTestApp([routes]);
  for (const url of ['/api/v1/mine', '/elsewhere']) {
    expectProblem(await app.inject({ url }), 'unauthorized');
    expectProblem(
      await app.inject({ url, method: 'HEAD' }).then(withBodyOfGet(app, url)),
      'unauthorized',
    );
  }
});

test('a public route answers without a key, and does not look one up', async () => {
  let lookups = 0;
  const { app } = buildTestApp([routes], {
    findApiKey: async () => {
      lookups += 1;
      return null;
    },
  });
  const response = await app.inject({ url: '/api/v1/open', headers: AUTHORIZED });
  expect([response.json(), lookups]).toEqual([{ caller: null }, 0]);
});

test.each([
  ['no header', {}, 'Bearer', 'missing'],
  ['another scheme', { authorization: 'Basic dXNlcjpwYXNz' }, 'Bearer', 'missing'],
  [
    'a token of another form',
    { authorization: 'Bearer abc' },
    'Bearer error="invalid_token"',
    'malformed',
  ],
  [
    'a gateway key',
    { authorization: `Bearer sk_live_${'a'.repeat(24)}` },
    'Bearer error="invalid_token"',
    'malformed',
  ],
  [
    'a key too long to be one',
    { authorization: `Bearer tk_live_${'a'.repeat(500)}` },
    'Bearer error="invalid_token"',
    'malformed',
  ],
  [
    'an unknown key',
    { authorization: `Bearer tk_live_${'a'.repeat(40)}` },
    'Bearer error="invalid_token"',
    'unknown',
  ],
])('%s is refused with a challenge, and counted', async (_name, headers, challenge, reason) => {
  const { app, metrics, lines } = buildTestApp([routes]);
  const response = await app.inject({ url: '/api/v1/mine', headers });
  expectProblem(response, 'unauthorized');
  expect(response.headers['www-authenticate']).toBe(challenge);
  expect(await metrics.scrape()).toContain(
    `http_authentication_failures_total{reason="${reason}"} 1`,
  );
  expect(lines.join('')).not.toContain('a'.repeat(20));
});

test('the body of a stranger is not even parsed', async () => {
  const { app } = buildTestApp([
    async (scope) => {
      scope.post('/api/v1/mine', async () => ({}));
    },
  ]);
  const response = await app.inject({
    method: 'POST',
    url: '/api/v1/mine',
    headers: { 'content-type': 'application/json' },
    body: 'not json',
  });
  expectProblem(response, 'unauthorized');
});

test('a lookup that fails is a 503, not a 401', async () => {
  const { app } = buildTestApp([routes], {
    findApiKey: () => Promise.reject(Object.assign(new Error('down'), { code: 'ECONNREFUSED' })),
  });
  expectProblem(
    await app.inject({ url: '/api/v1/mine', headers: AUTHORIZED }),
    'service_unavailable',
  );
});

/** A HEAD answer has no body to look at: takes its status and headers with the body that GET gives. */
function withBodyOfGet(app: ReturnType<typeof buildTestApp>['app'], url: string) {
  return async (head: Awaited<ReturnType<typeof app.inject>>) => {
    const get = await app.inject({
      url,
      headers: { 'x-request-id': String(head.headers['x-request-id']) },
    });
    return { statusCode: head.statusCode, headers: head.headers, body: get.body };
  };
}
