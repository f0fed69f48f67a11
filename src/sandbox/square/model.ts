import type { SquareError } from './errors.ts';
import type { SourceCard } from './test-sources.ts';

/** What the sandbox holds. Amounts are minor units of the currency beside them. */

/** An object of the account; `created` is in seconds, and the times in ms carry the same clock. */
type Dated = { readonly id: string; readonly created: number; readonly createdMs: number };

export type Address = Readonly<Record<string, string>>;

export type LocationFee = { perMille: bigint; fixed: bigint };

/** A place of business; it takes one currency only. */
export type Location = {
  readonly id: string;
  readonly name: string;
  readonly currency: string;
  readonly country: string;
  readonly language: string;
  readonly timezone: string;
  /** Whether it may charge cards. */
  readonly takesCards: boolean;
  /** Whether an approved payment's amount can be changed: not in Japan. */
  readonly editsAmounts: boolean;
  readonly fee: LocationFee;
};

export type PaymentStatus = 'APPROVED' | 'COMPLETED' | 'CANCELED' | 'FAILED';

export type DelayAction = 'CANCEL' | 'COMPLETE';

export type Payment = Dated & {
  updatedMs: number;
  readonly location: Location;
  readonly currency: string;
  /** What is to be taken. */
  amount: bigint;
  /** What the issuer holds for it; 0 for a payment that failed. */
  approved: bigint;
  status: PaymentStatus;
  readonly card: SourceCard;
  /** The card on file that was charged; null for a nonce. */
  readonly cardId: string | null;
  readonly errors: readonly SquareError[];
  readonly delayDuration: string;
  readonly delayedUntilMs: number;
  delayAction: DelayAction;
  readonly customerId: string | null;
  readonly referenceId: string | null;
  readonly note: string | null;
  readonly statementDescription: string | null;
  readonly buyerEmail: string | null;
  readonly billingAddress: Address | null;
  readonly shippingAddress: Address | null;
  readonly orderId: string;
  readonly authResult: string;
  versionToken: string;
  capturedMs: number | null;
  voidedMs: number | null;
  /** Whether it was canceled because nobody completed it in time. */
  isExpired: boolean;
  /** What Square keeps; null until it has been assessed. */
  fee: bigint | null;
  feeMs: number | null;
  readonly refunds: Refund[];
  /** The latest dispute. */
  dispute: Dispute | null;
  /** Whether its card has been put on file from it. */
  isCardStored: boolean;
};

export type RefundStatus = 'PENDING' | 'COMPLETED' | 'REJECTED' | 'FAILED';

export type Refund = Dated & {
  updatedMs: number;
  readonly payment: Payment;
  readonly amount: bigint;
  readonly reason: string | null;
  readonly orderId: string;
  status: RefundStatus;
};

export type StoredCard = Dated & {
  readonly card: SourceCard;
  readonly customerId: string;
  readonly cardholderName: string | null;
  readonly billingAddress: Address | null;
  readonly referenceId: string | null;
  isEnabled: boolean;
  version: number;
};

export type CustomerField =
  | 'given_name'
  | 'family_name'
  | 'company_name'
  | 'nickname'
  | 'email_address'
  | 'phone_number'
  | 'reference_id'
  | 'note'
  | 'birthday';

export type Customer = Dated & {
  updatedMs: number;
  fields: Partial<Record<CustomerField, string>>;
  address: Address | null;
  version: number;
};

export type DisputeState = 'EVIDENCE_REQUIRED' | 'PROCESSING' | 'WON' | 'LOST' | 'ACCEPTED';

export type Dispute = Dated & {
  updatedMs: number;
  readonly payment: Payment;
  readonly amount: bigint;
  readonly reason: string;
  readonly brandId: string;
  readonly dueMs: number;
  state: DisputeState;
  version: number;
  readonly evidence: Evidence[];
};

export type Evidence = {
  readonly id: string;
  readonly disputeId: string;
  readonly type: string;
  readonly text: string;
  readonly uploadedMs: number;
};

/** What went to the seller's bank account at once, and what it consists of. */
export type Payout = Dated & {
  readonly location: Location;
  readonly amount: bigint;
  readonly entries: readonly PayoutEntry[];
};

/** One movement within a payout; what leaves the account is negative. */
export type PayoutEntry = Dated & {
  /** By which it is known that this was paid out. */
  readonly key: string;
  readonly type: 'CHARGE' | 'REFUND' | 'DISPUTE';
  readonly amount: bigint;
  readonly fee: bigint;
  readonly currency: string;
  /** The ids of what it is about, by the names that Square has for them. */
  readonly details: { payment_id: string; refund_id?: string; dispute_id?: string };
};

/** A notification as it goes out: the object is presented when the event happens, not when it is sent. */
export type SquareEvent = { readonly id: string; readonly type: string; readonly body: object };
