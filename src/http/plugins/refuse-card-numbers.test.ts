import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { expect, test } from 'vitest';
import { AUTHORIZED, FOR_CALLERS, buildTestApp, expectProblem } from '../app.fixture.ts';
import { acceptRawBodies } from './json-body.ts';

const routes: FastifyPluginAsyncZod = async (app) => {
  app.post('/api/v1/things', { config: FOR_CALLERS }, async () => ({ taken: true }));
  app.get('/api/v1/things/:id', { config: FOR_CALLERS }, async () => ({ taken: true }));
};

const post = (app: ReturnType<typeof buildTestApp>['app'], body: unknown, headers = {}) =>
  app.inject({
    method: 'POST',
    url: '/api/v1/things',
    headers: { ...AUTHORIZED, 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });

test.each<[string, unknown, string | undefined]>([
  ['a text', { order_id: '4242424242424242' }, 'order_id'],
  ['a number', { amount: 4242424242424242 }, 'amount'],
  ['a sentence', { description: 'card 4242-4242-4242-4242, thanks' }, 'description'],
  [
    'a list in an object',
    { items: [{ note: 'ok' }, { note: '378282246310005' }] },
    'items[1].note',
  ],
  ['a member name', { metadata: { '5555 5555 5555 4444': 'x' } }, 'metadata'],
  ['a name at the top', { '5555555555554444': 'x' }, undefined],
  ['a bare body', '6011111111111117', undefined],
])(
  'a card number in %s is refused, named by its place and repeated nowhere',
  async (_name, body, param) => {
    const { app, lines } = buildTestApp([routes]);
    const response = await post(app, body);
    expect(expectProblem(response, 'card_number_refused').param).toBe(param);
    for (const text of [response.body, lines.join('')]) {
      expect(text).not.toMatch(/4242|5555|378282246310005|6011111111111117/);
    }
  },
);

test.each([
  ['the query', '/api/v1/things/a?note=4242%204242%204242%204242', 'note'],
  ['the path', '/api/v1/things/4242424242424242', 'id'],
])('a card number in %s is refused and not logged', async (_name, url, param) => {
  const { app, lines } = buildTestApp([routes]);
  const response = await app.inject({ url, headers: AUTHORIZED });
  expect(expectProblem(response, 'card_number_refused').param).toBe(param);
  expect(response.body + lines.join('')).not.toContain('4242');
});

test('a card number in an unknown path or a broken one is not logged either', async () => {
  const { app, lines } = buildTestApp([routes]);
  expectProblem(await app.inject('/nothing/4242424242424242'), 'route_not_found');
  expectProblem(await app.inject('/4242424242424242/%E0%A4%A'), 'invalid_url');
  expect(lines.join('')).not.toContain('4242');
});

test('a card number as Idempotency-Key is refused, as X-Request-Id it is replaced', async () => {
  const { app, lines } = buildTestApp([routes]);
  const refused = await post(app, {}, { 'idempotency-key': '4242 4242 4242 4242' });
  expect(expectProblem(refused, 'card_number_refused').param).toBe('Idempotency-Key');
  const replaced = await post(app, {}, { 'x-request-id': '4242424242424242' });
  expect(replaced.headers['x-request-id']).toMatch(/^req_/);
  expect(lines.join('')).not.toContain('4242');
});

test('order numbers, timestamps and tokens pass', async () => {
  const { app } = buildTestApp([routes]);
  const response = await post(app, {
    order_id: '1764023400000123',
    at: 1764023400000,
    payment_method: 'pm_1PqRstUVwxYZ0123456789ab',
    metadata: { sku: '4006381333931', phone: '+49 1512 3456783' },
  });
  expect(response.json()).toEqual({ taken: true });
});

test('the raw body of a webhook passes untouched', async () => {
  const { app } = buildTestApp([
    async (scope) => {
      acceptRawBodies(scope, 1_048_576);
      scope.post('/hook', { config: { public: true }, bodyLimit: 1_048_576 }, async (request) => ({
        bytes: (request.body as Buffer).toString('latin1'),
      }));
    },
  ]);
  const body = '{"card":"4242424242424242","nul":"\\u0000",\xff';
  const response = await app.inject({
    method: 'POST',
    url: '/hook',
    headers: { 'content-type': 'application/json' },
    body: Buffer.from(body, 'latin1'),
  });
  expect(response.json()).toEqual({ bytes: body });
  const large = await app.inject({ method: 'POST', url: '/hook', body: Buffer.alloc(1_048_577) });
  expect(expectProblem(large, 'body_too_large').detail).toContain('1024 KiB');
});
