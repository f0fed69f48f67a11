import { expect, test } from 'vitest';
import type { AttemptOperation } from './attempt.ts';
import { conclude, concludeWithoutGateway, endOfWaiting, takesMoney } from './conclude.ts';
import type { GatewayError, GatewayOutcome } from './outcome.ts';
import type { Payment } from './payment.ts';
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

test('an answer that is missing takes nothing back of an authorization that a webhook has told of', () => {
  const told = samplePayment({
    status: 'requires_capture',
    amountCapturable: 1_000n,
    pendingAttemptId: 'att_1',
  });
  for (const operation of ['create', 'confirm', 'complete'] as const) {
    expect(conclude(told, sampleAttempt(operation), unknown, fresh)).toMatchObject({
      payment: told,
      outcome: 'unknown',
    });
  }
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

test('a payment that leaves its gateway waits for another one once the object there is canceled, and not before', () => {
  const attempt = sampleAttempt('cancel', { request: { leaves: 'pi_1' } });
  const waiting = samplePayment({ clientSecret: 'pi_1_secret', pendingAttemptId: 'att_1' });
  const canceled = sampleReport({ status: 'canceled' });
  const left = conclude(waiting, attempt, { kind: 'succeeded', report: canceled }, fresh);
  expect(left).toMatchObject({
    outcome: 'succeeded',
    payment: {
      status: 'requires_payment_method',
      gatewayPaymentId: null,
      clientSecret: null,
      pendingAttemptId: null,
    },
  });
  expect(conclude(waiting, attempt, refused, fresh).payment).toMatchObject({
    status: 'requires_payment_method',
    gatewayPaymentId: 'pi_1',
  });
  const paid = sampleReport({ status: 'succeeded', amountCaptured: 1_000n });
  const late = { ...refused, report: paid };
  expect(conclude(waiting, attempt, late, fresh).payment).toMatchObject({
    status: 'succeeded',
    gatewayPaymentId: 'pi_1',
  });
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

test('what nobody knows yet says why, and asks for nothing else', () => {
  expect(conclude(charging, sampleAttempt('confirm'), unknown, fresh)).toEqual({
    payment: { ...charging, updatedAt: now },
    outcome: 'unknown',
    error,
    ask: false,
    contradiction: null,
  });
});

test('a payment that is over meanwhile stays so, whatever nobody knows of the call', () => {
  for (const status of ['succeeded', 'canceled', 'failed'] as const) {
    const over = samplePayment({ status, pendingAttemptId: 'att_1' });
    expect(conclude(over, sampleAttempt('cancel'), unknown, fresh).payment).toBe(over);
  }
});

test('an attempt that may charge is told from those that collect or release what is held', () => {
  const charges = (operation: AttemptOperation) => takesMoney({ operation });
  expect((['create', 'confirm', 'complete'] as const).map(charges)).toEqual([true, true, true]);
  expect((['capture', 'cancel'] as const).map(charges)).toEqual([false, false]);
});

test('what a gateway refuses to charge waits for another payment method, and says why', () => {
  const { payment, ...rest } = conclude(charging, sampleAttempt('confirm'), refused, fresh);
  expect(payment).toEqual({
    ...charging,
    status: 'requires_payment_method',
    pendingAttemptId: null,
    lastError: { code: 'refused', gatewayCode: 'timeout', message: 'no answer' },
    updatedAt: now,
  });
  expect(rest).toEqual({
    outcome: 'refused',
    error: { ...error, category: 'invalid_request' },
    ask: false,
    contradiction: null,
  });
});

test('a cancellation that is refused leaves no error with a payment that can still be paid', () => {
  const waiting = samplePayment({ status: 'processing', pendingAttemptId: 'att_1' });
  const { payment } = conclude(waiting, sampleAttempt('cancel'), refused, fresh);
  expect(payment).toMatchObject({ status: 'requires_payment_method', lastError: null });
});

test('a refusal that has come to a payment which waits for its customer says nothing of its own', () => {
  const waiting = samplePayment({ status: 'requires_action', pendingAttemptId: 'att_1' });
  const { payment } = conclude(waiting, sampleAttempt('confirm'), refused, fresh);
  expect(payment).toMatchObject({ status: 'requires_action', lastError: null });
});

test('a customer who has to act is waited for, and the attempt with them', () => {
  const action = { type: 'redirect_to_url', url: 'https://bank.example' } as const;
  const report = sampleReport({ status: 'requires_action', action });
  const asked = { kind: 'requires_action', action, report } as const;
  expect(conclude(charging, sampleAttempt('confirm'), asked, fresh)).toMatchObject({
    outcome: 'requires_action',
    payment: { status: 'requires_action', nextAction: action },
    error: null,
    ask: false,
    contradiction: null,
  });
});

test('what succeeded has succeeded, also where the payment waits for its customer', () => {
  const report = sampleReport({ status: 'requires_action' });
  const { outcome } = conclude(
    charging,
    sampleAttempt('confirm'),
    { kind: 'succeeded', report },
    fresh,
  );
  expect(outcome).toBe('succeeded');
});

test('an answer that cannot be true is told as it is, and moves nothing', () => {
  const report = sampleReport({ currency: 'USD' });
  const conclusion = conclude(
    charging,
    sampleAttempt('confirm'),
    { kind: 'succeeded', report },
    fresh,
  );
  expect(conclusion).toMatchObject({
    ask: false,
    contradiction: "the payment is in EUR and the gateway's in USD",
    payment: { status: 'requires_payment_method', amountCaptured: 0n },
  });
});

test('an attempt ends with its payment, but for one whose cancellation nobody knows of', () => {
  const ends = (over: Partial<Payment>) => endOfWaiting(samplePayment(over));
  expect(ends({ status: 'canceled' })).toBe('canceled');
  expect(ends({ status: 'requires_capture' })).toBe('succeeded');
  expect(ends({ status: 'processing' })).toBe('succeeded');
  expect(ends({ status: 'processing', pendingAttemptId: 'att_2' })).toBeNull();
});

test('a decline sends only a payment back that its customer had agreed to', () => {
  const declines = { kind: 'declined', decline, report: null } as const;
  // A confirmation that was begun while the payment was processed: nothing was agreed to.
  const confirming = samplePayment({ status: 'processing', pendingAttemptId: 'att_1' });
  const attempt = sampleAttempt('confirm', { statusBefore: 'processing' });
  const kept = conclude(confirming, attempt, declines, fresh);
  expect(kept.payment).toMatchObject({ status: 'processing', lastError: null });
  expect(kept).toMatchObject({ outcome: 'declined', error: decline });
  const completing = sampleAttempt('complete', { statusBefore: 'requires_action' });
  const acting = samplePayment({ status: 'requires_action', pendingAttemptId: 'att_1' });
  expect(conclude(acting, completing, declines, fresh).payment.status).toBe('requires_action');
});

test('a payment that is given up says so, and one that was canceled for another reason does not', () => {
  const waiting = samplePayment({ status: 'requires_action', pendingAttemptId: 'att_1' });
  const canceled = { kind: 'succeeded', report: sampleReport({ status: 'canceled' }) } as const;
  const expire = sampleAttempt('cancel', { request: { expire: true } });
  expect(conclude(waiting, expire, canceled, fresh).payment.lastError).toEqual({
    code: 'expired',
    gatewayCode: 'expired',
    message: 'The customer did not finish the payment in time.',
  });
  const asked = sampleAttempt('cancel', { request: {} });
  expect(conclude(waiting, asked, canceled, fresh).payment).toMatchObject({
    status: 'canceled',
    lastError: null,
  });
  // Who paid at the last moment has paid.
  const paid = { kind: 'succeeded', report: sampleReport({ amountCaptured: 1_000n }) } as const;
  expect(conclude(waiting, expire, paid, fresh).payment.status).toBe('succeeded');
});

test('what ends without a gateway leaves nothing to ask or to explain', () => {
  const unheard = samplePayment({ gatewayPaymentId: null, pendingAttemptId: 'att_1' });
  const { payment, ...rest } = concludeWithoutGateway(unheard, sampleAttempt('cancel'), now);
  expect(payment.updatedAt).toBe(now);
  expect(rest).toEqual({ outcome: 'succeeded', error: null, ask: false, contradiction: null });
  const expire = sampleAttempt('cancel', { request: { expire: true } });
  expect(concludeWithoutGateway(unheard, expire, now).payment.status).toBe('failed');
});
