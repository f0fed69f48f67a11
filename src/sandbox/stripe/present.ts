import { documentation } from './errors.ts';
import type { Expansion } from './expand.ts';
import type {
  BalanceTransaction,
  Charge,
  Dispute,
  PaymentFailure,
  PaymentIntent,
  Payout,
  Refund,
  StripeEvent,
} from './model.ts';
import {
  presentBilling,
  presentCardDetails,
  presentCardOptions,
  presentOutcome,
  presentPaymentMethod,
} from './present-card.ts';

/**
 * How objects look in answers and events. Intents, charges, refunds, disputes and balance
 * transactions name each other and can be expanded into each other, so they stand together.
 */
export type View = { expand: Expansion; nowSeconds: number; baseUrl: string };

/** The version of Stripe's API whose shapes these are. */
export const API_VERSION = '2023-08-16';

const inside = (view: View, expand: Expansion): View => ({ ...view, expand });

export function presentIntent(intent: PaymentIntent, view: View): object {
  const { expand } = view;
  const { latestCharge, paymentMethod, automaticPaymentMethods } = intent;
  return {
    id: intent.id,
    object: 'payment_intent',
    amount: Number(intent.amount),
    amount_capturable: intent.status === 'requires_capture' ? Number(intent.amount) : 0,
    amount_details: { tip: {} },
    amount_received: Number(latestCharge?.amountCaptured ?? 0n),
    application: null,
    application_fee_amount: null,
    automatic_payment_methods:
      automaticPaymentMethods === null
        ? null
        : { allow_redirects: automaticPaymentMethods.allowRedirects, enabled: true },
    canceled_at: intent.canceledAt,
    cancellation_reason: intent.cancellationReason,
    capture_method: intent.captureMethod,
    client_secret: intent.clientSecret,
    confirmation_method: intent.confirmationMethod,
    created: intent.created,
    currency: intent.currency,
    customer: intent.customer,
    description: intent.description,
    invoice: null,
    last_payment_error: intent.lastFailure && presentFailure(intent.lastFailure),
    latest_charge:
      latestCharge !== null && expand['latest_charge'] !== undefined
        ? presentCharge(latestCharge, inside(view, expand['latest_charge']))
        : (latestCharge?.id ?? null),
    livemode: false,
    metadata: intent.metadata,
    next_action: presentNextAction(intent, view.baseUrl),
    on_behalf_of: null,
    payment_method:
      paymentMethod !== null && expand['payment_method'] !== undefined
        ? presentPaymentMethod(paymentMethod)
        : (paymentMethod?.id ?? null),
    payment_method_options: { card: presentCardOptions(intent) },
    payment_method_types: intent.paymentMethodTypes,
    processing: null,
    receipt_email: intent.receiptEmail,
    review: null,
    setup_future_usage: intent.setupFutureUsage,
    shipping: null,
    statement_descriptor: intent.statementDescriptor,
    statement_descriptor_suffix: intent.statementDescriptorSuffix,
    status: intent.status,
    transfer_data: null,
    transfer_group: intent.transferGroup,
  };
}

export function presentCharge(charge: Charge, view: View): object {
  const { expand } = view;
  const { decline, intent, balanceTransaction } = charge;
  return {
    id: charge.id,
    object: 'charge',
    amount: Number(charge.amount),
    amount_captured: Number(charge.amountCaptured),
    amount_refunded: Number(charge.amountRefunded),
    application: null,
    application_fee: null,
    application_fee_amount: null,
    balance_transaction: reference(balanceTransaction, expand['balance_transaction'], view),
    billing_details: presentBilling(charge.paymentMethod.billing),
    calculated_statement_descriptor: statementText(charge.statementDescriptorSuffix),
    captured: charge.isCaptured,
    created: charge.created,
    currency: charge.currency,
    customer: charge.customer,
    description: charge.description,
    disputed: charge.dispute !== null,
    failure_balance_transaction: null,
    failure_code: decline?.code ?? null,
    failure_message: decline?.message ?? null,
    fraud_details: {},
    invoice: null,
    livemode: false,
    metadata: charge.metadata,
    on_behalf_of: null,
    outcome: presentOutcome(charge),
    paid: decline === null,
    payment_intent:
      expand['payment_intent'] === undefined
        ? intent.id
        : presentIntent(intent, inside(view, expand['payment_intent'])),
    payment_method: charge.paymentMethod.id,
    payment_method_details: presentCardDetails(charge),
    receipt_email: charge.receiptEmail,
    receipt_number: null,
    receipt_url: null,
    refunded: decline === null && charge.amountRefunded === charge.amount,
    ...(expand['refunds'] === undefined
      ? {}
      : { refunds: presentRefundsOf(charge, inside(view, expand['refunds']['data'] ?? {})) }),
    review: null,
    shipping: null,
    source_transfer: null,
    statement_descriptor: null,
    statement_descriptor_suffix: charge.statementDescriptorSuffix,
    status: decline === null ? 'succeeded' : 'failed',
    transfer_data: null,
    transfer_group: charge.transferGroup,
  };
}

export function presentRefund(refund: Refund, view: View): object {
  const { expand } = view;
  const { charge, failureBalanceTransaction: failure } = refund;
  return {
    id: refund.id,
    object: 'refund',
    amount: Number(refund.amount),
    balance_transaction: reference(refund.balanceTransaction, expand['balance_transaction'], view),
    charge:
      expand['charge'] === undefined
        ? charge.id
        : presentCharge(charge, inside(view, expand['charge'])),
    created: refund.created,
    currency: charge.currency,
    ...(failure === null
      ? {}
      : {
          failure_balance_transaction: reference(
            failure,
            expand['failure_balance_transaction'],
            view,
          ),
        }),
    ...(refund.status === 'failed' ? { failure_reason: 'lost_or_stolen_card' } : {}),
    metadata: refund.metadata,
    payment_intent:
      expand['payment_intent'] === undefined
        ? charge.intent.id
        : presentIntent(charge.intent, inside(view, expand['payment_intent'])),
    reason: refund.reason,
    receipt_number: null,
    source_transfer_reversal: null,
    status: refund.status,
    transfer_reversal: null,
  };
}

export function presentBalanceTransaction(transaction: BalanceTransaction, view: View): object {
  const { amount, fee, currency, source, type } = transaction;
  const expand = view.expand['source'];
  const presentSource = (): object => {
    const within = inside(view, expand ?? {});
    if ('isPayout' in source) return presentPayout(source, transaction.id);
    if (!('charge' in source)) return presentCharge(source, within);
    return 'isRelease' in source ? presentRefund(source, within) : presentDispute(source, within);
  };
  const feeDetail = {
    amount: Number(fee),
    application: null,
    currency,
    description: 'Stripe processing fees',
    type: 'stripe_fee',
  };
  return {
    id: transaction.id,
    object: 'balance_transaction',
    amount: Number(amount),
    available_on: transaction.availableOn,
    created: transaction.created,
    currency,
    description: transaction.description,
    exchange_rate: null,
    fee: Number(fee),
    fee_details: fee === 0n ? [] : [feeDetail],
    net: Number(amount - fee),
    reporting_category: reportingCategory(transaction),
    source: expand === undefined ? source.id : presentSource(),
    status: transaction.availableOn <= view.nowSeconds ? 'available' : 'pending',
    type,
  };
}

/** Of a payout this sandbox shows what its balance transaction is about, and has no calls of its own for it. */
function presentPayout(payout: Payout, balanceTransaction: string): object {
  const { id, amount, currency, created } = payout;
  return {
    id,
    object: 'payout',
    amount: Number(amount),
    arrival_date: created,
    automatic: true,
    balance_transaction: balanceTransaction,
    created,
    currency,
    description: 'STRIPE PAYOUT',
    destination: null,
    failure_balance_transaction: null,
    failure_code: null,
    failure_message: null,
    livemode: false,
    metadata: {},
    method: 'standard',
    original_payout: null,
    reconciliation_status: 'completed',
    reversed_by: null,
    source_type: 'card',
    statement_descriptor: null,
    status: 'paid',
    type: 'bank_account',
  };
}

/** Source: https://docs.stripe.com/reports/reporting-categories */
function reportingCategory({ type, amount }: BalanceTransaction): string {
  if (type !== 'adjustment') return type;
  return amount < 0n ? 'dispute' : 'dispute_reversal';
}

export function presentDispute(dispute: Dispute, view: View): object {
  const { charge } = dispute;
  const { expand } = view;
  const within = inside(view, expand['balance_transactions'] ?? {});
  return {
    id: dispute.id,
    object: 'dispute',
    amount: Number(dispute.amount),
    balance_transactions: dispute.balanceTransactions.map((transaction) =>
      presentBalanceTransaction(transaction, within),
    ),
    charge:
      expand['charge'] === undefined
        ? charge.id
        : presentCharge(charge, inside(view, expand['charge'])),
    created: dispute.created,
    currency: charge.currency,
    evidence: {},
    evidence_details: {
      due_by: dispute.dueBy,
      has_evidence: false,
      past_due: false,
      submission_count: 0,
    },
    is_charge_refundable: false,
    livemode: false,
    metadata: {},
    payment_intent:
      expand['payment_intent'] === undefined
        ? charge.intent.id
        : presentIntent(charge.intent, inside(view, expand['payment_intent'])),
    reason: dispute.reason,
    status: dispute.status,
  };
}

export function presentEvent(event: StripeEvent): object {
  return {
    id: event.id,
    object: 'event',
    api_version: API_VERSION,
    created: event.created,
    data: { object: event.object },
    livemode: false,
    pending_webhooks: event.pendingWebhooks,
    request: { id: event.request.id, idempotency_key: event.request.idempotencyKey },
    type: event.type,
  };
}

/** The part of an error that tells why a payment failed. */
export function presentFailure(failure: PaymentFailure) {
  return {
    ...(failure.charge === null ? {} : { charge: failure.charge.id }),
    code: failure.code,
    ...(failure.declineCode === null ? {} : { decline_code: failure.declineCode }),
    ...documentation(failure.code),
    message: failure.message,
    payment_method: presentPaymentMethod(failure.paymentMethod),
    type: failure.type,
  };
}

function reference(
  transaction: BalanceTransaction | null,
  expand: Expansion | undefined,
  view: View,
): string | object | null {
  if (transaction === null) return null;
  return expand === undefined
    ? transaction.id
    : presentBalanceTransaction(transaction, inside(view, expand));
}

function presentRefundsOf(charge: Charge, view: View): object {
  const newestFirst = charge.refunds.toReversed();
  return {
    object: 'list',
    data: newestFirst.map((refund) => presentRefund(refund, view)),
    has_more: false,
    url: `/v1/charges/${charge.id}/refunds`,
  };
}

function presentNextAction(intent: PaymentIntent, baseUrl: string): object | null {
  if (intent.status !== 'requires_action' || intent.challenge === null) return null;
  const url = `${baseUrl}/3ds/${intent.id}?client_secret=${intent.clientSecret}`;
  if (intent.challenge.kind === 'redirect') {
    return {
      redirect_to_url: { return_url: intent.challenge.returnUrl, url },
      type: 'redirect_to_url',
    };
  }
  return {
    type: 'use_stripe_sdk',
    use_stripe_sdk: { type: 'three_d_secure_redirect', stripe_js: url },
  };
}

function statementText(suffix: string | null): string {
  return suffix === null ? 'SANDBOX' : `SANDBOX* ${suffix}`.slice(0, 22);
}
