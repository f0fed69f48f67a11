import type { Attempt, AttemptOperation } from '../../src/domain/attempt.ts';
import type { Payment } from '../../src/domain/payment.ts';
import type { PaymentReport } from '../../src/domain/report.ts';

/** Objects for tests, complete and unremarkable; a test names what matters to it. */

export function samplePayment(over: Partial<Payment> = {}): Payment {
  return {
    id: 'pay_00000000000000000000000001',
    status: 'requires_payment_method',
    amount: 1_000n,
    currency: 'EUR',
    captureMethod: 'automatic',
    amountCapturable: 0n,
    amountCaptured: 0n,
    amountRefunded: 0n,
    amountRefundPending: 0n,
    amountDisputed: 0n,
    amountDisputedLost: 0n,
    disputed: false,
    captureBefore: null,
    gateway: 'stripe',
    gatewayPaymentId: 'pi_1',
    clientSecret: null,
    nextAction: null,
    lastError: null,
    pendingAttemptId: null,
    paymentMethod: null,
    awaitsCompletion: false,
    customerId: null,
    savePaymentMethod: false,
    savedMethod: null,
    orderId: null,
    description: null,
    statementDescriptor: null,
    returnUrl: null,
    metadata: {},
    routing: null,
    feeTerms: null,
    feeActual: null,
    feeCurrency: null,
    feeReturned: 0n,
    feeDisputes: 0n,
    createdAt: new Date('2026-01-01T00:00:00Z'),
    updatedAt: new Date('2026-01-01T00:00:00Z'),
    version: 1,
    ...over,
  };
}

export function sampleReport(over: Partial<PaymentReport> = {}): PaymentReport {
  return {
    gatewayPaymentId: 'pi_1',
    status: 'succeeded',
    amount: 1_000n,
    currency: 'EUR',
    amountCapturable: 0n,
    amountCaptured: 0n,
    captureBefore: null,
    clientSecret: null,
    action: null,
    decline: null,
    paymentMethod: null,
    savedMethod: null,
    fee: null,
    reference: null,
    ...over,
  };
}

export function sampleAttempt(operation: AttemptOperation, over: Partial<Attempt> = {}): Attempt {
  return {
    id: 'att_1',
    paymentId: 'pay_00000000000000000000000001',
    operation,
    ordinal: 1,
    gateway: 'stripe',
    gatewayKey: 'key',
    request: operation === 'create' || operation === 'confirm' ? { paymentMethod: 'pm_1' } : {},
    statusBefore: operation === 'capture' ? 'requires_capture' : 'requires_payment_method',
    outcome: null,
    error: null,
    createdAt: new Date('2026-01-01T00:00:00Z'),
    ...over,
  };
}
