import { expect, test } from 'vitest';
import { readOrder, readRefund, refundsOf, reportOf } from './mapping.ts';

const usd = (value: string) => ({ currency_code: 'USD', value });

function order(over: object = {}, payments: object | null = null, unit: object = {}) {
  return {
    id: 'ORDER1',
    intent: 'CAPTURE',
    status: 'COMPLETED',
    purchase_units: [
      {
        reference_id: 'default',
        amount: usd('20.00'),
        custom_id: 'pay_1.att_1',
        ...(payments && { payments }),
        ...unit,
      },
    ],
    payment_source: { paypal: { email_address: 'buyer@example.com' } },
    links: [{ rel: 'self', href: 'https://api-m.paypal.com/v2/checkout/orders/ORDER1' }],
    ...over,
  };
}

const capture = (status: string, value = '20.00', over: object = {}) => ({
  id: `CAPTURE-${status}`,
  status,
  amount: usd(value),
  ...over,
});
const authorization = (status: string, over: object = {}) => ({
  id: 'AUTH1',
  status,
  amount: usd('20.00'),
  expiration_time: '2026-12-24T12:00:00Z',
  ...over,
});
const held = (...authorizations: object[]) =>
  reportOf(readOrder(order({ intent: 'AUTHORIZE' }, { authorizations })));
const captured = (...captures: object[]) => reportOf(readOrder(order({}, { captures })));

test('an order that nobody has paid is told by how far its payer has come', () => {
  for (const [status, told] of [
    ['CREATED', 'requires_payment_method'],
    ['SAVED', 'requires_payment_method'],
    ['PAYER_ACTION_REQUIRED', 'requires_action'],
    ['APPROVED', 'requires_completion'],
    ['VOIDED', 'canceled'],
  ]) {
    expect(reportOf(readOrder(order({ status }))), status).toMatchObject({
      gatewayPaymentId: 'ORDER1',
      status: told,
      amount: 2000n,
      currency: 'USD',
      amountCaptured: 0n,
      amountCapturable: 0n,
      reference: { paymentId: 'pay_1', attemptId: 'att_1' },
    });
  }
});

test('an order that waits for its payer says where to send them', () => {
  const waiting = (rel: string) =>
    order({ status: 'PAYER_ACTION_REQUIRED', links: [{ rel, href: 'https://paypal.example/x' }] });
  const action = { type: 'redirect_to_url', url: 'https://paypal.example/x' };
  expect(reportOf(readOrder(waiting('payer-action'))).action).toEqual(action);
  expect(reportOf(readOrder(waiting('approve'))).action).toEqual(action);
  expect(reportOf(readOrder(waiting('self'))).action).toBeNull();
});

test('what was captured counts, also where some of it went back', () => {
  for (const status of ['COMPLETED', 'PARTIALLY_REFUNDED', 'REFUNDED']) {
    expect(captured(capture(status)), status).toMatchObject({
      status: 'succeeded',
      amountCaptured: 2000n,
      decline: null,
    });
  }
  expect(captured(capture('DECLINED'), capture('COMPLETED', '5.00'))).toMatchObject({
    status: 'succeeded',
    amountCaptured: 500n,
  });
  expect(captured(capture('PENDING'))).toMatchObject({ status: 'processing', amountCaptured: 0n });
});

test('the fee is what PayPal keeps of everything that was captured', () => {
  const fee = (value: string, currency_code = 'USD') => ({
    seller_receivable_breakdown: { paypal_fee: { currency_code, value } },
  });
  expect(captured(capture('COMPLETED', '20.00', fee('1.19'))).fee).toEqual({
    amount: 119n,
    currency: 'USD',
  });
  expect(captured(capture('COMPLETED')).fee).toBeNull();
  expect(captured(capture('COMPLETED', '20.00', fee('1.195'))).fee).toBeNull();
  for (const spoilt of [fee('1', 'XXX'), fee('-1.00'), fee('9'.repeat(30)), fee('9'.repeat(40))]) {
    expect(captured(capture('COMPLETED', '20.00', spoilt))).toMatchObject({
      status: 'succeeded',
      fee: null,
    });
  }
  const returned = { seller_payable_breakdown: { paypal_fee: usd('0.20') } };
  const refund = { id: 'REFUND1', status: 'COMPLETED', amount: usd('5.00'), ...returned };
  expect(readRefund(refund, 'ORDER1').feeReturned).toEqual({ amount: 20n, currency: 'USD' });
});

test('a capture that came to nothing ends the order with a decline', () => {
  for (const status of ['DECLINED', 'FAILED']) {
    expect(captured(capture(status)), status).toMatchObject({
      status: 'declined',
      decline: { code: 'card_declined', gatewayCode: status },
    });
  }
  const processor_response = { response_code: '5120' };
  const refused = captured(capture('DECLINED', '20.00', { processor_response }));
  expect(refused.decline).toMatchObject({ code: 'card_declined', gatewayCode: '5120' });
});

test('an authorization is told by its status and its end', () => {
  expect(held(authorization('CREATED'))).toMatchObject({
    status: 'requires_capture',
    amountCapturable: 2000n,
    captureBefore: new Date('2026-12-24T12:00:00Z'),
  });
  expect(held(authorization('PENDING'))).toMatchObject({ status: 'processing' });
  expect(held(authorization('VOIDED'))).toMatchObject({ status: 'canceled' });
  expect(held(authorization('EXPIRED'))).toMatchObject({ status: 'canceled' });
  expect(held(authorization('DENIED'))).toMatchObject({
    status: 'declined',
    decline: { gatewayCode: 'DENIED' },
  });
  for (const status of ['CAPTURED', 'PARTIALLY_CAPTURED']) {
    const payments = {
      authorizations: [authorization(status)],
      captures: [capture('COMPLETED', '7.50')],
    };
    expect(reportOf(readOrder(order({ intent: 'AUTHORIZE' }, payments))), status).toMatchObject({
      status: 'succeeded',
      amountCaptured: 750n,
      amountCapturable: 0n,
    });
  }
});

test('of an authorization that was renewed the newest counts', () => {
  const renewed = { id: 'AUTH2', expiration_time: '2027-01-01T00:00:00Z' };
  expect(held(authorization('VOIDED'), authorization('CREATED', renewed))).toMatchObject({
    status: 'requires_capture',
    captureBefore: new Date('2027-01-01T00:00:00Z'),
  });
});

test('an order that contradicts itself, or is of another format, is not read', () => {
  const wrong = [
    order({ status: 'COMPLETED' }),
    order({ intent: 'AUTHORIZE' }, { authorizations: [authorization('CAPTURED')] }),
    order({ status: 'PAID' }),
    order({}, { captures: [capture('REVERSED')] }),
    order({}, null, { amount: usd('20.001') }),
    order({}, null, { amount: { currency_code: 'XXX', value: '1' } }),
    order({ purchase_units: [] }),
    { ...order(), purchase_units: [...order().purchase_units, ...order().purchase_units] },
    { id: 'SALE1', state: 'completed', amount: { total: '20.00', currency: 'USD' } },
    null,
    [],
  ];
  for (const json of wrong) expect(() => readOrder(json), JSON.stringify(json)).toThrow();
});

test('how it was paid is shown in the little that may be, and only once it was agreed to', () => {
  const paid = (payment_source: object, status = 'APPROVED') =>
    reportOf(readOrder(order({ status, payment_source })));
  expect(paid({ paypal: { email_address: 'a@b.example' } }).paymentMethod).toEqual({
    type: 'paypal',
    brand: null,
    last4: null,
  });
  const card = { card: { brand: 'VISA', last_digits: '1111' } };
  expect(paid(card).paymentMethod).toEqual({ type: 'card', brand: 'visa', last4: '1111' });
  expect(paid({ card: { last_digits: '11' } }).paymentMethod?.last4).toBeNull();
  expect(paid({ paypal: {} }, 'CREATED').paymentMethod).toBeNull();
});

test('a wallet that was saved is told once PayPal has given it an id', () => {
  const vaulted = (vault: object) =>
    reportOf(
      readOrder(
        order({ status: 'APPROVED', payment_source: { paypal: { attributes: { vault } } } }),
      ),
    );
  expect(vaulted({ id: '8kk8451t', status: 'VAULTED' }).savedMethod).toEqual({
    gatewayMethodId: '8kk8451t',
    type: 'paypal',
    brand: null,
    last4: null,
    expiryMonth: null,
    expiryYear: null,
  });
  expect(vaulted({ status: 'APPROVED' }).savedMethod).toBeNull();
});

test('refunds are told with our ids, and one made elsewhere without', () => {
  const refund = (status: string, custom_id?: string, over: object = {}) => ({
    id: `REFUND-${status}`,
    status,
    amount: usd('5.00'),
    ...(custom_id && { custom_id }),
    ...over,
  });
  const refunds = [
    refund('COMPLETED', 'pay_1.ref_1'),
    refund('PENDING', 'pay_1.att_1', { status_details: { reason: 'ECHECK' } }),
    refund('FAILED', 'pay_1.ref_2', { status_details: { reason: 'ECHECK' } }),
    refund('CANCELLED'),
  ];
  const found = refundsOf(readOrder(order({}, { captures: [capture('COMPLETED')], refunds })));
  expect(found).toMatchObject([
    { status: 'succeeded', refundId: 'ref_1', paymentId: 'pay_1', failureCode: null, amount: 500n },
    { status: 'pending', refundId: null, paymentId: 'pay_1', failureCode: null },
    { status: 'failed', refundId: 'ref_2', failureCode: 'ECHECK' },
    { status: 'failed', refundId: null, paymentId: null, failureCode: 'CANCELLED' },
  ]);
  expect(found.every(({ gatewayPaymentId }) => gatewayPaymentId === 'ORDER1')).toBe(true);
  expect(readRefund(refunds[0], 'ORDER1')).toEqual(found[0]);
  expect(() => readRefund({ id: 'R', status: 'refunded' }, 'ORDER1')).toThrow();
});
