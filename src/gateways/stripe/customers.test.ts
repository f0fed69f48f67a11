import { expect, test } from 'vitest';
import type { SaveMethod } from '../gateway.ts';
import type { Exchange, GatewayRequest } from '../transport.ts';
import { createStripeGateway } from './client.ts';

const CALL = { idempotencyKey: 'key-1', requestId: 'req_ours' };

/** The gateway over a transport that gives one answer, and the requests that it was given. */
function gatewayWith(exchange: Exchange) {
  const requests: GatewayRequest[] = [];
  const gateway = createStripeGateway({
    secretKey: 'sk_test_1',
    publishableKey: null,
    webhookSecrets: ['whsec_1'],
    apiUrl: 'http://127.0.0.1:8010',
    signatureToleranceMs: 300_000,
    transport: {
      send: async (request) => {
        requests.push(request);
        return exchange;
      },
      close: async () => undefined,
    },
  });
  const seen = () =>
    requests.map(({ method, path, body }) => {
      const [place, query = ''] = path.split('?');
      return [`${method} ${place}`, Object.fromEntries(new URLSearchParams(body ?? query))];
    });
  return { gateway, requests, seen };
}

function answer(body: unknown, status = 200): Exchange {
  const headers = { 'request-id': 'req_stripe' };
  return { kind: 'answered', status, headers, body: JSON.stringify(body) };
}

function refusal(status: number, error: { code?: string; message: string }): Exchange {
  return answer({ error: { type: 'invalid_request_error', ...error } }, status);
}

const METHOD = {
  id: 'pm_1',
  type: 'card',
  card: { brand: 'visa', last4: '4242', exp_month: 8, exp_year: 2030 },
};
const SETUP = {
  id: 'seti_1',
  object: 'setup_intent',
  status: 'succeeded',
  customer: 'cus_1',
  client_secret: 'seti_1_secret_1',
  payment_method: METHOD,
  next_action: null,
  last_setup_error: null,
};
const SAVED = {
  gatewayMethodId: 'pm_1',
  type: 'card',
  brand: 'visa',
  last4: '4242',
  expiryMonth: 8,
  expiryYear: 2030,
};
const SAVE: SaveMethod = {
  customerId: 'cus_ours',
  gatewayCustomerId: 'cus_1',
  paymentMethod: 'pm_card_visa',
  returnUrl: null,
};

test('a customer is made with our id, under the key that is given', async () => {
  const { gateway, requests, seen } = gatewayWith(answer({ id: 'cus_1', object: 'customer' }));
  const person = { customerId: 'cus_ours', email: 'ada@example.com', name: null };
  expect(await gateway.createCustomer(person, CALL)).toEqual({
    kind: 'succeeded',
    report: { gatewayCustomerId: 'cus_1' },
  });
  const sent = { email: 'ada@example.com', 'metadata[tender_customer_id]': 'cus_ours' };
  expect(seen()).toEqual([['POST /v1/customers', sent]]);
  expect(requests[0]?.headers).toMatchObject({ 'Idempotency-Key': 'key-1' });
});

test('a customer without an id in the answer may have been made', async () => {
  const { gateway } = gatewayWith(answer({ object: 'customer' }));
  const person = { customerId: 'cus_ours', email: null, name: null };
  expect(await gateway.createCustomer(person, CALL)).toMatchObject({
    kind: 'unknown',
    error: { category: 'gateway_fault' },
  });
});

test.for([
  ['it is deleted', answer({ id: 'cus_1', object: 'customer', deleted: true }), 'succeeded'],
  [
    'it is gone',
    refusal(404, { code: 'resource_missing', message: 'No such customer' }),
    'succeeded',
  ],
  ['the path is unknown', refusal(404, { message: 'Unrecognized request URL' }), 'refused'],
  ['Stripe breaks down', answer({ error: { type: 'api_error', message: 'Oh' } }, 500), 'unknown'],
] as const)('where %s, deleting a customer comes to that', async ([, exchange, kind]) => {
  const { gateway, requests, seen } = gatewayWith(exchange);
  expect((await gateway.deleteCustomer('cus_1', CALL)).kind).toBe(kind);
  expect(seen()).toEqual([['DELETE /v1/customers/cus_1', {}]]);
  expect(requests[0]?.headers).toMatchObject({ 'Idempotency-Key': 'key-1' });
});

test('a method is set up for payments without the customer, in one call', async () => {
  const { gateway, seen } = gatewayWith(answer(SETUP));
  expect(await gateway.saveMethod(SAVE, CALL)).toEqual({ kind: 'succeeded', report: SAVED });
  expect(seen()).toEqual([
    [
      'POST /v1/setup_intents',
      {
        customer: 'cus_1',
        payment_method: 'pm_card_visa',
        usage: 'off_session',
        confirm: 'true',
        'automatic_payment_methods[enabled]': 'true',
        'automatic_payment_methods[allow_redirects]': 'never',
        'metadata[tender_customer_id]': 'cus_ours',
        'expand[0]': 'payment_method',
      },
    ],
  ]);
});

test('a customer who has to agree is sent to Stripe, and the setup intent stands for the method', async () => {
  const url = 'https://hooks.stripe.example/3ds';
  const next_action = { type: 'redirect_to_url', redirect_to_url: { url } };
  const { gateway, seen } = gatewayWith(
    answer({ ...SETUP, status: 'requires_action', next_action }),
  );
  const returnUrl = 'https://shop.example/back';
  expect(await gateway.saveMethod({ ...SAVE, returnUrl }, CALL)).toEqual({
    kind: 'requires_approval',
    approval: { paymentMethod: 'seti_1', action: { type: 'redirect_to_url', url } },
  });
  expect(seen()[0]?.[1]).toMatchObject({
    return_url: returnUrl,
    'automatic_payment_methods[allow_redirects]': 'always',
  });
  expect(gateway.takesPaymentMethod('seti_1')).toBe(true);
});

test("Stripe's script is told by the client secret what to go on with", async () => {
  const next_action = { type: 'use_stripe_sdk', use_stripe_sdk: { type: 'three_d_secure' } };
  const { gateway } = gatewayWith(answer({ ...SETUP, status: 'requires_action', next_action }));
  const data = { type: 'three_d_secure', client_secret: 'seti_1_secret_1' };
  expect(await gateway.saveMethod(SAVE, CALL)).toEqual({
    kind: 'requires_approval',
    approval: { paymentMethod: 'seti_1', action: { type: 'use_gateway_sdk', data } },
  });
});

test.for([
  ['agreed', SETUP, { kind: 'succeeded', report: SAVED }],
  [
    'failed to agree',
    {
      ...SETUP,
      status: 'requires_payment_method',
      payment_method: null,
      last_setup_error: {
        type: 'invalid_request_error',
        code: 'setup_intent_authentication_failure',
      },
    },
    { kind: 'declined', decline: { code: 'authentication_failed' } },
  ],
  [
    'is still away',
    { ...SETUP, status: 'requires_action', next_action: { type: 'use_stripe_sdk' } },
    { kind: 'requires_approval', approval: { paymentMethod: 'seti_1' } },
  ],
  [
    'came too late',
    { ...SETUP, status: 'canceled' },
    { kind: 'refused', error: { code: 'setup_canceled' } },
  ],
  [
    'is not known to have agreed',
    { ...SETUP, status: 'processing' },
    { kind: 'unknown', error: { category: 'gateway_fault' } },
  ],
  [
    'is another one',
    { ...SETUP, customer: 'cus_2' },
    { kind: 'refused', error: { category: 'invalid_request', code: 'setup_of_another_customer' } },
  ],
] as const)(
  'after approval nothing is set up anew: the customer %s',
  async ([, setup, expected]) => {
    const { gateway, seen } = gatewayWith(answer(setup));
    const outcome = await gateway.saveMethod({ ...SAVE, paymentMethod: 'seti_1' }, CALL);
    expect(outcome).toMatchObject(expected);
    expect(seen()).toEqual([['GET /v1/setup_intents/seti_1', { 'expand[0]': 'payment_method' }]]);
  },
);

test('a card that cannot be kept is declined with the reason of its issuer', async () => {
  const error = { type: 'card_error', code: 'card_declined', decline_code: 'lost_card' };
  const { gateway } = gatewayWith(answer({ error: { ...error, message: 'No' } }, 402));
  expect(await gateway.saveMethod(SAVE, CALL)).toMatchObject({
    kind: 'declined',
    decline: { code: 'lost_or_stolen_card', gatewayCode: 'lost_card' },
  });
});

test.for([
  ['it is detached', answer({ ...METHOD, object: 'payment_method' }), 'succeeded'],
  ['it is not there', refusal(404, { code: 'resource_missing', message: 'No such' }), 'succeeded'],
  [
    'it is detached already',
    refusal(400, {
      message:
        'The payment method you provided is not attached to a customer so detachment is impossible.',
    }),
    'succeeded',
  ],
  ['it cannot be detached', refusal(400, { message: 'This type cannot be detached' }), 'refused'],
] as const)('where %s, detaching a method comes to that', async ([, exchange, kind]) => {
  const { gateway, seen } = gatewayWith(exchange);
  const method = { gatewayCustomerId: 'cus_1', gatewayMethodId: 'pm_1' };
  expect((await gateway.detachMethod(method, CALL)).kind).toBe(kind);
  expect(seen()).toEqual([['POST /v1/payment_methods/pm_1/detach', {}]]);
});
