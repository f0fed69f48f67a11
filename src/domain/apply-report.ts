import { tellsFee, withFee } from './payment-fee.ts';
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
  if (isOfAnotherAttempt(payment, report)) return { kind: 'unchanged' };
  const impossible = contradictionIn(payment, report);
  if (impossible !== null) return { kind: 'contradiction', detail: impossible };

  const stored = progress(payment.status, payment.amountCapturable);
  const status = statusTold(report);
  const told = progress(status, report.amountCapturable);
  if (told < stored) return stale(payment, status, fresh);
  if (told === stored && !saysMore(payment, report)) return { kind: 'unchanged' };
  // While a call is under way its own answer decides, and only a report of something further can be sure.
  if (told === stored && payment.pendingAttemptId !== null) return feeAlone(payment, report, now);
  if (told === stored && !fresh && status !== payment.status) return { kind: 'ask' };
  if (!mayBecome(payment.status, status)) {
    return {
      kind: 'contradiction',
      detail: `the payment is ${payment.status} and the gateway says ${status}`,
    };
  }
  return { kind: 'changed', payment: withReport(payment, report, now) };
}

/** What a report says of the fee holds in any case: the answer to a repeated call is the first one, without it. */
function feeAlone(payment: Payment, { fee }: PaymentReport, now: Date): Applied {
  if (!tellsFee(payment, fee)) return { kind: 'unchanged' };
  return { kind: 'changed', payment: withFee({ ...payment, updatedAt: now }, fee) };
}

/** Where a payment of ours stands that the gateway speaks so of. */
function statusTold({ status }: PaymentReport): PaymentStatus {
  if (status === 'requires_completion') return 'processing';
  return status === 'declined' ? 'requires_payment_method' : status;
}

/** Where each attempt has an object of its own at the gateway, one that took nothing says nothing of those after it. */
function isOfAnotherAttempt(payment: Payment, report: PaymentReport): boolean {
  if (report.status !== 'declined') return false;
  return payment.gatewayPaymentId === null
    ? payment.lastError !== null
    : payment.gatewayPaymentId !== report.gatewayPaymentId;
}

/**
 * The payment after its gateway has forgotten the object, which took nothing and never will: the next try makes
 * another. `null` where it did hold or take money, or was about to, so that it cannot have been forgotten.
 */
export function withoutGatewayObject(payment: Payment, now: Date): Payment | null {
  if (progress(payment.status, payment.amountCapturable) !== 0) return null;
  // What it works on it does not forget: the credentials are another account's, perhaps.
  if (payment.status === 'processing' && !payment.awaitsCompletion) return null;
  return { ...withoutObject(payment), updatedAt: now };
}

/** The payment while no gateway has an object of it, so that any of them may be asked. */
export function withoutObject(payment: Payment): Payment {
  return {
    ...payment,
    status: 'requires_payment_method',
    awaitsCompletion: false,
    gatewayPaymentId: null,
    clientSecret: null,
    nextAction: null,
  };
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

/**
 * A report from behind where the payment stands: late if it may be, otherwise the gateway has gone back. That a payment
 * which was given up has charged nothing is no news, also where the gateway has no way to cancel it.
 */
function stale(payment: Payment, status: PaymentStatus, fresh: boolean): Applied {
  const gaveUp = payment.status === 'canceled' || payment.status === 'failed';
  if (!fresh || gaveUp) return { kind: 'unchanged' };
  return {
    kind: 'contradiction',
    detail: `the payment is ${payment.status} and the gateway, asked again, says ${status}`,
  };
}

function saysMore(payment: Payment, report: PaymentReport): boolean {
  return (
    statusTold(report) !== payment.status ||
    (report.status === 'requires_completion') !== payment.awaitsCompletion ||
    report.amountCaptured > payment.amountCaptured ||
    (payment.gatewayPaymentId === null && report.status !== 'declined') ||
    (report.status === 'declined' && report.gatewayPaymentId === payment.gatewayPaymentId) ||
    (report.savedMethod !== null && payment.savedMethod === null) ||
    tellsFee(payment, report.fee) ||
    (report.action !== null && payment.nextAction === null) ||
    (report.decline !== null && payment.lastError === null) ||
    (report.captureBefore !== null && payment.captureBefore === null) ||
    (report.paymentMethod !== null && payment.paymentMethod === null)
  );
}

function withReport(payment: Payment, report: PaymentReport, now: Date): Payment {
  const told: Payment = {
    ...payment,
    status: statusTold(report),
    awaitsCompletion: report.status === 'requires_completion',
    amountCapturable: report.status === 'requires_capture' ? report.amountCapturable : 0n,
    amountCaptured:
      report.amountCaptured > payment.amountCaptured
        ? report.amountCaptured
        : payment.amountCaptured,
    captureBefore: report.captureBefore ?? payment.captureBefore,
    gatewayPaymentId: report.status === 'declined' ? null : report.gatewayPaymentId,
    clientSecret: report.clientSecret ?? payment.clientSecret,
    nextAction: report.status === 'requires_action' ? report.action : null,
    lastError: lastError(payment, report),
    paymentMethod: report.paymentMethod ?? payment.paymentMethod,
    savedMethod: report.savedMethod ?? payment.savedMethod,
    updatedAt: now,
  };
  return withFee(told, report.fee);
}

/** A decline stands until the payment gets further, or waits for its customer anew. */
function lastError(payment: Payment, report: PaymentReport): Payment['lastError'] {
  if (statusTold(report) === 'requires_payment_method') return report.decline ?? payment.lastError;
  return report.status === 'canceled' ? payment.lastError : null;
}
