import { expect, test } from 'vitest';
import { applyReport, withoutGatewayObject } from './apply-report.ts';
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
