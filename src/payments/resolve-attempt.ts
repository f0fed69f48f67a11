import { findPayment } from '../database/payments.ts';
import { dropDueWork, postponeDueWork, type Claim } from '../database/due-work.ts';
import { findAttempt } from '../database/attempts.ts';
import { findDecisionOnAttempt } from '../database/decisions.ts';
import type { Attempt } from '../domain/attempt.ts';
import { judgeReading, judgeRepetition } from '../domain/judge.ts';
import type { GatewayOutcome } from '../domain/outcome.ts';
import type { Payment } from '../domain/payment.ts';
import type { PaymentReport } from '../domain/report.ts';
import { askGateway, needsNoGateway } from './ask-gateway.ts';
import { backoffMs } from './backoff.ts';
import type { PaymentDependencies } from './dependencies.ts';
import { followDecision, FOLLOW_UP_MS } from './follow-decision.ts';
import { mayRepeat } from './key-lifetime.ts';
import { notConfigured } from './not-configured.ts';
import { commitOutcome } from './perform-attempt.ts';
import { readOutcome } from './read-outcome.ts';
import { stillUnknown } from './still-unknown.ts';

/**
 * Finds out what became of an attempt whose answer never came, at the gateway that was asked.
 *
 * First the same call with the same key, which the gateway answers with what it did; then the gateway's own object.
 * A list or a search that shows nothing proves nothing. What still cannot be told stays as it is and is asked again,
 * ever more rarely, but never declared failed by a clock. Where an operator has decided instead, the gateway is read
 * for a while all the same.
 */
export async function resolveAttempt(
  deps: PaymentDependencies,
  claim: Claim,
  requestId: string,
): Promise<void> {
  const attempt = await findAttempt(deps.db, claim.id);
  const payment = attempt && (await findPayment(deps.db, attempt.paymentId));
  if (!attempt || !payment || payment.pendingAttemptId !== attempt.id) {
    const decision = attempt && payment && (await findDecisionOnAttempt(deps.db, attempt.id));
    if (decision && (await followDecision(deps, payment, attempt, decision, requestId))) {
      await postponeDueWork(deps.db, 'payment_attempts', claim, FOLLOW_UP_MS);
    } else await dropDueWork(deps.db, 'payment_attempts', claim);
    return;
  }
  await deps.failPoints.reach('attempt.claimed');
  const outcome = await findOutcomeAgain(deps, payment, attempt, requestId);
  await deps.failPoints.reach('attempt.asked');
  await commitOutcome(deps, payment, attempt, outcome, undefined, backoffMs(claim.tries));
}

/**
 * What came of an attempt whose call may have been made before. A gateway that refuses for the moment says nothing of
 * that call, so nothing is concluded from it.
 *
 * @returns `null` where there is nothing at any gateway that it could be about
 */
export async function findOutcomeAgain(
  deps: PaymentDependencies,
  payment: Payment,
  attempt: Attempt,
  requestId: string,
): Promise<GatewayOutcome<PaymentReport> | null> {
  const gateway = deps.gateways.get(attempt.gateway);
  if (needsNoGateway(gateway, payment, attempt)) return null;
  if (!gateway) return judgeRepetition(notConfigured(attempt.gateway));
  const ageMs = deps.clock().getTime() - attempt.createdAt.getTime();
  const { keyLifetimeMs } = gateway.capabilities;

  let repeated: GatewayOutcome<PaymentReport> | null = null;
  if (mayRepeat(gateway, ageMs)) {
    repeated = judgeRepetition(await askGateway(gateway, payment, attempt, requestId));
    // What waited for the customer when the call was made may not wait any more: that alone is read again.
    if (repeated.kind !== 'unknown' && repeated.kind !== 'requires_action') return repeated;
  }
  const told = repeated?.kind === 'requires_action' ? repeated.report.gatewayPaymentId : null;
  const reading = await readOutcome(gateway, payment, attempt, requestId, told);
  if (reading.kind === 'found') {
    const judged = judgeReading(attempt, reading.report, ageMs > keyLifetimeMs);
    if (judged) return judged;
  }
  if (reading.kind === 'gone') return forgotten();
  return repeated ?? stillUnknown(reading, 'The gateway does not show what became of the call.');
}

/** The gateway forgets only what took no money and cannot take any more, so the call was not executed. */
function forgotten(): GatewayOutcome<PaymentReport> {
  const error = {
    category: 'invalid_request' as const,
    code: 'forgotten',
    message: 'The gateway has forgotten the payment, which it never charged.',
    httpStatus: null,
    gatewayRequestId: null,
  };
  return { kind: 'refused', error, report: null };
}
