import fc from 'fast-check';
import { expect, test } from 'vitest';
import { allCurrencies } from '../../domain/currency.ts';
import {
  checkAmount,
  parsePayment,
  readRefund,
  readSavedCard,
  reportPayment,
  toSquareMoney,
  writeRefundReason,
} from './mapping.ts';

const PAYMENT = {
  id: 'p1',
  status: 'COMPLETED',
  amount_money: { amount: 4200, currency: 'USD' },
  source_type: 'CARD',
  reference_id: 'att_1',
  card_details: { card: { card_brand: 'VISA', last_4: '1111', exp_month: 11, exp_year: 2034 } },
};

const report = (over: object) => reportPayment(parsePayment({ ...PAYMENT, ...over }));

test('for every currency an amount comes back from the format of the gateway as it was', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...allCurrencies()),
      fc.bigInt({ min: 1n, max: BigInt(Number.MAX_SAFE_INTEGER) }),
      (currency, amount) => {
        expect(checkAmount(amount, currency, currency)).toBeNull();
        const money = JSON.parse(JSON.stringify(toSquareMoney(amount, currency))) as object;
        expect(report({ amount_money: money })).toMatchObject({ amount, currency });
      },
    ),
  );
});

test('a location takes its own currency, and nothing that cannot be written exactly', () => {
  expect(checkAmount(100n, 'EUR', 'USD')).toMatchObject({ code: 'currency_not_supported' });
  expect(checkAmount(0n, 'USD', 'USD')).toMatchObject({ code: 'amount_too_small' });
  const most = BigInt(Number.MAX_SAFE_INTEGER);
  expect(checkAmount(most, 'USD', 'USD')).toBeNull();
  expect(checkAmount(most + 1n, 'USD', 'USD')).toMatchObject({ code: 'amount_too_large' });
});

test('a completed payment is captured, with its card and its attempt', () => {
  expect(report({})).toEqual({
    gatewayPaymentId: 'p1',
    status: 'succeeded',
    amount: 4_200n,
    currency: 'USD',
    amountCapturable: 0n,
    amountCaptured: 4_200n,
    captureBefore: null,
    clientSecret: null,
    action: null,
    decline: null,
    paymentMethod: { type: 'card', brand: 'visa', last4: '1111' },
    savedMethod: null,
    fee: null,
    reference: { paymentId: null, attemptId: 'att_1' },
  });
});

test('a fee is what was assessed and adjusted, and none is told that could not be written down', () => {
  const part = (amount: number, currency = 'USD') => ({ amount_money: { amount, currency } });
  const fee = (...processing_fee: object[]) => report({ processing_fee }).fee;
  expect(fee(part(152), part(-12))).toEqual({ amount: 140n, currency: 'USD' });
  expect(fee()).toBeNull();
  expect(fee(part(-1))).toBeNull();
  expect(fee(part(100), part(50, 'CAD'))).toBeNull();
  expect(fee(part(Number.MAX_SAFE_INTEGER), part(1))).toBeNull();
  for (const amount of ['many', 0.5, null]) {
    expect(report({ processing_fee: [{ amount_money: { amount } }] })).toMatchObject({
      status: 'succeeded',
      fee: null,
    });
  }
});

test('an approved payment can be captured until its delay is over', () => {
  expect(report({ status: 'APPROVED', delayed_until: '2026-12-01T10:00:00.000Z' })).toMatchObject({
    status: 'requires_capture',
    amountCapturable: 4_200n,
    amountCaptured: 0n,
    captureBefore: new Date('2026-12-01T10:00:00Z'),
  });
});

test('a lowered amount is what was captured, and before that all that was approved can be', () => {
  const lowered = {
    amount_money: { amount: 700, currency: 'USD' },
    approved_money: { amount: 4200, currency: 'USD' },
  };
  expect(report(lowered)).toMatchObject({ amount: 4_200n, amountCaptured: 700n });
  expect(report({ ...lowered, status: 'APPROVED' })).toMatchObject({ amountCapturable: 4_200n });
});

test.for([1.5, -1, '4200', null, 2 ** 53])('an amount of %j is not read as one', (amount) => {
  expect(() => report({ amount_money: { amount, currency: 'USD' } })).toThrow();
});

test.for([
  ['no id', { id: undefined }],
  ['a status of tomorrow', { status: 'PARTLY_COMPLETED' }],
  ['no amount', { amount_money: undefined }],
  ['a currency that is none', { amount_money: { amount: 1, currency: 'dollars' } }],
] as const)('a payment with %s cannot be read', ([, over]) => {
  expect(() => report(over)).toThrow();
});

test.for([
  ['PENDING', 'processing'],
  ['CANCELED', 'canceled'],
] as const)('a payment that is %s is %s', ([status, told]) => {
  expect(report({ status })).toMatchObject({ status: told, amountCaptured: 0n });
});

test('a failed payment has come to its end, with the reason', () => {
  const card_details = { errors: [{ code: 'CVV_FAILURE', detail: 'Bad CVV' }] };
  expect(report({ status: 'FAILED', card_details })).toMatchObject({
    status: 'declined',
    decline: { code: 'incorrect_cvc', gatewayCode: 'CVV_FAILURE', message: 'Bad CVV' },
  });
  expect(report({ status: 'FAILED' }).decline).toMatchObject({ code: 'card_declined' });
});

test('a reference that is not ours names nothing of ours', () => {
  for (const reference_id of ['order-7', 'pay_1', 'att_', 'att_1 ', '', null]) {
    expect(report({ reference_id }).reference).toBeNull();
  }
});

test('a refund carries our id in its reason, beside the reason', () => {
  const refund = {
    id: 'r1',
    status: 'PENDING',
    amount_money: { amount: 700, currency: 'USD' },
    payment_id: 'p1',
    reason: writeRefundReason('duplicate', 'ref_1'),
  };
  expect(refund.reason).toBe('duplicate (ref_1)');
  expect(readRefund(refund)).toEqual({
    gatewayRefundId: 'r1',
    gatewayPaymentId: 'p1',
    status: 'pending',
    amount: 700n,
    currency: 'USD',
    failureCode: null,
    feeReturned: null,
    refundId: 'ref_1',
    paymentId: null,
  });
  expect(readRefund({ ...refund, status: 'REJECTED', reason: 'by hand' })).toMatchObject({
    status: 'failed',
    failureCode: 'rejected',
    refundId: null,
  });
  const processing_fee = [{ amount_money: { amount: -20, currency: 'USD' } }];
  expect(readRefund({ ...refund, processing_fee })).toMatchObject({
    feeReturned: { amount: 20n, currency: 'USD' },
  });
  expect(readRefund({ ...refund, status: 'FAILED' })).toMatchObject({ failureCode: 'failed' });
  expect(readRefund({ ...refund, status: 'COMPLETED' })).toMatchObject({ status: 'succeeded' });
  expect(readRefund({ ...refund, reason: '(ref_1) broken' }).refundId).toBeNull();
});

test('a card on file is shown in the little that may be', () => {
  const card = { id: 'ccof:1', card_brand: 'VISA', last_4: '1111', exp_month: 1, exp_year: 2030 };
  expect(readSavedCard({ ...card, bin: '411111' })).toEqual({
    gatewayMethodId: 'ccof:1',
    type: 'card',
    brand: 'visa',
    last4: '1111',
    expiryMonth: 1,
    expiryYear: 2030,
  });
  expect(() => readSavedCard({ last_4: '1111' })).toThrow();
});
