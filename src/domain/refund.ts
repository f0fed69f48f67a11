import type { Currency } from './currency.ts';
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

/**
 * Moves a refund to a status, and the payment's amounts along with it: a reservation becomes refunded or is released,
 * and money that came back is no longer refunded.
 *
 * @returns `null` where the refund is there already or the status cannot follow
 */
export function settleRefund(
  { payment, refund }: RefundedPayment,
  report: Pick<RefundReport, 'status' | 'failureCode'> & { gatewayRefundId: string | null },
  now: Date,
): RefundedPayment | null {
  const told = {
    ...refund,
    gatewayRefundId: refund.gatewayRefundId ?? report.gatewayRefundId,
    updatedAt: now,
  };
  if (report.status === refund.status) {
    return refund.gatewayRefundId === told.gatewayRefundId ? null : { payment, refund: told };
  }
  if (!TRANSITIONS[refund.status].includes(report.status) && !mayRevive(refund)) return null;
  const amounts = { ...payment, updatedAt: now };
  if (refund.status === 'pending') amounts.amountRefundPending -= refund.amount;
  if (refund.status === 'succeeded') amounts.amountRefunded -= refund.amount;
  if (report.status === 'pending') amounts.amountRefundPending += refund.amount;
  if (report.status === 'succeeded') amounts.amountRefunded += refund.amount;
  return {
    payment: amounts,
    refund: { ...told, status: report.status, failureCode: report.failureCode },
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
  now: Date,
): RefundedPayment {
  const pending = report.status === 'pending' ? report.amount : 0n;
  const refunded = report.status === 'succeeded' ? report.amount : 0n;
  return {
    payment: {
      ...payment,
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
      createdAt: now,
      updatedAt: now,
    },
  };
}

/** Whether more went back than was ever captured: nothing of ours does that, so somebody should look. */
export function isOverRefunded(payment: Payment): boolean {
  return payment.amountRefunded + payment.amountDisputedLost > payment.amountCaptured;
}
