import { expect, test } from 'vitest';
import { judgeRepetition } from '../../domain/judge.ts';
import {
  answer,
  CALL,
  gatewayWith,
  NOT_SENT,
  PAYMENT,
  SILENCE,
  squareError,
  squarePayment,
  squareRefund,
  usd,
} from './square.fixture.ts';

const paid = (over: object = {}) => answer({ payment: squarePayment(over) });
const CARD = { id: 'ccof:1', card_brand: 'VISA', last_4: '1111', exp_month: 11, exp_year: 2034 };
const CAPTURE = { gatewayPaymentId: 'PAYMENT1', amount: 2000n, currency: 'USD' };
const SERVER_ERROR = squareError('INTERNAL_SERVER_ERROR', { category: 'API_ERROR', status: 500 });

test('a payment asks for what it is, at our location, under our key and reference', async () => {
  const { gateway, requests, bodies } = gatewayWith(paid());
  const outcome = await gateway.createPayment(PAYMENT, CALL);
  expect(outcome).toMatchObject({ kind: 'succeeded', report: { status: 'succeeded' } });
  expect(requests[0]).toMatchObject({
    origin: 'https://connect.squareup.com',
    method: 'POST',
    path: '/v2/payments',
    headers: {
      authorization: 'Bearer token-1',
      'content-type': 'application/json',
      'x-request-id': 'req_ours',
    },
  });
  expect(bodies()).toEqual([
    {
      idempotency_key: CALL.idempotencyKey,
      source_id: 'cnon:card-nonce-ok',
      amount_money: usd(2000),
      autocomplete: true,
      location_id: 'L1',
      reference_id: 'att_1',
    },
  ]);
});

test('everything that a payment may carry has its place, cut to what fits there', async () => {
  const { gateway, bodies } = gatewayWith(paid({ status: 'APPROVED' }));
  const request = {
    ...PAYMENT,
    captureMethod: 'manual' as const,
    paymentMethod: 'ccof:1|verf:token',
    offSession: true,
    gatewayCustomerId: 'CUSTOMER1',
    orderId: 'order-17',
    description: `${'x'.repeat(489)}😀 and more`,
    statementDescriptor: 'TWENTY-TWO CHARACTERS.',
  };
  await gateway.createPayment(request, CALL);
  expect(bodies()[0]).toMatchObject({
    source_id: 'ccof:1',
    verification_token: 'verf:token',
    autocomplete: false,
    customer_id: 'CUSTOMER1',
    customer_details: { customer_initiated: false },
    note: `order-17: ${'x'.repeat(489)}`,
    statement_description_identifier: 'TWENTY-TWO CHARACTER',
  });
});

test('without a method, in another currency, or with a payment there nothing is sent', async () => {
  const { gateway } = gatewayWith();
  const outcomes = await Promise.all([
    gateway.createPayment({ ...PAYMENT, paymentMethod: null }, CALL),
    gateway.createPayment({ ...PAYMENT, currency: 'EUR' }, CALL),
    gateway.confirmPayment({ ...PAYMENT, gatewayPaymentId: 'PAYMENT1' }, CALL),
    gateway.completePayment({ ...PAYMENT, gatewayPaymentId: 'PAYMENT1' }, CALL),
    gateway.capturePayment({ ...CAPTURE, currency: 'EUR' }, CALL),
  ]);
  for (const outcome of outcomes) {
    expect(outcome).toMatchObject({ kind: 'refused', error: { category: 'invalid_request' } });
  }
});

test('a payment that failed is a decline that leaves nothing, first and when it is repeated', async () => {
  const failed = squarePayment({
    status: 'FAILED',
    card_details: { errors: [{ code: 'INSUFFICIENT_FUNDS', detail: 'Empty' }] },
  });
  const said = { category: 'PAYMENT_METHOD_ERROR', status: 402, payment: failed };
  const { gateway } = gatewayWith(
    squareError('INSUFFICIENT_FUNDS', said),
    answer({ payment: failed }),
  );
  for (let n = 0; n < 2; n += 1) {
    expect(await gateway.createPayment(PAYMENT, CALL)).toMatchObject({
      kind: 'declined',
      decline: { code: 'insufficient_funds' },
      report: null,
    });
  }
});

test.for([
  ['silence', SILENCE],
  ['a server error', SERVER_ERROR],
  ['half an answer', answer('{"payment": {"id"')],
  ['an answer without a payment', answer({})],
  ['a payment in no known state', paid({ status: 'MOOD' })],
] as const)('%s leaves it unknown whether a payment was made', async ([, exchange]) => {
  expect((await gatewayWith(exchange).gateway.createPayment(PAYMENT, CALL)).kind).toBe('unknown');
});

test('a card is kept once its payment went through, under a key that follows from ours', async () => {
  const saving = { ...PAYMENT, savePaymentMethod: true, gatewayCustomerId: 'CUSTOMER1' };
  const { gateway, requests, bodies } = gatewayWith(paid(), answer({ card: CARD }));
  expect(await gateway.createPayment(saving, CALL)).toMatchObject({
    kind: 'succeeded',
    report: { status: 'succeeded', savedMethod: { gatewayMethodId: 'ccof:1' } },
  });
  expect(requests[1]?.path).toBe('/v2/cards');
  expect(bodies()[1]).toEqual({
    idempotency_key: `${CALL.idempotencyKey}-c`,
    source_id: 'PAYMENT1',
    card: { customer_id: 'CUSTOMER1' },
  });
});

test.for([
  ['refused', squareError('SOURCE_USED')],
  ['lost', SILENCE],
] as const)('that keeping the card is %s takes nothing from the payment', async ([, exchange]) => {
  const saving = { ...PAYMENT, savePaymentMethod: true, gatewayCustomerId: 'CUSTOMER1' };
  const { gateway } = gatewayWith(paid(), exchange);
  expect(await gateway.createPayment(saving, CALL)).toMatchObject({
    kind: 'succeeded',
    report: { status: 'succeeded', savedMethod: null },
  });
});

test('all that is approved is completed in one step, at the version that was read', async () => {
  const { gateway, requests, bodies } = gatewayWith(paid({ status: 'APPROVED' }), paid());
  const outcome = await gateway.capturePayment(CAPTURE, CALL);
  expect(outcome).toMatchObject({ kind: 'succeeded', report: { amountCaptured: 2000n } });
  expect(requests[1]).toMatchObject({ method: 'POST', path: '/v2/payments/PAYMENT1/complete' });
  expect(bodies()[1]).toEqual({ version_token: 'version-1' });
});

test('a part is captured by lowering the amount first, under a key that follows from ours', async () => {
  const lowered = { amount_money: usd(700), version_token: 'version-2' };
  const { gateway, requests, bodies } = gatewayWith(
    paid({ status: 'APPROVED' }),
    paid({ ...lowered, status: 'APPROVED' }),
    paid(lowered),
  );
  const outcome = await gateway.capturePayment({ ...CAPTURE, amount: 700n }, CALL);
  expect(outcome).toMatchObject({
    kind: 'succeeded',
    report: { amount: 2000n, amountCaptured: 700n, amountCapturable: 0n },
  });
  expect(requests[1]).toMatchObject({ method: 'PUT', path: '/v2/payments/PAYMENT1' });
  expect(bodies().slice(1)).toEqual([
    {
      idempotency_key: `${CALL.idempotencyKey}-a`,
      payment: { amount_money: usd(700), version_token: 'version-1' },
    },
    { version_token: 'version-2' },
  ]);
});

test('a capture that stopped half-way goes on from where it stands', async () => {
  const lowered = { amount_money: usd(700), version_token: 'version-2' };
  const { gateway, requests } = gatewayWith(
    paid({ ...lowered, status: 'APPROVED' }),
    paid(lowered),
  );
  const outcome = await gateway.capturePayment({ ...CAPTURE, amount: 700n }, CALL);
  expect(outcome).toMatchObject({ kind: 'succeeded', report: { amountCaptured: 700n } });
  expect(requests.map(({ method }) => method)).toEqual(['GET', 'POST']);
});

test('a capture that is done already succeeds, and one of another amount is refused with what was', async () => {
  const { gateway } = gatewayWith(paid(), paid());
  expect((await gateway.capturePayment(CAPTURE, CALL)).kind).toBe('succeeded');
  expect(await gateway.capturePayment({ ...CAPTURE, amount: 700n }, CALL)).toMatchObject({
    kind: 'refused',
    error: { code: 'already_captured' },
    report: { amountCaptured: 2000n },
  });
});

test('more than is approved, and what is canceled, is not captured', async () => {
  const { gateway } = gatewayWith(paid({ status: 'APPROVED' }), paid({ status: 'CANCELED' }));
  for (const amount of [2001n, 2000n]) {
    expect(await gateway.capturePayment({ ...CAPTURE, amount }, CALL)).toMatchObject({
      kind: 'refused',
      error: { category: 'invalid_request', code: 'not_capturable' },
    });
  }
});

test.for([
  ['silence', SILENCE, 'unreachable'],
  ['a server error', SERVER_ERROR, 'unreachable'],
  ['no connection', NOT_SENT, 'unreachable'],
  ['too many requests', squareError('RATE_LIMITED', { status: 429 }), 'rate_limited'],
  ['a wrong token', squareError('UNAUTHORIZED', { status: 401 }), 'authentication'],
  ['an unknown payment', squareError('NOT_FOUND', { status: 404 }), 'authentication'],
] as const)(
  'after %s to its reading a capture is refused for the moment',
  async ([, exchange, category]) => {
    const { gateway } = gatewayWith(exchange);
    const outcome = await gateway.capturePayment(CAPTURE, CALL);
    expect(outcome).toMatchObject({ kind: 'refused', error: { category }, report: null });
  },
);

test('a location that does not let amounts be changed refuses a part, and nothing is captured', async () => {
  const { gateway } = gatewayWith(paid({ status: 'APPROVED' }), squareError('BAD_REQUEST'));
  const outcome = await gateway.capturePayment({ ...CAPTURE, amount: 700n }, CALL);
  expect(outcome).toMatchObject({ kind: 'refused', error: { code: 'BAD_REQUEST' } });
});

test('a step that is refused for how the payment stands ends as the payment says', async () => {
  const refused = squareError('BAD_REQUEST');
  const { gateway } = gatewayWith(
    ...[refused, paid({ status: 'CANCELED' })],
    ...[refused, paid({ status: 'COMPLETED' })],
    ...[refused, SILENCE],
  );
  const cancel = () => gateway.cancelPayment({ gatewayPaymentId: 'PAYMENT1', reason: null }, CALL);
  expect(await cancel()).toMatchObject({ kind: 'succeeded', report: { status: 'canceled' } });
  expect(await cancel()).toMatchObject({ kind: 'refused', report: { status: 'succeeded' } });
  expect(await cancel()).toMatchObject({ kind: 'unknown', error: { category: 'no_answer' } });
});

test('a payment that is not known there tells nothing of an earlier try to cancel it', async () => {
  const notFound = squareError('NOT_FOUND', { status: 404 });
  const { gateway } = gatewayWith(notFound, notFound);
  const outcome = await gateway.cancelPayment({ gatewayPaymentId: 'PAYMENT1', reason: null }, CALL);
  expect(outcome).toMatchObject({
    kind: 'refused',
    error: { category: 'authentication', code: 'NOT_FOUND' },
    report: null,
  });
  expect(judgeRepetition(outcome).kind).toBe('unknown');
});

test('a refund carries our id in its reason', async () => {
  const { gateway, bodies } = gatewayWith(answer({ refund: squareRefund() }));
  const ids = { gatewayPaymentId: 'PAYMENT1', paymentId: 'pay_1', refundId: 'ref_1' };
  const asked = { ...ids, amount: 500n, currency: 'USD', reason: 'duplicate' as const };
  expect(await gateway.createRefund(asked, CALL)).toMatchObject({
    kind: 'succeeded',
    report: { gatewayRefundId: 'REFUND1', refundId: 'ref_1', status: 'pending' },
  });
  expect(bodies()).toEqual([
    {
      idempotency_key: CALL.idempotencyKey,
      payment_id: 'PAYMENT1',
      amount_money: usd(500),
      reason: 'duplicate (ref_1)',
    },
  ]);
});

const SEARCH = {
  reference: { paymentId: 'pay_1', attemptId: 'att_1' },
  createdAt: new Date('2026-11-20T12:00:00Z'),
};

test('a payment is found among those of its minute, page by page, and then read', async () => {
  const { gateway, requests } = gatewayWith(
    answer({
      payments: [{ id: 'OTHER', reference_id: 'order-17' }, { id: 'CASH' }],
      cursor: 'next',
    }),
    answer({ payments: [{ id: 'PAYMENT1', reference_id: 'att_1' }] }),
    paid(),
  );
  const found = await gateway.findPayment(SEARCH, CALL);
  expect(found).toMatchObject({ kind: 'found', report: { gatewayPaymentId: 'PAYMENT1' } });
  const [first, second, third] = requests.map(({ path }) => new URL(path, 'https://square.test'));
  expect(Object.fromEntries(first?.searchParams ?? [])).toEqual({
    begin_time: '2026-11-20T11:58:30.000Z',
    end_time: '2026-11-20T12:01:30.000Z',
    location_id: 'L1',
    limit: '100',
  });
  expect(second?.searchParams.get('cursor')).toBe('next');
  expect(third?.pathname).toBe('/v2/payments/PAYMENT1');
});

test('what is in no list is not found, and a list that cannot be had says so', async () => {
  const { gateway } = gatewayWith(answer({}), SERVER_ERROR);
  expect(await gateway.findPayment(SEARCH, CALL)).toEqual({ kind: 'not_found' });
  expect((await gateway.findPayment(SEARCH, CALL)).kind).toBe('unavailable');
});

test('the refunds of a payment are those that it names, each as it stands', async () => {
  const { gateway, requests } = gatewayWith(
    paid({ refund_ids: ['REFUND1', 'LATE', 'REFUND2'] }),
    answer({ refund: squareRefund({ status: 'COMPLETED' }) }),
    squareError('NOT_FOUND', { status: 404 }),
    answer({ refund: squareRefund({ id: 'REFUND2', reason: 'By hand' }) }),
  );
  expect(await gateway.listRefunds('PAYMENT1', CALL)).toMatchObject({
    kind: 'found',
    report: [
      { gatewayRefundId: 'REFUND1', status: 'succeeded', refundId: 'ref_1' },
      { gatewayRefundId: 'REFUND2', status: 'pending', refundId: null },
    ],
  });
  expect(requests[1]?.path).toBe('/v2/refunds/REFUND1');
});

test('refunds are not listed in part', async () => {
  const { gateway } = gatewayWith(paid({ refund_ids: ['REFUND1'] }), SILENCE);
  expect((await gateway.listRefunds('PAYMENT1', CALL)).kind).toBe('unavailable');
});

test('an id is a part of a path and never more than that', async () => {
  const { gateway, requests } = gatewayWith(squareError('NOT_FOUND', { status: 404 }));
  expect(await gateway.retrievePayment('../refunds/a?b', CALL)).toEqual({ kind: 'not_found' });
  expect(requests[0]?.path).toBe('/v2/payments/..%2Frefunds%2Fa%3Fb');
});
