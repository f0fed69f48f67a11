import type { AttemptRequest } from '../domain/attempt.ts';
import type { PaymentDependencies } from './dependencies.ts';
import type { IdempotentRequest } from './idempotent-request.ts';
import { operate, type OperationResult } from './open-attempt.ts';
import { isFinal } from '../domain/payment.ts';
import { reject, type PaymentResult } from './result.ts';

/** Gives a payment up before it is captured, and releases what was authorized. */
export function cancelPayment(
  deps: PaymentDependencies,
  paymentId: string,
  command: Pick<AttemptRequest, 'cancelReason' | 'expire'>,
  request: IdempotentRequest<PaymentResult>,
): Promise<OperationResult> {
  return operate(deps, paymentId, request, (payment) => {
    if (isFinal(payment.status)) {
      return reject(
        'payment_state_conflict',
        payment.status === 'succeeded'
          ? 'The payment has succeeded, so it cannot be canceled any more: refund it.'
          : `The payment is ${payment.status} already.`,
      );
    }
    return { kind: 'operation', operation: 'cancel', request: command };
  });
}
