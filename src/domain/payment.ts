import type { PaymentRouting } from './payment-routing.ts';
import type { Currency } from './currency.ts';
import type { FeeTerms } from './fee.ts';
import type { CustomerAction, Decline, PaymentMethodSummary, SavedMethodReport } from './report.ts';

/** A payment as Tender knows it. Amounts are minor units of `currency`. */
export interface Payment {
  id: string;
  status: PaymentStatus;
  amount: bigint;
  currency: Currency;
  captureMethod: 'automatic' | 'manual';
  amountCapturable: bigint;
  amountCaptured: bigint;
  amountRefunded: bigint;
  /** Reserved for refunds whose end is not known yet. */
  amountRefundPending: bigint;
  /** Under disputes that are open: it may be lost, so it is not refunded as well. */
  amountDisputed: bigint;
  amountDisputedLost: bigint;
  /** Whether a dispute is open. */
  disputed: boolean;
  /** Until when an authorization can be captured. */
  captureBefore: Date | null;
  gateway: string;
  /** The gateway's object; `null` until the gateway has told us its id. */
  gatewayPaymentId: string | null;
  clientSecret: string | null;
  nextAction: CustomerAction | null;
  lastError: PaymentError | null;
  /** The attempt whose outcome is not known yet; only one can be under way. */
  pendingAttemptId: string | null;
  paymentMethod: PaymentMethodSummary | null;
  /** The customer has agreed; the worker asks the gateway to charge. */
  awaitsCompletion: boolean;
  customerId: string | null;
  /** Whether the payment method is to be kept for the customer. */
  savePaymentMethod: boolean;
  /** What the gateway keeps, once it does. */
  savedMethod: SavedMethodReport | null;
  orderId: string | null;
  description: string | null;
  statementDescriptor: string | null;
  returnUrl: string | null;
  metadata: Record<string, string>;
  /** Why it goes to its gateway; `null` where that was not written down. */
  routing: PaymentRouting | null;
  /** What was agreed with its gateway when the payment was sent there; a later change does not touch it. */
  feeTerms: FeeTerms | null;
  /** What the gateway kept, in minor units of `feeCurrency`; `null` until it has told. */
  feeActual: bigint | null;
  /** In which currency the gateway tells its fees; `null` while it has told none. */
  feeCurrency: Currency | null;
  /** What the gateway gave back of its fee with refunds. */
  feeReturned: bigint;
  /** What the gateway took for disputes, beside the disputed money. */
  feeDisputes: bigint;
  createdAt: Date;
  updatedAt: Date;
  /** Counts the changes; each change names the version that it was computed from. */
  version: number;
}

/** Why the last try came to nothing: a decline, a refusal, the end of our patience, or an operator's decision. */
export type PaymentError = Omit<Decline, 'code'> & {
  code: Decline['code'] | 'refused' | 'expired' | 'not_charged';
};

export const PAYMENT_STATUSES = [
  'requires_payment_method',
  'requires_action',
  'processing',
  'requires_capture',
  'succeeded',
  'canceled',
  'failed',
] as const;

export type PaymentStatus = (typeof PAYMENT_STATUSES)[number];

/**
 * Where a payment may go from where it is. Everything that changes a status asks this table.
 *
 * `processing` is also where a payment waits whose gateway has not told what became of a call, so a capture that may
 * have happened leads from `requires_capture` there and back.
 */
const TRANSITIONS: Readonly<Record<PaymentStatus, readonly PaymentStatus[]>> = {
  requires_payment_method: [
    'requires_action',
    'processing',
    'requires_capture',
    'succeeded',
    'canceled',
    'failed',
  ],
  requires_action: [
    'requires_payment_method',
    'processing',
    'requires_capture',
    'succeeded',
    'canceled',
    'failed',
  ],
  processing: [
    'requires_payment_method',
    'requires_action',
    'requires_capture',
    'succeeded',
    'canceled',
    'failed',
  ],
  requires_capture: ['processing', 'succeeded', 'canceled'],
  succeeded: [],
  canceled: [],
  failed: [],
};

/** Whether the table allows a payment to go from one status to the other; staying is always allowed. */
export function mayBecome(from: PaymentStatus, to: PaymentStatus): boolean {
  return from === to || TRANSITIONS[from].includes(to);
}

/** Whether nothing can follow this status. */
export function isFinal(status: PaymentStatus): boolean {
  return TRANSITIONS[status].length === 0;
}

/**
 * What can still be refunded, in minor units: captured, less what was refunded, is being refunded, is disputed, or was
 * lost in disputes. Never negative, also where a gateway reported more refunds than were captured.
 */
export function refundableAmount(payment: Payment): bigint {
  const left =
    payment.amountCaptured -
    payment.amountRefunded -
    payment.amountRefundPending -
    payment.amountDisputed -
    payment.amountDisputedLost;
  return left > 0n ? left : 0n;
}
