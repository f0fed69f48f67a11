import { toDecimal } from '../domain/money.ts';
import type { Payment } from '../domain/payment.ts';
import type { Gateway } from '../gateways/gateway.ts';
import type { PaymentDependencies } from './dependencies.ts';
import type { IdempotentRequest } from './idempotent-request.ts';
import { operate, type Operation, type OperationResult } from './open-attempt.ts';
import { notSupported } from './payer.ts';
import { reject, type PaymentResult, type Rejection } from './result.ts';

/**
 * Collects what was authorized, or a part of it; the rest is released.
 *
 * @param amount minor units; `null` for all that was authorized
 */
export function capturePayment(
  deps: PaymentDependencies,
  paymentId: string,
  { amount }: { amount: bigint | null },
  request: IdempotentRequest<PaymentResult>,
): Promise<OperationResult> {
  return operate(deps, paymentId, request, (payment) =>
    planCapture(payment, amount, deps.gateways.get(payment.gateway)),
  );
}

/**
 * What a capture asks of the gateway, or why it cannot be asked.
 *
 * @param amount minor units; `null` for all that was authorized
 * @param gateway `undefined` where its credentials are gone, which the call itself will tell
 */
export function planCapture(
  payment: Payment,
  amount: bigint | null,
  gateway: Pick<Gateway, 'name' | 'capabilities'> | undefined,
): Operation | Rejection {
  const { status, amountCapturable, currency } = payment;
  if (status !== 'requires_capture') {
    return reject(
      'payment_state_conflict',
      `A payment can be captured once, while it requires capture; this one is ${status}.`,
    );
  }
  const asked = amount ?? amountCapturable;
  if (asked > amountCapturable) {
    return reject(
      'capture_exceeds_authorized',
      `${toDecimal(amountCapturable, currency)} ${currency} was authorized; capture that or less.`,
      'amount',
    );
  }
  if (asked < amountCapturable && gateway?.capabilities.partialCapture === false) {
    return notSupported(gateway.name, 'partial_capture', 'amount');
  }
  return { kind: 'operation', operation: 'capture', request: { captureAmount: asked.toString() } };
}
