import type { CustomerAction, Decline, PaymentReport } from '../../domain/report.ts';
import type { CompletePayment, ConfirmPayment, GatewayError, GatewayOutcome } from '../gateway.ts';
import { notAsked, type Failure } from './errors.ts';

/** What an order that was answered means as the outcome of the call. */
export function outcomeOf(report: PaymentReport): GatewayOutcome<PaymentReport> {
  if (report.action) return { kind: 'requires_action', action: report.action, report };
  if (report.decline) return { kind: 'declined', decline: report.decline, report };
  return { kind: 'succeeded', report };
}

/** An order that is to be paid with a kept wallet: its owner has agreed to that already, and nobody has to be asked. */
export function agreed(report: PaymentReport): PaymentReport {
  const isOpen = report.status === 'requires_payment_method' || report.status === 'requires_action';
  return isOpen ? { ...report, status: 'requires_completion', action: null } : report;
}

/** A refusal by ourselves, before anything was sent that could move money. */
export function refusedHere(
  code: string,
  message: string,
  report: PaymentReport,
): GatewayOutcome<PaymentReport>;
export function refusedHere(code: string, message: string): GatewayOutcome<never>;
export function refusedHere(
  code: string,
  message: string,
  report: PaymentReport | null = null,
): GatewayOutcome<PaymentReport> {
  return { ...notAsked(code, message), report };
}

/** Whether PayPal does not know the order, or has forgotten it: one that nobody paid is forgotten after some hours. */
export function isGone(failure: Failure): boolean {
  return failure.kind === 'refused' && failure.error.httpStatus === 404;
}

/** Whether the order itself tells more than the refusal. */
export function isOfState(failure: Failure): boolean {
  return failure.kind === 'refused' && failure.isOfState;
}

/** PayPal has forgotten the order, which can never be paid any more: the payment needs another one. */
export function orderGone(
  request: ConfirmPayment,
  error: GatewayError,
): GatewayOutcome<PaymentReport> {
  const decline: Decline = {
    code: 'payment_method_not_usable',
    gatewayCode: error.code,
    message: error.message,
  };
  return { kind: 'refused', error, report: ended(request, decline) };
}

/**
 * A charge that was declined. PayPal would let the payer come back to the same order with other means, but an order
 * that was agreed to stays so and would be charged again and again; so this one is left alone for good, and the next
 * try is a new order.
 */
export function declinedCompletion(
  request: CompletePayment,
  { decline, payerActionUrl }: Failure & { kind: 'declined' },
): GatewayOutcome<PaymentReport> {
  if (payerActionUrl !== null && !request.offSession) {
    const action: CustomerAction = { type: 'redirect_to_url', url: payerActionUrl };
    const report = reportFrom(request, { status: 'requires_action', action, decline: null });
    return { kind: 'requires_action', action, report };
  }
  return { kind: 'declined', decline, report: ended(request, decline) };
}

function ended(request: ConfirmPayment, decline: Decline): PaymentReport {
  return reportFrom(request, { status: 'declined', action: null, decline });
}

/** What is known of an order without reading it: what was asked for. */
function reportFrom(
  { gatewayPaymentId, amount, currency, reference }: ConfirmPayment,
  standing: Pick<PaymentReport, 'status' | 'action' | 'decline'>,
): PaymentReport {
  return {
    gatewayPaymentId,
    amount,
    currency,
    amountCapturable: 0n,
    amountCaptured: 0n,
    captureBefore: null,
    clientSecret: null,
    paymentMethod: null,
    savedMethod: null,
    fee: null,
    reference,
    ...standing,
  };
}
