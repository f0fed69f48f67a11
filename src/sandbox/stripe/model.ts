import type { Decline, TestCard } from './cards.ts';

/** What the sandbox holds. Amounts are minor units of the currency beside them; times are seconds. */

export type Metadata = Record<string, string>;

export type IntentStatus =
  | 'requires_payment_method'
  | 'requires_confirmation'
  | 'requires_action'
  | 'requires_capture'
  | 'succeeded'
  | 'canceled';

export type CaptureMethod = 'automatic' | 'automatic_async' | 'manual';

export type CancellationReason =
  | 'abandoned'
  | 'automatic'
  | 'duplicate'
  | 'fraudulent'
  | 'requested_by_customer';

/** Why the last attempt to pay failed; null as charge when none was made. */
export type PaymentFailure = {
  type: 'card_error' | 'invalid_request_error';
  code: string;
  declineCode: string | null;
  message: string;
  charge: Charge | null;
  paymentMethod: PaymentMethod;
};

/** What the customer has to do, and where to go afterwards. */
export type Challenge = { kind: 'redirect' | 'script'; returnUrl: string | null };

export type CardOptions = {
  network: string | null;
  requestThreeDSecure: 'any' | 'automatic' | 'challenge';
  setupFutureUsage: 'none' | 'off_session' | 'on_session' | null;
  captureMethod: 'manual' | null;
};

export type PaymentMethod = {
  readonly id: string;
  readonly created: number;
  readonly card: TestCard;
  readonly metadata: Metadata;
  readonly billing: BillingDetails;
  readonly expMonth: number;
  readonly expYear: number;
  /** Whether its customer agreed to payments in their absence. */
  isSetUp: boolean;
  /** Whose it is; `detached` once it was taken away, after which nobody can use it. */
  customer: string | null;
};

export type Customer = {
  readonly id: string;
  readonly created: number;
  description: string | null;
  email: string | null;
  name: string | null;
  metadata: Metadata;
  isDeleted: boolean;
};

export type SetupIntent = {
  readonly id: string;
  readonly clientSecret: string;
  readonly created: number;
  readonly customer: string | null;
  readonly usage: 'off_session' | 'on_session';
  readonly metadata: Metadata;
  /** Where the customer is sent after authenticating; without it Stripe's own script asks them. */
  readonly returnUrl: string | null;
  /** Whether the customer failed to authenticate. */
  hasFailed: boolean;
  paymentMethod: PaymentMethod | null;
  status: 'requires_payment_method' | 'requires_confirmation' | 'requires_action' | 'succeeded';
};

export type Dispute = {
  readonly id: string;
  readonly created: number;
  readonly dueBy: number;
  readonly charge: Charge;
  readonly amount: bigint;
  readonly reason: string;
  status: 'needs_response' | 'won' | 'lost';
  /** What was withdrawn, and what was given back. */
  readonly balanceTransactions: BalanceTransaction[];
};

export type BillingDetails = {
  address: Record<AddressLine, string | null>;
  email: string | null;
  name: string | null;
  phone: string | null;
};

export type AddressLine = 'city' | 'country' | 'line1' | 'line2' | 'postal_code' | 'state';

export type PaymentIntent = {
  readonly id: string;
  readonly clientSecret: string;
  readonly created: number;
  amount: bigint;
  currency: string;
  status: IntentStatus;
  captureMethod: CaptureMethod;
  readonly confirmationMethod: 'automatic' | 'manual';
  /** Null when the caller named the payment method types itself. */
  readonly automaticPaymentMethods: { allowRedirects: 'always' | 'never' } | null;
  paymentMethodTypes: string[];
  cardOptions: CardOptions;
  customer: string | null;
  description: string | null;
  receiptEmail: string | null;
  statementDescriptor: string | null;
  statementDescriptorSuffix: string | null;
  setupFutureUsage: 'off_session' | 'on_session' | null;
  transferGroup: string | null;
  metadata: Metadata;
  paymentMethod: PaymentMethod | null;
  /** Whether the customer passed the challenge of a payment that is confirmed by hand. */
  isAuthenticated: boolean;
  /** The latest challenge; it is open while the status is `requires_action`. */
  challenge: Challenge | null;
  lastFailure: PaymentFailure | null;
  latestCharge: Charge | null;
  /** Every charge that was tried, the latest one last. */
  readonly charges: Charge[];
  canceledAt: number | null;
  cancellationReason: CancellationReason | null;
};

export type Charge = {
  readonly id: string;
  readonly created: number;
  readonly intent: PaymentIntent;
  readonly amount: bigint;
  readonly currency: string;
  readonly paymentMethod: PaymentMethod;
  readonly customer: string | null;
  readonly description: string | null;
  readonly metadata: Metadata;
  readonly statementDescriptorSuffix: string | null;
  readonly receiptEmail: string | null;
  readonly transferGroup: string | null;
  /** Whether the customer authenticated for this charge. */
  readonly isAuthenticated: boolean;
  readonly decline: Decline | null;
  /** When an uncaptured charge lets go of the money; null for one that is captured at once. */
  readonly captureBefore: number | null;
  isCaptured: boolean;
  amountCaptured: bigint;
  /**
   * As at Stripe, this counts what was authorised and let go uncaptured as well as what was paid
   * back: letting go is a refund there.
   */
  amountRefunded: bigint;
  balanceTransaction: BalanceTransaction | null;
  refunds: Refund[];
  dispute: Dispute | null;
};

export type RefundStatus = 'pending' | 'succeeded' | 'failed';

export type RefundReason =
  | 'duplicate'
  | 'expired_uncaptured_charge'
  | 'fraudulent'
  | 'requested_by_customer';

export type Refund = {
  readonly id: string;
  readonly created: number;
  readonly charge: Charge;
  readonly amount: bigint;
  readonly reason: RefundReason | null;
  /** Whether it lets go of money that was never captured, instead of paying money back. */
  readonly isRelease: boolean;
  metadata: Metadata;
  status: RefundStatus;
  balanceTransaction: BalanceTransaction | null;
  failureBalanceTransaction: BalanceTransaction | null;
};

export type BalanceTransaction = {
  readonly id: string;
  readonly created: number;
  readonly availableOn: number;
  readonly type: 'charge' | 'refund' | 'refund_failure' | 'adjustment' | 'payout';
  readonly amount: bigint;
  readonly fee: bigint;
  readonly currency: string;
  readonly description: string | null;
  readonly source: Charge | Refund | Dispute | Payout;
  /** With which payout it went to the bank; null before that, and for the payout itself. */
  payout: Payout | null;
};

/** What went to the seller's bank account at once. */
export type Payout = {
  readonly id: string;
  readonly created: number;
  readonly amount: bigint;
  readonly currency: string;
  readonly isPayout: true;
};

/**
 * An event with its object as it was at that moment: presented, not kept, so that nothing that
 * happens later can change it.
 */
export type StripeEvent = {
  readonly id: string;
  readonly created: number;
  readonly type: string;
  readonly object: object;
  readonly request: { id: string | null; idempotencyKey: string | null };
  pendingWebhooks: number;
};
