import type { PaymentDependencies } from './dependencies.ts';
import type { IdempotentRequest } from './idempotent-request.ts';
import { operate, type OperationResult } from './open-attempt.ts';
import { reject, type PaymentResult } from './result.ts';

/** With what the customer pays. */
export interface Confirmation {
  /** A token of the payment's gateway. */
  paymentMethod: string;
  offSession: boolean;
  returnUrl: string | null;
}

/** Charges or authorizes a payment that waits for a payment method. */
export function confirmPayment(
  deps: PaymentDependencies,
  paymentId: string,
  command: Confirmation,
  request: IdempotentRequest<PaymentResult>,
): Promise<OperationResult> {
  return operate(deps, paymentId, request, (payment) => {
    if (payment.status !== 'requires_payment_method') {
      return reject(
        'payment_state_conflict',
        `A payment can be confirmed while it requires a payment method; this one is ${payment.status}.`,
      );
    }
    const returnUrl = command.returnUrl ?? payment.returnUrl;
    return {
      kind: 'operation',
      // Where the gateway refused the creation there is nothing to confirm: it is created and confirmed in one call.
      operation: payment.gatewayPaymentId === null ? 'create' : 'confirm',
      request: {
        paymentMethod: command.paymentMethod,
        ...(command.offSession ? { offSession: true } : {}),
        ...(returnUrl === null ? {} : { returnUrl }),
      },
    };
  });
}
