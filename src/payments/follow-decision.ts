import { findDecisionOnRefund, type StoredDecision } from '../database/decisions.ts';
import type { StoredRefund } from '../database/refunds.ts';
import type { Attempt } from '../domain/attempt.ts';
import {
  contradictsCharge,
  contradictsRefund,
  isDecidedNotCharged,
  type PaymentDecision,
} from '../domain/decision.ts';
import type { Payment } from '../domain/payment.ts';
import { applyRefundReport } from './apply-refund-report.ts';
import type { PaymentDependencies } from './dependencies.ts';
import { readOutcome } from './read-outcome.ts';
import { returnLateCharge } from './return-late-charge.ts';

const DAY_MS = 24 * 3_600_000;

/** How often the gateway is read again after an operator has decided, in milliseconds. */
export const FOLLOW_UP_MS = DAY_MS;

/** For how long, in milliseconds: no gateway's list lags by so much, and its webhooks tell for good. */
const FOLLOWED_MS = 30 * DAY_MS;

/** Whether something could still contradict a decision: what was refused may be charged, a word may be wrong. */
export function needsFollowing({
  decision,
  verified,
}: Pick<StoredDecision, 'decision' | 'verified'>): boolean {
  return decision === 'not_charged' || decision === 'not_refunded' || !verified;
}

/**
 * Reads once more from the gateway what an operator has decided about. A charge that turns up although none was to be
 * there is given back; what the operator found and the gateway does not bear out is told.
 *
 * @returns whether it is to be read again
 */
export async function followDecision(
  deps: PaymentDependencies,
  payment: Payment,
  attempt: Attempt,
  decision: StoredDecision<PaymentDecision>,
  requestId: string,
): Promise<boolean> {
  if (isOver(deps, decision)) return false;
  const gateway = deps.gateways.get(attempt.gateway);
  if (!gateway) return true;
  if (decision.decision === 'not_charged') {
    // A capture that was not made left the payment where it was: that is looked at as any other.
    if (!isDecidedNotCharged(payment)) return false;
    const reading = await readOutcome(gateway, payment, attempt, requestId);
    if (reading.kind !== 'found') return true;
    return !(await returnLateCharge(deps, payment, gateway, reading.report, { requestId }));
  }
  const reading = await readOutcome(gateway, payment, attempt, requestId);
  if (reading.kind === 'unavailable') return true;
  const wrong =
    reading.kind === 'found'
      ? contradictsCharge(payment, attempt, reading.report)
      : `${attempt.gateway} does not know ${payment.gatewayPaymentId}.`;
  if (wrong === null) return false;
  deps.observer.contradiction(
    payment,
    `an operator had decided that it was charged, but: ${wrong}`,
  );
  return true;
}

/**
 * Reads once more the refund that an operator has decided about. The gateway's word counts: one that was made after all
 * is recorded, and somebody is told.
 *
 * @returns whether it is to be read again
 */
export async function followRefundDecision(
  deps: PaymentDependencies,
  payment: Payment,
  refund: StoredRefund,
  requestId: string,
): Promise<boolean> {
  const decision = await findDecisionOnRefund(deps.db, refund.id);
  if (!decision || isOver(deps, decision)) return false;
  const gateway = deps.gateways.get(refund.gateway);
  if (!gateway || payment.gatewayPaymentId === null) return true;
  const listed = await gateway.listRefunds(payment.gatewayPaymentId, { requestId });
  if (listed.kind !== 'found') return true;
  const report = listed.report.find(
    ({ refundId, gatewayRefundId }) =>
      refundId === refund.id || gatewayRefundId === refund.gatewayRefundId,
  );
  if (decision.decision === 'not_refunded') {
    if (report) await applyRefundReport(deps, payment, report);
    return report === undefined;
  }
  const wrong = report
    ? contradictsRefund(refund, report)
    : `${refund.gateway} does not show ${refund.gatewayRefundId}.`;
  if (wrong === null) return false;
  deps.observer.contradiction(
    payment,
    `an operator had decided that ${refund.id} was made, but: ${wrong}`,
  );
  return true;
}

function isOver(deps: PaymentDependencies, decision: StoredDecision): boolean {
  const ageMs = deps.clock().getTime() - decision.decidedAt.getTime();
  return ageMs > FOLLOWED_MS || !needsFollowing(decision);
}
