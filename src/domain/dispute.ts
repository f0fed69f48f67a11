import type { Currency } from './currency.ts';
import { isInFeeCurrency } from './payment-fee.ts';
import type { Payment } from './payment.ts';
import type { DisputeReason, DisputeReport, DisputeStatus, FeeReport } from './report.ts';

/** A customer's objection to a payment, raised with their bank or the gateway. Amounts are minor units of `currency`. */
export interface Dispute {
  id: string;
  paymentId: string;
  gateway: string;
  gatewayDisputeId: string;
  status: DisputeStatus;
  amount: bigint;
  /** How much of it the customer has got back for good. */
  amountLost: bigint;
  /** What the gateway took for the dispute itself, in minor units of the currency of the payment's fees. */
  fee: bigint;
  currency: Currency;
  reason: DisputeReason;
  /** The gateway's own code for the reason. */
  gatewayReason: string;
  /** Until when evidence can be handed in. */
  evidenceDueBy: Date | null;
  /** When the customer raised it, as the gateway tells. */
  openedAt: Date;
  createdAt: Date;
  updatedAt: Date;
}

/** What a gateway's report does to a dispute and to its payment. */
export type DisputeApplied =
  | { kind: 'changed'; dispute: Dispute; payment: Payment }
  /** It says nothing new. */
  | { kind: 'unchanged' }
  /** It may be late and cannot be trusted to tell where the dispute stands now: read it from the gateway. */
  | { kind: 'ask' }
  /** It cannot be true together with what is stored. Nothing is changed; somebody has to look. */
  | { kind: 'contradiction'; detail: string };

/** How far a dispute has come. */
const PROGRESS: Readonly<Record<DisputeStatus, 0 | 1 | 2>> = {
  needs_response: 0,
  under_review: 1,
  won: 2,
  lost: 2,
  closed: 2,
};

/** Whether the dispute can still be lost. */
export function isOpen({ status }: Pick<Dispute, 'status'>): boolean {
  return PROGRESS[status] < 2;
}

/**
 * Applies what a gateway says of a dispute.
 *
 * Reports arrive twice, late and out of order, so only a step forward is taken from any report. Everything else, such
 * as a loss that an appeal turned into a win, needs a fresh one.
 *
 * @param disputes all that the payment has so far
 * @param fresh whether the report answers a question that was asked when the payment stood as it is given here
 * @param newId the id of the dispute, should it be new
 */
export function applyDisputeReport(
  { payment, disputes }: { payment: Payment; disputes: readonly Dispute[] },
  report: DisputeReport,
  { fresh, now, newId }: { fresh: boolean; now: Date; newId: () => string },
): DisputeApplied {
  const stored = disputes.find((each) => each.gatewayDisputeId === report.gatewayDisputeId);
  const impossible = contradictionIn(payment, report);
  if (impossible !== null) return { kind: 'contradiction', detail: impossible };
  const fee = feeTold(payment, report.fee);
  const isNewFee = fee !== null && fee.amount !== (stored?.fee ?? 0n);
  if (stored && !isNewFee && !saysOtherwise(stored, report)) return { kind: 'unchanged' };
  const forward = !stored || PROGRESS[report.status] > PROGRESS[stored.status];
  if (!forward && !fresh) return { kind: 'ask' };

  const dispute: Dispute = {
    id: stored?.id ?? newId(),
    paymentId: payment.id,
    gateway: payment.gateway,
    gatewayDisputeId: report.gatewayDisputeId,
    ...told(report),
    fee: fee?.amount ?? stored?.fee ?? 0n,
    createdAt: stored?.createdAt ?? now,
    updatedAt: now,
  };
  const others = disputes.filter((each) => each !== stored);
  const changed = withDisputes(payment, [...others, dispute], now);
  const feeCurrency = isNewFee ? fee.currency : payment.feeCurrency;
  return { kind: 'changed', dispute, payment: { ...changed, feeCurrency } };
}

/**
 * Whether more has gone back, or is on its way, than was ever captured. Nothing of ours does that, but a bank may take
 * back what was refunded already, so somebody should look.
 */
export function paysOutTooMuch(payment: Payment): boolean {
  const { amountRefunded, amountRefundPending, amountDisputedLost, amountCaptured } = payment;
  return amountRefunded + amountRefundPending + amountDisputedLost > amountCaptured;
}

/** What the report tells of, as a dispute keeps it. */
function told(report: DisputeReport) {
  return {
    status: report.status,
    amount: report.amount,
    amountLost: report.amountLost,
    currency: report.currency,
    reason: report.reason,
    gatewayReason: report.gatewayReason,
    evidenceDueBy: report.evidenceDueBy,
    openedAt: report.openedAt,
  };
}

/** A fee in another currency than those that were told before is left to the settlement records. */
function feeTold(payment: Payment, fee: FeeReport | null): FeeReport | null {
  return fee !== null && isInFeeCurrency(payment, fee) ? fee : null;
}

function saysOtherwise(stored: Dispute, report: DisputeReport): boolean {
  return (
    stored.status !== report.status ||
    stored.amount !== report.amount ||
    stored.amountLost !== report.amountLost ||
    stored.reason !== report.reason ||
    stored.gatewayReason !== report.gatewayReason ||
    stored.evidenceDueBy?.getTime() !== report.evidenceDueBy?.getTime()
  );
}

function contradictionIn(payment: Payment, report: DisputeReport): string | null {
  if (report.currency !== payment.currency) {
    return `the payment is in ${payment.currency} and its dispute in ${report.currency}`;
  }
  if (report.amountLost > report.amount) {
    return `more was lost in ${report.gatewayDisputeId} than was disputed`;
  }
  return null;
}

/** The payment with what its disputes come to. */
function withDisputes(payment: Payment, disputes: readonly Dispute[], now: Date): Payment {
  const open = disputes.filter(isOpen);
  return {
    ...payment,
    disputed: open.length > 0,
    // What an open dispute has lost already counts once, among what was lost.
    amountDisputed: sum(open.map(({ amount, amountLost }) => amount - amountLost)),
    amountDisputedLost: sum(disputes.map(({ amountLost }) => amountLost)),
    feeDisputes: sum(disputes.map(({ fee }) => fee)),
    updatedAt: now,
  };
}

function sum(amounts: readonly bigint[]): bigint {
  return amounts.reduce((total, amount) => total + amount, 0n);
}
