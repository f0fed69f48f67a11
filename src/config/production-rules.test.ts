import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { parseDotenv } from './dotenv.ts';
import { test as testInFolder } from './loading-fixture.ts';
import { loadSettings } from './load.ts';

const SAFE = {
  DATABASE_URL: 'postgresql://u:p@h/d?sslmode=require',
  PAYMENT_REDIS_URL: 'rediss://:p@h:6379/0',
  STRIPE_SECRET_KEY: 'sk_live_1',
  STRIPE_PUBLISHABLE_KEY: 'pk_live_1',
  STRIPE_WEBHOOK_SECRET: 'whsec_1',
  TENDER_ADMIN_TOKEN: 'a'.repeat(32),
};

/** What takes the place of live keys outside production. */
const TEST_KEYS = { STRIPE_SECRET_KEY: 'sk_test_1', STRIPE_PUBLISHABLE_KEY: 'pk_test_1' };

type Environment = 'development' | 'staging' | 'production';

/** The variables at fault when `changes` are made to settings that are safe. */
function refusals(environment: Environment, changes: Record<string, string>): string[] {
  const keys = environment === 'production' ? {} : TEST_KEYS;
  const env = { ...SAFE, ...keys, ...changes, PAYMENT_ENVIRONMENT: environment };
  const loaded = loadSettings({ env, cwd: '/nonexistent', command: 'start' });
  return loaded.ok ? [] : loaded.problems.map(({ variable }) => variable);
}

test('safe settings are accepted in every environment', () => {
  for (const environment of ['development', 'staging', 'production'] as const) {
    expect(refusals(environment, {})).toEqual([]);
  }
});

test.each<[string, string, Record<string, string>]>([
  ['the embedded database', 'DATABASE_URL', { DATABASE_URL: '' }],
  ['a database without TLS', 'DATABASE_URL', { DATABASE_URL: 'postgres://u@h/d' }],
  [
    'a database where TLS is optional',
    'DATABASE_URL',
    { DATABASE_URL: 'postgres://u@h/d?sslmode=prefer' },
  ],
  ['a direct URL without TLS', 'DATABASE_DIRECT_URL', { DATABASE_DIRECT_URL: 'postgres://u@h/d' }],
  [
    'a migration URL without TLS',
    'DATABASE_MIGRATION_URL',
    { DATABASE_MIGRATION_URL: 'postgres://u@h/d' },
  ],
  ['a Redis without TLS', 'PAYMENT_REDIS_URL', { PAYMENT_REDIS_URL: 'redis://:p@h:6379/0' }],
  [
    'a signature tolerance above ten minutes',
    'PAYMENT_WEBHOOK_SIGNATURE_TOLERANCE_SECONDS',
    { PAYMENT_WEBHOOK_SIGNATURE_TOLERANCE_SECONDS: '601' },
  ],
  [
    'an administrator token that can be guessed',
    'TENDER_ADMIN_TOKEN',
    { TENDER_ADMIN_TOKEN: 'a'.repeat(31) },
  ],
  [
    'a key of the audit log that can be guessed',
    'TENDER_AUDIT_KEY',
    { TENDER_AUDIT_KEY: 'a'.repeat(31) },
  ],
  ['a fail point', 'TENDER_FAIL_POINTS', { TENDER_FAIL_POINTS: 'after-commit' }],
])('%s is for development only', (_, variable, changes) => {
  expect(refusals('production', changes)).toEqual([variable]);
  expect(refusals('staging', changes)).toEqual([variable]);
  expect(refusals('development', changes)).toEqual([]);
});

test.each<[string, string[], Record<string, string>]>([
  [
    'test keys',
    ['STRIPE_SECRET_KEY', 'STRIPE_PUBLISHABLE_KEY'],
    { STRIPE_SECRET_KEY: 'sk_test_1', STRIPE_PUBLISHABLE_KEY: 'pk_test_1' },
  ],
  [
    'a restricted test key',
    ['STRIPE_SECRET_KEY'],
    { STRIPE_SECRET_KEY: 'rk_test_1', STRIPE_PUBLISHABLE_KEY: '' },
  ],
  ['a sandbox', ['PAYMENT_STRIPE_API_URL'], { PAYMENT_STRIPE_API_URL: 'http://127.0.0.1:8010' }],
  [
    'the sandbox of another gateway',
    ['PAYMENT_SQUARE_API_URL'],
    { PAYMENT_SQUARE_API_URL: 'https://connect.squareupsandbox.com' },
  ],
  [
    'certificates that certify themselves',
    ['PAYMENT_PAYPAL_CERTIFICATE_AUTHORITY'],
    {
      PAYMENT_PAYPAL_CERTIFICATE_AUTHORITY:
        '-----BEGIN CERTIFICATE-----MIIB-----END CERTIFICATE-----',
    },
  ],
  [
    "the gateway's host without TLS",
    ['PAYMENT_STRIPE_API_URL'],
    { PAYMENT_STRIPE_API_URL: 'http://api.stripe.com' },
  ],
  [
    'a look-alike host',
    ['PAYMENT_STRIPE_API_URL'],
    { PAYMENT_STRIPE_API_URL: 'https://api.stripe.com.example.org' },
  ],
  [
    'another port',
    ['PAYMENT_STRIPE_API_URL'],
    { PAYMENT_STRIPE_API_URL: 'https://api.stripe.com:8443' },
  ],
])('production refuses %s, staging does not', (_, variables, changes) => {
  expect(refusals('production', changes)).toEqual(variables);
  expect(refusals('staging', changes)).toEqual([]);
});

test.each<[string, string, Record<string, string>]>([
  [
    '0',
    'PAYMENT_WEBHOOK_SIGNATURE_TOLERANCE_SECONDS',
    { PAYMENT_WEBHOOK_SIGNATURE_TOLERANCE_SECONDS: '0' },
  ],
  [
    'negative',
    'PAYMENT_WEBHOOK_SIGNATURE_TOLERANCE_SECONDS',
    { PAYMENT_WEBHOOK_SIGNATURE_TOLERANCE_SECONDS: '-1' },
  ],
  ['shorter than a gateway call', 'PAYMENT_LEASE_SECONDS', { PAYMENT_LEASE_SECONDS: '32' }],
])('a value that is %s is refused everywhere: %s', (_, variable, changes) => {
  for (const environment of ['development', 'staging', 'production'] as const) {
    expect(refusals(environment, changes)).toEqual([variable]);
  }
});

test.each<[string, string, Record<string, string>]>([
  [
    'a live key of Stripe',
    'STRIPE_SECRET_KEY',
    { STRIPE_SECRET_KEY: 'sk_live_1', STRIPE_PUBLISHABLE_KEY: '' },
  ],
  ['the real Square', 'PAYMENT_SQUARE_API_URL', { SQUARE_ACCESS_TOKEN: 'visibly_fake' }],
  ['the real PayPal', 'PAYMENT_PAYPAL_API_URL', { PAYPAL_CLIENT_SECRET: 'visibly_fake' }],
])('%s is for production only: keys for tests must not move real money', (_, variable, changes) => {
  expect(refusals('production', changes)).toEqual([]);
  expect(refusals('staging', changes)).toEqual([variable]);
  expect(refusals('development', changes)).toEqual([variable]);
});

test('ten minutes of signature tolerance are still allowed', () => {
  expect(refusals('production', { PAYMENT_WEBHOOK_SIGNATURE_TOLERANCE_SECONDS: '600' })).toEqual(
    [],
  );
});

test('everything unsafe is refused at once', () => {
  const env = {
    PAYMENT_ENVIRONMENT: 'production',
    DATABASE_URL: 'postgres://u@h/d',
    PAYMENT_REDIS_URL: 'redis://h',
    STRIPE_SECRET_KEY: 'sk_test_1',
    PAYMENT_STRIPE_API_URL: 'http://localhost:8010',
    TENDER_FAIL_POINTS: 'x',
    PAYMENT_LEASE_SECONDS: '5',
  };
  const loaded = loadSettings({ env, cwd: '/nonexistent', command: 'api' });
  expect(loaded.ok ? [] : loaded.problems.map(({ variable }) => variable).sort()).toEqual([
    'DATABASE_URL',
    'PAYMENT_LEASE_SECONDS',
    'PAYMENT_REDIS_URL',
    'PAYMENT_STRIPE_API_URL',
    'STRIPE_SECRET_KEY',
    'TENDER_FAIL_POINTS',
  ]);
});

testInFolder('the example file of the documentation is accepted by production', ({ folder }) => {
  const page = readFileSync(new URL('../../docs/configuration.md', import.meta.url), 'utf8');
  const text = /## Example: `\.env\.production`\n\n```bash\n([^`]+)```/.exec(page)?.[1] ?? '';
  const secrets = {
    tender_admin_token: SAFE.TENDER_ADMIN_TOKEN,
    tender_audit_key: 'a'.repeat(32),
    stripe_secret_key: SAFE.STRIPE_SECRET_KEY,
    stripe_webhook_secret: SAFE.STRIPE_WEBHOOK_SECRET,
  };
  for (const [name, value] of Object.entries(secrets)) folder.write(name, `${value}\n`);
  folder.write('.env.production', text.replaceAll('/run/secrets/', `${folder.path}/`));
  expect(parseDotenv(text).entries.length).toBeGreaterThanOrEqual(20);

  const env = { PAYMENT_ENVIRONMENT: 'production' };
  for (const command of ['api', 'worker', 'migrate', 'keys'] as const) {
    expect(loadSettings({ env, cwd: folder.path, command })).toMatchObject({
      ok: true,
      warnings: [],
    });
  }
});
