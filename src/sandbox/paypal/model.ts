import type { Money } from './currencies.ts';

/** What the sandbox holds. Amounts are minor units; times are seconds since the epoch. */

export type Intent = 'CAPTURE' | 'AUTHORIZE';

export type OrderStatus = 'CREATED' | 'PAYER_ACTION_REQUIRED' | 'APPROVED' | 'COMPLETED';

/** Where the buyer is sent after the hosted page. */
export type Experience = { returnUrl: string | null; cancelUrl: string | null };

/** The wish to keep the buyer's wallet for later, and whose it is to be. */
export type VaultInstruction = {
  customer: string | null;
  usageType: string;
  description: string | null;
};

/** How an order is paid: not said, by a wallet that approves it, or by one that was saved. */
export type OrderSource =
  | { kind: 'open' }
  | { kind: 'wallet'; vault: VaultInstruction | null }
  | { kind: 'vaulted'; token: PaymentToken };

/** What the buyer's funding does when it is charged. */
export type Instrument = 'good' | 'declining';

export type PurchaseUnit = {
  referenceId: string;
  amount: bigint;
  currency: string;
  description: string | null;
  customId: string | null;
  invoiceId: string | null;
  softDescriptor: string | null;
};

export type Order = {
  readonly id: string;
  readonly created: number;
  updated: number;
  readonly intent: Intent;
  readonly unit: PurchaseUnit;
  source: OrderSource;
  experience: Experience;
  status: OrderStatus;
  /** When an order that was not paid by then is forgotten. */
  expiresAt: number;
  /** What the buyer approved with; null before that. */
  instrument: Instrument | null;
  /** The wallet that was saved with the payment, and whether it may be told of yet. */
  vaulted: { token: PaymentToken; isTold: boolean } | null;
  readonly authorizations: Authorization[];
  /** Every capture, those of authorizations included. */
  readonly captures: Capture[];
};

export type AuthorizationStatus = 'CREATED' | 'CAPTURED' | 'PARTIALLY_CAPTURED' | 'VOIDED';

export type Authorization = {
  readonly id: string;
  readonly created: number;
  updated: number;
  readonly order: Order;
  readonly amount: bigint;
  readonly currency: string;
  status: AuthorizationStatus;
  /** When it lapses; the honour period, in which funds are held for sure, is shorter. */
  readonly expiresAt: number;
  readonly honoredUntil: number;
  hasExpired: boolean;
  /** What was taken of it, including what is pending. */
  captured: bigint;
  /** What was let go of. */
  released: bigint;
  /** The authorization that this one renews, or that renews this one. */
  readonly parent: Authorization | null;
  renewal: Authorization | null;
};

export type CaptureStatus =
  | 'COMPLETED'
  | 'DECLINED'
  | 'PENDING'
  | 'PARTIALLY_REFUNDED'
  | 'REFUNDED';

export type Capture = {
  readonly id: string;
  readonly created: number;
  updated: number;
  readonly order: Order;
  readonly authorization: Authorization | null;
  readonly amount: bigint;
  readonly currency: string;
  readonly isFinal: boolean;
  readonly customId: string | null;
  readonly invoiceId: string | null;
  status: CaptureStatus;
  readonly refunds: Refund[];
  readonly disputes: Dispute[];
};

export type RefundStatus = 'PENDING' | 'COMPLETED' | 'FAILED';

export type Refund = {
  readonly id: string;
  readonly created: number;
  updated: number;
  readonly capture: Capture;
  readonly amount: bigint;
  readonly customId: string | null;
  readonly invoiceId: string | null;
  readonly noteToPayer: string | null;
  status: RefundStatus;
  /** What had been refunded of the capture, this refund included, when it was made. */
  readonly totalRefunded: bigint;
};

export type SetupTokenStatus = 'CREATED' | 'PAYER_ACTION_REQUIRED' | 'APPROVED' | 'VAULTED';

export type SetupToken = {
  readonly id: string;
  readonly created: number;
  readonly customer: string;
  readonly usageType: string | null;
  readonly description: string | null;
  readonly experience: Experience;
  readonly expiresAt: number;
  status: SetupTokenStatus;
  instrument: Instrument | null;
};

export type PaymentToken = {
  readonly id: string;
  readonly created: number;
  readonly customer: string;
  readonly usageType: string | null;
  readonly description: string | null;
  readonly instrument: Instrument;
  /** The order with whose payment it was saved, if it was. */
  readonly order: string | null;
  isDeleted: boolean;
};

export type DisputeOutcome = 'RESOLVED_SELLER_FAVOUR' | 'RESOLVED_BUYER_FAVOUR' | 'ACCEPTED';

export type Dispute = {
  readonly id: string;
  readonly created: number;
  updated: number;
  readonly capture: Capture;
  readonly amount: bigint;
  readonly reason: string;
  readonly respondBy: number;
  outcome: DisputeOutcome | null;
};

/** What the shop took from its account to its bank. */
export type Withdrawal = {
  readonly id: string;
  readonly created: number;
  readonly amount: bigint;
  readonly currency: string;
};

/** What is captured of an order or held for it, as one charge: the books go by its id. */
export function chargeIdOf(capture: Capture): string {
  return capture.authorization?.id ?? capture.id;
}

/** The money of anything that has an amount and a currency. */
export function moneyOf(thing: { amount: bigint; currency: string }): Money {
  return { amount: thing.amount, currency: thing.currency };
}
