import { findLastDecision } from '../database/decisions.ts';
import { findPayment } from '../database/payments.ts';
import type { Payment } from '../domain/payment.ts';
import type { PaymentDependencies } from './dependencies.ts';

/**
 * Tells where a gateway has captured what an operator decided was not captured. The payment goes on as the gateway has
 * it: what was authorized was to be captured, and now it is.
 *
 * @param before the payment as it stood when the gateway's word came
 */
export async function noticeCaptureDecidedOtherwise(
  deps: Pick<PaymentDependencies, 'db' | 'observer'>,
  before: Payment,
): Promise<void> {
  if (before.status !== 'requires_capture' || before.pendingAttemptId !== null) return;
  const after = await findPayment(deps.db, before.id);
  if (after?.status !== 'succeeded') return;
  const decision = await findLastDecision(deps.db, before.id);
  if (decision?.decision !== 'not_charged') return;
  deps.observer.contradiction(
    after,
    'an operator had decided that it was not captured, and the gateway says that it was',
  );
}
