import { describe, expect, test } from 'vitest';
import { sampleAttempt, samplePayment, sampleReport } from '../../test/support/samples.ts';
import type { AttemptOperation } from './attempt.ts';
import {
  concludeCharged,
  concludeNotCharged,
  contradictsCharge,
  isDecidedNotCharged,
  reportInItsPlace,
} from './decision.ts';
import type { PaymentReport } from './report.ts';

const now = new Date('2026-01-05T00:00:00Z');
const waiting = samplePayment({ status: 'processing', pendingAttemptId: 'att_1' });
const authorized = { ...waiting, captureMethod: 'manual', amountCapturable: 1_000n } as const;
const ours = { paymentId: waiting.id, attemptId: 'att_1' };

describe('not charged', () => {
  test.each<AttemptOperation>(['create', 'confirm', 'complete'])(
    'after %s is the end of the payment, and says whose word it was',
    (operation) => {
      const awaited = { ...waiting, awaitsCompletion: operation === 'complete' };
      const { payment, outcome } = concludeNotCharged(awaited, sampleAttempt(operation), now);
      expect(outcome).toBe('refused');
      expect(payment).toMatchObject({
        status: 'failed',
        pendingAttemptId: null,
        awaitsCompletion: false,
        lastError: { code: 'not_charged', gatewayCode: 'operator_decision' },
      });
      expect(isDecidedNotCharged(payment)).toBe(true);
    },
  );

  test('after a capture leaves what was authorized where it was', () => {
    const { payment, outcome } = concludeNotCharged(authorized, sampleAttempt('capture'), now);
    expect(outcome).toBe('refused');
    expect(payment).toMatchObject({ status: 'requires_capture', amountCapturable: 1_000n });
    expect(isDecidedNotCharged(payment)).toBe(false);
  });

  test('after a cancellation is canceled, or failed where the payment was given up', () => {
    const cancel = sampleAttempt('cancel', { statusBefore: 'requires_capture' });
    const canceled = concludeNotCharged(authorized, cancel, now);
    expect(canceled).toMatchObject({
      outcome: 'succeeded',
      payment: { status: 'canceled', amountCapturable: 0n },
    });
    expect(isDecidedNotCharged(canceled.payment)).toBe(true);
    const expiry = sampleAttempt('cancel', { request: { expire: true } });
    expect(concludeNotCharged(waiting, expiry, now).payment.status).toBe('failed');
  });

  test('is not what an expired payment is', () => {
    const lastError = { code: 'expired', gatewayCode: 'expired', message: '' } as const;
    expect(isDecidedNotCharged({ status: 'failed', lastError })).toBe(false);
  });
});

describe('charged, where the gateway cannot be asked', () => {
  const charged = (payment: typeof waiting, attempt: ReturnType<typeof sampleAttempt>) =>
    concludeCharged(payment, attempt, reportInItsPlace(payment, attempt, 'pi_1'), now);

  test('is the whole amount, captured or held as was asked for', () => {
    const unknown = { ...waiting, gatewayPaymentId: null };
    expect(charged(unknown, sampleAttempt('create')).payment).toMatchObject({
      status: 'succeeded',
      amountCaptured: 1_000n,
      gatewayPaymentId: 'pi_1',
    });
    const held = { ...unknown, captureMethod: 'manual' as const };
    expect(charged(held, sampleAttempt('create')).payment).toMatchObject({
      status: 'requires_capture',
      amountCaptured: 0n,
      amountCapturable: 1_000n,
    });
  });

  test('is the part that was to be captured', () => {
    const capture = sampleAttempt('capture', { request: { captureAmount: '400' } });
    expect(charged(authorized, capture).payment).toMatchObject({
      status: 'succeeded',
      amountCaptured: 400n,
      amountCapturable: 0n,
    });
  });

  test('is a cancellation that came to nothing', () => {
    const cancel = sampleAttempt('cancel', { statusBefore: 'requires_capture' });
    expect(charged(authorized, cancel)).toMatchObject({
      outcome: 'refused',
      payment: { status: 'requires_capture', amountCapturable: 1_000n, pendingAttemptId: null },
    });
  });
});

describe('a charge that the operator has found', () => {
  const contradiction = (over: Partial<PaymentReport>, operation: AttemptOperation = 'create') =>
    contradictsCharge(
      { ...waiting, gatewayPaymentId: null },
      sampleAttempt(operation, { request: { captureAmount: '400' } }),
      sampleReport({ reference: ours, ...over }),
    );

  test('counts when it is ours, of the amount, and took or holds the money', () => {
    for (const status of ['succeeded', 'processing', 'requires_capture'] as const) {
      expect(contradiction({ status })).toBeNull();
    }
    expect(contradiction({ reference: { paymentId: null, attemptId: 'att_1' } })).toBeNull();
  });

  test.each<[string, Partial<PaymentReport>]>([
    ['without our reference', { reference: null }],
    ["with another payment's reference", { reference: { paymentId: 'pay_2', attemptId: 'att_1' } }],
    ['of another attempt', { reference: { paymentId: null, attemptId: 'att_2' } }],
    ['in another currency', { currency: 'USD' }],
    ['of another amount', { amount: 999n }],
    ['that took nothing', { status: 'requires_payment_method' }],
    ['that was canceled', { status: 'canceled' }],
  ])('does not count %s', (_, over) => {
    expect(contradiction(over)).not.toBeNull();
  });

  test('of a capture counts only when so much was captured', () => {
    expect(contradiction({ amountCaptured: 400n }, 'capture')).toBeNull();
    expect(contradiction({ amountCaptured: 1_000n }, 'capture')).not.toBeNull();
    expect(contradiction({ status: 'requires_capture' }, 'capture')).not.toBeNull();
  });
});
