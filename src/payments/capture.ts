import { toDecimal } from '../domain/money.ts';
import type { PaymentDependencies } from './dependencies.ts';
import type { IdempotentRequest } from './idempotent-request.ts';
import { operate, type OperationResult } from './open-attempt.ts';
import { reject, type PaymentResult } from './result.ts';

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
  return operate(deps, paymentId, request, (payment) => {
    if (payment.status !== 'requires_capture') {
      return reject(
        'payment_state_conflict',
        `A payment can be captured once, while it requires capture; this one is ${payment.status}.`,
      );
    }
    const asked = amount ?? payment.amountCapturable;
    if (asked > payment.amountCapturable) {
      return reject(
        'capture_exceeds_authorized',
        `${toDecimal(payment.amountCapturable, payment.currency)} ${payment.currency} was authorized; ` +
          'capture that or less.',
        'amount',
      );
    }
    return {
      kind: 'operation',
      operation: 'capture',
      request: { captureAmount: asked.toString() },
    };
  });
}
