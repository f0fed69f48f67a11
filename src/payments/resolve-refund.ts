import { dropDueWork, postponeDueWork, type Claim } from '../database/due-work.ts';
import { findPayment } from '../database/payments.ts';
import { findRefund, type StoredRefund } from '../database/refunds.ts';
import { judgeRepetition } from '../domain/judge.ts';
import type { GatewayOutcome } from '../domain/outcome.ts';
import type { Payment } from '../domain/payment.ts';
import type { RefundReport } from '../domain/report.ts';
import { backoffMs } from './backoff.ts';
import type { PaymentDependencies } from './dependencies.ts';
import { FOLLOW_UP_MS, followRefundDecision } from './follow-decision.ts';
import { mayRepeat } from './key-lifetime.ts';
import { notConfigured } from './not-configured.ts';
import { askForRefund, commitRefundOutcome } from './perform-refund.ts';
import { stillUnknown } from './still-unknown.ts';

/**
 * Finds out what became of a refund: one whose answer never came is asked for again with its key, one that the gateway
 * works on is looked up. A reservation is never given back because the gateway shows nothing.
 */
export async function resolveRefund(
  deps: PaymentDependencies,
  claim: Claim,
  requestId: string,
): Promise<void> {
  const refund = await findRefund(deps.db, claim.id);
  const payment = refund && (await findPayment(deps.db, refund.paymentId));
  if (!refund || !payment || refund.status !== 'pending') {
    if (refund && payment && (await followRefundDecision(deps, payment, refund, requestId))) {
      await postponeDueWork(deps.db, 'refunds', claim, FOLLOW_UP_MS);
    } else await dropDueWork(deps.db, 'refunds', claim);
    return;
  }
  const outcome = await findRefundOutcomeAgain(deps, payment, refund, requestId);
  await commitRefundOutcome(deps, refund, outcome, backoffMs(claim.tries));
}

/** What came of a refund whose call may have been made before; a refusal for the moment says nothing of that call. */
export async function findRefundOutcomeAgain(
  deps: PaymentDependencies,
  payment: Payment,
  refund: StoredRefund,
  requestId: string,
): Promise<GatewayOutcome<RefundReport>> {
  const gateway = deps.gateways.get(refund.gateway);
  if (!gateway) return judgeRepetition(notConfigured(refund.gateway));
  const ageMs = deps.clock().getTime() - refund.createdAt.getTime();
  if (refund.gatewayRefundId === null && refund.gatewayKey !== null) {
    if (mayRepeat(gateway, ageMs)) {
      const repeated = judgeRepetition(await askForRefund(deps, payment, refund, requestId));
      if (repeated.kind !== 'unknown') return repeated;
    }
  }
  const listed = await gateway.listRefunds(payment.gatewayPaymentId ?? '', { requestId });
  const report =
    listed.kind === 'found'
      ? listed.report.find(
          (each) => each.refundId === refund.id || each.gatewayRefundId === refund.gatewayRefundId,
        )
      : undefined;
  if (report) return { kind: 'succeeded', report };
  return stillUnknown(listed, 'The gateway does not show the refund.');
}
