import { commitChange, type ReceiptChange } from '../database/commit.ts';
import { applyReport } from '../domain/apply-report.ts';
import type { Payment } from '../domain/payment.ts';
import type { PaymentReport } from '../domain/report.ts';
import type { PaymentDependencies } from './dependencies.ts';
import { describeChange, tell, type DescribedChange } from './describe-change.ts';
import { endsOnlyItsObject, hasLeftSince } from './leaving.ts';

/** What came of a report; only `applied` has ended the work on the webhook as well. */
export type ReportEffect =
  | 'applied'
  /** It says nothing new. */
  | 'unchanged'
  /** It cannot tell where the payment stands now. */
  | 'ask'
  /** The webhook is another worker's by now. */
  | 'lost';

/**
 * Applies a report that may be late, as webhooks bring it, and ends the work on the webhook with the same commit.
 *
 * @throws where the payment has left the gateway's object meanwhile: found anew, the webhook turns out to be about what is behind
 */
export async function applyPaymentReport(
  deps: PaymentDependencies,
  start: Payment,
  report: PaymentReport,
  receipt: ReceiptChange,
): Promise<ReportEffect> {
  let effect: ReportEffect = 'lost';
  const change = await commitChange<DescribedChange>(deps.db, start, async (payment, { sql }) => {
    if (await endsOnlyItsObject(sql, payment, report)) {
      effect = 'unchanged';
      return null;
    }
    if (await hasLeftSince(sql, start, payment)) {
      throw new Error(`the payment has left ${report.gatewayPaymentId} meanwhile`);
    }
    const applied = applyReport(payment, report, { fresh: false, now: deps.clock() });
    // A webhook that contradicts is no proof: the gateway has the last word.
    effect =
      applied.kind === 'contradiction' ? 'ask' : applied.kind === 'changed' ? 'lost' : applied.kind;
    if (applied.kind !== 'changed') return null;
    return { ...describeChange(deps, payment, applied.payment), receipt };
  });
  if (change === null) return effect;
  tell(deps, change);
  return 'applied';
}
