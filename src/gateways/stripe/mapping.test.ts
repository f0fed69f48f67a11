import fc from 'fast-check';
import { expect, test } from 'vitest';
import { allCurrencies, exponentOf } from '../../domain/currency.ts';
import {
  checkAmount,
  fromStripeAmount,
  isChargeable,
  readCharge,
  readPayment,
  readRefund,
  toStripeAmount,
} from './mapping.ts';

const CHARGEABLE = allCurrencies().filter(isChargeable);

test('most currencies can be charged in, and those that Stripe does not list cannot', () => {
  expect(CHARGEABLE).toHaveLength(137);
  for (const code of ['BTN', 'CUP', 'GHS', 'IQD', 'IRR', 'KPW', 'LYD', 'STN', 'SYP', 'VES']) {
    expect(checkAmount(100n, code)).toMatchObject({ code: 'currency_not_supported' });
  }
});

test.for([
  // currency, minor units of ISO 4217, Stripe's units
  ['USD', 1000n, 1000],
  ['EUR', 1n, 1],
  ['JPY', 500n, 500],
  ['KRW', 500n, 500],
  ['CLP', 500n, 500],
  ['VND', 500n, 500],
  // No decimals in ISO 4217, two here.
  ['UGX', 5n, 500],
  ['ISK', 5n, 500],
  // Two decimals in ISO 4217, none here.
  ['MGA', 500n, 5],
  // Bound to whole units in payouts only.
  ['TWD', 80045n, 80045],
  ['HUF', 1045n, 1045],
  // Three decimals, of which the last is 0.
  ['KWD', 5120n, 5120],
  ['BHD', 10n, 10],
  ['JOD', 1230n, 1230],
  ['OMR', 1230n, 1230],
  ['TND', 1230n, 1230],
] as const)('%s %s is %s at Stripe', ([currency, amount, stripeAmount]) => {
  expect(checkAmount(amount, currency)).toBeNull();
  expect(toStripeAmount(amount, currency)).toBe(stripeAmount);
  expect(fromStripeAmount(stripeAmount, currency)).toBe(amount);
});

test.for([
  ['KWD', 5124n],
  ['TND', 1n],
  ['MGA', 501n],
  ['MGA', 50n],
] as const)('%s %s cannot be expressed at Stripe', ([currency, amount]) => {
  expect(checkAmount(amount, currency)).toMatchObject({ code: 'amount_not_representable' });
  expect(() => toStripeAmount(amount, currency)).toThrow();
});

test('the message of an amount that cannot be expressed names the step in our units', () => {
  expect(checkAmount(5124n, 'KWD')?.detail).toContain('multiples of 10 minor units');
  expect(checkAmount(501n, 'MGA')?.detail).toContain('multiples of 100 minor units');
});

test.for([
  ['USD', 99_999_999n],
  ['JPY', 99_999_999n],
  ['KWD', 99_999_990n],
  ['UGX', 999_999n],
  ['MGA', 9_999_999_900n],
  ['INR', 999_999_999n],
  ['COP', 9_999_999_999n],
  ['IDR', 999_999_999_999n],
] as const)('%s goes up to %s and no further', ([currency, most]) => {
  const step = currency === 'KWD' ? 10n : currency === 'MGA' ? 100n : 1n;
  expect(checkAmount(most, currency)).toBeNull();
  expect(checkAmount(most + step, currency)).toMatchObject({
    code: 'amount_too_large',
    detail: `Stripe takes at most ${most} minor units of ${currency}`,
  });
});

test('nothing and less than nothing are too small; the smallest amount is for Stripe to judge', () => {
  expect(checkAmount(0n, 'USD')).toMatchObject({ code: 'amount_too_small' });
  expect(checkAmount(-1n, 'USD')).toMatchObject({ code: 'amount_too_small' });
  expect(checkAmount(1n, 'USD')).toBeNull();
});

test('every amount that is allowed comes back from Stripe as it was', () => {
  const amounts = fc.bigInt({ min: 1n, max: 2_000_000_000_000n });
  fc.assert(
    fc.property(fc.constantFrom(...CHARGEABLE), amounts, (currency, amount) => {
      if (checkAmount(amount, currency) !== null) return;
      const there = toStripeAmount(amount, currency);
      expect(Number.isSafeInteger(there)).toBe(true);
      expect(fromStripeAmount(there, currency)).toBe(amount);
    }),
    { numRuns: 2000 },
  );
});

test('every major unit is worth the same on both sides, whatever the currency', () => {
  for (const currency of CHARGEABLE) {
    const one = 10n ** BigInt(exponentOf(currency));
    expect(checkAmount(one, currency)).toBeNull();
    expect(fromStripeAmount(toStripeAmount(one * 3n, currency), currency)).toBe(one * 3n);
  }
});

test('a fraction that Stripe does not allow is not made a whole', () => {
  expect(() => fromStripeAmount(150, 'ISK')).toThrow('not whole');
});

const intent = (fields: object = {}) => ({
  id: 'pi_1',
  object: 'payment_intent',
  status: 'succeeded',
  amount: 1000,
  amount_capturable: 0,
  amount_received: 1000,
  currency: 'eur',
  client_secret: 'pi_1_secret_2',
  metadata: {},
  next_action: null,
  last_payment_error: null,
  latest_charge: null,
  ...fields,
});

test.for([
  ['requires_payment_method', 'requires_payment_method'],
  ['requires_confirmation', 'requires_payment_method'],
  ['requires_action', 'requires_action'],
  ['processing', 'processing'],
  ['requires_capture', 'requires_capture'],
  ['succeeded', 'succeeded'],
  ['canceled', 'canceled'],
] as const)('an intent that is %s is a payment that is %s', ([status, ours]) => {
  expect(readPayment(intent({ status })).status).toBe(ours);
});

test('an intent becomes a report, with amounts in our units', () => {
  const json = intent({
    status: 'requires_capture',
    currency: 'isk',
    amount: 70000,
    amount_capturable: 70000,
    amount_received: 0,
    metadata: { tender_payment_id: 'pay_1', tender_attempt_id: 'att_1', order_id: 'x' },
    latest_charge: {
      id: 'ch_1',
      payment_method_details: {
        type: 'card',
        card: { brand: 'visa', last4: '4242', capture_before: 1_800_000_000, network: 'visa' },
      },
    },
  });
  expect(readPayment(json)).toEqual({
    gatewayPaymentId: 'pi_1',
    status: 'requires_capture',
    amount: 700n,
    currency: 'ISK',
    amountCapturable: 700n,
    amountCaptured: 0n,
    captureBefore: new Date(1_800_000_000_000),
    clientSecret: 'pi_1_secret_2',
    action: null,
    decline: null,
    paymentMethod: { type: 'card', brand: 'visa', last4: '4242' },
    savedMethod: null,
    fee: null,
    reference: { paymentId: 'pay_1', attemptId: 'att_1' },
  });
});

test('the fee is that of the movement of the balance, in the currency in which it is settled', () => {
  const fee = (balance_transaction: unknown) =>
    readPayment(intent({ latest_charge: { id: 'ch_1', balance_transaction } })).fee;
  expect(fee({ id: 'txn_1', fee: 59, currency: 'usd' })).toEqual({ amount: 59n, currency: 'USD' });
  expect(fee({ id: 'txn_1', fee: 200, currency: 'isk' })).toEqual({ amount: 2n, currency: 'ISK' });
  // Finer than the krona's unit in ISO 4217, below zero, more than can be written down, not there yet, or not sent along whole.
  expect(fee({ id: 'txn_1', fee: 250, currency: 'isk' })).toBeNull();
  expect(fee({ id: 'txn_1', fee: -1, currency: 'usd' })).toBeNull();
  expect(fee({ id: 'txn_1', fee: Number.MAX_SAFE_INTEGER, currency: 'mga' })).toBeNull();
  expect(fee({ id: 'txn_1', fee: 100, currency: 'us$' })).toBeNull();
  expect(fee(null)).toBeNull();
  expect(fee('txn_1')).toBeNull();
});

test('whatever a fee is, the payment succeeded', () => {
  const spoilt = [250.5, '59', -1, Number.MAX_SAFE_INTEGER, null, undefined, {}, []];
  for (const currency of ['usd', 'isk', 'mga', 'us$', '', null]) {
    for (const fee of spoilt) {
      const latest_charge = { id: 'ch_1', balance_transaction: { id: 'txn_1', fee, currency } };
      expect(readPayment(intent({ latest_charge })).status).toBe('succeeded');
    }
  }
});

test('an intent without our ids in its metadata refers to no payment of ours', () => {
  expect(readPayment(intent()).reference).toBeNull();
  expect(readPayment(intent({ metadata: null })).reference).toBeNull();
  const metadata = { tender_payment_id: 'pay_1' };
  expect(readPayment(intent({ metadata })).reference).toEqual({
    paymentId: 'pay_1',
    attemptId: null,
  });
});

test.for([
  [
    'an address to go to',
    { type: 'redirect_to_url', redirect_to_url: { url: 'https://3ds', return_url: 'https://us' } },
    { type: 'redirect_to_url', url: 'https://3ds' },
  ],
  [
    "something for Stripe's script",
    { type: 'use_stripe_sdk', use_stripe_sdk: { type: 'three_d_secure_redirect', source: 's' } },
    { type: 'use_gateway_sdk', data: { type: 'three_d_secure_redirect', source: 's' } },
  ],
  [
    'an action of another kind',
    { type: 'oxxo_display_details', oxxo_display_details: { number: '1' } },
    {
      type: 'use_gateway_sdk',
      data: { type: 'oxxo_display_details', oxxo_display_details: { number: '1' } },
    },
  ],
  ['no action, though one is required', null, { type: 'use_gateway_sdk', data: {} }],
] as const)('%s is what the customer has to do', ([, next_action, action]) => {
  expect(readPayment(intent({ status: 'requires_action', next_action })).action).toEqual(action);
  expect(readPayment(intent({ status: 'canceled', next_action })).action).toBeNull();
});

test('a decline is told while the payment waits for another method, with the card that was declined', () => {
  const last_payment_error = {
    type: 'card_error',
    code: 'card_declined',
    decline_code: 'insufficient_funds',
    message: 'Your card has insufficient funds.',
    payment_method: { type: 'card', card: { brand: 'mastercard', last4: '9995' } },
  };
  const declined = readPayment(intent({ status: 'requires_payment_method', last_payment_error }));
  expect(declined).toMatchObject({
    decline: {
      code: 'insufficient_funds',
      gatewayCode: 'insufficient_funds',
      message: 'Your card has insufficient funds.',
    },
    paymentMethod: { type: 'card', brand: 'mastercard', last4: '9995' },
  });
  expect(readPayment(intent({ status: 'processing', last_payment_error })).decline).toBeNull();
});

test('a failed authentication is told as such, though it has no decline code', () => {
  const last_payment_error = {
    type: 'invalid_request_error',
    code: 'payment_intent_authentication_failure',
  };
  const { decline } = readPayment(
    intent({ status: 'requires_payment_method', last_payment_error }),
  );
  expect(decline).toEqual({
    code: 'authentication_failed',
    gatewayCode: 'payment_intent_authentication_failure',
    message: '',
  });
});

test('an intent as other API versions and webhooks write it is read all the same', () => {
  const report = readPayment({
    id: 'pi_1',
    object: 'payment_intent',
    status: 'succeeded',
    amount: 1000,
    currency: 'usd',
    charges: { data: [] },
    latest_charge: 'ch_1',
  });
  expect(report).toMatchObject({ captureBefore: null, paymentMethod: null, clientSecret: null });
});

test('details that are only shown never stand in the way of the rest', () => {
  const latest_charge = { payment_method_details: { type: 'card', card: 'unexpected' } };
  expect(readPayment(intent({ latest_charge })).paymentMethod).toEqual({
    type: 'card',
    brand: null,
    last4: null,
  });
  expect(readPayment(intent({ latest_charge: 7 })).paymentMethod).toBeNull();
});

test.for([
  ['another object', { object: 'setup_intent' }],
  ['no id', { id: undefined }],
  ['an unknown status', { status: 'requires_luck' }],
  ['an amount in text', { amount: '1000' }],
  ['a fraction', { amount: 10.5 }],
  ['a negative amount', { amount_received: -1 }],
  ['an amount beyond exact numbers', { amount: 2 ** 60 }],
  ['an unknown currency', { currency: 'xxx' }],
] as const)('an intent with %s is not read', ([, fields]) => {
  expect(() => readPayment(intent(fields))).toThrow();
});

const refund = (fields: object = {}) => ({
  id: 're_1',
  object: 'refund',
  amount: 500,
  currency: 'usd',
  status: 'succeeded',
  payment_intent: 'pi_1',
  reason: null,
  balance_transaction: 'txn_1',
  metadata: { tender_payment_id: 'pay_1', tender_refund_id: 'ref_1' },
  ...fields,
});

test('a refund becomes a report', () => {
  expect(readRefund(refund())).toEqual({
    gatewayRefundId: 're_1',
    gatewayPaymentId: 'pi_1',
    status: 'succeeded',
    amount: 500n,
    currency: 'USD',
    failureCode: null,
    feeReturned: null,
    refundId: 'ref_1',
    paymentId: 'pay_1',
  });
});

test.for([
  ['pending', 'pending', null],
  ['requires_action', 'pending', null],
  ['succeeded', 'succeeded', null],
  ['failed', 'failed', 'lost_or_stolen_card'],
  ['canceled', 'failed', 'canceled'],
  [null, 'pending', null],
] as const)('a refund that is %s is %s', ([status, ours, failureCode]) => {
  const failure_reason = status === 'failed' ? 'lost_or_stolen_card' : undefined;
  expect(readRefund(refund({ status, failure_reason }))).toMatchObject({
    status: ours,
    failureCode,
  });
});

test('a refund made elsewhere has no id of ours, and its intent may be sent along whole', () => {
  const json = refund({ metadata: {}, payment_intent: { id: 'pi_2', object: 'payment_intent' } });
  expect(readRefund(json)).toMatchObject({
    gatewayPaymentId: 'pi_2',
    refundId: null,
    paymentId: null,
  });
});

test('what an authorization releases uncaptured is no refund, nor is one of a bare charge', () => {
  const elsewhere = { metadata: {} };
  expect(readRefund(refund({ ...elsewhere, reason: 'expired_uncaptured_charge' }))).toBeNull();
  expect(readRefund(refund({ ...elsewhere, balance_transaction: null }))).toBeNull();
  expect(readRefund(refund({ payment_intent: null }))).toBeNull();
});

test('a refund that we made is never taken for a release, nor is one that is still under way', () => {
  expect(readRefund(refund({ balance_transaction: null }))).not.toBeNull();
  const pending = { metadata: {}, status: 'pending', balance_transaction: null };
  expect(readRefund(refund(pending))).toMatchObject({ status: 'pending' });
});

const charge = (fields: object = {}) => ({
  id: 'ch_1',
  object: 'charge',
  amount: 1000,
  amount_captured: 1000,
  amount_refunded: 0,
  captured: true,
  currency: 'usd',
  payment_intent: 'pi_1',
  metadata: { tender_payment_id: 'pay_1', tender_attempt_id: 'att_1' },
  ...fields,
});

test.for([
  ['captured whole', '2026-10-28.endive', {}, 1000n, 0n],
  ['refunded in part', '2026-10-28.endive', { amount_refunded: 300 }, 1000n, 300n],
  ['captured in part', '2026-10-28.endive', { amount_captured: 700 }, 700n, 0n],
  [
    'captured in part and refunded in part',
    '2026-10-28.endive',
    { amount_captured: 700, amount_refunded: 200 },
    700n,
    200n,
  ],
  [
    'captured in part, written by an old version',
    '2024-06-20',
    { amount_captured: 700, amount_refunded: 300 },
    700n,
    0n,
  ],
  [
    'captured in part and refunded in part, written by an old version',
    '2024-06-20',
    { amount_captured: 700, amount_refunded: 500 },
    700n,
    200n,
  ],
  ['not captured', '2026-10-28.endive', { captured: false, amount_captured: 0 }, 0n, 0n],
  [
    'released uncaptured, written by an old version',
    '2024-06-20',
    { captured: false, amount_captured: null, amount_refunded: 1000, refunded: true },
    0n,
    0n,
  ],
] as const)('a charge that is %s', ([, version, fields, amountCaptured, amountRefunded]) => {
  expect(readCharge(charge(fields), version)).toEqual({
    gatewayPaymentId: 'pi_1',
    reference: { paymentId: 'pay_1', attemptId: 'att_1' },
    amounts: { captured: amountCaptured, refunded: amountRefunded },
    hasFee: false,
  });
});

test('a charge has its fee once its money is in the balance', () => {
  const told = (fields: object) => readCharge(charge(fields), '2026-10-28.endive')?.hasFee;
  expect(told({ captured: true, balance_transaction: 'txn_1' })).toBe(true);
  expect(told({ captured: true, balance_transaction: null })).toBe(false);
});

test('a charge without an intent is not ours', () => {
  expect(readCharge(charge({ payment_intent: null }), '2026-10-28.endive')).toBeNull();
});
