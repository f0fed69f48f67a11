import type { Currency } from './currency.ts';

/** The normalised reasons for which an issuer or a gateway declines. The gateway's own code is always kept beside it. */
export const DECLINE_CODES = [
  'card_declined',
  'insufficient_funds',
  'expired_card',
  'incorrect_cvc',
  'incorrect_number',
  'incorrect_postal_code',
  'authentication_required',
  'authentication_failed',
  'fraud_suspected',
  'lost_or_stolen_card',
  'limit_exceeded',
  'card_not_supported',
  'currency_not_supported',
  'amount_not_allowed',
  'duplicate_transaction',
  'processing_error',
  'payment_method_not_usable',
  'capture_expired',
] as const;

export type DeclineCode = (typeof DECLINE_CODES)[number];

/** Why the issuer or the gateway said no. Nothing moved. */
export interface Decline {
  code: DeclineCode;
  /** The gateway's own code, for the people who look it up in the gateway's documentation. */
  gatewayCode: string;
  /** The gateway's words, fit for an operator; never shown to a customer as they are. */
  message: string;
}

/** What the customer has to do before the payment can go on. */
export type CustomerAction =
  | { type: 'redirect_to_url'; url: string }
  | { type: 'use_gateway_sdk'; data: Record<string, unknown> };

/** Which method was charged, in the little that may be shown. */
export interface PaymentMethodSummary {
  type: string;
  brand: string | null;
  last4: string | null;
}

/** A payment method that the gateway keeps for a customer, so that it can be charged again. */
export interface SavedMethodReport {
  gatewayMethodId: string;
  type: string;
  brand: string | null;
  last4: string | null;
  /** From 1 to 12. */
  expiryMonth: number | null;
  expiryYear: number | null;
}

/** Our own ids, as far as the gateway's object has room for them. */
export type Reference =
  | { paymentId: string; attemptId: string | null }
  | { paymentId: null; attemptId: string };

/** What a gateway says that it keeps: minor units of `currency`, not negative. */
export interface FeeReport {
  amount: bigint;
  /** Of the payment, or else the one in which the gateway settles. */
  currency: Currency;
}

/** A gateway's word on one payment, in our terms, as it was at one moment. */
export interface PaymentReport {
  gatewayPaymentId: string;
  status:
    | 'requires_payment_method'
    | 'requires_action'
    /** The customer has agreed, and nothing is charged until we ask for it. */
    | 'requires_completion'
    | 'processing'
    | 'requires_capture'
    | 'succeeded'
    | 'canceled'
    /** This object has come to its end without taking anything; the payment needs another one. */
    | 'declined';
  amount: bigint;
  currency: Currency;
  amountCapturable: bigint;
  amountCaptured: bigint;
  /** Until when an authorization can be captured, where the gateway tells. */
  captureBefore: Date | null;
  /** With this a browser may confirm the payment through the gateway's own script. */
  clientSecret: string | null;
  action: CustomerAction | null;
  /** The last decline, where the payment waits for another payment method because of one. */
  decline: Decline | null;
  paymentMethod: PaymentMethodSummary | null;
  /** The method as the gateway keeps it from now on, where the payment was to save it. */
  savedMethod: SavedMethodReport | null;
  /** What the gateway keeps of what was captured, once it knows. */
  fee: FeeReport | null;
  reference: Reference | null;
}

/** A gateway's word on one refund, in our terms. */
export interface RefundReport {
  gatewayRefundId: string;
  gatewayPaymentId: string;
  status: 'pending' | 'succeeded' | 'failed';
  amount: bigint;
  currency: Currency;
  /** The gateway's reason, where the refund failed. */
  failureCode: string | null;
  /** What the gateway gives back of its fee, where it tells. */
  feeReturned: FeeReport | null;
  /** Our refund's id, where the refund was made by us. */
  refundId: string | null;
  /** Our payment's id, where the gateway's object carries it. */
  paymentId: string | null;
}

export const DISPUTE_STATUSES = [
  'needs_response',
  'under_review',
  'won',
  'lost',
  /** Settled without a decision: accepted, withdrawn, or an inquiry that came to nothing. */
  'closed',
] as const;

export type DisputeStatus = (typeof DISPUTE_STATUSES)[number];

export const DISPUTE_REASONS = [
  'fraudulent',
  'not_received',
  'not_as_described',
  'duplicate',
  'credit_not_processed',
  'incorrect_amount',
  'subscription_canceled',
  'unrecognized',
  'general',
] as const;

export type DisputeReason = (typeof DISPUTE_REASONS)[number];

/** A gateway's word on one dispute, in our terms. */
export interface DisputeReport {
  gatewayDisputeId: string;
  /** `null` where the gateway names the payment by another of its ids; then the reference tells. */
  gatewayPaymentId: string | null;
  reference: Reference | null;
  status: DisputeStatus;
  amount: bigint;
  currency: Currency;
  /** How much of it the customer has got back for good, in minor units: all of a lost one, as a rule. */
  amountLost: bigint;
  /** What the gateway takes for the dispute itself, where it tells. */
  fee: FeeReport | null;
  reason: DisputeReason;
  /** The gateway's own code, for the people who look it up. */
  gatewayReason: string;
  /** Until when evidence can be handed in. */
  evidenceDueBy: Date | null;
  openedAt: Date;
}
