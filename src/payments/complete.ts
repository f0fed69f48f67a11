import { postponeDueWork, type Claim } from '../database/due-work.ts';
import { findMethodOfferedLast } from '../database/attempts.ts';
import type { Payment } from '../domain/payment.ts';
import { backoffMs } from './backoff.ts';
import type { PaymentDependencies } from './dependencies.ts';
import type { IdempotentRequest } from './idempotent-request.ts';
import { operate } from './open-attempt.ts';
import { reject, type PaymentResult } from './result.ts';

/**
 * Charges a payment that its customer has agreed to, at a gateway that waits to be asked for it.
 *
 * Whatever tells of the agreement, a webhook or a reading, only marks the payment; the charge is made here alone, as an
 * attempt of its own, so that a redirect and a webhook that race cannot both make it.
 */
export async function completePayment(
  deps: PaymentDependencies,
  payment: Payment,
  claim: Claim,
  requestId: string,
): Promise<void> {
  const request: IdempotentRequest<PaymentResult> = {
    key: {
      scope: 'tender/complete',
      key: `${payment.id}/${payment.version}`,
      fingerprint: Buffer.alloc(32),
    },
    requestId,
    render: () => ({ status: 200, contentType: 'text/plain', body: '' }),
  };
  const offered = await findMethodOfferedLast(deps.db, payment.id);
  await operate(deps, payment.id, request, (current) =>
    current.awaitsCompletion
      ? { kind: 'operation', operation: 'complete', request: offered }
      : reject('payment_state_conflict', 'The payment has gone on without this.'),
  );
  // Nothing is left of the claim where the payment has changed.
  await postponeDueWork(deps.db, 'payments', claim, backoffMs(claim.tries + 2));
}
