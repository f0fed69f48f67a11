import { commitChangeWithin } from '../database/commit.ts';
import { findAttempt } from '../database/attempts.ts';
import { findLastDecision, insertDecision, type StoredDecision } from '../database/decisions.ts';
import { findPayment, findPaymentAtGateway } from '../database/payments.ts';
import type { Attempt } from '../domain/attempt.ts';
import type { Conclusion } from '../domain/conclude.ts';
import {
  concludeCharged,
  concludeNotCharged,
  contradictsCharge,
  reportInItsPlace,
  type PaymentDecision,
} from '../domain/decision.ts';
import type { Payment } from '../domain/payment.ts';
import type { PaymentReport } from '../domain/report.ts';
import type { PaymentDependencies } from '../payments/dependencies.ts';
import {
  describeChange,
  paymentEvent,
  tell,
  type DescribedChange,
} from '../payments/describe-change.ts';
import { FOLLOW_UP_MS, needsFollowing } from '../payments/follow-decision.ts';
import { askForTheLastTime } from '../payments/last-question.ts';
import { commitOutcome } from '../payments/perform-attempt.ts';
import { findOutcomeAgain } from '../payments/resolve-attempt.ts';
import { reject, type Rejection } from '../payments/result.ts';
import { changeWithRecord, type ChangedBy } from './change.ts';
import {
  compareDecisions,
  couldNotBeAsked,
  hasTold,
  keepsChanging,
  mayBeTold,
  newDecision,
  ROUNDS,
  type Verdict,
} from './decide.ts';

export type DecidedPayment =
  | { kind: 'decided'; payment: Payment; decision: StoredDecision<PaymentDecision> }
  | Rejection;

/** What follows from a decision for the payment as it is at that moment. */
interface Plan {
  kind: 'plan';
  /** Whether the gateway bears it out. */
  verified: boolean;
  gatewayId: string | null;
  conclude: (payment: Payment) => Conclusion;
}

/**
 * Ends, by an operator's word, an attempt of which no gateway tells whether it took money.
 *
 * The gateway is asked first: as long as it can tell, nobody else may. A charge has to be found at the gateway, where
 * that can be asked at all; otherwise the operator's word is kept as such. The decision stands with the payment's
 * change, an event and the entry in the audit log, or not at all. Repeating it changes nothing.
 */
export async function decidePayment(
  deps: PaymentDependencies,
  paymentId: string,
  verdict: Verdict<PaymentDecision>,
  by: ChangedBy,
): Promise<DecidedPayment> {
  const requestId = by.requestId ?? paymentId;
  for (let round = 0; round < ROUNDS; round += 1) {
    const payment = await findPayment(deps.db, paymentId);
    if (!payment) return reject('payment_not_found', `There is no payment ${paymentId}.`);
    const attempt = await findUnknown(deps, payment);
    if (!attempt) return asDecided(deps, payment.id, verdict.decision);
    const last = await askForTheLastTime(
      deps.gateways.get(attempt.gateway),
      deps.clock().getTime() - attempt.createdAt.getTime(),
      () => findOutcomeAgain(deps, payment, attempt, requestId),
    );
    if (last.kind === 'may_tell') return mayBeTold(last);
    if (last.kind === 'told') {
      await commitOutcome(deps, payment, attempt, last.outcome);
      return hasTold('payment', (await findPayment(deps.db, paymentId)) ?? payment);
    }
    const plan = await planFor(deps, payment, attempt, verdict, last.wasAsked, requestId);
    if (plan.kind === 'rejected') return plan;
    const decision = await commitDecision(deps, payment, attempt, plan, verdict, by);
    if (decision) {
      return {
        kind: 'decided',
        payment: (await findPayment(deps.db, paymentId)) ?? payment,
        decision,
      };
    }
  }
  return keepsChanging();
}

/** The attempt that keeps a payment waiting, where its outcome is unknown and nothing else has told of the money. */
async function findUnknown(deps: PaymentDependencies, payment: Payment): Promise<Attempt | null> {
  if (payment.pendingAttemptId === null || payment.status !== 'processing') return null;
  const attempt = await findAttempt(deps.db, payment.pendingAttemptId);
  return attempt?.outcome === 'unknown' ? attempt : null;
}

/** Reads the payment again: its attempt may have ended just after the payment was read. */
async function asDecided(
  deps: PaymentDependencies,
  paymentId: string,
  wanted: PaymentDecision,
): Promise<DecidedPayment> {
  const payment = await findPayment(deps.db, paymentId);
  if (!payment) return reject('payment_not_found', `There is no payment ${paymentId}.`);
  const decision =
    payment.pendingAttemptId === null && (await findLastDecision(deps.db, payment.id));
  if (!decision) {
    return reject(
      'outcome_not_unknown',
      payment.pendingAttemptId === null
        ? `The payment is ${payment.status}: there is nothing to decide.`
        : 'A call is under way, and its answer may come at any moment. Read the payment, then decide.',
    );
  }
  return compareDecisions(decision.decision, wanted) ?? { kind: 'decided', payment, decision };
}

async function planFor(
  deps: PaymentDependencies,
  payment: Payment,
  attempt: Attempt,
  { decision, gatewayId }: Verdict<PaymentDecision>,
  mayAsk: boolean,
  requestId: string,
): Promise<Plan | Rejection> {
  const clock = () => deps.clock();
  if (decision === 'not_charged') {
    return {
      kind: 'plan',
      verified: false,
      gatewayId,
      conclude: (current) => concludeNotCharged(current, attempt, clock()),
    };
  }
  const found = await findCharge(deps, payment, attempt, gatewayId, mayAsk, requestId);
  if (found.kind === 'rejected') return found;
  const { report } = found;
  return {
    kind: 'plan',
    verified: mayAsk,
    gatewayId: report.gatewayPaymentId,
    conclude: (current) => concludeCharged(current, attempt, report, clock()),
  };
}

/** The charge that an operator names, as the gateway knows it, or as it was asked for where nobody can be asked. */
async function findCharge(
  deps: PaymentDependencies,
  payment: Payment,
  attempt: Attempt,
  named: string | null,
  mayAsk: boolean,
  requestId: string,
): Promise<{ kind: 'charge'; report: PaymentReport } | Rejection> {
  const id = named ?? payment.gatewayPaymentId;
  if (id === null) {
    const what = `Send the id that the payment has at ${attempt.gateway}, with which it can be found there.`;
    return reject('parameter_missing', what, 'evidence.gateway_payment_id');
  }
  if (payment.gatewayPaymentId !== null && payment.gatewayPaymentId !== id) {
    return contradicted(`The payment is ${payment.gatewayPaymentId} at ${attempt.gateway}.`);
  }
  const other = await findPaymentAtGateway(deps.db, attempt.gateway, id);
  if (other && other.id !== payment.id) return contradicted(`${id} is ${other.id} here.`);
  const gateway = deps.gateways.get(attempt.gateway);
  if (!mayAsk || !gateway) {
    return { kind: 'charge', report: reportInItsPlace(payment, attempt, id) };
  }
  const found = await gateway.retrievePayment(id, { requestId });
  if (found.kind === 'unavailable') return couldNotBeAsked(gateway.name, found.error);
  if (found.kind !== 'found') return contradicted(`${gateway.name} does not know ${id}.`);
  const wrong = contradictsCharge(payment, attempt, found.report);
  return wrong === null ? { kind: 'charge', report: found.report } : contradicted(wrong);
}

function contradicted(detail: string): Rejection {
  return reject('evidence_contradicted', detail, 'evidence.gateway_payment_id');
}

/** @returns `null` where something else has told, or somebody has decided, in the meantime */
async function commitDecision(
  deps: PaymentDependencies,
  start: Payment,
  attempt: Attempt,
  plan: Plan,
  verdict: Verdict<PaymentDecision>,
  by: ChangedBy,
): Promise<StoredDecision<PaymentDecision> | null> {
  const about = { paymentId: start.id, attemptId: attempt.id, refundId: null };
  const { verified, gatewayId } = plan;
  const decided = newDecision({ ...about, verified }, { ...verdict, gatewayId }, by);
  const committed = await changeWithRecord(deps.db, 'payment_decide', by, async (sql, record) => {
    const change = await commitChangeWithin<DescribedChange>(sql, start, (payment) => {
      if (payment.pendingAttemptId !== attempt.id || payment.status !== 'processing') return null;
      const conclusion = plan.conclude(payment);
      if (conclusion.contradiction !== null) return null;
      const described = describeChange(deps, payment, conclusion.payment);
      return {
        ...described,
        events: [...described.events, paymentEvent('payment.resolved', conclusion.payment)],
        attempt: {
          id: attempt.id,
          outcome: conclusion.outcome,
          error: conclusion.error,
          askAgainInMs: needsFollowing(decided) ? FOLLOW_UP_MS : null,
        },
      };
    });
    if (change === null) return null;
    const decision = await insertDecision(sql, decided);
    const { status, amountCaptured, amountCapturable, gatewayPaymentId } = change.payment;
    await record({
      action: 'payment.resolve',
      subject: { kind: 'payment', id: start.id },
      before: {
        status: start.status,
        attempt_id: attempt.id,
        operation: attempt.operation,
        outcome: 'unknown',
      },
      after: {
        status,
        amount_captured: amountCaptured,
        amount_capturable: amountCapturable,
        gateway_payment_id: gatewayPaymentId,
        outcome: change.attempt?.outcome,
        decision: decision.decision,
        evidence: { gateway_payment_id: decision.gatewayId, note: decision.note, verified },
        reason: decision.reason,
      },
    });
    return { change, decision };
  });
  if (committed === null) return null;
  tell(deps, committed.change);
  return committed.decision;
}
