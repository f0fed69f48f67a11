import { expect, test } from 'vitest';
import type { CreatePayment, CreateRefund } from '../gateway.ts';
import type { Exchange, GatewayRequest } from '../transport.ts';
import { createStripeGateway } from './client.ts';

const CALL = { idempotencyKey: 'key-1', requestId: 'req_ours' };

/** The gateway over a transport that gives the answers in turn, and the requests that it was given. */
function gatewayWith(...answers: Exchange[]) {
  const requests: GatewayRequest[] = [];
  const gateway = createStripeGateway({
    secretKey: 'sk_test_1',
    publishableKey: 'pk_test_1',
    webhookSecrets: ['whsec_1'],
    apiUrl: 'http://127.0.0.1:8010',
    signatureToleranceMs: 300_000,
    transport: {
      send: async (request) => {
        const answer = answers[requests.push(request) - 1];
        if (!answer) throw new Error('One request more than expected');
        return answer;
      },
      close: async () => undefined,
    },
  });
  return { gateway, requests };
}

function answer(body: unknown, status = 200): Exchange {
  const headers = { 'request-id': 'req_stripe' };
  return { kind: 'answered', status, headers, body: JSON.stringify(body) };
}

/** A request as Stripe sees it: method, path and decoded parameters. */
function seen(request: GatewayRequest | undefined): unknown {
  if (!request) return null;
  const [path, query = ''] = request.path.split('?');
  const parameters = Object.fromEntries(new URLSearchParams(request.body ?? query));
  return [`${request.method} ${path}`, parameters];
}

const INTENT = {
  id: 'pi_1',
  object: 'payment_intent',
  status: 'succeeded',
  amount: 1000,
  amount_capturable: 0,
  amount_received: 1000,
  currency: 'usd',
  client_secret: 'pi_1_secret_1',
  next_action: null,
  last_payment_error: null,
  metadata: { tender_payment_id: 'pay_1', tender_attempt_id: 'att_1' },
};
const DECLINED_INTENT = {
  ...INTENT,
  status: 'requires_payment_method',
  amount_received: 0,
  last_payment_error: { type: 'card_error', code: 'card_declined', decline_code: 'lost_card' },
};
const REFUND = {
  id: 're_1',
  object: 'refund',
  amount: 500,
  currency: 'usd',
  status: 'succeeded',
  payment_intent: 'pi_1',
  metadata: { tender_payment_id: 'pay_1', tender_refund_id: 'ref_1' },
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
  gatewayCustomerId: null,
  savePaymentMethod: false,
  reference: { paymentId: 'pay_1', attemptId: 'att_1' },
};
const CREATE_REFUND: CreateRefund = {
  gatewayPaymentId: 'pi_1',
  amount: 500n,
  currency: 'USD',
  reason: null,
  paymentId: 'pay_1',
  refundId: 'ref_1',
};

test('a payment with a method is created and confirmed in one call, and expects no redirect', async () => {
  const { gateway, requests } = gatewayWith(answer(INTENT));
  expect(await gateway.createPayment(CREATE, CALL)).toMatchObject({
    kind: 'succeeded',
    report: { gatewayPaymentId: 'pi_1', status: 'succeeded', amountCaptured: 1000n },
  });
  expect(seen(requests[0])).toEqual([
    'POST /v1/payment_intents',
    {
      amount: '1000',
      currency: 'usd',
      capture_method: 'automatic',
      'automatic_payment_methods[enabled]': 'true',
      'automatic_payment_methods[allow_redirects]': 'never',
      confirm: 'true',
      payment_method: 'pm_card_visa',
      'metadata[tender_payment_id]': 'pay_1',
      'metadata[tender_attempt_id]': 'att_1',
      'expand[0]': 'latest_charge.balance_transaction',
    },
  ]);
});

test('a payment without a method is only created, and sends nothing that belongs to confirming', async () => {
  const { gateway, requests } = gatewayWith(
    answer({ ...INTENT, status: 'requires_payment_method' }),
  );
  const request = {
    ...CREATE,
    paymentMethod: null,
    offSession: true,
    returnUrl: 'https://shop.example/return',
    captureMethod: 'manual' as const,
  };
  expect(await gateway.createPayment(request, CALL)).toMatchObject({
    kind: 'succeeded',
    report: { status: 'requires_payment_method', clientSecret: 'pi_1_secret_1' },
  });
  expect(seen(requests[0])).toEqual([
    'POST /v1/payment_intents',
    {
      amount: '1000',
      currency: 'usd',
      capture_method: 'manual',
      'automatic_payment_methods[enabled]': 'true',
      'automatic_payment_methods[allow_redirects]': 'always',
      'metadata[tender_payment_id]': 'pay_1',
      'metadata[tender_attempt_id]': 'att_1',
      'expand[0]': 'latest_charge.balance_transaction',
    },
  ]);
});

test('everything that a payment may carry is passed on, in the units of its currency', async () => {
  const { gateway, requests } = gatewayWith(answer(INTENT));
  const request = {
    ...CREATE,
    amount: 700n,
    currency: 'ISK',
    offSession: true,
    returnUrl: 'https://shop.example/return?a=1&b=2',
    description: 'Two chairs & a table',
    statementDescriptor: 'CHAIRS',
    orderId: 'order 7',
  };
  await gateway.createPayment(request, CALL);
  expect(seen(requests[0])).toMatchObject([
    'POST /v1/payment_intents',
    {
      amount: '70000',
      currency: 'isk',
      off_session: 'true',
      return_url: 'https://shop.example/return?a=1&b=2',
      description: 'Two chairs & a table',
      statement_descriptor_suffix: 'CHAIRS',
      'metadata[order_id]': 'order 7',
      'automatic_payment_methods[allow_redirects]': 'always',
    },
  ]);
  expect(requests[0]?.headers).toMatchObject({
    'Idempotency-Key': 'key-1',
    'X-Request-Id': 'req_ours',
  });
});

test('the same request with the same key is the same to the letter', async () => {
  const one = gatewayWith(answer(INTENT));
  const other = gatewayWith(answer(INTENT));
  await one.gateway.createPayment(CREATE, CALL);
  await other.gateway.createPayment(structuredClone(CREATE), CALL);
  expect(other.requests).toEqual(one.requests);
});

test('confirm, capture, cancel and refund ask for what they say', async () => {
  const { gateway, requests } = gatewayWith(
    answer(INTENT),
    answer(INTENT),
    answer(INTENT),
    answer({ ...INTENT, status: 'canceled' }),
    answer(REFUND),
  );
  const id = { gatewayPaymentId: 'pi_1' };
  const bare = { ...CREATE, ...id, paymentMethod: null };
  await gateway.confirmPayment(bare, CALL);
  await gateway.confirmPayment(
    {
      ...CREATE,
      ...id,
      paymentMethod: 'pm_1',
      offSession: true,
      returnUrl: 'https://shop.example',
    },
    CALL,
  );
  await gateway.capturePayment({ ...id, amount: 400n, currency: 'USD' }, CALL);
  await gateway.cancelPayment({ ...id, reason: 'abandoned' }, CALL);
  await gateway.createRefund({ ...CREATE_REFUND, reason: 'duplicate' }, CALL);
  const expand = { 'expand[0]': 'latest_charge.balance_transaction' };
  expect(requests.map(seen)).toEqual([
    ['POST /v1/payment_intents/pi_1/confirm', expand],
    [
      'POST /v1/payment_intents/pi_1/confirm',
      {
        payment_method: 'pm_1',
        off_session: 'true',
        return_url: 'https://shop.example',
        ...expand,
      },
    ],
    ['POST /v1/payment_intents/pi_1/capture', { amount_to_capture: '400', ...expand }],
    ['POST /v1/payment_intents/pi_1/cancel', { cancellation_reason: 'abandoned', ...expand }],
    [
      'POST /v1/refunds',
      {
        payment_intent: 'pi_1',
        amount: '500',
        reason: 'duplicate',
        'metadata[tender_payment_id]': 'pay_1',
        'metadata[tender_refund_id]': 'ref_1',
      },
    ],
  ]);
  for (const { headers } of requests) expect(headers['Idempotency-Key']).toBe('key-1');
});

test('an id cannot lead to another path', async () => {
  const { gateway, requests } = gatewayWith(answer(INTENT));
  await gateway.retrievePayment('../refunds/re_1?x=', { requestId: 'req_ours' });
  expect(requests[0]?.path).toMatch(/^\/v1\/payment_intents\/\.\.%2Frefunds%2Fre_1%3Fx%3D\?expand/);
});

test('an amount that Stripe cannot express is refused before anything is sent', async () => {
  const { gateway, requests } = gatewayWith();
  const amount = { amount: 5124n, currency: 'KWD' };
  for (const outcome of [
    await gateway.createPayment({ ...CREATE, ...amount }, CALL),
    await gateway.capturePayment({ gatewayPaymentId: 'pi_1', ...amount }, CALL),
    await gateway.createRefund({ ...CREATE_REFUND, ...amount }, CALL),
  ]) {
    expect(outcome).toMatchObject({
      kind: 'refused',
      error: { category: 'invalid_request', code: 'amount_not_representable' },
    });
  }
  expect(requests).toHaveLength(0);
});

test('a payment that needs the customer says what for', async () => {
  const next_action = { type: 'redirect_to_url', redirect_to_url: { url: 'https://3ds' } };
  const { gateway } = gatewayWith(answer({ ...INTENT, status: 'requires_action', next_action }));
  expect(await gateway.createPayment(CREATE, CALL)).toMatchObject({
    kind: 'requires_action',
    action: { type: 'redirect_to_url', url: 'https://3ds' },
    report: { status: 'requires_action' },
  });
});

test.for(['processing', 'requires_capture', 'requires_payment_method', 'canceled'] as const)(
  'a payment that is %s after the call was made as asked',
  async (status) => {
    const { gateway } = gatewayWith(answer({ ...INTENT, status, amount_received: 0 }));
    const outcome = await gateway.createPayment(CREATE, CALL);
    expect(outcome).toMatchObject({ kind: 'succeeded', report: { status } });
  },
);

const cardError = (payment_intent?: unknown) =>
  answer(
    {
      error: {
        type: 'card_error',
        code: 'card_declined',
        decline_code: 'lost_card',
        message: 'Your card was declined.',
        payment_intent,
      },
    },
    402,
  );

test('a decline is told with the code of the issuer and the state of the payment', async () => {
  const { gateway } = gatewayWith(cardError(DECLINED_INTENT));
  expect(await gateway.createPayment(CREATE, CALL)).toMatchObject({
    kind: 'declined',
    decline: {
      code: 'lost_or_stolen_card',
      gatewayCode: 'lost_card',
      message: 'Your card was declined.',
    },
    report: { gatewayPaymentId: 'pi_1', status: 'requires_payment_method' },
  });
});

test('a decline without a readable payment is a decline all the same', async () => {
  for (const sentAlong of [undefined, null, { id: 'pi_1' }, 'pi_1']) {
    const { gateway } = gatewayWith(cardError(sentAlong));
    const outcome = await gateway.createPayment(CREATE, CALL);
    expect(outcome).toMatchObject({ kind: 'declined', report: null });
  }
});

test('a decline of a payment that goes on all the same is unknown', async () => {
  for (const status of ['processing', 'succeeded']) {
    const { gateway } = gatewayWith(cardError({ ...INTENT, status }));
    expect(await gateway.createPayment(CREATE, CALL)).toMatchObject({
      kind: 'unknown',
      error: { category: 'gateway_fault', code: 'card_declined', httpStatus: 402 },
    });
  }
});

test('a payment off session that needs authentication is declined for that', async () => {
  const error = { type: 'card_error', code: 'authentication_required', message: 'm' };
  const { gateway } = gatewayWith(
    answer({ error: { ...error, decline_code: 'authentication_required' } }, 402),
  );
  const outcome = await gateway.createPayment({ ...CREATE, offSession: true }, CALL);
  expect(outcome).toMatchObject({ decline: { code: 'authentication_required' } });
});

test('an answer of success that waits for another method because of a decline is a decline', async () => {
  const { gateway } = gatewayWith(answer(DECLINED_INTENT));
  expect(await gateway.createPayment(CREATE, CALL)).toMatchObject({
    kind: 'declined',
    decline: { code: 'lost_or_stolen_card' },
    report: { status: 'requires_payment_method' },
  });
});

test('a refusal brings the state of the payment along where Stripe sent it', async () => {
  const error = {
    type: 'invalid_request_error',
    code: 'payment_intent_unexpected_state',
    message: 'This PaymentIntent has already succeeded.',
  };
  const withIntent = gatewayWith(answer({ error: { ...error, payment_intent: INTENT } }, 400));
  const capture = { gatewayPaymentId: 'pi_1', amount: 1000n, currency: 'USD' };
  expect(await withIntent.gateway.capturePayment(capture, CALL)).toEqual({
    kind: 'refused',
    error: {
      category: 'invalid_request',
      code: 'payment_intent_unexpected_state',
      message: 'This PaymentIntent has already succeeded.',
      httpStatus: 400,
      gatewayRequestId: 'req_stripe',
    },
    report: expect.objectContaining({ status: 'succeeded', amountCaptured: 1000n }) as unknown,
  });
  const without = gatewayWith(answer({ error }, 400));
  expect(await without.gateway.capturePayment(capture, CALL)).toMatchObject({
    kind: 'refused',
    report: null,
  });
});

const NOT_SENT: Exchange = { kind: 'not_sent', code: 'ECONNREFUSED', message: 'm' };
const NO_ANSWER: Exchange = { kind: 'no_answer', code: 'timeout', message: 'm' };
const FAULT = answer({ error: { type: 'api_error', message: 'm' } }, 500);
const BUSY = answer({ error: { type: 'invalid_request_error', code: 'rate_limit' } }, 429);

test.for([
  ['not sent', NOT_SENT, 'refused', 'unreachable'],
  ['not answered', NO_ANSWER, 'unknown', 'no_answer'],
  ['answered with a fault', FAULT, 'unknown', 'gateway_fault'],
  ['answered with another object', answer({ object: 'customer' }), 'unknown', 'gateway_fault'],
  ['answered with half an object', answer({ ...INTENT, id: '' }), 'unknown', 'gateway_fault'],
  ['answered with too many requests', BUSY, 'refused', 'rate_limited'],
] as const)('a call that moves money and is %s is %s', async ([, exchange, kind, category]) => {
  const { gateway } = gatewayWith(...Array.from({ length: 5 }, () => exchange));
  const id = { gatewayPaymentId: 'pi_1' };
  for (const outcome of [
    await gateway.createPayment(CREATE, CALL),
    await gateway.confirmPayment({ ...CREATE, ...id, paymentMethod: null }, CALL),
    await gateway.capturePayment({ ...id, amount: 400n, currency: 'USD' }, CALL),
    await gateway.cancelPayment({ ...id, reason: null }, CALL),
    await gateway.createRefund(CREATE_REFUND, CALL),
  ]) {
    expect(outcome).toMatchObject({ kind, error: { category } });
  }
});

test.for([
  ['not sent', NOT_SENT, 'unreachable'],
  ['not answered', NO_ANSWER, 'no_answer'],
  ['answered with a fault', FAULT, 'gateway_fault'],
  ['answered with another object', answer({ object: 'customer' }), 'gateway_fault'],
  ['answered with too many requests', BUSY, 'rate_limited'],
] as const)('a question that is %s has no answer', async ([, exchange, category]) => {
  const { gateway } = gatewayWith(exchange, exchange, exchange);
  const reference = { paymentId: 'pay_1', attemptId: 'att_1' };
  for (const found of [
    await gateway.retrievePayment('pi_1', CALL),
    await gateway.findPayment({ reference, createdAt: new Date() }, CALL),
    await gateway.listRefunds('pi_1', CALL),
  ]) {
    expect(found).toMatchObject({ kind: 'unavailable', error: { category } });
  }
});

test('a refund is told as it is: done, under way or failed', async () => {
  for (const [status, ours] of [
    ['succeeded', 'succeeded'],
    ['pending', 'pending'],
    ['failed', 'failed'],
  ] as const) {
    const { gateway } = gatewayWith(answer({ ...REFUND, status }));
    expect(await gateway.createRefund(CREATE_REFUND, CALL)).toMatchObject({
      kind: 'succeeded',
      report: { gatewayRefundId: 're_1', refundId: 'ref_1', amount: 500n, status: ours },
    });
  }
});

test('a payment is retrieved with its charge, and one that is not there is not found', async () => {
  const missing = { type: 'invalid_request_error', code: 'resource_missing', message: 'm' };
  const { gateway, requests } = gatewayWith(answer(INTENT), answer({ error: missing }, 404));
  expect(await gateway.retrievePayment('pi_1', CALL)).toMatchObject({
    kind: 'found',
    report: { gatewayPaymentId: 'pi_1' },
  });
  expect(await gateway.retrievePayment('pi_2', CALL)).toEqual({ kind: 'not_found' });
  expect(seen(requests[0])).toEqual([
    'GET /v1/payment_intents/pi_1',
    { 'expand[0]': 'latest_charge.balance_transaction' },
  ]);
  expect(requests[0]?.headers).toMatchObject({ 'X-Request-Id': 'req_ours' });
});

test('a path that Stripe does not know is no proof that a payment is not there', async () => {
  const error = { type: 'invalid_request_error', message: 'Unrecognized request URL' };
  const { gateway } = gatewayWith(answer({ error }, 404));
  expect(await gateway.retrievePayment('pi_1', CALL)).toMatchObject({ kind: 'unavailable' });
});

const page = (has_more: boolean, ...data: object[]) => answer({ object: 'list', data, has_more });
const listed = (id: string, attempt: string, payment = 'pay_1') => ({
  id,
  object: 'payment_intent',
  metadata: { tender_payment_id: payment, tender_attempt_id: attempt },
});

test('a payment is looked for around its creation, page by page, and then read itself', async () => {
  const { gateway, requests } = gatewayWith(
    page(true, { id: 'pi_7', metadata: {} }, listed('pi_6', 'att_6')),
    page(true, listed('pi_5', 'att_5'), listed('pi_1', 'att_1'), listed('pi_4', 'att_4')),
    answer(INTENT),
  );
  const search = {
    reference: { paymentId: 'pay_1', attemptId: 'att_1' },
    createdAt: new Date('2026-11-20T12:00:00.900Z'),
  };
  expect(await gateway.findPayment(search, CALL)).toMatchObject({
    kind: 'found',
    report: { gatewayPaymentId: 'pi_1', status: 'succeeded' },
  });
  const around = Date.parse('2026-11-20T12:00:00Z') / 1000;
  const created = { 'created[gte]': `${around - 90}`, 'created[lte]': `${around + 90}` };
  expect(requests.map(seen)).toEqual([
    ['GET /v1/payment_intents', { ...created, limit: '100' }],
    ['GET /v1/payment_intents', { ...created, limit: '100', starting_after: 'pi_6' }],
    ['GET /v1/payment_intents/pi_1', { 'expand[0]': 'latest_charge.balance_transaction' }],
  ]);
});

test('without an attempt a payment is looked for by its own id', async () => {
  const { gateway } = gatewayWith(
    page(false, listed('pi_2', 'att_2', 'pay_2'), listed('pi_1', 'att_9', 'pay_1')),
    answer(INTENT),
  );
  const search = { reference: { paymentId: 'pay_1', attemptId: null }, createdAt: new Date() };
  expect(await gateway.findPayment(search, CALL)).toMatchObject({ kind: 'found' });
});

test('a payment that is in no page is not found', async () => {
  const { gateway } = gatewayWith(page(true, listed('pi_2', 'att_2')), page(false));
  const search = { reference: { paymentId: 'pay_1', attemptId: 'att_1' }, createdAt: new Date() };
  expect(await gateway.findPayment(search, CALL)).toEqual({ kind: 'not_found' });
});

test('a list that does not end is given up, and says nothing about the payment', async () => {
  const { gateway, requests } = gatewayWith(
    ...Array.from({ length: 100 }, (_, n) => page(true, listed(`pi_${n}`, 'att_0'))),
  );
  const search = { reference: { paymentId: 'pay_1', attemptId: 'att_1' }, createdAt: new Date() };
  expect(await gateway.findPayment(search, CALL)).toMatchObject({
    kind: 'unavailable',
    error: { code: 'list_too_long' },
  });
  expect(requests).toHaveLength(100);
});

test('the refunds of a payment are listed to the end, those made elsewhere too', async () => {
  const elsewhere = { ...REFUND, id: 're_2', metadata: {} };
  const release = { ...elsewhere, id: 're_3', reason: 'expired_uncaptured_charge' };
  const { gateway, requests } = gatewayWith(page(true, REFUND, release), page(false, elsewhere));
  expect(await gateway.listRefunds('pi_1', CALL)).toMatchObject({
    kind: 'found',
    report: [
      { gatewayRefundId: 're_1', refundId: 'ref_1' },
      { gatewayRefundId: 're_2', refundId: null },
    ],
  });
  expect(requests.map(seen)).toEqual([
    ['GET /v1/refunds', { payment_intent: 'pi_1', limit: '100' }],
    ['GET /v1/refunds', { payment_intent: 'pi_1', limit: '100', starting_after: 're_3' }],
  ]);
});

test('what the browser and the rest of Tender need to know stands on the gateway', () => {
  const { gateway } = gatewayWith();
  expect(gateway).toMatchObject({
    name: 'stripe',
    publishableKey: 'pk_test_1',
    capabilities: { keyLifetimeMs: 86_400_000, partialCapture: true, partialRefund: true },
  });
});
