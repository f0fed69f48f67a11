import { expect, test } from 'vitest';
import { applyReport, withoutGatewayObject } from './apply-report.ts';
import type { Payment, PaymentStatus } from './payment.ts';
import type { PaymentReport } from './report.ts';
import { samplePayment, sampleReport } from '../../test/support/samples.ts';

const now = new Date('2026-01-02T00:00:00Z');
const late = { fresh: false, now };
const fresh = { fresh: true, now };

test('a step forward is taken from any report, however late it is', () => {
  const applied = applyReport(
    samplePayment({ status: 'requires_action' }),
    sampleReport({ status: 'succeeded', amountCaptured: 1_000n }),
    late,
  );
  expect(applied).toMatchObject({
    kind: 'changed',
    payment: { status: 'succeeded', amountCaptured: 1_000n },
  });
});

test('a late event never brings a succeeded payment back', () => {
  const payment = samplePayment({ status: 'succeeded', amountCaptured: 1_000n });
  for (const status of [
    'requires_payment_method',
    'requires_action',
    'requires_capture',
  ] as const) {
    expect(applyReport(payment, sampleReport({ status }), late)).toEqual({ kind: 'unchanged' });
  }
});

test('a late step sideways asks the gateway instead of believing it', () => {
  const payment = samplePayment({ status: 'requires_action' });
  const report = sampleReport({ status: 'requires_payment_method' });
  expect(applyReport(payment, report, late)).toEqual({ kind: 'ask' });
  expect(applyReport(payment, report, fresh)).toMatchObject({ kind: 'changed' });
});

test('while a call is under way only something further is believed', () => {
  const payment = samplePayment({ status: 'processing', pendingAttemptId: 'att_1' });
  const declined = sampleReport({ status: 'requires_payment_method' });
  expect(applyReport(payment, declined, late)).toEqual({ kind: 'unchanged' });
  const succeeded = sampleReport({ status: 'succeeded', amountCaptured: 1_000n });
  expect(applyReport(payment, succeeded, late)).toMatchObject({ kind: 'changed' });
});

test('a fee that is told while a call is under way is not forgotten, as the call itself may never tell it', () => {
  const charged = samplePayment({
    status: 'succeeded',
    amountCaptured: 1_000n,
    pendingAttemptId: 'att_1',
  });
  const report = sampleReport({ amountCaptured: 1_000n, fee: { amount: 59n, currency: 'EUR' } });
  const applied = applyReport(charged, report, late);
  const told = { ...charged, feeActual: 59n, feeCurrency: 'EUR', updatedAt: now };
  expect(applied).toEqual({ kind: 'changed', payment: told });
  expect(applyReport(told as typeof charged, report, late)).toEqual({ kind: 'unchanged' });
});

test('an authorization whose capture is unknown is not set back by the event of its beginning', () => {
  const payment = samplePayment({
    status: 'processing',
    amountCapturable: 1_000n,
    pendingAttemptId: 'att_1',
  });
  const authorized = sampleReport({ status: 'requires_capture', amountCapturable: 1_000n });
  expect(applyReport(payment, authorized, late)).toEqual({ kind: 'unchanged' });
});

test('two ends that exclude each other are a contradiction', () => {
  const canceled = samplePayment({ status: 'canceled' });
  const succeeded = sampleReport({ status: 'succeeded', amountCaptured: 1_000n });
  expect(applyReport(canceled, succeeded, late)).toEqual({ kind: 'ask' });
  expect(applyReport(canceled, succeeded, fresh)).toMatchObject({ kind: 'contradiction' });
});

test('another currency, another object or more than the amount is a contradiction', () => {
  const payment = samplePayment();
  for (const report of [
    sampleReport({ currency: 'USD' }),
    sampleReport({ gatewayPaymentId: 'pi_2' }),
    sampleReport({ amountCaptured: 1_001n }),
    sampleReport({ status: 'requires_capture', amountCapturable: 1_001n }),
  ]) {
    expect(applyReport(payment, report, fresh)).toMatchObject({ kind: 'contradiction' });
  }
});

test('a report that says the same again changes nothing', () => {
  const payment = samplePayment({ status: 'succeeded', amountCaptured: 1_000n });
  const same = sampleReport({ status: 'succeeded', amountCaptured: 1_000n });
  expect(applyReport(payment, same, late)).toEqual({ kind: 'unchanged' });
});

test('what the customer has agreed to is processing until it is charged', () => {
  const waiting = samplePayment({ status: 'requires_action' });
  const agreed = sampleReport({ status: 'requires_completion' });
  expect(applyReport(waiting, agreed, late)).toEqual({ kind: 'ask' });
  const applied = applyReport(waiting, agreed, fresh);
  expect(applied).toMatchObject({
    kind: 'changed',
    payment: { status: 'processing', awaitsCompletion: true },
  });
  if (applied.kind !== 'changed') return;
  expect(applyReport(applied.payment, agreed, fresh)).toEqual({ kind: 'unchanged' });
  const charged = sampleReport({ status: 'succeeded', amountCaptured: 1_000n });
  expect(applyReport(applied.payment, charged, late)).toMatchObject({
    payment: { status: 'succeeded', awaitsCompletion: false },
  });
});

test('an agreement that comes after the payment was given up changes nothing', () => {
  const agreed = sampleReport({ status: 'requires_completion' });
  for (const status of ['canceled', 'failed'] as const) {
    expect(applyReport(samplePayment({ status }), agreed, fresh)).toEqual({ kind: 'unchanged' });
  }
});

test('an object that took nothing leaves room for the next, and says nothing of later ones', () => {
  const decline = { code: 'card_declined', gatewayCode: 'GENERIC_DECLINE', message: '' } as const;
  const failed = sampleReport({ gatewayPaymentId: 'first', status: 'declined', decline });
  const unaware = samplePayment({ gatewayPaymentId: null });
  const applied = applyReport(unaware, failed, late);
  expect(applied).toMatchObject({
    payment: {
      status: 'requires_payment_method',
      gatewayPaymentId: null,
      lastError: { code: 'card_declined' },
    },
  });
  if (applied.kind !== 'changed') return;
  expect(applyReport(applied.payment, failed, late)).toEqual({ kind: 'unchanged' });
  const paid = samplePayment({ status: 'succeeded', gatewayPaymentId: 'second' });
  expect(applyReport(paid, failed, fresh)).toEqual({ kind: 'unchanged' });
});

test('a payment leaves an object that its gateway has forgotten, but never one that held money', () => {
  const waiting = samplePayment({ status: 'requires_action', clientSecret: 's' });
  expect(withoutGatewayObject(waiting, now)).toMatchObject({
    status: 'requires_payment_method',
    gatewayPaymentId: null,
    clientSecret: null,
  });
  expect(withoutGatewayObject(samplePayment({ status: 'succeeded' }), now)).toBeNull();
  const authorized = samplePayment({ status: 'requires_capture', amountCapturable: 1n });
  expect(withoutGatewayObject(authorized, now)).toBeNull();
  // The gateway works on a charge.
  const charging = samplePayment({ status: 'processing' });
  expect(withoutGatewayObject(charging, now)).toBeNull();
  const agreed = { ...charging, awaitsCompletion: true };
  expect(withoutGatewayObject(agreed, now)?.status).toBe('requires_payment_method');
});

test('a second decline of the object that the payment has is news, whatever went wrong before', () => {
  const decline = { code: 'card_declined', gatewayCode: 'GENERIC_DECLINE', message: '' } as const;
  const again = samplePayment({ lastError: decline });
  const over = sampleReport({ status: 'declined', decline });
  expect(applyReport(again, over, fresh)).toMatchObject({
    kind: 'changed',
    payment: { gatewayPaymentId: null },
  });
});

test('a report that cannot be true says what is wrong with it', () => {
  const payment = samplePayment();
  const detail = (over: Partial<PaymentReport>) => {
    const applied = applyReport(payment, sampleReport(over), fresh);
    return applied.kind === 'contradiction' ? applied.detail : applied.kind;
  };
  expect(detail({ currency: 'USD' })).toBe("the payment is in EUR and the gateway's in USD");
  const tooMuch = "the gateway's amounts exceed the payment's 1000";
  expect(detail({ amountCaptured: 1_001n })).toBe(tooMuch);
  expect(detail({ amountCapturable: 1_001n })).toBe(tooMuch);
  expect(detail({ amountCaptured: 1_000n })).toBe('changed');
  expect(detail({ gatewayPaymentId: 'pi_2' })).toBe('the payment is pi_1 at the gateway, not pi_2');
});

test('a gateway that goes back, asked again, contradicts what is stored, unless it was given up', () => {
  const stale = (status: PaymentStatus) =>
    applyReport(
      samplePayment({ status }),
      sampleReport({ status: 'requires_payment_method' }),
      fresh,
    );
  expect(stale('succeeded')).toEqual({
    kind: 'contradiction',
    detail: 'the payment is succeeded and the gateway, asked again, says requires_payment_method',
  });
  expect(stale('canceled')).toEqual({ kind: 'unchanged' });
  expect(stale('failed')).toEqual({ kind: 'unchanged' });
});

test('a step that the table forbids contradicts what is stored', () => {
  const held = samplePayment({ status: 'requires_capture', amountCapturable: 1_000n });
  const report = sampleReport({ status: 'requires_action', amountCapturable: 1_000n });
  expect(applyReport(held, report, fresh)).toEqual({
    kind: 'contradiction',
    detail: 'the payment is requires_capture and the gateway says requires_action',
  });
});

test('one end is not exchanged for another', () => {
  const succeeded = samplePayment({ status: 'succeeded', amountCaptured: 1_000n });
  expect(applyReport(succeeded, sampleReport({ status: 'canceled' }), fresh)).toMatchObject({
    kind: 'contradiction',
  });
  expect(applyReport(succeeded, sampleReport({ status: 'canceled' }), late)).toEqual({
    kind: 'ask',
  });
});

/** What a report may tell beside its status, and where the payment keeps it. */
const action = { type: 'redirect_to_url', url: 'https://bank.example' } as const;
const decline = { code: 'card_declined', gatewayCode: 'no', message: 'no' } as const;
const paymentMethod = { type: 'card' } as NonNullable<PaymentReport['paymentMethod']>;
const savedMethod = { gatewayMethodId: 'pm_1' } as NonNullable<PaymentReport['savedMethod']>;
const NEWS: [string, Partial<PaymentReport>, Partial<Payment>][] = [
  ['what is kept of the method', { savedMethod }, { savedMethod }],
  ['how it was paid', { paymentMethod }, { paymentMethod }],
  ['why it was declined', { decline }, { lastError: decline }],
  ['until when it can be captured', { captureBefore: now }, { captureBefore: now }],
];

test.each(NEWS)('a report of the same status that tells %s is news, once', (_what, told, kept) => {
  const waiting = samplePayment();
  const report = sampleReport({ status: 'requires_payment_method', ...told });
  const applied = applyReport(waiting, report, fresh);
  expect(applied).toEqual({ kind: 'changed', payment: { ...waiting, ...kept, updatedAt: now } });
  if (applied.kind !== 'changed') return;
  expect(applyReport(applied.payment, report, fresh)).toEqual({ kind: 'unchanged' });
  // What is silent about it takes nothing away.
  const silent = sampleReport({ status: 'requires_payment_method', clientSecret: 'secret' });
  const later = applyReport({ ...applied.payment, gatewayPaymentId: null }, silent, fresh);
  expect(later).toMatchObject({ payment: { ...kept, clientSecret: 'secret' } });
});

test('what the customer has to do is kept while they have to, and no longer', () => {
  const waiting = samplePayment({ status: 'requires_action' });
  const asked = applyReport(waiting, sampleReport({ status: 'requires_action', action }), fresh);
  expect(asked).toMatchObject({ kind: 'changed', payment: { nextAction: action } });
  const acting = samplePayment({ status: 'requires_action', nextAction: action });
  const again = sampleReport({ status: 'requires_action', action });
  expect(applyReport(acting, again, fresh)).toEqual({ kind: 'unchanged' });
  const over = applyReport(acting, sampleReport({ status: 'processing', action }), fresh);
  expect(over).toMatchObject({ kind: 'changed', payment: { nextAction: null } });
});

test('the object that a gateway has of a payment is news, but not one that took nothing', () => {
  const unheard = samplePayment({ gatewayPaymentId: null });
  const report = sampleReport({ status: 'requires_payment_method', clientSecret: 's' });
  expect(applyReport(unheard, report, fresh)).toEqual({
    kind: 'changed',
    payment: { ...unheard, gatewayPaymentId: 'pi_1', clientSecret: 's', updatedAt: now },
  });
  const kept = samplePayment({ clientSecret: 's' });
  expect(applyReport(kept, { ...report, clientSecret: null }, fresh)).toEqual({
    kind: 'unchanged',
  });
  const silent = sampleReport({ status: 'processing' });
  expect(applyReport(kept, silent, fresh)).toMatchObject({ payment: { clientSecret: 's' } });
});

test('what can be captured is what is authorized, and a captured amount only grows', () => {
  const held = applyReport(
    samplePayment(),
    sampleReport({ status: 'requires_capture', amountCapturable: 1_000n, captureBefore: now }),
    fresh,
  );
  expect(held).toMatchObject({
    payment: { status: 'requires_capture', amountCapturable: 1_000n, captureBefore: now },
  });
  if (held.kind !== 'changed') return;
  const captured = sampleReport({ amountCaptured: 400n, amountCapturable: 600n });
  const done = applyReport(held.payment, captured, fresh);
  expect(done).toMatchObject({
    payment: { status: 'succeeded', amountCaptured: 400n, amountCapturable: 0n },
  });
  if (done.kind !== 'changed') return;
  const more = sampleReport({ amountCaptured: 500n });
  expect(applyReport(done.payment, more, late)).toMatchObject({
    payment: { amountCaptured: 500n },
  });
  const less = sampleReport({ amountCaptured: 300n, savedMethod });
  expect(applyReport(done.payment, less, late)).toMatchObject({
    payment: { amountCaptured: 400n },
  });
});

test('a decline stands until the payment gets further, also where it is given up', () => {
  const declined = samplePayment({ lastError: decline });
  const told = (status: PaymentReport['status']) => {
    const applied = applyReport(declined, sampleReport({ status }), fresh);
    return applied.kind === 'changed' ? applied.payment.lastError : applied.kind;
  };
  expect(told('succeeded')).toBeNull();
  expect(told('requires_action')).toBeNull();
  expect(told('processing')).toBeNull();
  expect(told('canceled')).toBe(decline);
});

test('while a call is under way its own answer decides what the payment waits for', () => {
  const charging = samplePayment({ pendingAttemptId: 'att_1' });
  const report = sampleReport({ status: 'requires_payment_method', decline });
  expect(applyReport(charging, report, fresh)).toEqual({ kind: 'unchanged' });
  const resting = samplePayment();
  expect(applyReport(resting, report, late)).toMatchObject({ kind: 'changed' });
});

test('a payment leaves its forgotten object with everything that belonged to it', () => {
  const waiting = samplePayment({
    status: 'processing',
    awaitsCompletion: true,
    clientSecret: 's',
    nextAction: action,
  });
  expect(withoutGatewayObject(waiting, now)).toEqual({
    ...waiting,
    status: 'requires_payment_method',
    awaitsCompletion: false,
    gatewayPaymentId: null,
    clientSecret: null,
    nextAction: null,
    updatedAt: now,
  });
});
