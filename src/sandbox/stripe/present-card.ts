import type { TestCard } from './cards.ts';
import type { BillingDetails, Charge, PaymentIntent, PaymentMethod } from './model.ts';

/** A payment method as the API answers it. */
export function presentPaymentMethod(method: PaymentMethod): object {
  const { card } = method;
  return {
    id: method.id,
    object: 'payment_method',
    billing_details: presentBilling(method.billing),
    card: {
      brand: card.brand,
      checks: presentChecks(card),
      country: card.country,
      exp_month: method.expMonth,
      exp_year: method.expYear,
      fingerprint: card.fingerprint,
      funding: card.funding,
      generated_from: null,
      last4: card.number.slice(-4),
      networks: { available: [card.brand], preferred: null },
      three_d_secure_usage: { supported: true },
      wallet: null,
    },
    created: method.created,
    customer: method.customer === 'detached' ? null : method.customer,
    livemode: false,
    metadata: method.metadata,
    type: 'card',
  };
}

/** The `payment_method_details` of a charge: the card as it was charged. */
export function presentCardDetails(charge: Charge): object {
  const { card, expMonth, expYear } = charge.paymentMethod;
  const details = {
    brand: card.brand,
    checks: presentChecks(card),
    country: card.country,
    exp_month: expMonth,
    exp_year: expYear,
    fingerprint: card.fingerprint,
    funding: card.funding,
    installments: null,
    last4: card.number.slice(-4),
    mandate: null,
    network: card.brand,
    network_token: { used: false },
    three_d_secure: charge.isAuthenticated
      ? {
          authentication_flow: 'challenge',
          result: 'authenticated',
          result_reason: null,
          version: '2.2.0',
        }
      : null,
    wallet: null,
  };
  const { captureBefore } = charge;
  return {
    card: captureBefore === null ? details : { ...details, capture_before: captureBefore },
    type: 'card',
  };
}

/** Billing details, which are null in every part that the caller did not give. */
export function presentBilling(billing: BillingDetails): object {
  const { address, email, name, phone } = billing;
  return { address, email, name, phone };
}

function presentChecks(card: TestCard): object {
  return {
    address_line1_check: card.checks.line1,
    address_postal_code_check: card.checks.postalCode,
    cvc_check: card.checks.cvc,
  };
}

/** What the network, or Stripe before it, made of a charge. */
export function presentOutcome(charge: Charge): object {
  const { decline } = charge;
  const risk = { risk_level: 'normal', risk_score: 20 };
  if (decline === null) {
    return {
      network_status: 'approved_by_network',
      reason: null,
      ...risk,
      seller_message: 'Payment complete.',
      type: 'authorized',
    };
  }
  if (decline.by === 'stripe') {
    return {
      network_status: 'not_sent_to_network',
      reason: 'highest_risk_level',
      risk_level: 'highest',
      risk_score: 90,
      seller_message: 'Stripe blocked this payment as too risky.',
      type: 'blocked',
    };
  }
  return {
    network_status: 'declined_by_network',
    reason: decline.declineCode,
    ...risk,
    seller_message: 'The bank did not return any further details with this decline.',
    type: 'issuer_declined',
  };
}

/** `payment_method_options.card` of an intent. */
export function presentCardOptions({ cardOptions }: PaymentIntent): object {
  const { requestThreeDSecure } = cardOptions;
  return {
    ...(cardOptions.captureMethod === null ? {} : { capture_method: cardOptions.captureMethod }),
    installments: null,
    mandate_options: null,
    network: cardOptions.network,
    // This version of the API calls `challenge_only` what requests call `challenge`.
    request_three_d_secure:
      requestThreeDSecure === 'challenge' ? 'challenge_only' : requestThreeDSecure,
    ...(cardOptions.setupFutureUsage === null
      ? {}
      : { setup_future_usage: cardOptions.setupFutureUsage }),
  };
}
