import fc from 'fast-check';
import { expect, test } from 'vitest';
import { z } from 'zod';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { AUTHORIZED, FOR_CALLERS, buildTestApp, expectProblem } from './app.fixture.ts';
import type { ProblemCode } from './problem-catalogue.ts';

const echo: FastifyPluginAsyncZod = async (app) => {
  const body = z.strictObject({
    amount: z.int().optional(),
    note: z.string().optional(),
    metadata: z.record(z.string(), z.string()).optional(),
  });
  app.post('/api/v1/echo', { config: FOR_CALLERS, schema: { body } }, async (request, reply) =>
    reply.type('application/json').send(JSON.stringify(request.body)),
  );
  app.get('/api/v1/items/:id', { config: FOR_CALLERS }, async (_request, reply) =>
    reply.type('application/json').send('{}'),
  );
};

const throwing = (error: unknown): FastifyPluginAsyncZod => {
  return async (app) => {
    app.get('/api/v1/throw', { config: FOR_CALLERS }, async () => {
      throw error;
    });
  };
};

const json = { ...AUTHORIZED, 'content-type': 'application/json' };

test.each<[string, string | Buffer, ProblemCode]>([
  ['broken JSON', '{"amount":', 'invalid_json'],
  ['text that is not UTF-8', Buffer.from([0x22, 0xff, 0xfe, 0x22]), 'invalid_json'],
  ['a body over 64 KiB', JSON.stringify({ note: 'x'.repeat(65_536) }), 'body_too_large'],
  ['a NUL character in a value', '{"note":"a\\u0000b"}', 'parameter_invalid'],
  ['a NUL character in a name', '{"metadata":{"a\\u0000":"b"}}', 'parameter_invalid'],
  ['half a surrogate pair', '{"note":"\\ud800"}', 'parameter_invalid'],
  ['a member named __proto__', '{"metadata":{"__proto__":"x"}}', 'parameter_invalid'],
  ['a number beyond all numbers', '{"amount":1e400}', 'parameter_invalid'],
  ['deep nesting', `${'['.repeat(20_000)}${']'.repeat(20_000)}`, 'invalid_request'],
  ['an unknown member', '{"amuont":5}', 'parameter_unknown'],
  ['an amount as a text', '{"amount":"5"}', 'amount_invalid'],
  ['a fractional amount', '{"amount":1.5}', 'amount_invalid'],
  ['a text that is a number', '{"note":5}', 'parameter_invalid'],
  ['a list in place of an object', '[]', 'invalid_request'],
  ['null in place of an object', 'null', 'invalid_request'],
  ['no body', '', 'invalid_request'],
])('%s gets its own problem', async (_name, body, code) => {
  const { app } = buildTestApp([echo]);
  const response = await app.inject({ method: 'POST', url: '/api/v1/echo', headers: json, body });
  expectProblem(response, code);
});

test('of two members with one name the last counts', async () => {
  const { app } = buildTestApp([echo]);
  const body = '{"amount":1,"amount":2}';
  const response = await app.inject({ method: 'POST', url: '/api/v1/echo', headers: json, body });
  expect([response.statusCode, response.json()]).toEqual([200, { amount: 2 }]);
});

test.each([
  ['another media type', { 'content-type': 'text/plain' }],
  ['no media type', {}],
  ['a media type that is none', { 'content-type': ';;;' }],
  ['a content encoding', { 'content-type': 'application/json', 'content-encoding': 'gzip' }],
])('%s is not supported', async (_name, headers) => {
  const { app } = buildTestApp([echo]);
  const response = await app.inject({
    method: 'POST',
    url: '/api/v1/echo',
    headers: { ...AUTHORIZED, ...headers },
    body: '{}',
  });
  expectProblem(response, 'unsupported_media_type');
});

test.each<[string, string, ProblemCode]>([
  ['an unknown path', '/api/v1/nothing', 'route_not_found'],
  ['broken percent-encoding', '/api/v1/items/%E0%A4%A', 'invalid_url'],
  ['an id that is too long', `/api/v1/items/${'x'.repeat(101)}`, 'uri_too_long'],
  ['a NUL character in the path', '/api/v1/items/a%00b', 'parameter_invalid'],
  ['a NUL character in the query', '/api/v1/items/a?x=%00', 'parameter_invalid'],
])('%s gets its own problem', async (_name, url, code) => {
  const { app } = buildTestApp([echo]);
  expectProblem(await app.inject({ url, headers: AUTHORIZED }), code);
});

test('a path without the method says which it has, before the body is looked at', async () => {
  const { app } = buildTestApp([echo]);
  const response = await app.inject({
    method: 'POST',
    url: '/api/v1/items/a',
    headers: { 'content-type': 'application/json' },
    body: 'not json',
  });
  expectProblem(response, 'method_not_allowed');
  expect(response.headers.allow).toBe('GET, HEAD');
});

test.each([
  'CONNECTION_CLOSED',
  'CONNECT_TIMEOUT',
  'ECONNREFUSED',
  '57P01',
  '53300',
  '08006',
  '25006',
])(
  'a database that cannot be reached (%s) is a 503 to repeat, and an error in the log',
  async (code) => {
    const error = Object.assign(new Error('connect db.internal:5432'), { code });
    const { app, logged } = buildTestApp([throwing(error)]);
    const response = await app.inject({ url: '/api/v1/throw', headers: AUTHORIZED });
    expectProblem(response, 'service_unavailable');
    expect(response.headers['retry-after']).toBe('2');
    expect(response.body).not.toContain('db.internal');
    expect(logged()).toContainEqual(expect.objectContaining({ 'log.level': 'ERROR' }));
  },
);

test.each([
  ['an error', new TypeError('secret detail of line 12')],
  [
    'an error with a status of its own',
    Object.assign(new Error('secret detail'), { statusCode: 503 }),
  ],
  ['a text', 'secret detail'],
  ['nothing', undefined],
])(
  '%s that nobody foresaw is a 500 that tells nothing, and an error with its stack in the log',
  async (_name, error) => {
    const { app, logged } = buildTestApp([throwing(error)]);
    const response = await app.inject({ url: '/api/v1/throw', headers: AUTHORIZED });
    expectProblem(response, 'internal_error');
    expect(response.body).not.toContain('secret detail');
    expect(logged()).toContainEqual(
      expect.objectContaining({
        'log.level': 'ERROR',
        'http.request.id': response.headers['x-request-id'],
        'error.stack_trace': expect.stringContaining('at ') as string,
      }),
    );
  },
);

test('no body, however odd, produces a 500', { timeout: 60_000 }, async () => {
  const { app } = buildTestApp([echo]);
  const oddText = fc.oneof(
    fc.json({ noUnicodeString: false, maxDepth: 5 }),
    fc.string({ unit: 'binary' }),
    fc.constantFrom(
      '{"note":"\\u0000"}',
      '{"__proto__":{}}',
      '1e999',
      '"\\udc00"',
      '[[[',
      '\ufeff{}',
    ),
  );
  await fc.assert(
    fc.asyncProperty(oddText, async (body) => {
      const response = await app.inject({
        method: 'POST',
        url: '/api/v1/echo',
        headers: json,
        body,
      });
      expect(response.statusCode).toBeLessThan(500);
    }),
    { numRuns: 300 },
  );
});

test('every answer carries the security headers, errors too', async () => {
  const { app } = buildTestApp([echo]);
  for (const url of ['/health', '/nothing', '/api/v1/items/1', '/%E0%A4%A']) {
    const { headers } = await app.inject({ url });
    expect(headers).toMatchObject({
      'content-security-policy': expect.stringContaining("default-src 'none'") as string,
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
      'cache-control': 'no-store',
      'x-request-id': expect.stringMatching(/^req_/) as string,
    });
    expect(headers).not.toHaveProperty('x-powered-by');
  }
});
