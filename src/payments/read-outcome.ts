import type { Attempt } from '../domain/attempt.ts';
import type { Payment } from '../domain/payment.ts';
import type { PaymentReport } from '../domain/report.ts';
import type { Gateway, Lookup } from '../gateways/gateway.ts';

/**
 * Reads the gateway's object of an attempt: by its id, or by our reference where the id was never learned.
 *
 * @param told the id that an answer named which is not stored yet
 */
export function readOutcome(
  gateway: Gateway,
  payment: Pick<Payment, 'id' | 'gatewayPaymentId'>,
  attempt: Pick<Attempt, 'id' | 'createdAt'>,
  requestId: string,
  told: string | null = null,
): Promise<Lookup<PaymentReport>> {
  const gatewayPaymentId = payment.gatewayPaymentId ?? told;
  if (gatewayPaymentId !== null) return gateway.retrievePayment(gatewayPaymentId, { requestId });
  const reference = { paymentId: payment.id, attemptId: attempt.id };
  return gateway.findPayment({ reference, createdAt: attempt.createdAt }, { requestId });
}
