import { expect } from 'vitest';
import { load, problemsOf, settingsOf, test } from './loading-fixture.ts';

const complete = { STRIPE_SECRET_KEY: 'sk_test_1', STRIPE_WEBHOOK_SECRET: 'whsec_2,whsec_1' };

test('complete credentials turn Stripe on', ({ folder }) => {
  const { stripe } = settingsOf(load(folder.path, complete)).gateways;
  expect(stripe).toMatchObject({
    kind: 'on',
    publishableKey: null,
    apiUrl: 'https://api.stripe.com',
  });
  if (stripe.kind === 'off') return;
  expect(stripe.secretKey.reveal()).toBe('sk_test_1');
  expect(stripe.webhookSecrets.map((secret) => secret.reveal())).toEqual(['whsec_2', 'whsec_1']);
});

test("the keys of the guide's Kubernetes secret turn Stripe on", ({ folder }) => {
  const env = { stripe_secret_key: 'sk_test_1', stripe_webhook_secret: 'whsec_1' };
  expect(settingsOf(load(folder.path, env)).gateways.stripe.kind).toBe('on');
});

test('half of the credentials leave Stripe off, with what is missing, and Tender starts', ({
  folder,
}) => {
  const { STRIPE_SECRET_KEY, STRIPE_WEBHOOK_SECRET } = complete;
  expect(settingsOf(load(folder.path, { STRIPE_SECRET_KEY })).gateways.stripe).toEqual({
    kind: 'off',
    missing: ['STRIPE_WEBHOOK_SECRET'],
    reason: 'STRIPE_WEBHOOK_SECRET not set',
    isUntouched: false,
  });
  expect(settingsOf(load(folder.path, { STRIPE_WEBHOOK_SECRET })).gateways.stripe).toMatchObject({
    missing: ['STRIPE_SECRET_KEY'],
  });
});

test('a credential that is wrong rather than missing is a problem', ({ folder }) => {
  const env = { ...complete, STRIPE_WEBHOOK_SECRET: 'sk_test_1' };
  expect(Object.keys(problemsOf(load(folder.path, env)))).toEqual(['STRIPE_WEBHOOK_SECRET']);
});

test('keys of different modes are a problem: a token of one is unknown in the other', ({
  folder,
}) => {
  const env = { ...complete, STRIPE_PUBLISHABLE_KEY: 'pk_live_1' };
  expect(problemsOf(load(folder.path, env))).toEqual({
    STRIPE_PUBLISHABLE_KEY: 'is a live key while STRIPE_SECRET_KEY is a test key',
  });
});

test('the connect timeout never exceeds the total, and says so when it was asked to', ({
  folder,
}) => {
  const short = { PAYMENT_GATEWAY_TIMEOUT_SECONDS: '1.5' };
  const silent = load(folder.path, short);
  expect(settingsOf(silent).gateway).toMatchObject({
    timeoutMs: 1_500,
    connectTimeoutMs: 1_500,
  });
  expect(silent.warnings).toEqual([]);
  const asked = load(folder.path, { ...short, PAYMENT_GATEWAY_CONNECT_TIMEOUT: '10' });
  expect(settingsOf(asked).gateway.connectTimeoutMs).toBe(1_500);
  expect(asked.warnings).toHaveLength(1);
});

test('complete credentials turn Square on, the keys of webhooks in the order in which they are tried', ({
  folder,
}) => {
  const { square } = settingsOf(
    load(folder.path, {
      PAYMENT_SQUARE_API_URL: 'https://connect.squareupsandbox.com',
      SQUARE_ACCESS_TOKEN: 'EAAA1',
      SQUARE_LOCATION_ID: 'L1',
      SQUARE_CURRENCY: 'CAD',
      SQUARE_APPLICATION_ID: 'sandbox-sq0idb-1',
      SQUARE_WEBHOOK_SIGNATURE_KEY: 'new, old',
      SQUARE_WEBHOOK_URL: 'https://pay.example.com/api/v1/payments/webhook/square',
    }),
  ).gateways;
  expect(square).toMatchObject({
    kind: 'on',
    locationId: 'L1',
    currency: 'CAD',
    applicationId: 'sandbox-sq0idb-1',
    webhookUrl: 'https://pay.example.com/api/v1/payments/webhook/square',
    apiUrl: 'https://connect.squareupsandbox.com',
  });
  if (square.kind === 'off') return;
  expect(square.webhookSignatureKeys.map((key) => key.reveal())).toEqual(['new', 'old']);
});

const paypalCredentials = {
  PAYPAL_CLIENT_ID: 'A1',
  PAYPAL_CLIENT_SECRET: 'E1',
  PAYPAL_WEBHOOK_ID: '8PT597110X687430LKGECATA',
};

test.for([
  ['https://api-m.paypal.com', ['api.paypal.com', 'api-m.paypal.com']],
  ['https://api-m.sandbox.paypal.com', ['api.sandbox.paypal.com', 'api-m.sandbox.paypal.com']],
  ['http://127.0.0.1:8012', ['127.0.0.1:8012']],
] as const)(
  'with the API at %s certificates of webhooks come from %j only',
  ([apiUrl, hosts], { folder }) => {
    const safe = { DATABASE_URL: 'postgres://u@h/d?sslmode=require', ...paypalCredentials };
    const isReal = apiUrl === 'https://api-m.paypal.com';
    const environment = isReal ? 'production' : 'development';
    const env = { ...safe, PAYMENT_ENVIRONMENT: environment, PAYMENT_PAYPAL_API_URL: apiUrl };
    expect(settingsOf(load(folder.path, env)).gateways.paypal).toMatchObject({
      kind: 'on',
      certificateHosts: hosts,
      certificateAuthorities: null,
    });
  },
);

test('several certificates to trust are told apart', ({ folder }) => {
  const one = '-----BEGIN CERTIFICATE-----\nMIIB1\n-----END CERTIFICATE-----';
  const two = '-----BEGIN CERTIFICATE-----\nMIIB2\n-----END CERTIFICATE-----';
  const env = {
    ...paypalCredentials,
    PAYMENT_PAYPAL_API_URL: 'http://127.0.0.1:8012',
    PAYMENT_PAYPAL_CERTIFICATE_AUTHORITY: `${one}\n${two}\n`,
  };
  expect(settingsOf(load(folder.path, env)).gateways.paypal).toMatchObject({
    certificateAuthorities: [one, two],
  });
});
