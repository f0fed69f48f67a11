import type { PaymentStatus } from './payment.ts';
import type { GatewayError } from './outcome.ts';
import type { Decline } from './report.ts';

/**
 * What an attempt asks of the gateway. `create` with a payment method also confirms; `complete` charges what the customer
 * has agreed to, where the gateway waits for us to ask for it.
 */
export type AttemptOperation = 'create' | 'confirm' | 'complete' | 'capture' | 'cancel';

/**
 * How an attempt ended. `canceled` is an attempt that waited for its customer until the payment was given up.
 * Without an outcome the call has not come back yet; `unknown` says that it never will.
 */
export type AttemptOutcome =
  | 'succeeded'
  | 'requires_action'
  | 'declined'
  | 'refused'
  | 'unknown'
  | 'canceled';

/** One call that may move money, written down before it is made. */
export interface Attempt {
  id: string;
  paymentId: string;
  operation: AttemptOperation;
  /** Counts the attempts made for one idempotency key, from 1. */
  ordinal: number;
  gateway: string;
  /** The key that the gateway gets: the same for every repetition of this attempt. */
  gatewayKey: string;
  /** All that the call needs beside the payment's fixed fields, so that it can be repeated to the letter. */
  request: AttemptRequest;
  /** Where the payment stood before, and returns to if nothing happened. */
  statusBefore: PaymentStatus;
  outcome: AttemptOutcome | null;
  error: Decline | GatewayError | null;
  createdAt: Date;
}

/** The attempt's own parameters; amounts are decimal digits of minor units, since JSON has no bigint. */
export interface AttemptRequest {
  paymentMethod?: string;
  offSession?: boolean;
  returnUrl?: string;
  /** Our id of the saved method that is charged; `paymentMethod` is the gateway's for it. */
  savedMethodId?: string;
  /** The customer as this gateway knows it. */
  gatewayCustomerId?: string;
  /** Whether the gateway shall keep the payment method for the customer. */
  savePaymentMethod?: boolean;
  captureAmount?: string;
  cancelReason?: 'requested_by_customer' | 'abandoned' | 'duplicate' | 'fraudulent';
  /** The payment is given up for good: once canceled at the gateway it is `failed`, not `canceled`. */
  expire?: boolean;
  /** The gateway's object that the payment leaves behind, so that it can be paid at another gateway. */
  leaves?: string;
}
