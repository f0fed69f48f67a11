import { expect, test } from 'vitest';
import {
  answer,
  bodyOf,
  CALL,
  capture,
  gatewayWith,
  issue,
  linesOf,
  order,
  PAYMENT,
} from './paypal.fixture.ts';

const { gatewayPaymentId, ...CREATION } = PAYMENT;
const AUTHORIZATION = {
  id: 'AUTH1',
  status: 'CREATED',
  amount: { currency_code: 'USD', value: '20.00' },
};
const AUTHORIZED = order(
  { intent: 'AUTHORIZE', status: 'COMPLETED' },
  { authorizations: [AUTHORIZATION] },
);

test('an order carries what the payment is, our ids, and whither to lead the customer', async () => {
  const { gateway, requests } = gatewayWith(answer(order(), 201));
  await gateway.createPayment(
    {
      ...CREATION,
      captureMethod: 'manual',
      description: `${'é'.repeat(63)}éé`,
      statementDescriptor: 'CHAIRS',
      gatewayCustomerId: 'CUSTOMER1',
      savePaymentMethod: true,
    },
    CALL,
  );
  expect(requests[0]).toMatchObject({
    origin: 'https://api-m.paypal.com',
    method: 'POST',
    path: '/v2/checkout/orders',
    headers: {
      authorization: 'Bearer token-1',
      'content-type': 'application/json',
      'paypal-request-id': 'key-1',
      'x-request-id': 'req_ours',
      prefer: 'return=representation',
    },
  });
  expect(bodyOf(requests[0])).toEqual({
    intent: 'AUTHORIZE',
    purchase_units: [
      {
        amount: { currency_code: 'USD', value: '20.00' },
        custom_id: 'pay_1.att_1',
        // As many characters as fit into 127 bytes.
        description: 'é'.repeat(63),
        soft_descriptor: 'CHAIRS',
      },
    ],
    payment_source: {
      paypal: {
        experience_context: {
          return_url: 'https://shop.example.com/return',
          cancel_url: 'https://shop.example.com/return',
          user_action: 'PAY_NOW',
          shipping_preference: 'NO_SHIPPING',
        },
        attributes: {
          customer: { id: 'CUSTOMER1' },
          vault: { store_in_vault: 'ON_SUCCESS', usage_type: 'MERCHANT' },
        },
      },
    },
  });
});

test('an order for a kept wallet names it only when it is charged, so that its id is stored before', async () => {
  const kept = { ...PAYMENT, paymentMethod: '8kk8451t', returnUrl: null };
  const { gateway, requests } = gatewayWith(
    answer(order(), 201),
    answer(
      order({
        status: 'PAYER_ACTION_REQUIRED',
        links: [{ rel: 'approve', href: 'https://x.example' }],
      }),
    ),
    answer(order({ status: 'COMPLETED' }, { captures: [capture()] }), 201),
  );
  const agreed = { kind: 'succeeded', report: { status: 'requires_completion', action: null } };
  expect(await gateway.createPayment(kept, CALL)).toMatchObject(agreed);
  expect(await gateway.confirmPayment(kept, CALL)).toMatchObject(agreed);
  expect(await gateway.completePayment(kept, CALL)).toMatchObject({ kind: 'succeeded' });
  expect(linesOf(requests)).toEqual([
    'POST /v2/checkout/orders',
    'GET /v2/checkout/orders/ORDER1',
    'POST /v2/checkout/orders/ORDER1/capture',
  ]);
  expect(bodyOf(requests[0])).not.toHaveProperty('payment_source');
  expect(bodyOf(requests[2])).toEqual({ payment_source: { paypal: { vault_id: '8kk8451t' } } });
});

test('a payer who has to act once more is sent back, unless nobody is there', async () => {
  const links = [{ rel: 'payer-action', href: 'https://paypal.example/act' }];
  const required = issue('PAYER_ACTION_REQUIRED', 422, links);
  const { gateway } = gatewayWith(required, required);
  expect(await gateway.completePayment(PAYMENT, CALL)).toMatchObject({
    kind: 'requires_action',
    action: { type: 'redirect_to_url', url: 'https://paypal.example/act' },
    report: { gatewayPaymentId, status: 'requires_action' },
  });
  expect(await gateway.completePayment({ ...PAYMENT, offSession: true }, CALL)).toMatchObject({
    kind: 'declined',
    decline: { code: 'authentication_required' },
    report: { status: 'declined' },
  });
});

test('an order that says it was charged already is believed once it has been read, and not before', async () => {
  const already = issue('ORDER_ALREADY_CAPTURED');
  const charged = answer(order({ status: 'COMPLETED' }, { captures: [capture()] }));
  const lost = { kind: 'no_answer', code: 'timeout', message: 'none' } as const;
  const { gateway } = gatewayWith(already, charged, already, lost, already, answer('{}'));
  expect(await gateway.completePayment(PAYMENT, CALL)).toMatchObject({
    kind: 'succeeded',
    report: { status: 'succeeded', amountCaptured: 2000n },
  });
  expect(await gateway.completePayment(PAYMENT, CALL)).toMatchObject({ kind: 'unknown' });
  expect(await gateway.completePayment(PAYMENT, CALL)).toMatchObject({ kind: 'unknown' });
});

test('a confirmation of an order that was approved already goes on from there', async () => {
  const { gateway } = gatewayWith(
    issue('PAYMENT_ALREADY_APPROVED'),
    answer(order({ status: 'APPROVED' })),
  );
  expect(await gateway.confirmPayment(PAYMENT, CALL)).toMatchObject({
    kind: 'succeeded',
    report: { status: 'requires_completion' },
  });
});

test('an answer that cannot be read leaves open what happened', async () => {
  for (const body of ['', 'null', '{"id":"ORDER1"}', '<html>', '{"id":']) {
    const { gateway } = gatewayWith(answer(body, 201));
    expect(await gateway.completePayment(PAYMENT, CALL), body).toMatchObject({
      kind: 'unknown',
      error: { category: 'gateway_fault', code: 'unreadable_answer', gatewayRequestId: 'debug-1' },
    });
  }
});

test('a release is a success without a body too, and one that came too late tells what is', async () => {
  const cancel = { gatewayPaymentId, reason: null };
  const captured = order(
    { intent: 'AUTHORIZE', status: 'COMPLETED' },
    { authorizations: [{ ...AUTHORIZATION, status: 'CAPTURED' }], captures: [capture()] },
  );
  const { gateway, requests } = gatewayWith(
    answer(AUTHORIZED),
    answer('', 204),
    answer(AUTHORIZED),
    issue('PREVIOUSLY_CAPTURED'),
    answer(captured),
  );
  expect(await gateway.cancelPayment(cancel, CALL)).toMatchObject({
    kind: 'succeeded',
    report: { status: 'canceled' },
  });
  expect(await gateway.cancelPayment(cancel, CALL)).toMatchObject({
    kind: 'refused',
    error: { code: 'PREVIOUSLY_CAPTURED' },
    report: { status: 'succeeded', amountCaptured: 2000n },
  });
  expect(requests[1]).toMatchObject({
    path: '/v2/payments/authorizations/AUTH1/void',
    body: null,
    headers: { 'paypal-request-id': 'key-1' },
  });
});

test('a capture is final, of the amount that was asked for, and of what is authorized', async () => {
  const { gateway, requests } = gatewayWith(
    answer(AUTHORIZED),
    answer(capture({ amount: { currency_code: 'USD', value: '7.50' } }), 201),
    answer(order()),
  );
  const request = { gatewayPaymentId, amount: 750n, currency: 'USD' };
  expect(await gateway.capturePayment(request, CALL)).toMatchObject({
    kind: 'succeeded',
    report: { status: 'succeeded', amountCaptured: 750n },
  });
  expect(bodyOf(requests[1])).toEqual({
    amount: { currency_code: 'USD', value: '7.50' },
    final_capture: true,
  });
  expect(await gateway.capturePayment(request, CALL)).toMatchObject({
    kind: 'refused',
    error: { code: 'not_authorized' },
    report: { status: 'requires_payment_method' },
  });
});

test('an order that PayPal does not know says nothing of what was asked for before', async () => {
  const unknown = issue('INVALID_RESOURCE_ID', 404);
  const { gateway } = gatewayWith(unknown, unknown);
  const refused = { kind: 'refused', error: { category: 'authentication' }, report: null };
  const amount = { amount: 100n, currency: 'USD' };
  expect(await gateway.capturePayment({ gatewayPaymentId, ...amount }, CALL)).toMatchObject(
    refused,
  );
  const refund = {
    gatewayPaymentId,
    ...amount,
    reason: null,
    paymentId: 'pay_1',
    refundId: 'ref_1',
  };
  expect(await gateway.createRefund(refund, CALL)).toMatchObject(refused);
});

test('what PayPal could not take is refused before anything is sent', async () => {
  const { gateway, requests } = gatewayWith();
  const refused = { kind: 'refused', error: { category: 'invalid_request', httpStatus: null } };
  const wrong = { amount: 2050n, currency: 'HUF' };
  expect(await gateway.createPayment({ ...CREATION, ...wrong }, CALL)).toMatchObject(refused);
  expect(await gateway.capturePayment({ gatewayPaymentId, ...wrong }, CALL)).toMatchObject(refused);
  const ids = { paymentId: 'pay_1', refundId: 'ref_1' };
  const refund = { gatewayPaymentId, ...wrong, ...ids, reason: null };
  expect(await gateway.createRefund(refund, CALL)).toMatchObject(refused);
  const save = { customerId: 'cus_1', gatewayCustomerId: 'C', returnUrl: null };
  for (const paymentMethod of ['paypal', 'pm_card_visa']) {
    expect(await gateway.saveMethod({ ...save, paymentMethod }, CALL)).toMatchObject(refused);
  }
  expect(requests).toEqual([]);
});

test('PayPal’s tokens are told from those of others by their look', () => {
  const { gateway } = gatewayWith();
  for (const ours of ['paypal', '8kk8451t', '5C991763VB2781612']) {
    expect(gateway.takesPaymentMethod(ours), ours).toBe(true);
  }
  for (const other of ['pm_card_visa', 'cnon:card-nonce-ok', 'ccof:customer-card-id', '', 'card']) {
    expect(gateway.takesPaymentMethod(other), other).toBe(false);
  }
});

test('a payment whose id was never learned is not looked for, and as good as never made', async () => {
  const { gateway, requests } = gatewayWith();
  expect(gateway.capabilities.searchByReference).toBe(false);
  const search = { reference: PAYMENT.reference, createdAt: new Date() };
  expect(await gateway.findPayment(search, CALL)).toEqual({ kind: 'gone' });
  expect(requests).toEqual([]);
});

test('a token that PayPal refuses twice is not asked for without end', async () => {
  const refused = issue('INVALID_TOKEN', 401);
  const { gateway, requests } = gatewayWith(refused, refused);
  expect(await gateway.completePayment(PAYMENT, CALL)).toMatchObject({
    kind: 'refused',
    error: { category: 'authentication', code: 'INVALID_TOKEN' },
  });
  expect(requests).toHaveLength(2);
  expect(requests[1]?.headers).toEqual(requests[0]?.headers);
});

test('a detached wallet is one that is gone, and an outage leaves it open', async () => {
  const { gateway, requests } = gatewayWith(
    answer('', 204),
    issue('INVALID_RESOURCE_ID', 404),
    answer('', 503),
  );
  const method = { gatewayCustomerId: 'C', gatewayMethodId: '8kk8451t' };
  const done = { kind: 'succeeded', report: null };
  expect(await gateway.detachMethod(method, CALL)).toEqual(done);
  expect(await gateway.detachMethod(method, CALL)).toEqual(done);
  expect(await gateway.detachMethod(method, CALL)).toMatchObject({ kind: 'unknown' });
  expect(linesOf(requests)[0]).toBe('DELETE /v3/vault/payment-tokens/8kk8451t');
});

test('a customer has the same id at PayPal whenever they are made known, and nobody else has it', async () => {
  const { gateway } = gatewayWith();
  const idOf = async (customerId: string) =>
    gateway.createCustomer({ customerId, email: null, name: null }, CALL);
  expect(await idOf('cus_1')).toEqual(await idOf('cus_1'));
  expect(await idOf('cus_1')).not.toEqual(await idOf('cus_2'));
});
