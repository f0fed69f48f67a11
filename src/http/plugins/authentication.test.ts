import { hash } from 'node:crypto';
import type { FastifyRequest } from 'fastify';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { expect, test } from 'vitest';
import { ADMINISTRATION, FINANCE, type OperatorCaller } from '../../domain/access.ts';
import {
  API_KEY,
  AUTHORIZED,
  buildTestApp,
  CALLER,
  expectProblem,
  FOR_CALLERS,
} from '../app.fixture.ts';
import { callerOf, operatorOf, type AuthenticationDependencies } from './authentication.ts';

const TOKEN = `tok_${'t'.repeat(43)}`;
const FINANCIER: OperatorCaller = { kind: 'operator', id: 'op_1', name: 'Ann', role: 'finance' };

const routes: FastifyPluginAsyncZod = async (app) => {
  app.get('/api/v1/mine', { config: FOR_CALLERS }, async (request) => callerOf(request));
  app.get('/api/v1/open', { config: { public: true } }, async (request) => ({
    caller: request.caller,
  }));
  app.get('/api/v1/admin/money', { config: { access: { roles: FINANCE } } }, async (request) =>
    operatorOf(request),
  );
  app.get(
    '/api/v1/admin/keys',
    { config: { access: { roles: ADMINISTRATION } } },
    async () => ({}),
  );
  app.get('/api/v1/refunds', { config: { access: { scope: 'refunds:write' } } }, async () => ({}));
};

type Identification = AuthenticationDependencies['identify'];
const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
const identify: Identification = {
  apiKey: async () => ({ kind: 'active', caller: CALLER }),
  operator: async (digest) =>
    digest.equals(hash('sha256', TOKEN, 'buffer'))
      ? { kind: 'active', caller: FINANCIER }
      : { kind: 'unknown' },
};

test('a valid key names the caller', async () => {
  const { app } = buildTestApp([routes]);
  const response = await app.inject({ url: '/api/v1/mine', headers: AUTHORIZED });
  expect([response.statusCode, response.json()]).toEqual([200, CALLER]);
  const lower = { authorization: `bearer ${API_KEY}` };
  expect((await app.inject({ url: '/api/v1/mine', headers: lower })).statusCode).toBe(200);
});

test('the token of an operator names the operator, who may do what the role may', async () => {
  const refusals: unknown[] = [];
  const onOperatorRefused = async ({ caller, url }: FastifyRequest, detail: string) => {
    refusals.push([caller, url, detail]);
  };
  const { app } = buildTestApp([routes], { identify, onOperatorRefused });
  const headers = bearer(TOKEN);
  const response = await app.inject({ url: '/api/v1/admin/money', headers });
  expect([response.statusCode, response.json()]).toEqual([200, FINANCIER]);
  const refused = await app.inject({ url: '/api/v1/admin/keys', headers });
  const { detail } = expectProblem(refused, 'forbidden');
  expect(detail).toContain('role admin, and yours is finance');
  expect(refusals).toEqual([[FINANCIER, '/api/v1/admin/keys', detail]]);
});

test('an API key may do nothing that is for operators, and only what its scopes name', async () => {
  const caller = { ...CALLER, scopes: ['payments:read'] as const };
  const { app } = buildTestApp([routes], {
    identify: { ...identify, apiKey: async () => ({ kind: 'active', caller }) },
    onOperatorRefused: () => Promise.reject(new Error('this is no operator')),
  });
  const answers = (url: string) => app.inject({ url, headers: AUTHORIZED });
  expectProblem(await answers('/api/v1/admin/money'), 'forbidden');
  const refused = await answers('/api/v1/refunds');
  expect(expectProblem(refused, 'forbidden').detail).toContain('scope refunds:write');
});

test.each(['plain-text+/=', API_KEY, TOKEN])(
  'the token of the settings, %s, is an administrator, whatever it looks like',
  async (token) => {
    const bootstrapTokenHash = hash('sha256', token, 'buffer');
    const { app } = buildTestApp([routes], { bootstrapTokenHash });
    const url = '/api/v1/admin/money';
    const allowed = await app.inject({ url, headers: bearer(token) });
    expect(allowed.json()).toMatchObject({ id: 'op_bootstrap', role: 'admin' });
    const other = await app.inject({ url, headers: bearer(`${token}x`) });
    expectProblem(other, 'unauthorized');
  },
);

test('a route that does not say who may use it is not registered', async () => {
  const { app } = buildTestApp([
    async (scope) => {
      scope.get('/elsewhere', async () => ({}));
    },
  ]);
  await expect(app.ready()).rejects.toThrow('GET /elsewhere must say who may use it');
});

test.each([{ access: {} }, { access: { roles: [] } }, { ...FOR_CALLERS, public: true as const }])(
  'nor is one that says it in no clear way: %o',
  async (config) => {
    const { app } = buildTestApp([
      async (scope) => {
        scope.get('/elsewhere', { config }, async () => ({}));
      },
    ]);
    await expect(app.ready()).rejects.toThrow('must say who may use it');
  },
);

test('HEAD wants the same as GET', async () => {
  const { app } = buildTestApp([routes]);
  const head = await app.inject({ url: '/api/v1/mine', method: 'HEAD' });
  expect(head.statusCode).toBe(401);
  const allowed = await app.inject({ url: '/api/v1/mine', method: 'HEAD', headers: AUTHORIZED });
  expect(allowed.statusCode).toBe(200);
});

test('a public route answers without a key, and does not look one up', async () => {
  let lookups = 0;
  const apiKey: Identification['apiKey'] = async () => {
    lookups += 1;
    return { kind: 'unknown' };
  };
  const { app } = buildTestApp([routes], { identify: { ...identify, apiKey } });
  const response = await app.inject({ url: '/api/v1/open', headers: AUTHORIZED });
  expect([response.json(), lookups]).toEqual([{ caller: null }, 0]);
});

const INVALID = 'Bearer error="invalid_token"';
test.each([
  ['no header', {}, 'Bearer', 'missing'],
  ['another scheme', { authorization: 'Basic dXNlcjpwYXNz' }, 'Bearer', 'missing'],
  ['a token of another form', bearer('abc'), INVALID, 'malformed'],
  ['a gateway key', bearer(`sk_live_${'a'.repeat(24)}`), INVALID, 'malformed'],
  ['a key too long to be one', bearer(`tk_test_${'a'.repeat(500)}`), INVALID, 'malformed'],
  ['an unknown key', bearer(`tk_test_${'a'.repeat(40)}`), INVALID, 'unknown'],
  ['a live key outside production', bearer(`tk_live_${'a'.repeat(40)}`), INVALID, 'wrong_mode'],
  ['an unknown token', bearer(`tok_${'a'.repeat(43)}`), INVALID, 'unknown'],
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
      scope.post('/api/v1/mine', { config: FOR_CALLERS }, async () => ({}));
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
  const apiKey: Identification['apiKey'] = () =>
    Promise.reject(Object.assign(new Error('down'), { code: 'ECONNREFUSED' }));
  const { app } = buildTestApp([routes], { identify: { ...identify, apiKey } });
  expectProblem(
    await app.inject({ url: '/api/v1/mine', headers: AUTHORIZED }),
    'service_unavailable',
  );
});

test.each(['revoked', 'expired'] as const)('a key that is %s is told so', async (kind) => {
  const { app, metrics } = buildTestApp([routes], {
    identify: { ...identify, apiKey: async () => ({ kind }) },
  });
  const response = await app.inject({ url: '/api/v1/mine', headers: AUTHORIZED });
  expect(expectProblem(response, 'unauthorized').detail).toContain(kind);
  expect(await metrics.scrape()).toContain(`failures_total{reason="${kind}"} 1`);
});

test('where live keys work, test keys do not, and are not looked up', async () => {
  const apiKey = () => Promise.reject(new Error('looked up'));
  const { app } = buildTestApp([routes], {
    keyMode: 'live',
    identify: { ...identify, apiKey },
  });
  const response = await app.inject({ url: '/api/v1/mine', headers: AUTHORIZED });
  expect(expectProblem(response, 'unauthorized').detail).toContain('tk_live_');
});

test('a flood of wrong tokens is told to wait longer and longer, and keeps nobody out who has a right one', async () => {
  const { app, metrics } = buildTestApp([routes], {
    identify,
    bootstrapTokenHash: hash('sha256', 'the first', 'buffer'),
  });
  const url = '/api/v1/mine';
  const from = (token: string, remoteAddress = '192.0.2.1') =>
    app.inject({ url, headers: bearer(token), remoteAddress });
  for (let n = 0; n < 5; n += 1) {
    const token = n % 2 ? `tok_${'w'.repeat(42)}${n}` : `guess-${n}`;
    expectProblem(await from(token), 'unauthorized');
  }
  const locked = await from('guess-6');
  expectProblem(locked, 'rate_limited');
  expect(locked.headers['retry-after']).toBe('1');
  expect(await metrics.scrape()).toContain('failures_total{reason="locked_out"} 1');

  expect((await from(TOKEN)).statusCode).toBe(200);
  expect((await from(API_KEY)).statusCode).toBe(200);
  expectProblem(await from('guess-7', '192.0.2.2'), 'unauthorized');
  expectProblem(await from(`tok_${'w'.repeat(43)}`), 'rate_limited');
});

test('an API key that is gone is told so however often it is sent', async () => {
  const { app } = buildTestApp([routes]);
  for (let n = 0; n < 20; n += 1) {
    const headers = bearer(`tk_test_${'a'.repeat(40)}`);
    expectProblem(await app.inject({ url: '/api/v1/mine', headers }), 'unauthorized');
  }
});
