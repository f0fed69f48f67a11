import fc from 'fast-check';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { expect, test } from 'vitest';
import { z } from 'zod';
import {
  AUTHORIZED,
  FOR_CALLERS,
  buildTestApp,
  exchange,
  expectProblem,
  listen,
} from '../app.fixture.ts';
import { canonicalJson } from './idempotency.ts';

const body = z.strictObject({ amount: z.int().default(5) });
const routes: FastifyPluginAsyncZod = async (app) => {
  const options = {
    config: { ...FOR_CALLERS, idempotent: true },
    schema: { body: body.nullish() },
  };
  app.post('/api/v1/payments/:id/capture', options, async ({ idempotency }) => ({
    scope: idempotency.scope,
    key: idempotency.key,
    fingerprint: idempotency.fingerprint.toString('hex'),
  }));
  app.post('/api/v1/free', { config: FOR_CALLERS }, async (request) => ({
    idempotency: request.idempotency ?? null,
  }));
};

interface Sent {
  key?: string;
  body?: string;
  url?: string;
}

function capture({ key, body: text, url = '/api/v1/payments/pay_1/capture' }: Sent) {
  const { app } = buildTestApp([routes]);
  return app.inject({
    method: 'POST',
    url,
    headers: {
      ...AUTHORIZED,
      ...(key === undefined ? {} : { 'idempotency-key': key }),
      ...(text === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(text === undefined ? {} : { body: text }),
  });
}

const fingerprintOf = async (sent: Sent) =>
  (await capture({ key: 'k', ...sent })).json<{ fingerprint: string }>().fingerprint;

test('the key, its scope and the fingerprint are there for the route', async () => {
  const response = await capture({ key: 'order 42 #1', body: '{"amount":5}' });
  expect(response.json()).toEqual({
    scope: 'POST /api/v1/payments/pay_1/capture',
    key: 'order 42 #1',
    fingerprint: expect.stringMatching(/^[0-9a-f]{64}$/) as string,
  });
});

test('no key is refused, and so is an empty one', async () => {
  expectProblem(await capture({}), 'idempotency_key_missing');
  expectProblem(await capture({ key: '' }), 'idempotency_key_missing');
});

test('keys of 255 characters pass; longer ones and other than printable ASCII do not', async () => {
  expect((await capture({ key: 'k'.repeat(255) })).statusCode).toBe(200);
  for (const key of ['k'.repeat(256), 'ключ', 'a\tb', 'caf\u00e9']) {
    expectProblem(await capture({ key }), 'idempotency_key_invalid');
  }
});

test('two keys in one request are refused, one key with a comma is not', async () => {
  const { app } = buildTestApp([routes]);
  const post = (...keys: string[]) =>
    `POST /api/v1/payments/pay_1/capture HTTP/1.1\r\nhost: a\r\nconnection: close\r\n` +
    `authorization: ${AUTHORIZED.authorization}\r\n` +
    keys.map((key) => `Idempotency-Key: ${key}\r\n`).join('') +
    'content-length: 0\r\n\r\n';
  const port = await listen(app);
  expect(await exchange(port, post('a', 'b'))).toContain('"code":"idempotency_key_invalid"');
  expect(await exchange(port, post('a, b'))).toContain('"key":"a, b"');
});

test('a route that does not ask for a key gets none', async () => {
  const { app } = buildTestApp([routes]);
  const response = await app.inject({
    method: 'POST',
    url: '/api/v1/free',
    headers: { ...AUTHORIZED, 'idempotency-key': 'k' },
  });
  expect(response.json()).toEqual({ idempotency: null });
});

test('the fingerprint is of what was sent: defaults do not change it, another value does', async () => {
  const empty = await fingerprintOf({ body: '{}' });
  const five = await fingerprintOf({ body: '{"amount":5}' });
  expect(new Set([empty, five, await fingerprintOf({ body: '{"amount":6}' })]).size).toBe(3);
  expect(await fingerprintOf({ body: ' { "amount" : 5.0 } ' })).toBe(five);
  expect(await fingerprintOf({ body: '{}' })).toBe(empty);
});

test('one path written in two ways is one path, and the query does not count', async () => {
  const body = '{"amount":5}';
  const plain = await fingerprintOf({ body });
  expect(await fingerprintOf({ body, url: '/api/v1/payments/pay%5F1/capture?x=1' })).toBe(plain);
  expect(await fingerprintOf({ body, url: '/api/v1/payments/pay_2/capture' })).not.toBe(plain);
});

test('canonical JSON is the same for every order of members and different for different values', () => {
  const json = fc.jsonValue({ maxDepth: 4 });
  fc.assert(
    fc.property(json, (value) => {
      expect(canonicalJson(shuffled(value))).toBe(canonicalJson(value));
      expect(JSON.parse(canonicalJson(value))).toEqual(JSON.parse(JSON.stringify(value)));
    }),
  );
});

/** The same value with the members of every object in the opposite order. */
function shuffled(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(shuffled);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).reverse();
  return Object.fromEntries(entries.map(([name, member]) => [name, shuffled(member)]));
}
