import type { Attempt } from '../domain/attempt.ts';
import type { GatewayOutcome } from '../domain/outcome.ts';
import type { Payment } from '../domain/payment.ts';
import type { PaymentReport } from '../domain/report.ts';
import type { Gateway } from '../gateways/gateway.ts';

/**
 * Makes the call that an attempt stands for.
 *
 * The request follows from the payment's fixed fields and the attempt alone, so that a repetition is the same to the
 * letter and meets the first call's result at the gateway.
 */
export function askGateway(
  gateway: Gateway,
  payment: Payment,
  attempt: Attempt,
  requestId: string,
): Promise<GatewayOutcome<PaymentReport>> {
  const call = { idempotencyKey: attempt.gatewayKey, requestId };
  const { request } = attempt;
  const asked = {
    amount: payment.amount,
    currency: payment.currency,
    captureMethod: payment.captureMethod,
    description: payment.description,
    statementDescriptor: payment.statementDescriptor,
    orderId: payment.orderId,
    reference: { paymentId: payment.id, attemptId: attempt.id },
    paymentMethod: request.paymentMethod ?? null,
    offSession: request.offSession ?? false,
    returnUrl: request.returnUrl ?? null,
    gatewayCustomerId: request.gatewayCustomerId ?? null,
    savePaymentMethod: request.savePaymentMethod ?? false,
  };
  switch (attempt.operation) {
    case 'create':
      return gateway.createPayment(asked, call);
    case 'confirm':
      return gateway.confirmPayment({ ...asked, gatewayPaymentId: idAt(payment) }, call);
    case 'complete':
      return gateway.completePayment({ ...asked, gatewayPaymentId: idAt(payment) }, call);
    case 'capture':
      return gateway.capturePayment(
        {
          gatewayPaymentId: idAt(payment),
          amount: BigInt(request.captureAmount ?? payment.amountCapturable),
          currency: payment.currency,
        },
        call,
      );
    case 'cancel':
      return gateway.cancelPayment(
        { gatewayPaymentId: idAt(payment), reason: request.cancelReason ?? null },
        call,
      );
  }
}

/** Whether an attempt needs no gateway: there is nothing there yet that it could be about, or nothing to tell. */
export function needsNoGateway(
  gateway: Pick<Gateway, 'capabilities'> | undefined,
  payment: Payment,
  attempt: Attempt,
): boolean {
  if (payment.gatewayPaymentId !== null) return false;
  if (attempt.operation === 'cancel') return true;
  const { paymentMethod } = attempt.request;
  return (
    attempt.operation === 'create' &&
    paymentMethod === undefined &&
    gateway?.capabilities.createsWithoutMethod === false
  );
}

function idAt(payment: Payment): string {
  if (payment.gatewayPaymentId === null) throw new Error(`${payment.id} is unknown at its gateway`);
  return payment.gatewayPaymentId;
}
