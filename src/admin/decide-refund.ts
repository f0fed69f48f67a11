import { commitChangeWithin } from '../database/commit.ts';
import {
  findDecisionOnRefund,
  insertDecision,
  type StoredDecision,
} from '../database/decisions.ts';
import { findPayment } from '../database/payments.ts';
import {
  findRefund,
  findRefundOfReport,
  readRefund,
  type StoredRefund,
} from '../database/refunds.ts';
import { contradictsRefund, DECIDED, type RefundDecision } from '../domain/decision.ts';
import type { Payment } from '../domain/payment.ts';
import { settleRefund, type Refund, type RefundWord } from '../domain/refund.ts';
import { newId } from '../ids.ts';
import type { PaymentDependencies } from '../payments/dependencies.ts';
import { describeChange, tell, type DescribedChange } from '../payments/describe-change.ts';
import { FOLLOW_UP_MS, needsFollowing } from '../payments/follow-decision.ts';
import { askForTheLastTime } from '../payments/last-question.ts';
import { commitRefundOutcome, feeOnRefund, pendingLook } from '../payments/perform-refund.ts';
import { presentRefund } from '../payments/present.ts';
import { findRefundOutcomeAgain } from '../payments/resolve-refund.ts';
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

export type DecidedRefund =
  | { kind: 'decided'; refund: Refund; decision: StoredDecision<RefundDecision> }
  | Rejection;

/**
 * Ends, by an operator's word, a refund of which no gateway tells whether it was made: the same as
 * {@link decidePayment} for the way back. What was reserved for one that was not made can be refunded anew.
 */
export async function decideRefund(
  deps: PaymentDependencies,
  refundId: string,
  verdict: Verdict<RefundDecision>,
  by: ChangedBy,
): Promise<DecidedRefund> {
  const requestId = by.requestId ?? refundId;
  for (let round = 0; round < ROUNDS; round += 1) {
    const refund = await findRefund(deps.db, refundId);
    const payment = refund && (await findPayment(deps.db, refund.paymentId));
    if (!refund || !payment) return reject('refund_not_found', `There is no refund ${refundId}.`);
    if (!isUnknown(refund)) return asDecided(deps, refund, verdict.decision);
    const last = await askForTheLastTime(
      deps.gateways.get(refund.gateway),
      deps.clock().getTime() - refund.createdAt.getTime(),
      () => findRefundOutcomeAgain(deps, payment, refund, requestId),
    );
    if (last.kind === 'may_tell') return mayBeTold(last);
    if (last.kind === 'told') {
      if (last.outcome) await commitRefundOutcome(deps, refund, last.outcome, FOLLOW_UP_MS);
      return hasTold('refund', (await findRefund(deps.db, refundId)) ?? refund);
    }
    const found = await settlementFor(deps, payment, refund, verdict, last.wasAsked, requestId);
    if (found.kind === 'rejected') return found;
    const verified = last.wasAsked && verdict.decision === 'refunded';
    const decision = await commitDecision(
      deps,
      payment,
      refund,
      found.settled,
      verified,
      verdict,
      by,
    );
    if (decision) {
      return { kind: 'decided', refund: (await findRefund(deps.db, refundId)) ?? refund, decision };
    }
  }
  return keepsChanging();
}

function isUnknown({ unknown, status, gatewayRefundId }: StoredRefund): boolean {
  return unknown && status === 'pending' && gatewayRefundId === null;
}

async function asDecided(
  deps: PaymentDependencies,
  refund: StoredRefund,
  wanted: RefundDecision,
): Promise<DecidedRefund> {
  const decision = await findDecisionOnRefund(deps.db, refund.id);
  if (!decision) {
    return reject(
      'outcome_not_unknown',
      `The refund is ${refund.status}, and the gateway has not failed to answer: there is nothing to decide.`,
    );
  }
  return compareDecisions(decision.decision, wanted) ?? { kind: 'decided', refund, decision };
}

async function settlementFor(
  deps: PaymentDependencies,
  payment: Payment,
  refund: StoredRefund,
  { decision, gatewayId: id }: Verdict<RefundDecision>,
  mayAsk: boolean,
  requestId: string,
): Promise<{ kind: 'settlement'; settled: RefundWord } | Rejection> {
  const settlement = (settled: RefundWord) => ({ kind: 'settlement' as const, settled });
  if (decision === 'not_refunded') {
    return settlement({
      status: 'failed',
      failureCode: DECIDED,
      gatewayRefundId: null,
      feeReturned: null,
    });
  }
  if (id === null) {
    const what = `Send the id that the refund has at ${refund.gateway}, with which it can be found there.`;
    return reject('parameter_missing', what, 'evidence.gateway_refund_id');
  }
  const other = await deps.db.run('refund_find_at_gateway', (sql) =>
    findRefundOfReport(sql, refund.gateway, { refundId: null, gatewayRefundId: id }),
  );
  if (other && other.id !== refund.id) return contradicted(`${id} is ${other.id} here.`);
  const gateway = deps.gateways.get(refund.gateway);
  if (!mayAsk || !gateway) {
    return settlement({
      status: 'succeeded',
      failureCode: null,
      gatewayRefundId: id,
      feeReturned: null,
    });
  }
  const listed = await gateway.listRefunds(payment.gatewayPaymentId ?? '', { requestId });
  if (listed.kind === 'unavailable') return couldNotBeAsked(gateway.name, listed.error);
  const reports = listed.kind === 'found' ? listed.report : [];
  const report = reports.find(({ gatewayRefundId }) => gatewayRefundId === id);
  if (!report)
    return contradicted(`${gateway.name} does not show ${id} among the payment's refunds.`);
  const wrong = contradictsRefund(refund, report);
  return wrong === null ? settlement(report) : contradicted(wrong);
}

function contradicted(detail: string): Rejection {
  return reject('evidence_contradicted', detail, 'evidence.gateway_refund_id');
}

/** @returns `null` where something else has told, or somebody has decided, in the meantime */
async function commitDecision(
  deps: PaymentDependencies,
  start: Payment,
  { id }: StoredRefund,
  settled: RefundWord,
  verified: boolean,
  verdict: Verdict<RefundDecision>,
  by: ChangedBy,
): Promise<StoredDecision<RefundDecision> | null> {
  const about = { paymentId: start.id, attemptId: null, refundId: id, verified };
  const decided = newDecision(about, verdict, by);
  const committed = await changeWithRecord(deps.db, 'refund_decide', by, async (sql, record) => {
    const change = await commitChangeWithin<DescribedChange>(sql, start, async (payment) => {
      const current = await readRefund(sql, id);
      if (!current || !isUnknown(current)) return null;
      const after = settleRefund({ payment, refund: current }, settled, {
        now: deps.clock(),
        feeOnRefund: feeOnRefund(deps, payment),
      });
      if (after === null) return null;
      const { refund } = after;
      const described = describeChange(deps, payment, after.payment, {
        before: current.status,
        after: refund,
      });
      const event = {
        id: newId('evt'),
        type: 'refund.resolved' as const,
        object: presentRefund(refund),
      };
      const askAgainInMs = needsFollowing(decided) ? FOLLOW_UP_MS : pendingLook(refund);
      return {
        ...described,
        events: [...described.events, event],
        refund: { refund, unknown: false, askAgainInMs },
      };
    });
    if (!change?.refund) return null;
    const decision = await insertDecision(sql, decided);
    const { refund } = change.refund;
    await record({
      action: 'refund.resolve',
      subject: { kind: 'refund', id },
      before: { status: 'pending', payment_id: start.id, outcome: 'unknown' },
      after: {
        status: refund.status,
        gateway_refund_id: refund.gatewayRefundId,
        amount_refunded: change.payment.amountRefunded,
        amount_refund_pending: change.payment.amountRefundPending,
        decision: decision.decision,
        evidence: { gateway_refund_id: decision.gatewayId, note: decision.note, verified },
        reason: decision.reason,
      },
    });
    return { change, decision };
  });
  if (committed === null) return null;
  tell(deps, committed.change);
  return committed.decision;
}
