import { commitChange, type AnswerChange } from '../database/commit.ts';
import { findAttempt } from '../database/attempts.ts';
import { storeAnswer, type StoredAnswer } from '../database/idempotency.ts';
import type { Lease } from '../database/begin.ts';
import { findPayment } from '../database/payments.ts';
import type { Attempt } from '../domain/attempt.ts';
import { conclude, concludeWithoutGateway, type Conclusion } from '../domain/conclude.ts';
import type { GatewayOutcome } from '../domain/outcome.ts';
import type { Payment } from '../domain/payment.ts';
import type { PaymentReport } from '../domain/report.ts';
import { askGateway, needsNoGateway } from './ask-gateway.ts';
import { FIRST_QUESTION_MS } from './backoff.ts';
import type { PaymentDependencies } from './dependencies.ts';
import { describeChange, tell, type DescribedChange } from './describe-change.ts';
import type { IdempotentRequest } from './idempotent-request.ts';
import { notConfigured } from './not-configured.ts';
import { resultOf, type Answered, type PaymentResult } from './result.ts';

/**
 * Makes the call of an attempt that is written down, and commits what came of it together with the caller's answer.
 *
 * Nothing of the database is held while the gateway works. Should the process die between the two, the attempt is
 * there, and the worker or the caller's retry goes on with it under the same key.
 *
 * @param findOutcome makes the call; another way is for an attempt whose call may have been made before
 */
export async function performAttempt(
  deps: PaymentDependencies,
  payment: Payment,
  attempt: Attempt,
  request: IdempotentRequest<PaymentResult>,
  lease: Lease,
  findOutcome: FindOutcome = outcomeOf,
): Promise<Answered<PaymentResult>> {
  const startedAt = performance.now();
  await deps.failPoints.reach('payment.intended');
  const outcome = await findOutcome(deps, payment, attempt, request.requestId);
  await deps.failPoints.reach('payment.called');

  let answered: Answered<PaymentResult> | null = null;
  const committed = await commitOutcome(deps, payment, attempt, outcome, (after, conclusion) => {
    answered = answerOf(resultOf(after, { ...attempt, ...conclusion }), request);
    return { key: request.key, leaseToken: lease.token, answer: stored(answered) };
  });
  await deps.failPoints.reach('payment.committed');
  const { gateway, operation } = attempt;
  deps.observer.processed({ gateway, operation, durationMs: performance.now() - startedAt });
  if (committed && answered) return answered;
  return answerAsItStands(deps, attempt, request, lease);
}

/** Learns what came of an attempt; `null` where there is nothing at any gateway that it could be about. */
export type FindOutcome = (
  deps: PaymentDependencies,
  payment: Payment,
  attempt: Attempt,
  requestId: string,
) => Promise<GatewayOutcome<PaymentReport> | null>;

/** What the gateway says to an attempt that was never asked for before. */
async function outcomeOf(
  deps: PaymentDependencies,
  payment: Payment,
  attempt: Attempt,
  requestId: string,
): Promise<GatewayOutcome<PaymentReport> | null> {
  const gateway = deps.gateways.get(attempt.gateway);
  if (needsNoGateway(gateway, payment, attempt)) return null;
  if (!gateway) return notConfigured(attempt.gateway);
  return askGateway(gateway, payment, attempt, requestId);
}

/**
 * Commits what came of an attempt, if it is still the one that the payment waits for.
 *
 * @param answer makes what is stored for the caller, where there is one
 * @param askAgainInMs when the worker asks next, should the outcome be unknown
 * @returns whether this was the call that concluded the attempt
 */
export async function commitOutcome(
  deps: PaymentDependencies,
  payment: Payment,
  attempt: Attempt,
  outcome: GatewayOutcome<PaymentReport> | null,
  answer?: (payment: Payment, conclusion: Conclusion) => AnswerChange,
  askAgainInMs = FIRST_QUESTION_MS,
): Promise<boolean> {
  let conclusion: Conclusion | null = null;
  const change = await commitChange<DescribedChange>(deps.db, payment, (current, { fresh }) => {
    if (current.pendingAttemptId !== attempt.id) return null;
    const now = deps.clock();
    conclusion =
      outcome === null
        ? concludeWithoutGateway(current, attempt, now)
        : conclude(current, attempt, outcome, { fresh, now });
    const change = describeChange(deps, current, conclusion.payment);
    return {
      ...change,
      lookAgainInMs: conclusion.ask ? 0 : change.lookAgainInMs,
      attempt: {
        id: attempt.id,
        outcome: conclusion.outcome,
        error: conclusion.error,
        askAgainInMs: conclusion.outcome === 'unknown' ? askAgainInMs : null,
      },
      answer: answer?.(conclusion.payment, conclusion),
    };
  });
  if (change === null) return false;
  tell(deps, change);
  report(deps, change.payment, conclusion);
  return true;
}

function report(deps: PaymentDependencies, payment: Payment, conclusion: Conclusion | null): void {
  if (conclusion?.contradiction) deps.observer.contradiction(payment, conclusion.contradiction);
  if (conclusion?.outcome === 'unknown' && conclusion.error) {
    deps.observer.unknownOutcome({ payment, detail: conclusion.error.message });
  }
}

/** Someone else concluded the attempt, the worker perhaps: the answer follows from what is stored. */
export async function answerAsItStands(
  deps: PaymentDependencies,
  { id, paymentId }: Pick<Attempt, 'id' | 'paymentId'>,
  request: IdempotentRequest<PaymentResult>,
  lease: Lease,
): Promise<Answered<PaymentResult>> {
  const [payment, attempt] = await Promise.all([
    findPayment(deps.db, paymentId),
    findAttempt(deps.db, id),
  ]);
  if (!payment || !attempt) throw new Error(`${paymentId} or its attempt ${id} has vanished`);
  const answered = answerOf(resultOf(payment, attempt), request);
  const answer = stored(answered);
  if (answer) await storeAnswer(deps.db, request.key, lease.token, answer);
  return answered;
}

function answerOf(
  result: PaymentResult,
  request: IdempotentRequest<PaymentResult>,
): Answered<PaymentResult> {
  return { kind: 'answered', result, answer: request.render(result) };
}

/** What is kept as the answer to this key: everything but what the request can go on from. */
function stored({ result, answer }: Answered<PaymentResult>): StoredAnswer | null {
  return result.kind === 'unavailable' || result.kind === 'left' ? null : answer;
}
