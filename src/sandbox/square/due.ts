import type { Work } from './account.ts';
import { endDelayedPayments } from './change-payment.ts';
import { disputableAmount, loseOverdueDisputes, openDispute } from './disputes.ts';
import { emitPayment } from './events.ts';
import type { Payment } from './model.ts';
import { changePayment } from './payments.ts';
import { settleRefunds } from './refunds.ts';
import { disputeReasonOfAmount } from './test-sources.ts';

/** What a payment costs more with `fees_raised`, in minor units. */
const RAISED_BY = 7n;

/** Does what has become due by the clock: delayed payments end, and disputes that nobody answered. */
export function becomeDue(work: Work): void {
  endDelayedPayments(work);
  loseOverdueDisputes(work);
}

/** Does what Square does a moment after its answers: fees are assessed, refunds end, buyers dispute. */
export function settle(work: Work): void {
  const { account } = work;
  for (const payment of account.unsettled.payments.splice(0)) assessFee(work, payment);
  settleRefunds(work);
}

function assessFee(work: Work, payment: Payment): void {
  const { perMille, fixed } = payment.location.fee;
  const usual = (payment.amount * perMille + 500n) / 1000n + fixed;
  payment.fee = work.feesAreRaised() ? usual + RAISED_BY : usual;
  payment.feeMs = changePayment(work.account, payment);
  emitPayment(work, 'payment.updated', payment);
  const reason = disputeReasonOfAmount(payment.amount);
  const amount = disputableAmount(payment);
  if (reason !== undefined && amount > 0n) openDispute(work, payment, amount, reason);
}
