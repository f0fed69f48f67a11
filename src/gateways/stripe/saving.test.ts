import { expect, test } from 'vitest';
import type { CreatePayment } from '../gateway.ts';
import type { GatewayRequest } from '../transport.ts';
import { createStripeGateway } from './client.ts';
import { readPayment } from './mapping.ts';

const CALL = { idempotencyKey: 'key-1', requestId: 'req_ours' };

const INTENT = {
  id: 'pi_1',
  object: 'payment_intent',
  status: 'succeeded',
  amount: 1000,
  amount_received: 1000,
  currency: 'usd',
  customer: 'cus_1',
  setup_future_usage: 'off_session',
  payment_method: 'pm_1',
  latest_charge: {
    payment_method_details: {
      type: 'card',
      card: { brand: 'visa', last4: '4242', exp_month: 8, exp_year: 2030 },
    },
  },
};

const CREATE: CreatePayment = {
  amount: 1000n,
  currency: 'USD',
  captureMethod: 'automatic',
  paymentMethod: 'pm_card_visa',
  offSession: false,
  returnUrl: null,
  description: null,
  statementDescriptor: null,
  orderId: null,
  gatewayCustomerId: 'cus_1',
  savePaymentMethod: true,
  reference: { paymentId: 'pay_1', attemptId: 'att_1' },
};

function gatewayOver(requests: GatewayRequest[]) {
  return createStripeGateway({
    secretKey: 'sk_test_1',
    publishableKey: 'pk_test_1',
    webhookSecrets: [],
    apiUrl: 'http://127.0.0.1:8010',
    signatureToleranceMs: 300_000,
    transport: {
      send: async (request) => {
        requests.push(request);
        return { kind: 'answered', status: 200, headers: {}, body: JSON.stringify(INTENT) };
      },
      close: async () => undefined,
    },
  });
}

/** The parameters of the one request that was sent. */
function sent([request]: GatewayRequest[]): Record<string, string> {
  return Object.fromEntries(new URLSearchParams(request?.body ?? ''));
}

test('a payment that saves its method says so, whose it is, and reports the method', async () => {
  const requests: GatewayRequest[] = [];
  const outcome = await gatewayOver(requests).createPayment(CREATE, CALL);
  expect(sent(requests)).toMatchObject({
    customer: 'cus_1',
    setup_future_usage: 'off_session',
    confirm: 'true',
  });
  expect(outcome).toMatchObject({
    kind: 'succeeded',
    report: {
      savedMethod: {
        gatewayMethodId: 'pm_1',
        type: 'card',
        brand: 'visa',
        last4: '4242',
        expiryMonth: 8,
        expiryYear: 2030,
      },
    },
  });
});

test('a payment that a browser is to confirm says at once whose it is and that it saves', async () => {
  const requests: GatewayRequest[] = [];
  await gatewayOver(requests).createPayment({ ...CREATE, paymentMethod: null }, CALL);
  const parameters = sent(requests);
  expect(parameters).toMatchObject({ customer: 'cus_1', setup_future_usage: 'off_session' });
  expect(parameters).not.toHaveProperty('confirm');
});

test('a saved method is charged without the customer, and not saved again', async () => {
  const requests: GatewayRequest[] = [];
  const again = { ...CREATE, paymentMethod: 'pm_1', offSession: true, savePaymentMethod: false };
  await gatewayOver(requests).createPayment(again, CALL);
  const parameters = sent(requests);
  expect(parameters).toMatchObject({
    customer: 'cus_1',
    payment_method: 'pm_1',
    off_session: 'true',
  });
  expect(parameters).not.toHaveProperty('setup_future_usage');
});

test('confirming saves too; whose the payment is was settled when it was created', async () => {
  const requests: GatewayRequest[] = [];
  await gatewayOver(requests).confirmPayment({ ...CREATE, gatewayPaymentId: 'pi_1' }, CALL);
  const parameters = sent(requests);
  expect(parameters).toMatchObject({ setup_future_usage: 'off_session' });
  expect(parameters).not.toHaveProperty('customer');
});

test.for([
  ['has no customer', { customer: null }],
  ['was not to save it', { setup_future_usage: null }],
  ['waits for the customer', { status: 'requires_action', next_action: null }],
  ['was declined', { status: 'requires_payment_method', payment_method: null }],
  ['was canceled', { status: 'canceled' }],
])('a payment that %s keeps no method', ([, over]) => {
  expect(readPayment({ ...INTENT, ...(over as object) }).savedMethod).toBeNull();
});

test('an authorization keeps the method too', () => {
  const { savedMethod } = readPayment({ ...INTENT, status: 'requires_capture' });
  expect(savedMethod).toMatchObject({ gatewayMethodId: 'pm_1' });
});

test('Stripe has nothing to complete, and is not asked to', async () => {
  const requests: GatewayRequest[] = [];
  const completed = await gatewayOver(requests).completePayment(
    { ...CREATE, gatewayPaymentId: 'pi_1' },
    CALL,
  );
  expect(completed).toMatchObject({ kind: 'refused', error: { category: 'invalid_request' } });
  expect(requests).toEqual([]);
});

test.for([
  ['pm_card_visa', true],
  ['pm_1AbC', true],
  ['card_1', true],
  ['src_1', true],
  ['ba_1', true],
  ['seti_1', true],
  ['cnon:card-nonce-ok', false],
  ['ccof:1', false],
  ['paypal', false],
  ['tok_visa', false],
  ['pm_1 ', false],
  ['pm_1/../x', false],
  ['', false],
] as const)('whether %j may be a method of Stripe: %s', ([paymentMethod, isOne]) => {
  expect(gatewayOver([]).takesPaymentMethod(paymentMethod)).toBe(isOne);
});

test('a page needs the publishable key alone', () => {
  const { checkoutKeys, capabilities } = gatewayOver([]);
  expect(checkoutKeys).toEqual({ publishable_key: 'pk_test_1' });
  expect(capabilities).toMatchObject({
    savedMethods: true,
    redirect: true,
    searchByReference: true,
    createsWithoutMethod: true,
  });
});
