import { expect, test } from 'vitest';
import { conclude, concludeWithoutGateway, endOfWaiting } from './conclude.ts';
import type { GatewayError, GatewayOutcome } from './outcome.ts';
import type { PaymentReport } from './report.ts';
import { sampleAttempt, samplePayment, sampleReport } from '../../test/support/samples.ts';

const now = new Date('2026-01-02T00:00:00Z');
const fresh = { fresh: true, now };
const error: GatewayError = {
  category: 'no_answer',
  code: 'timeout',
  message: 'no answer',
  httpStatus: null,
  gatewayRequestId: null,
};
const unknown: GatewayOutcome<PaymentReport> = { kind: 'unknown', error };
const refused: GatewayOutcome<PaymentReport> = {
  kind: 'refused',
  error: { ...error, category: 'invalid_request' },
  report: null,
};
const decline = { code: 'insufficient_funds', gatewayCode: 'nsf', message: 'no' } as const;

const charging = samplePayment({ status: 'processing', pendingAttemptId: 'att_1' });

test('an unknown charge stays processing with its attempt pending', () => {
  const { payment, outcome } = conclude(charging, sampleAttempt('confirm'), unknown, fresh);
  expect(outcome).toBe('unknown');
  expect(payment).toMatchObject({ status: 'processing', pendingAttemptId: 'att_1' });
});

test('an unknown capture is processing until it is known, then back or on', () => {
  const authorized = samplePayment({
    status: 'requires_capture',
    amountCapturable: 1_000n,
    pendingAttemptId: 'att_1',
  });
  const attempt = sampleAttempt('capture');
  const waiting = conclude(authorized, attempt, unknown, fresh).payment;
  expect(waiting.status).toBe('processing');

  const back = conclude(waiting, attempt, refused, fresh).payment;
  expect(back).toMatchObject({ status: 'requires_capture', pendingAttemptId: null });

  const captured = sampleReport({ amountCaptured: 1_000n });
  const on = conclude(waiting, attempt, { kind: 'succeeded', report: captured }, fresh).payment;
  expect(on).toMatchObject({ status: 'succeeded', amountCaptured: 1_000n, amountCapturable: 0n });
});

test('a decline brings the payment back to its customer, with the reason', () => {
  const outcome: GatewayOutcome<PaymentReport> = { kind: 'declined', decline, report: null };
  const { payment } = conclude(charging, sampleAttempt('confirm'), outcome, fresh);
  expect(payment).toMatchObject({
    status: 'requires_payment_method',
    lastError: decline,
    pendingAttemptId: null,
  });
});

test('an answer that comes after the event of a later state does not undo it', () => {
  const done = samplePayment({
    status: 'succeeded',
    amountCaptured: 1_000n,
    pendingAttemptId: 'att_1',
  });
  const action = { type: 'redirect_to_url', url: 'https://bank.example' } as const;
  const report = sampleReport({ status: 'requires_action', action });
  const { payment, outcome } = conclude(
    done,
    sampleAttempt('confirm'),
    { kind: 'requires_action', action, report },
    { fresh: false, now },
  );
  expect(payment).toMatchObject({ status: 'succeeded', pendingAttemptId: null });
  expect(outcome).toBe('succeeded');
});

test('a late answer beside the stored state has the gateway asked', () => {
  const declinedMeanwhile = samplePayment({ pendingAttemptId: 'att_1', lastError: decline });
  const action = { type: 'redirect_to_url', url: 'https://bank.example' } as const;
  const report = sampleReport({ status: 'requires_action', action });
  const conclusion = conclude(
    declinedMeanwhile,
    sampleAttempt('confirm'),
    { kind: 'requires_action', action, report },
    { fresh: false, now },
  );
  expect(conclusion.ask).toBe(true);
  expect(conclusion.payment.status).toBe('requires_payment_method');
});

test('a payment that was given up is failed once the gateway has canceled it, and not before', () => {
  const attempt = sampleAttempt('cancel', { request: { expire: true } });
  const waiting = samplePayment({ status: 'requires_action', pendingAttemptId: 'att_1' });
  const canceled = sampleReport({ status: 'canceled' });
  const given = conclude(waiting, attempt, { kind: 'succeeded', report: canceled }, fresh);
  expect(given.payment).toMatchObject({ status: 'failed', lastError: { code: 'expired' } });
  expect(conclude(waiting, attempt, refused, fresh).payment.status).toBe('requires_action');
});

test('a payment that no gateway has heard of is canceled without one', () => {
  const { payment } = concludeWithoutGateway(
    samplePayment({ gatewayPaymentId: null, pendingAttemptId: 'att_1' }),
    sampleAttempt('cancel'),
    now,
  );
  expect(payment).toMatchObject({ status: 'canceled', pendingAttemptId: null });
});

test('an attempt waits for its customer only while the payment does', () => {
  expect(endOfWaiting(samplePayment({ status: 'requires_action' }))).toBeNull();
  expect(endOfWaiting(samplePayment({ status: 'requires_payment_method' }))).toBe('declined');
  expect(endOfWaiting(samplePayment({ status: 'succeeded' }))).toBe('succeeded');
  expect(endOfWaiting(samplePayment({ status: 'failed' }))).toBe('canceled');
});

test('a charge that is declined after the customer agreed waits for another payment method', () => {
  const agreed = samplePayment({
    status: 'processing',
    awaitsCompletion: true,
    pendingAttemptId: 'att_1',
  });
  const attempt = sampleAttempt('complete', { statusBefore: 'processing' });
  const { payment, outcome } = conclude(
    agreed,
    attempt,
    { kind: 'declined', decline, report: null },
    fresh,
  );
  expect(outcome).toBe('declined');
  expect(payment).toMatchObject({
    status: 'requires_payment_method',
    awaitsCompletion: false,
    lastError: decline,
  });
});

test('a charge that is refused for the moment after the customer agreed is tried again', () => {
  const agreed = samplePayment({
    status: 'processing',
    awaitsCompletion: true,
    pendingAttemptId: 'att_1',
  });
  const attempt = sampleAttempt('complete', { statusBefore: 'processing' });
  const { payment } = conclude(agreed, attempt, refused, fresh);
  expect(payment).toMatchObject({
    status: 'processing',
    awaitsCompletion: true,
    pendingAttemptId: null,
  });
});

test('a payment that its gateway hears of with the first method needs no gateway until then', () => {
  const { payment, outcome } = concludeWithoutGateway(
    samplePayment({ gatewayPaymentId: null, pendingAttemptId: 'att_1' }),
    sampleAttempt('create', { request: {} }),
    now,
  );
  expect(outcome).toBe('succeeded');
  expect(payment).toMatchObject({ status: 'requires_payment_method', pendingAttemptId: null });
});

test('a completion that is declined does not send a payment back for which money was held meanwhile', () => {
  const authorized = samplePayment({
    status: 'requires_capture',
    amountCapturable: 1_000n,
    pendingAttemptId: 'att_1',
  });
  const report = sampleReport({ status: 'processing', amountCapturable: 1n });
  const { payment, outcome } = conclude(
    authorized,
    sampleAttempt('complete', { statusBefore: 'processing' }),
    { kind: 'declined', decline, report },
    fresh,
  );
  expect(outcome).toBe('declined');
  expect(payment.status).toBe('processing');
});
