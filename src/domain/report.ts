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

/** The names under which a gateway's object carries our own ids. */
export interface Reference {
  paymentId: string;
  attemptId: string | null;
}

/** A gateway's word on one payment, in our terms, as it was at one moment. */
export interface PaymentReport {
  gatewayPaymentId: string;
  status:
    | 'requires_payment_method'
    | 'requires_action'
    | 'processing'
    | 'requires_capture'
    | 'succeeded'
    | 'canceled';
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
  /** Our refund's id, where the refund was made by us. */
  refundId: string | null;
  /** Our payment's id, where the gateway's object carries it. */
  paymentId: string | null;
}
