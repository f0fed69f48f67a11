import { isFinal, mayBecome, type Payment, type PaymentStatus } from './payment.ts';
import type { PaymentReport } from './report.ts';

/** What a gateway's report does to a payment. */
export type Applied =
  | { kind: 'changed'; payment: Payment }
  /** It says nothing new, or speaks of a moment that has passed. */
  | { kind: 'unchanged' }
  /** It may be late and cannot be trusted to tell where the payment stands now: read it from the gateway. */
  | { kind: 'ask' }
  /** It cannot be true together with what is stored. Nothing is changed; somebody has to look. */
  | { kind: 'contradiction'; detail: string };

/**
 * Applies what a gateway says of a payment.
 *
 * Reports arrive twice, late and out of order, so only a step forward is taken from any report; a step sideways or
 * back needs a fresh one. Money never goes back: a captured amount only grows.
 *
 * @param fresh whether the report answers a question that was asked when the payment stood as it is given here
 */
export function applyReport(
  payment: Payment,
  report: PaymentReport,
  { fresh, now }: { fresh: boolean; now: Date },
): Applied {
  const impossible = contradictionIn(payment, report);
  if (impossible !== null) return { kind: 'contradiction', detail: impossible };

  const stored = progress(payment.status, payment.amountCapturable);
  const told = progress(report.status, report.amountCapturable);
  if (told < stored) return stale(payment, report, fresh);
  if (told === stored && !saysMore(payment, report)) return { kind: 'unchanged' };
  // While a call is under way its own answer decides, and only a report of something further can be sure.
  if (told === stored && payment.pendingAttemptId !== null) return { kind: 'unchanged' };
  if (told === stored && !fresh && report.status !== payment.status) return { kind: 'ask' };
  if (!mayBecome(payment.status, report.status)) {
    return {
      kind: 'contradiction',
      detail: `the payment is ${payment.status} and the gateway says ${report.status}`,
    };
  }
  return { kind: 'changed', payment: withReport(payment, report, now) };
}

/** How far a payment has come: waiting for a charge, authorized, over. An unknown capture is still authorized. */
function progress(status: PaymentStatus, amountCapturable: bigint): 0 | 1 | 2 {
  if (isFinal(status)) return 2;
  return status === 'requires_capture' || amountCapturable > 0n ? 1 : 0;
}

function contradictionIn(payment: Payment, report: PaymentReport): string | null {
  if (report.currency !== payment.currency) {
    return `the payment is in ${payment.currency} and the gateway's in ${report.currency}`;
  }
  if (report.amountCaptured > payment.amount || report.amountCapturable > payment.amount) {
    return `the gateway's amounts exceed the payment's ${payment.amount}`;
  }
  if (payment.gatewayPaymentId !== null && payment.gatewayPaymentId !== report.gatewayPaymentId) {
    return `the payment is ${payment.gatewayPaymentId} at the gateway, not ${report.gatewayPaymentId}`;
  }
  return null;
}

/** A report from behind where the payment stands: late if it may be, otherwise the gateway has gone back. */
function stale(payment: Payment, report: PaymentReport, fresh: boolean): Applied {
  if (!fresh) return { kind: 'unchanged' };
  return {
    kind: 'contradiction',
    detail: `the payment is ${payment.status} and the gateway, asked again, says ${report.status}`,
  };
}

function saysMore(payment: Payment, report: PaymentReport): boolean {
  return (
    report.status !== payment.status ||
    report.amountCaptured > payment.amountCaptured ||
    payment.gatewayPaymentId === null ||
    (report.action !== null && payment.nextAction === null) ||
    (report.decline !== null && payment.lastError === null) ||
    (report.captureBefore !== null && payment.captureBefore === null) ||
    (report.paymentMethod !== null && payment.paymentMethod === null)
  );
}

function withReport(payment: Payment, report: PaymentReport, now: Date): Payment {
  return {
    ...payment,
    status: report.status,
    amountCapturable: report.status === 'requires_capture' ? report.amountCapturable : 0n,
    amountCaptured:
      report.amountCaptured > payment.amountCaptured
        ? report.amountCaptured
        : payment.amountCaptured,
    captureBefore: report.captureBefore ?? payment.captureBefore,
    gatewayPaymentId: report.gatewayPaymentId,
    clientSecret: report.clientSecret ?? payment.clientSecret,
    nextAction: report.status === 'requires_action' ? report.action : null,
    lastError: lastError(payment, report),
    paymentMethod: report.paymentMethod ?? payment.paymentMethod,
    updatedAt: now,
  };
}

/** A decline stands until the payment gets further, or waits for its customer anew. */
function lastError(payment: Payment, report: PaymentReport): Payment['lastError'] {
  if (report.status === 'requires_payment_method') return report.decline ?? payment.lastError;
  return report.status === 'canceled' ? payment.lastError : null;
}
