import { commitChange, type ReceiptChange } from '../database/commit.ts';
import { findRefundOfReport } from '../database/refunds.ts';
import type { Payment } from '../domain/payment.ts';
import {
  isOverRefunded,
  mayRevive,
  recordForeignRefund,
  settleRefund,
  type Refund,
  type RefundedPayment,
  type RefundStatus,
} from '../domain/refund.ts';
import type { RefundReport } from '../domain/report.ts';
import { newId } from '../ids.ts';
import type { ReportEffect } from './apply-payment-report.ts';
import type { PaymentDependencies } from './dependencies.ts';
import { describeChange, tell, type DescribedChange } from './describe-change.ts';
import { feeOnRefund, pendingLook } from './perform-refund.ts';

/**
 * Takes over what a gateway says of a refund: one of ours, or one that was made there without us.
 *
 * @param receipt the webhook that is done with once the report is applied
 */
export async function applyRefundReport(
  deps: PaymentDependencies,
  start: Payment,
  report: RefundReport,
  receipt?: ReceiptChange,
): Promise<ReportEffect> {
  let effect: ReportEffect = 'lost';
  let revived = null as Refund | null;
  const change = await commitChange<DescribedChange>(deps.db, start, async (payment, { sql }) => {
    const stored = await findRefundOfReport(sql, payment.gateway, report);
    const context = { now: deps.clock(), feeOnRefund: feeOnRefund(deps, payment) };
    const before: RefundStatus | null = stored?.status ?? null;
    const settled: RefundedPayment | null = stored
      ? settleRefund({ payment, refund: stored }, report, context)
      : recordForeignRefund(payment, report, newId('ref'), context);
    effect = settled === null ? 'unchanged' : 'lost';
    revived = stored && mayRevive(stored) && report.status !== 'failed' ? stored : null;
    if (settled === null) return null;
    return {
      ...describeChange(deps, payment, settled.payment, { before, after: settled.refund }),
      refund: {
        refund: settled.refund,
        unknown: false,
        askAgainInMs: pendingLook(settled.refund),
      },
      receipt,
    };
  });
  if (change === null) return effect;
  tell(deps, change);
  if (revived) {
    const detail = `${revived.id} had failed here, and the gateway says ${report.status}`;
    deps.observer.contradiction(change.payment, detail);
  }
  if (isOverRefunded(change.payment)) {
    deps.observer.contradiction(change.payment, 'more was refunded than was captured');
  }
  return 'applied';
}
