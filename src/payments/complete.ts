import { postponeDueWork, type Claim } from '../database/due-work.ts';
import { findMethodOfferedLast } from '../database/attempts.ts';
import type { Payment } from '../domain/payment.ts';
import { backoffMs } from './backoff.ts';
import type { PaymentDependencies } from './dependencies.ts';
import { operate } from './open-attempt.ts';
import { ownRequest } from './own-request.ts';
import { reject } from './result.ts';

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
  const request = ownRequest('complete', payment, requestId);
  const offered = await findMethodOfferedLast(deps.db, payment.id);
  await operate(deps, payment.id, request, (current) =>
    current.awaitsCompletion
      ? { kind: 'operation', operation: 'complete', request: offered }
      : reject('payment_state_conflict', 'The payment has gone on without this.'),
  );
  // Nothing is left of the claim where the payment has changed.
  await postponeDueWork(deps.db, 'payments', claim, backoffMs(claim.tries + 2));
}
