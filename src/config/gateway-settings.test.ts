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
  expect(settingsOf(silent).gateway).toEqual({ timeoutMs: 1_500, connectTimeoutMs: 1_500 });
  expect(silent.warnings).toEqual([]);
  const asked = load(folder.path, { ...short, PAYMENT_GATEWAY_CONNECT_TIMEOUT: '10' });
  expect(settingsOf(asked).gateway.connectTimeoutMs).toBe(1_500);
  expect(asked.warnings).toHaveLength(1);
});
