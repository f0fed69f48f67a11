import { expect, test } from 'vitest';
import type { z } from 'zod';
import { insistsOnTls } from './connection-url.ts';
import { stripePublishableKey, stripeSecretKey, stripeWebhookSecrets } from './credential-types.ts';
import { Secret } from './secret.ts';
import { apiUrl, postgresUrl, redisUrl } from './url-types.ts';

function read(type: z.ZodType<unknown, string>, text: string): unknown {
  const result = type.safeParse(text);
  if (!result.success) return { message: result.error.issues[0]?.message };
  return result.data instanceof Secret ? result.data.reveal() : result.data;
}

test.each([
  'postgresql://user:pass@db-master.internal:5432/auraconnect?sslmode=require',
  'postgres://u@localhost/db',
  'postgresql://u:p%23%2F@h1:5432,h2:5433/db?sslmode=verify-full',
  'postgresql://u:p,w@h1/db',
  'postgresql:///db?host=/var/run/postgresql',
])('%s is a PostgreSQL URL, and kept as it is', (url) => {
  expect(read(postgresUrl(), url)).toBe(url);
});

test.each([
  'mysql://u:p@h/db',
  'postgresql+asyncpg://u:p@h/db',
  'db-master.internal:5432',
  'postgresql://u:pa#ss@h/db',
  'postgresql://u:p@h/db#fragment',
  'postgresql://u:100%@h/db',
  'postgresql:///db',
  'postgresql://h:port/db',
])('%s is no PostgreSQL URL, and the error repeats nothing of it', (url) => {
  const { message } = read(postgresUrl(), url) as { message: string };
  expect(message).toMatch(/^is not a PostgreSQL URL/);
  expect(message).toContain('percent-encoded');
});

test('an sslmode that PostgreSQL does not know is refused: the driver would take it for its own words', () => {
  expect(read(postgresUrl(), 'postgresql://u:p@h/db?sslmode=required')).toEqual({
    message:
      'has an sslmode that is none of disable, allow, prefer, require, verify-ca, verify-full',
  });
});

test.each([
  ['?sslmode=require', true],
  ['?sslmode=verify-ca', true],
  ['?sslmode=verify-full', true],
  ['', false],
  ['?sslmode=disable', false],
  ['?sslmode=allow', false],
  ['?sslmode=prefer', false],
  ['?sslmode=require&sslmode=disable', false],
  ['?ssl=true', false],
])('a database URL with "%s" insists on TLS: %s', (parameters, expected) => {
  expect(insistsOnTls(`postgresql://u:p@h/db${parameters}`)).toBe(expected);
  expect(insistsOnTls(`postgresql://u:p@h1:1,h2:2/db${parameters}`)).toBe(expected);
});

test.each([
  'rediss://:<password>@redis-cluster.internal:6379/0',
  'redis://localhost',
  'redis://h/',
])('%s is a Redis URL', (url) => {
  expect(read(redisUrl(), url)).toBe(url);
});

test.each(['http://h', 'redis://', 'redis://h/name', 'rediss://:pa#ss@h/0', 'localhost:6379'])(
  '%s is no Redis URL',
  (url) => {
    expect(read(redisUrl(), url)).toHaveProperty('message');
  },
);

test('the address of an API is its origin, whatever its spelling', () => {
  expect(read(apiUrl(), 'https://API.stripe.com:443/')).toBe('https://api.stripe.com');
  expect(read(apiUrl(), 'http://127.0.0.1:8010')).toBe('http://127.0.0.1:8010');
});

test.each([
  'https://api.stripe.com/v1',
  'https://api.stripe.com@evil.example',
  'https://user:pass@api.stripe.com',
  'https://api.stripe.com?x=1',
  'https://api.stripe.com#x',
  'ftp://api.stripe.com',
  'api.stripe.com',
])('%s is no address of an API', (url) => {
  expect(read(apiUrl(), url)).toHaveProperty('message');
});

test('secret and publishable keys are told apart', () => {
  expect(read(stripeSecretKey(), 'sk_test_1')).toBe('sk_test_1');
  expect(read(stripeSecretKey(), 'rk_live_1')).toBe('rk_live_1');
  expect(read(stripePublishableKey(), 'pk_live_1')).toBe('pk_live_1');
  for (const text of ['pk_live_1', 'sk_live_', 'sk_live_...', 'whsec_1', 'sk_prod_1']) {
    expect(read(stripeSecretKey(), text)).toHaveProperty('message');
  }
  expect(read(stripePublishableKey(), 'sk_live_1')).toHaveProperty('message');
});

test('several webhook secrets are accepted while one replaces the other, and each must be one', () => {
  const secrets = stripeWebhookSecrets().parse('whsec_new, whsec_old+/=');
  expect(secrets.map((secret) => secret.reveal())).toEqual(['whsec_new', 'whsec_old+/=']);
  for (const text of ['whsec_new,', 'whsec_new,old', 'whsec_...', 'sk_test_1']) {
    expect(read(stripeWebhookSecrets(), text)).toHaveProperty('message');
  }
});
