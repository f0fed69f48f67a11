import type { Currency } from './currency.ts';
import { expectedFeeReturn, isInFeeCurrency, type FeeOnRefund } from './payment-fee.ts';
import type { Payment } from './payment.ts';
import type { RefundReport } from './report.ts';

/** A refund as Tender knows it. The amount is minor units of `currency`. */
export interface Refund {
  id: string;
  paymentId: string;
  status: RefundStatus;
  amount: bigint;
  currency: Currency;
  reason: RefundReason | null;
  gateway: string;
  gatewayRefundId: string | null;
  /** The gateway's reason, where the refund failed. */
  failureCode: string | null;
  /** `gateway`: made outside Tender, for instance in the gateway's dashboard, and recorded when it was reported. */
  source: 'api' | 'gateway';
  metadata: Record<string, string>;
  /** What the gateway gave back of its fee, in minor units of the currency of the payment's fees. */
  feeReturned: bigint;
  createdAt: Date;
  updatedAt: Date;
}

export const REFUND_STATUSES = ['pending', 'succeeded', 'failed'] as const;
export type RefundStatus = (typeof REFUND_STATUSES)[number];

export const REFUND_REASONS = ['requested_by_customer', 'duplicate', 'fraudulent'] as const;
export type RefundReason = (typeof REFUND_REASONS)[number];

/** A bank may send money back after a refund had succeeded, so `succeeded` is not quite the end. */
const TRANSITIONS: Readonly<Record<RefundStatus, readonly RefundStatus[]>> = {
  pending: ['succeeded', 'failed'],
  succeeded: ['failed'],
  failed: [],
};

/** A refund together with the payment whose amounts it moves. */
export interface RefundedPayment {
  payment: Payment;
  refund: Refund;
}

/** What a gateway says of a refund, as far as it moves anything. */
export type RefundWord = Pick<RefundReport, 'status' | 'failureCode' | 'feeReturned'> & {
  gatewayRefundId: string | null;
};

/**
 * Moves a refund to a status, and the payment's amounts along with it: a reservation becomes refunded or is released,
 * and money that came back is no longer refunded.
 *
 * @param feeOnRefund what the gateway does with its fee, where it says nothing of this refund
 * @returns `null` where the refund is there already or the status cannot follow
 */
export function settleRefund(
  { payment, refund }: RefundedPayment,
  report: RefundWord,
  { now, feeOnRefund }: { now: Date; feeOnRefund: FeeOnRefund },
): RefundedPayment | null {
  const isNews = report.status !== refund.status;
  if (isNews && !TRANSITIONS[refund.status].includes(report.status) && !mayRevive(refund)) {
    return null;
  }
  const feeReturned = feeReturnedWith(payment, refund, report, feeOnRefund);
  const gatewayRefundId = refund.gatewayRefundId ?? report.gatewayRefundId;
  if (!isNews && gatewayRefundId === refund.gatewayRefundId && feeReturned === refund.feeReturned) {
    return null;
  }
  const amounts = withFeeReturned(payment, report, feeReturned - refund.feeReturned);
  if (isNews) {
    if (refund.status === 'pending') amounts.amountRefundPending -= refund.amount;
    if (refund.status === 'succeeded') amounts.amountRefunded -= refund.amount;
    if (report.status === 'pending') amounts.amountRefundPending += refund.amount;
    if (report.status === 'succeeded') amounts.amountRefunded += refund.amount;
  }
  return {
    payment:
      isNews || feeReturned !== refund.feeReturned ? { ...amounts, updatedAt: now } : payment,
    refund: {
      ...refund,
      status: report.status,
      failureCode: isNews ? report.failureCode : refund.failureCode,
      gatewayRefundId,
      feeReturned,
      updatedAt: now,
    },
  };
}

/** What the gateway gives back of its fee: what it told last, or else what it does as a rule. */
function feeReturnedWith(
  payment: Payment,
  refund: Pick<Refund, 'status' | 'amount' | 'feeReturned'>,
  { status, feeReturned }: Pick<RefundReport, 'status' | 'feeReturned'>,
  feeOnRefund: FeeOnRefund,
): bigint {
  if (status !== 'succeeded') return 0n;
  if (feeReturned !== null && isInFeeCurrency(payment, feeReturned)) return feeReturned.amount;
  if (refund.status === 'succeeded') return refund.feeReturned;
  return expectedFeeReturn(payment, refund.amount, feeOnRefund);
}

function withFeeReturned(
  payment: Payment,
  { feeReturned: told }: Pick<RefundReport, 'feeReturned'>,
  more: bigint,
): Payment {
  if (more === 0n) return { ...payment };
  const isTold = told !== null && isInFeeCurrency(payment, told);
  return {
    ...payment,
    feeReturned: payment.feeReturned + more,
    feeCurrency: isTold ? told.currency : payment.feeCurrency,
  };
}

/**
 * Whether a refund failed here without the gateway ever having told so: it was refused, or an operator decided. The
 * gateway's word on it counts all the same.
 */
export function mayRevive({ status, gatewayRefundId }: Refund): boolean {
  return status === 'failed' && gatewayRefundId === null;
}

/**
 * Records a refund that was made outside Tender. The gateway has the last word on it, so it is recorded also where it
 * exceeds what was captured; {@link isOverRefunded} tells.
 */
export function recordForeignRefund(
  payment: Payment,
  report: RefundReport,
  refundId: string,
  { now, feeOnRefund }: { now: Date; feeOnRefund: FeeOnRefund },
): RefundedPayment {
  const none = { status: 'pending' as const, amount: report.amount, feeReturned: 0n };
  const feeReturned = feeReturnedWith(payment, none, report, feeOnRefund);
  const pending = report.status === 'pending' ? report.amount : 0n;
  const refunded = report.status === 'succeeded' ? report.amount : 0n;
  return {
    payment: {
      ...withFeeReturned(payment, report, feeReturned),
      amountRefundPending: payment.amountRefundPending + pending,
      amountRefunded: payment.amountRefunded + refunded,
      updatedAt: now,
    },
    refund: {
      id: refundId,
      paymentId: payment.id,
      status: report.status,
      amount: report.amount,
      currency: report.currency,
      reason: null,
      gateway: payment.gateway,
      gatewayRefundId: report.gatewayRefundId,
      failureCode: report.failureCode,
      source: 'gateway',
      metadata: {},
      feeReturned,
      createdAt: now,
      updatedAt: now,
    },
  };
}

/** Whether more went back than was ever captured: nothing of ours does that, so somebody should look. */
export function isOverRefunded(payment: Payment): boolean {
  return payment.amountRefunded + payment.amountDisputedLost > payment.amountCaptured;
}
