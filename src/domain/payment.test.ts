import fc from 'fast-check';
import { expect, test } from 'vitest';
import { applyReport } from './apply-report.ts';
import type { AttemptOperation } from './attempt.ts';
import { conclude } from './conclude.ts';
import type { GatewayError, GatewayOutcome } from './outcome.ts';
import {
  isFinal,
  mayBecome,
  PAYMENT_STATUSES,
  refundableAmount,
  type Payment,
  type PaymentStatus,
} from './payment.ts';
import { settleRefund, type Refund } from './refund.ts';
import type { PaymentReport } from './report.ts';
import { sampleAttempt, samplePayment, sampleReport } from '../../test/support/samples.ts';

const now = new Date('2026-01-02T00:00:00Z');

test('a final status leads nowhere, and every other somewhere', () => {
  for (const from of PAYMENT_STATUSES) {
    const onward = PAYMENT_STATUSES.filter((to) => to !== from && mayBecome(from, to));
    expect(onward.length > 0).toBe(!isFinal(from));
  }
  expect(PAYMENT_STATUSES.filter(isFinal)).toEqual(['succeeded', 'canceled', 'failed']);
});

test('an authorized payment cannot fail or wait for its customer again', () => {
  expect(mayBecome('requires_capture', 'requires_payment_method')).toBe(false);
  expect(mayBecome('requires_capture', 'requires_action')).toBe(false);
  expect(mayBecome('requires_capture', 'failed')).toBe(false);
});

const error: GatewayError = {
  category: 'gateway_fault',
  code: 'fault',
  message: 'fault',
  httpStatus: 500,
  gatewayRequestId: null,
};
const reportArbitrary = fc.record({
  status: fc.constantFrom<PaymentReport['status'][]>(
    'requires_payment_method',
    'requires_action',
    'processing',
    'requires_capture',
    'succeeded',
    'canceled',
    'requires_completion',
    'declined',
  ),
  amountCaptured: fc.bigInt(0n, 1_200n),
  amountCapturable: fc.bigInt(0n, 1_200n),
});
const stepArbitrary = fc.oneof(
  fc.record({ kind: fc.constant('report' as const), report: reportArbitrary, fresh: fc.boolean() }),
  fc.record({
    kind: fc.constant('attempt' as const),
    operation: fc.constantFrom<AttemptOperation[]>(
      'create',
      'confirm',
      'complete',
      'capture',
      'cancel',
    ),
    outcome: fc.constantFrom('succeeded', 'declined', 'refused', 'unknown'),
    report: reportArbitrary,
    fresh: fc.boolean(),
  }),
);

test('no sequence of reports and outcomes makes a step that the table forbids or breaks an amount', () => {
  fc.assert(
    fc.property(fc.array(stepArbitrary, { maxLength: 30 }), (steps) => {
      let payment = samplePayment({ captureMethod: 'manual' });
      for (const step of steps) {
        const report = sampleReport(step.report);
        const before = payment;
        payment =
          step.kind === 'report'
            ? afterReport(payment, report, step.fresh)
            : afterAttempt(payment, step.operation, step.outcome, report, step.fresh);
        expect(
          mayBecome(before.status, payment.status),
          `${before.status} -> ${payment.status}`,
        ).toBe(true);
        expect(payment.amountCaptured).toBeGreaterThanOrEqual(before.amountCaptured);
        expect(payment.amountCaptured).toBeLessThanOrEqual(payment.amount);
        expect(payment.amountCapturable).toBeLessThanOrEqual(payment.amount);
      }
    }),
    { numRuns: 2_000 },
  );
});

function afterReport(payment: Payment, report: PaymentReport, fresh: boolean): Payment {
  const applied = applyReport(payment, report, { fresh, now });
  return applied.kind === 'changed' ? applied.payment : payment;
}

/** An operation is begun only where nothing is pending and the payment is not over, as the use cases do. */
function afterAttempt(
  payment: Payment,
  operation: AttemptOperation,
  kind: string,
  report: PaymentReport,
  fresh: boolean,
): Payment {
  if (isFinal(payment.status) && payment.pendingAttemptId === null) return payment;
  const allowed =
    operation === 'capture'
      ? payment.status === 'requires_capture'
      : operation === 'complete'
        ? payment.awaitsCompletion
        : operation === 'cancel' || payment.status === 'requires_payment_method';
  if (payment.pendingAttemptId === null && !allowed) return payment;
  const attempt = sampleAttempt(operation, {
    statusBefore: payment.status === 'processing' ? restingPlace(payment) : payment.status,
  });
  return conclude({ ...payment, pendingAttemptId: attempt.id }, attempt, outcome(kind, report), {
    fresh,
    now,
  }).payment;
}

function restingPlace(payment: Payment) {
  return payment.amountCapturable > 0n ? 'requires_capture' : 'requires_payment_method';
}

function outcome(kind: string, report: PaymentReport): GatewayOutcome<PaymentReport> {
  switch (kind) {
    case 'succeeded':
      return { kind, report };
    case 'declined':
      return {
        kind,
        decline: { code: 'card_declined', gatewayCode: 'no', message: 'no' },
        report,
      };
    case 'refused':
      return { kind, error: { ...error, category: 'invalid_request' }, report: null };
    default:
      return { kind: 'unknown', error };
  }
}

test('no sequence of refunds that are reserved first gives back more than was captured', () => {
  const refundStep = fc.record({
    amount: fc.bigInt(1n, 700n),
    end: fc.constantFrom<Refund['status'][]>('pending', 'succeeded', 'failed'),
    returned: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.array(refundStep, { maxLength: 20 }), (steps) => {
      let payment = samplePayment({ status: 'succeeded', amountCaptured: 1_000n });
      for (const { amount, end, returned } of steps) {
        if (amount > refundableAmount(payment)) continue;
        payment = { ...payment, amountRefundPending: payment.amountRefundPending + amount };
        payment = settled(payment, amount, end, returned);
        expect(payment.amountRefunded + payment.amountRefundPending).toBeLessThanOrEqual(1_000n);
        expect(payment.amountRefunded).toBeGreaterThanOrEqual(0n);
        expect(payment.amountRefundPending).toBeGreaterThanOrEqual(0n);
      }
    }),
  );
});

function settled(payment: Payment, amount: bigint, end: Refund['status'], returned: boolean) {
  const refund: Refund = {
    id: 'ref_1',
    paymentId: payment.id,
    status: 'pending',
    amount,
    currency: 'EUR',
    reason: null,
    gateway: 'stripe',
    gatewayRefundId: null,
    failureCode: null,
    source: 'api',
    metadata: {},
    feeReturned: 0n,
    createdAt: now,
    updatedAt: now,
  };
  const told = { status: end, failureCode: null, feeReturned: null, gatewayRefundId: 're_1' };
  const context = { now, feeOnRefund: 'kept' as const };
  const first = settleRefund({ payment, refund }, told, context) ?? { payment, refund };
  if (!returned || first.refund.status !== 'succeeded') return first.payment;
  const back = { ...told, status: 'failed' as const };
  return settleRefund(first, back, context)?.payment ?? first.payment;
}

test('where a payment may go is exactly what the architecture draws', () => {
  const onward = (from: PaymentStatus) =>
    PAYMENT_STATUSES.filter((to) => to !== from && mayBecome(from, to));
  const before = ['processing', 'requires_capture', 'succeeded', 'canceled', 'failed'];
  expect(onward('requires_payment_method').toSorted()).toEqual(
    ['requires_action', ...before].toSorted(),
  );
  expect(onward('requires_action').toSorted()).toEqual(
    ['requires_payment_method', ...before].toSorted(),
  );
  expect(onward('processing').toSorted()).toEqual(
    [
      'requires_payment_method',
      'requires_action',
      ...before.filter((status) => status !== 'processing'),
    ].toSorted(),
  );
  expect(onward('requires_capture')).toEqual(['processing', 'succeeded', 'canceled']);
  for (const status of PAYMENT_STATUSES) expect(mayBecome(status, status)).toBe(true);
});

test('what can be refunded is what was captured, less all that went back or may', () => {
  const captured = samplePayment({ amountCaptured: 1_000n });
  expect(refundableAmount(captured)).toBe(1_000n);
  const gone = {
    amountRefunded: 100n,
    amountRefundPending: 200n,
    amountDisputed: 300n,
    amountDisputedLost: 50n,
  };
  expect(refundableAmount({ ...captured, ...gone })).toBe(350n);
  expect(refundableAmount({ ...captured, ...gone, amountRefunded: 900n })).toBe(0n);
});
