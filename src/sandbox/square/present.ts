import type {
  Customer,
  Dispute,
  Evidence,
  Location,
  Payment,
  Payout,
  PayoutEntry,
  Refund,
  StoredCard,
} from './model.ts';
import { presentCardDetails } from './present-card.ts';
import { riskOfAmount } from './test-sources.ts';

/** How the account's objects look in answers and events. A field without a value is left out. */

type Fields = Record<string, unknown>;

const at = (ms: number): string => new Date(ms).toISOString();

const money = (amount: bigint, currency: string) => ({ amount: Number(amount), currency });

/** Leaves out what is null. */
function present(fields: Fields): Fields {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null));
}

/** What of a refund counts: money that is promised cannot be promised again. */
export function refundedAmount(payment: Payment): bigint {
  return payment.refunds
    .filter(({ status }) => status === 'PENDING' || status === 'COMPLETED')
    .reduce((sum, refund) => sum + refund.amount, 0n);
}

const CAPABILITIES = [
  'EDIT_AMOUNT_UP',
  'EDIT_AMOUNT_DOWN',
  'EDIT_TIP_AMOUNT_UP',
  'EDIT_TIP_AMOUNT_DOWN',
];

export function presentPayment(payment: Payment, applicationId: string): object {
  const { id, currency, location, status } = payment;
  const refunded = refundedAmount(payment);
  const mayEdit = status === 'APPROVED' && location.editsAmounts;
  return present({
    id,
    created_at: at(payment.createdMs),
    updated_at: at(payment.updatedMs),
    amount_money: money(payment.amount, currency),
    status,
    delay_duration: payment.delayDuration,
    source_type: 'CARD',
    card_details: presentCardDetails(payment),
    location_id: location.id,
    order_id: payment.orderId,
    reference_id: payment.referenceId,
    risk_evaluation: {
      created_at: at(payment.createdMs),
      risk_level: riskOfAmount(payment.amount),
    },
    processing_fee: presentFee(payment),
    buyer_email_address: payment.buyerEmail,
    billing_address: payment.billingAddress,
    shipping_address: payment.shippingAddress,
    note: payment.note,
    statement_description_identifier: payment.statementDescription,
    customer_id: payment.customerId,
    total_money: money(payment.amount, currency),
    approved_money: money(payment.approved, currency),
    refunded_money: refunded > 0n ? money(refunded, currency) : null,
    refund_ids: payment.refunds.length > 0 ? payment.refunds.map((refund) => refund.id) : null,
    capabilities: mayEdit ? CAPABILITIES : null,
    receipt_number: status === 'COMPLETED' ? id.slice(0, 4) : null,
    receipt_url:
      status === 'COMPLETED' ? `https://squareupsandbox.com/receipt/preview/${id}` : null,
    delay_action: payment.delayAction,
    delayed_until: at(payment.delayedUntilMs),
    application_details: { square_product: 'ECOMMERCE_API', application_id: applicationId },
    version_token: payment.versionToken,
  });
}

function presentFee({ fee, feeMs, currency }: Payment): object[] | null {
  if (fee === null || feeMs === null) return null;
  return [{ effective_at: at(feeMs), type: 'INITIAL', amount_money: money(fee, currency) }];
}

export function presentRefund(refund: Refund): object {
  const { payment } = refund;
  return present({
    id: refund.id,
    status: refund.status,
    amount_money: money(refund.amount, payment.currency),
    payment_id: payment.id,
    order_id: refund.orderId,
    created_at: at(refund.createdMs),
    updated_at: at(refund.updatedMs),
    location_id: payment.location.id,
    destination_type: 'CARD',
    reason: refund.reason,
  });
}

export function presentCard(stored: StoredCard, merchantId: string): object {
  const { card } = stored;
  return present({
    id: stored.id,
    card_brand: card.brand,
    last_4: card.last4,
    exp_month: card.expMonth,
    exp_year: card.expYear,
    cardholder_name: stored.cardholderName,
    billing_address: stored.billingAddress,
    fingerprint: card.fingerprint,
    customer_id: stored.customerId,
    merchant_id: merchantId,
    reference_id: stored.referenceId,
    enabled: stored.isEnabled,
    card_type: card.type,
    prepaid_type: 'NOT_PREPAID',
    bin: card.bin,
    version: stored.version,
  });
}

export function presentCustomer(customer: Customer): object {
  return present({
    id: customer.id,
    created_at: at(customer.createdMs),
    updated_at: at(customer.updatedMs),
    ...customer.fields,
    address: customer.address,
    preferences: { email_unsubscribed: false },
    creation_source: 'THIRD_PARTY',
    version: customer.version,
  });
}

export function presentDispute(dispute: Dispute): object {
  const { payment } = dispute;
  return present({
    id: dispute.id,
    dispute_id: dispute.id,
    amount_money: money(dispute.amount, payment.currency),
    reason: dispute.reason,
    state: dispute.state,
    due_at: at(dispute.dueMs),
    disputed_payment: { payment_id: payment.id },
    evidence_ids: dispute.evidence.length > 0 ? dispute.evidence.map(({ id }) => id) : null,
    card_brand: payment.card.brand,
    created_at: at(dispute.createdMs),
    updated_at: at(dispute.updatedMs),
    brand_dispute_id: dispute.brandId,
    reported_at: at(dispute.createdMs),
    version: dispute.version,
    location_id: payment.location.id,
  });
}

export function presentPayout(payout: Payout): object {
  return {
    id: payout.id,
    status: 'PAID',
    location_id: payout.location.id,
    created_at: at(payout.createdMs),
    updated_at: at(payout.createdMs),
    amount_money: money(payout.amount, payout.location.currency),
    destination: { type: 'BANK_ACCOUNT', id: 'bact:sandbox' },
    version: 1,
    type: 'BATCH',
    arrival_date: at(payout.createdMs).slice(0, 10),
  };
}

const ENTRY_DETAILS = {
  CHARGE: 'type_charge_details',
  REFUND: 'type_refund_details',
  DISPUTE: 'type_dispute_details',
} as const;

export function presentPayoutEntry(entry: PayoutEntry, payoutId: string): object {
  const { currency, amount, fee } = entry;
  return {
    id: entry.id,
    payout_id: payoutId,
    effective_at: at(entry.created * 1000),
    type: entry.type,
    gross_amount_money: money(amount, currency),
    fee_amount_money: money(fee, currency),
    net_amount_money: money(amount - fee, currency),
    [ENTRY_DETAILS[entry.type]]: entry.details,
  };
}

export function presentEvidence(evidence: Evidence): object {
  return {
    id: evidence.id,
    evidence_id: evidence.id,
    dispute_id: evidence.disputeId,
    evidence_text: evidence.text,
    evidence_type: evidence.type,
    uploaded_at: at(evidence.uploadedMs),
  };
}

export function presentLocation(location: Location, merchantId: string, openedMs: number): object {
  return {
    id: location.id,
    name: location.name,
    address: { country: location.country },
    timezone: location.timezone,
    capabilities: location.takesCards
      ? ['CREDIT_CARD_PROCESSING', 'AUTOMATIC_TRANSFERS']
      : ['AUTOMATIC_TRANSFERS'],
    status: 'ACTIVE',
    created_at: at(openedMs),
    merchant_id: merchantId,
    country: location.country,
    language_code: location.language,
    currency: location.currency,
    business_name: 'Sandbox Shop',
    type: 'PHYSICAL',
  };
}
