import { findPaidBefore, findPayment } from '../database/payments.ts';
import { dropDueWork, postponeDueWork, type Claim } from '../database/due-work.ts';
import { findAttempt } from '../database/attempts.ts';
import { findDecisionOnAttempt } from '../database/decisions.ts';
import type { Attempt } from '../domain/attempt.ts';
import { judgeReading, judgeRepetition } from '../domain/judge.ts';
import type { GatewayOutcome } from '../domain/outcome.ts';
import type { Payment } from '../domain/payment.ts';
import type { PaymentReport } from '../domain/report.ts';
import type { Gateway } from '../gateways/gateway.ts';
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
  if (
    reading.kind === 'gone' &&
    (await isProof(deps, gateway, payment, attempt, ageMs, requestId))
  ) {
    return forgotten(payment);
  }
  return repeated ?? stillUnknown(reading, 'The gateway does not show what became of the call.');
}

/**
 * Whether that a gateway knows nothing of an attempt says that it took nothing.
 *
 * One whose id was never learned may still be made by the same call with the same key. One that may have been charged
 * is unknown to another account too, should the credentials be another's by now: only an account that knows what was
 * paid before is the one that was asked.
 */
async function isProof(
  deps: PaymentDependencies,
  gateway: Gateway,
  payment: Payment,
  attempt: Attempt,
  ageMs: number,
  requestId: string,
): Promise<boolean> {
  if (payment.gatewayPaymentId === null) return ageMs > gateway.capabilities.keyLifetimeMs;
  if (attempt.operation !== 'complete') return true;
  const witness = await findPaidBefore(deps.db, gateway.name, attempt.createdAt);
  if (witness === null) return false;
  return (await gateway.retrievePayment(witness, { requestId })).kind === 'found';
}

/** The gateway forgets only what took no money and cannot take any more: the payment needs another object there. */
function forgotten(payment: Payment): GatewayOutcome<PaymentReport> {
  const error = {
    category: 'invalid_request' as const,
    code: 'forgotten',
    message: 'The gateway has forgotten the payment, which it never charged.',
    httpStatus: null,
    gatewayRequestId: null,
  };
  return { kind: 'refused', error, report: endedReport(payment) };
}

function endedReport({ id, gatewayPaymentId, amount, currency }: Payment): PaymentReport | null {
  if (gatewayPaymentId === null) return null;
  return {
    gatewayPaymentId,
    status: 'declined',
    amount,
    currency,
    amountCapturable: 0n,
    amountCaptured: 0n,
    captureBefore: null,
    clientSecret: null,
    action: null,
    decline: null,
    paymentMethod: null,
    savedMethod: null,
    fee: null,
    reference: { paymentId: id, attemptId: null },
  };
}
