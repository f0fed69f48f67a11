import { findLeaving } from '../database/attempts.ts';
import type { Queryable } from '../database/database.ts';
import type { Payment } from '../domain/payment.ts';
import type { PaymentReport } from '../domain/report.ts';

/**
 * Whether a report tells of the cancellation by which a payment is just leaving its gateway: that call's own answer says what
 * it means, and the payment goes on.
 */
export async function endsOnlyItsObject(
  sql: Queryable,
  payment: Payment,
  report: PaymentReport,
): Promise<boolean> {
  if (report.status !== 'canceled' || payment.pendingAttemptId === null) return false;
  return (await findLeaving(sql, payment.id, report.gatewayPaymentId)) === 'leaving';
}

/** Whether a payment has left this object of a gateway for another gateway. */
export async function hasLeftObject(
  sql: Queryable,
  paymentId: string,
  gatewayPaymentId: string,
): Promise<boolean> {
  return (await findLeaving(sql, paymentId, gatewayPaymentId)) === 'left';
}

/** Whether a payment has left the gateway's object that it still had when it was read. */
export async function hasLeftSince(
  sql: Queryable,
  start: Payment,
  payment: Payment,
): Promise<boolean> {
  if (start.gatewayPaymentId === null || payment.gatewayPaymentId !== null) return false;
  return hasLeftObject(sql, payment.id, start.gatewayPaymentId);
}
