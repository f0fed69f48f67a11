import type { Attempt } from './attempt.ts';
import { conclude, takesMoney, type Conclusion } from './conclude.ts';
import { toDecimal } from './money.ts';
import type { GatewayError } from './outcome.ts';
import type { Payment } from './payment.ts';
import type { Refund } from './refund.ts';
import type { PaymentReport, RefundReport } from './report.ts';

/**
 * What an operator can decide where no gateway tells whether money moved. `charged`: the gateway has taken the money, or
 * holds it; `not_charged`: it has neither, and never will.
 */
export const PAYMENT_DECISIONS = ['charged', 'not_charged'] as const;
export type PaymentDecision = (typeof PAYMENT_DECISIONS)[number];

export const REFUND_DECISIONS = ['refunded', 'not_refunded'] as const;
export type RefundDecision = (typeof REFUND_DECISIONS)[number];

/** By this code everything that an operator decided is told from what a gateway said. */
export const DECIDED = 'operator_decision';

/**
 * Ends an attempt about which an operator has decided that the gateway has charged the payment.
 *
 * @param report what the gateway says of it, or {@link reportInItsPlace}
 */
export function concludeCharged(
  payment: Payment,
  attempt: Attempt,
  report: PaymentReport,
  now: Date,
): Conclusion {
  const fresh = { fresh: true, now };
  if (attempt.operation !== 'cancel') {
    return conclude(payment, attempt, { kind: 'succeeded', report }, fresh);
  }
  const error = decidedError('An operator decided that the payment was not canceled.');
  return conclude(payment, attempt, { kind: 'refused', error, report }, fresh);
}

/** Ends an attempt about which an operator has decided that the gateway has taken nothing by it. */
export function concludeNotCharged(payment: Payment, attempt: Attempt, now: Date): Conclusion {
  const error = decidedError('An operator decided that the gateway did not do it.');
  const none = { error, ask: false, contradiction: null };
  // A capture that was not made leaves the authorization where it was.
  if (attempt.operation === 'capture') {
    return conclude(
      payment,
      attempt,
      { kind: 'refused', error, report: null },
      { fresh: true, now },
    );
  }
  const isCancel = attempt.operation === 'cancel' && attempt.request.expire !== true;
  const lastError = {
    code: 'not_charged' as const,
    gatewayCode: DECIDED,
    message: 'The gateway did not tell, and an operator decided that nothing was charged.',
  };
  return {
    ...none,
    outcome: takesMoney(attempt) ? 'refused' : 'succeeded',
    payment: {
      ...payment,
      status: isCancel ? 'canceled' : 'failed',
      pendingAttemptId: null,
      awaitsCompletion: false,
      amountCapturable: 0n,
      nextAction: null,
      lastError,
      updatedAt: now,
    },
  };
}

/** Whether an operator decided that nothing was charged, so that whatever is charged all the same has to go back. */
export function isDecidedNotCharged({
  status,
  lastError,
}: Pick<Payment, 'status' | 'lastError'>): boolean {
  return (status === 'failed' || status === 'canceled') && lastError?.code === 'not_charged';
}

/** What the gateway would say of a payment that is charged as the attempt asked, where it cannot be asked. */
export function reportInItsPlace(
  payment: Payment,
  attempt: Attempt,
  gatewayPaymentId: string,
): PaymentReport {
  const isHeld = payment.captureMethod === 'manual' && attempt.operation !== 'capture';
  return {
    gatewayPaymentId,
    status: isHeld ? 'requires_capture' : 'succeeded',
    amount: payment.amount,
    currency: payment.currency,
    amountCapturable: isHeld ? payment.amount : 0n,
    amountCaptured: isHeld ? 0n : amountAsked(payment, attempt),
    captureBefore: null,
    clientSecret: null,
    action: null,
    decline: null,
    paymentMethod: null,
    savedMethod: null,
    fee: null,
    reference: { paymentId: payment.id, attemptId: attempt.id },
  };
}

/**
 * Why the gateway's payment cannot be what an operator takes it for; `null` where it can.
 *
 * It has to be ours by the reference that every call of ours carries, of the amount that was asked for, and to have
 * taken or to hold the money.
 */
export function contradictsCharge(
  payment: Payment,
  attempt: Attempt,
  report: PaymentReport,
): string | null {
  const { reference, currency, gatewayPaymentId: id } = report;
  const isOurs =
    reference?.paymentId === payment.id ||
    (reference?.paymentId === null && reference.attemptId === attempt.id) ||
    id === payment.gatewayPaymentId;
  if (!isOurs) return `${id} does not carry the reference of this payment.`;
  if (currency !== payment.currency) return `${id} is in ${currency}, not in ${payment.currency}.`;
  const isCapture = attempt.operation === 'capture';
  const took = report.status === 'succeeded' || report.status === 'processing';
  if (!took && (isCapture || report.status !== 'requires_capture')) {
    return `The gateway says that ${id} is ${report.status}.`;
  }
  const asked = isCapture ? amountAsked(payment, attempt) : payment.amount;
  const told = isCapture ? report.amountCaptured : report.amount;
  return asked === told
    ? null
    : `${id} is of ${toDecimal(told, currency)} ${currency}, not of ${toDecimal(asked, currency)}.`;
}

/** Why the gateway's refund cannot be what an operator takes it for; `null` where it can. */
export function contradictsRefund(refund: Refund, report: RefundReport): string | null {
  const { gatewayRefundId: id, currency, amount } = report;
  if (report.refundId !== null && report.refundId !== refund.id) {
    return `${id} is ${report.refundId} here.`;
  }
  if (report.status === 'failed') return `The gateway says that ${id} has failed.`;
  return amount === refund.amount && currency === refund.currency
    ? null
    : `${id} is of ${toDecimal(amount, currency)} ${currency}, not of ${toDecimal(refund.amount, refund.currency)} ${refund.currency}.`;
}

function amountAsked(payment: Payment, { operation, request }: Attempt): bigint {
  if (operation !== 'capture') return payment.amount;
  return BigInt(request.captureAmount ?? payment.amountCapturable);
}

function decidedError(message: string): GatewayError {
  return {
    category: 'invalid_request',
    code: DECIDED,
    message,
    httpStatus: null,
    gatewayRequestId: null,
  };
}
