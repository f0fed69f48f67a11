import { expect, test } from 'vitest';
import { translateWebhook } from './webhook-events.ts';

function event(event_type: string, resource: unknown, over: object = {}): Buffer {
  const create_time = '2026-11-25T12:00:00.000Z';
  return Buffer.from(JSON.stringify({ id: 'WH-1', event_type, create_time, resource, ...over }));
}

const subjectOf = (type: string, resource: unknown) =>
  translateWebhook(event(type, resource)).subject;

const CAPTURE = {
  id: 'CAPTURE1',
  status: 'COMPLETED',
  amount: { currency_code: 'USD', value: '20.00' },
  custom_id: 'pay_1.att_1',
  supplementary_data: { related_ids: { order_id: 'ORDER1' } },
};

test('an event has PayPal’s id, type and time', () => {
  expect(translateWebhook(event('BILLING.PLAN.CREATED', {}))).toEqual({
    id: 'WH-1',
    type: 'BILLING.PLAN.CREATED',
    createdAt: new Date('2026-11-25T12:00:00Z'),
    subject: { kind: 'none' },
  });
});

test('a capture names its order and our ids, whatever it claims to be', () => {
  const change = {
    kind: 'change',
    gatewayPaymentId: 'ORDER1',
    reference: { paymentId: 'pay_1', attemptId: 'att_1' },
    amounts: null,
    hasFee: false,
  };
  expect(subjectOf('PAYMENT.CAPTURE.COMPLETED', CAPTURE)).toEqual(change);
  expect(subjectOf('PAYMENT.CAPTURE.DENIED', { ...CAPTURE, status: 'DECLINED' })).toEqual(change);
  expect(subjectOf('PAYMENT.CAPTURE.PENDING', { ...CAPTURE, state: 'new' })).toEqual(change);
});

test('what belongs to nobody here is told without a reference', () => {
  expect(subjectOf('PAYMENT.CAPTURE.COMPLETED', { id: 'C', status: 'COMPLETED' })).toEqual({
    kind: 'change',
    gatewayPaymentId: null,
    reference: null,
    amounts: null,
    hasFee: false,
  });
});

test('an approval that was taken back names its order', () => {
  const resource = { order_id: 'ORDER1', purchase_units: [{ custom_id: 'pay_1.att_1' }] };
  expect(subjectOf('CHECKOUT.PAYMENT-APPROVAL.REVERSED', resource)).toMatchObject({
    kind: 'change',
    gatewayPaymentId: 'ORDER1',
    reference: { paymentId: 'pay_1' },
  });
});

test('a wallet that was saved with a payment names its order, and one saved without is no news', () => {
  const saved = { id: '8kk8451t', metadata: { order_id: 'ORDER1' } };
  expect(subjectOf('VAULT.PAYMENT-TOKEN.CREATED', saved)).toMatchObject({
    kind: 'change',
    gatewayPaymentId: 'ORDER1',
  });
  expect(subjectOf('VAULT.PAYMENT-TOKEN.CREATED', { id: '8kk8451t' })).toEqual({ kind: 'none' });
  expect(subjectOf('VAULT.PAYMENT-TOKEN.DELETED', { id: '8kk8451t' })).toEqual({
    kind: 'method_detached',
    gatewayMethodId: '8kk8451t',
  });
});

test('a payment of ours in the format of the old API is not passed over in silence', () => {
  const old = { id: 'SALE1', state: 'completed', amount: { total: '20.00', currency: 'USD' } };
  expect(() => subjectOf('PAYMENT.CAPTURE.COMPLETED', old)).toThrow('old_style_resource');
  const ours = { ...old, custom: 'pay_1.att_1' };
  expect(() => subjectOf('PAYMENT.SALE.COMPLETED', ours)).toThrow('old_style_resource');
  // Another shop system on the same account still lives by it.
  expect(subjectOf('PAYMENT.SALE.COMPLETED', { ...old, custom: 'order 1' })).toEqual({
    kind: 'none',
  });
});

test('a body that breaks PayPal’s format is told apart from one that is ignored', () => {
  for (const body of ['', 'x', '[]', '{}', '{"id":"WH-1","event_type":"X","create_time":"now"}']) {
    expect(() => translateWebhook(Buffer.from(body)), body).toThrow();
  }
  expect(() => subjectOf('PAYMENT.CAPTURE.COMPLETED', { status: 'COMPLETED' })).toThrow();
  expect(() => subjectOf('CUSTOMER.DISPUTE.CREATED', { id: 'PP-D-1' })).toThrow();
});
