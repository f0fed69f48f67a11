import { BUYER, MERCHANT } from './account.ts';
import { presentMoney } from './currencies.ts';
import type { Dispute, DisputeOutcome } from './model.ts';
import { moneyOf } from './model.ts';
import { refundableOf } from './money-taken.ts';
import { link, presentTime } from './present.ts';

/** Where a dispute is in PayPal's list of states. */
export function disputeState(dispute: Dispute): 'REQUIRED_ACTION' | 'RESOLVED' {
  return dispute.outcome === null ? 'REQUIRED_ACTION' : 'RESOLVED';
}

/** The parts of a dispute that a list shows too. */
export function presentDisputeBriefly(dispute: Dispute, baseUrl: string): object {
  const isOpen = dispute.outcome === null;
  return {
    dispute_id: dispute.id,
    create_time: presentTime(dispute.created),
    update_time: presentTime(dispute.updated),
    reason: dispute.reason,
    status: isOpen ? 'WAITING_FOR_SELLER_RESPONSE' : 'RESOLVED',
    dispute_amount: disputed(dispute),
    dispute_life_cycle_stage: 'CHARGEBACK',
    dispute_channel: 'INTERNAL',
    ...(isOpen && { seller_response_due_date: presentTime(dispute.respondBy) }),
    links: [link(`${baseUrl}/v1/customer/disputes/${dispute.id}`, 'self')],
  };
}

export function presentDispute(dispute: Dispute, baseUrl: string): object {
  const { capture, outcome } = dispute;
  const { currency, customId, invoiceId } = capture;
  return {
    ...presentDisputeBriefly(dispute, baseUrl),
    disputed_transactions: [
      {
        buyer_transaction_id: capture.order.id,
        seller_transaction_id: capture.id,
        create_time: presentTime(capture.created),
        transaction_status: capture.status,
        gross_amount: presentMoney(moneyOf(capture)),
        ...(invoiceId !== null && { invoice_number: invoiceId }),
        ...(customId !== null && { custom: customId }),
        buyer: { name: `${BUYER.givenName} ${BUYER.surname}` },
        seller: { email: MERCHANT.email, merchant_id: MERCHANT.id, name: MERCHANT.name },
      },
    ],
    ...(outcome !== null && { dispute_outcome: presentOutcome(dispute, outcome) }),
    ...(outcome === null && {
      refund_details: {
        allowed_refund_amount: presentMoney({ amount: refundableOf(capture), currency }),
      },
      allowed_response_options: { accept_claim: { accept_claim_types: ['REFUND'] } },
    }),
  };
}

function presentOutcome(dispute: Dispute, outcome: DisputeOutcome): object {
  const isLost = outcome !== 'RESOLVED_SELLER_FAVOUR';
  const amount = isLost ? dispute.amount : 0n;
  return {
    outcome_code: outcome,
    amount_refunded: presentMoney({ amount, currency: dispute.capture.currency }),
  };
}

function disputed({ amount, capture }: Dispute) {
  return presentMoney({ amount, currency: capture.currency });
}
