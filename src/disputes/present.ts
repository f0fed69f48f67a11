import type { Dispute } from '../domain/dispute.ts';

/** A dispute, for answers and events alike. Amounts are minor units. */
export function presentDispute(dispute: Dispute) {
  return {
    id: dispute.id,
    object: 'dispute' as const,
    payment_id: dispute.paymentId,
    status: dispute.status,
    amount: Number(dispute.amount),
    amount_lost: Number(dispute.amountLost),
    fee: Number(dispute.fee),
    currency: dispute.currency,
    reason: dispute.reason,
    gateway_reason: dispute.gatewayReason,
    gateway: dispute.gateway,
    gateway_dispute_id: dispute.gatewayDisputeId,
    evidence_due_by: dispute.evidenceDueBy?.toISOString() ?? null,
    opened_at: dispute.openedAt.toISOString(),
    created_at: dispute.createdAt.toISOString(),
    updated_at: dispute.updatedAt.toISOString(),
  };
}
