import { commitChange, type ReceiptChange } from '../database/commit.ts';
import { readDisputesOf } from '../database/disputes.ts';
import { applyDisputeReport, paysOutTooMuch, type DisputeApplied } from '../domain/dispute.ts';
import { disputeEvents } from '../domain/event.ts';
import type { Payment } from '../domain/payment.ts';
import type { DisputeReport } from '../domain/report.ts';
import { newId } from '../ids.ts';
import type { ReportEffect } from '../payments/apply-payment-report.ts';
import type { PaymentDependencies } from '../payments/dependencies.ts';
import { describeChange, tell, type DescribedChange } from '../payments/describe-change.ts';
import { presentDispute } from './present.ts';

/**
 * Takes over what a gateway says of a dispute: the dispute, its payment's amounts and the events are committed together.
 *
 * @param start the payment, as it was before the gateway was asked, where it was
 * @param asked whether the report answers a question, as opposed to a webhook, which may be late
 * @param receipt the webhook that is done with once the report is applied
 */
export async function takeDisputeReport(
  deps: PaymentDependencies,
  start: Payment,
  report: DisputeReport,
  { asked, receipt }: { asked: boolean; receipt: ReceiptChange },
): Promise<ReportEffect> {
  let applied: DisputeApplied | null = null;
  const change = await commitChange<DescribedChange>(
    deps.db,
    start,
    async (payment, { fresh, sql }) => {
      const disputes = await readDisputesOf(sql, payment.id);
      applied = applyDisputeReport({ payment, disputes }, report, {
        fresh: asked && fresh,
        now: deps.clock(),
        newId: () => newId('dis'),
      });
      if (applied.kind !== 'changed') return null;
      const { dispute } = applied;
      const before = disputes.find((each) => each.id === dispute.id) ?? null;
      const object = presentDispute(dispute);
      const events = disputeEvents(before, dispute);
      return {
        ...describeChange(deps, payment, applied.payment),
        events: events.map((type) => ({ id: newId('evt'), type, object })),
        dispute,
        receipt,
      };
    },
  );
  if (change === null) return effectOf(deps, start, applied, asked);
  tell(deps, change);
  if (change.payment.amountDisputedLost > start.amountDisputedLost) warn(deps, change.payment);
  return 'applied';
}

/** What is to be done about a report that changed nothing. A contradiction is believed only of the gateway's answer. */
function effectOf(
  deps: PaymentDependencies,
  payment: Payment,
  applied: DisputeApplied | null,
  asked: boolean,
): ReportEffect {
  if (applied?.kind === 'contradiction') {
    if (!asked) return 'ask';
    deps.observer.contradiction(payment, applied.detail);
    return 'unchanged';
  }
  return applied === null || applied.kind === 'changed' ? 'lost' : applied.kind;
}

function warn(deps: PaymentDependencies, payment: Payment): void {
  if (!paysOutTooMuch(payment)) return;
  deps.observer.contradiction(
    payment,
    'what was refunded and what was lost in disputes exceed what was captured',
  );
}
