import type { Evidence } from './evidence.ts';
import type { Violation } from './violation.ts';

/** Nothing is left half done once there was time to do it. */
export function checkRest({ payments, attempts, refunds, receipts }: Evidence): Violation[] {
  const violations: Violation[] = [];
  const purchaseOf = new Map(payments.map(({ id, orderId }) => [id, orderId]));
  const report = (what: string, paymentId: string | null) =>
    violations.push({
      invariant: 'stuck',
      what,
      paymentId,
      purchase: paymentId === null ? null : (purchaseOf.get(paymentId) ?? null),
    });
  for (const payment of payments) {
    if (payment.status === 'processing') report('still processing', payment.id);
    if (payment.pendingAttemptId !== null)
      report(`${payment.pendingAttemptId} is still awaited`, payment.id);
    if (payment.awaitsCompletion) report('approved and not completed', payment.id);
    if (payment.leased) report('still leased', payment.id);
  }
  for (const { id, paymentId, operation, outcome, due } of attempts) {
    if (outcome !== null && outcome !== 'unknown') continue;
    report(`${operation} ${id} has no outcome${due ? '' : ' and nobody will look'}`, paymentId);
  }
  for (const { id, paymentId, status, gatewayRefundId, unknown, due } of refunds) {
    if (unknown || (status === 'pending' && gatewayRefundId === null)) {
      report(`refund ${id} has no outcome${due ? '' : ' and nobody will look'}`, paymentId);
    } else if (status === 'pending' && !due) {
      report(`refund ${id} is pending and nobody will look`, paymentId);
    }
  }
  for (const { gateway, eventId, due, leased } of receipts) {
    if (due || leased) report(`webhook ${eventId} of ${gateway} waits in the inbox`, null);
  }
  return violations;
}
