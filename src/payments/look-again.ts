import { commitChange } from '../database/commit.ts';
import { dropDueWork, postponeDueWork, type Claim } from '../database/due-work.ts';
import { findPayment } from '../database/payments.ts';
import { CAPTURE_WARNING_MS } from '../domain/next-look.ts';
import type { Payment } from '../domain/payment.ts';
import { cancelPayment } from './cancel.ts';
import { completePayment } from './complete.ts';
import { backoffMs } from './backoff.ts';
import type { PaymentDependencies } from './dependencies.ts';
import { describeChange, paymentEvent, tell } from './describe-change.ts';
import { ownRequest } from './own-request.ts';
import { syncPayment } from './sync.ts';

/**
 * Looks at a payment that nothing was heard of: gives it up where its customer did not come back, warns before an
 * authorization ends, and otherwise reads it from the gateway.
 */
export async function lookAgain(
  deps: PaymentDependencies,
  claim: Claim,
  requestId: string,
): Promise<void> {
  const payment = await findPayment(deps.db, claim.id);
  if (!payment || payment.pendingAttemptId !== null) {
    await dropDueWork(deps.db, 'payments', claim);
    return;
  }
  if (payment.awaitsCompletion) return completePayment(deps, payment, claim, requestId);
  if (isAbandoned(payment, deps)) return giveUp(deps, payment, claim, requestId);
  if (isExpiring(payment, deps.clock())) return warn(deps, payment);
  const synced = await syncPayment(deps, payment.id, requestId);
  if (synced.kind === 'synced' && synced.payment.version !== payment.version) return;
  await postponeDueWork(deps.db, 'payments', claim, untilNextLookMs(deps, payment, claim));
}

/** Ever rarer looks, but one when the customer's time is over. */
function untilNextLookMs(deps: PaymentDependencies, payment: Payment, claim: Claim): number {
  const delayMs = backoffMs(claim.tries + 6);
  if (!isWaiting(payment)) return delayMs;
  return Math.min(delayMs, Math.max(deps.actionExpiryMs - ageMs(deps, payment), 1_000));
}

function isAbandoned(payment: Payment, deps: PaymentDependencies): boolean {
  return isWaiting(payment) && ageMs(deps, payment) >= deps.actionExpiryMs;
}

function isWaiting({ status }: Payment): boolean {
  return status === 'requires_payment_method' || status === 'requires_action';
}

function ageMs(deps: PaymentDependencies, payment: Payment): number {
  return deps.clock().getTime() - payment.createdAt.getTime();
}

/** Cancels at the gateway first: a payment that the gateway could still charge is never called failed. */
async function giveUp(
  deps: PaymentDependencies,
  payment: Payment,
  claim: Claim,
  requestId: string,
): Promise<void> {
  const request = ownRequest('expire', payment, requestId);
  await cancelPayment(deps, payment.id, { cancelReason: 'abandoned', expire: true }, request);
  const after = await findPayment(deps.db, payment.id);
  if (after?.status === payment.status) {
    await syncPayment(deps, payment.id, requestId);
    await postponeDueWork(deps.db, 'payments', claim, backoffMs(claim.tries + 6));
  }
}

function isExpiring(payment: Payment, now: Date): boolean {
  if (payment.status !== 'requires_capture' || payment.captureBefore === null) return false;
  const leftMs = payment.captureBefore.getTime() - now.getTime();
  return leftMs > 0 && leftMs <= CAPTURE_WARNING_MS;
}

/** Says once that an authorization is about to end; the next look comes after its end. */
async function warn(deps: PaymentDependencies, payment: Payment): Promise<void> {
  const change = await commitChange(deps.db, payment, (current) => ({
    ...describeChange(deps, current, current),
    events: [paymentEvent('payment.capture_expiring', current)],
  }));
  if (change) tell(deps, change);
}
