import { hash } from 'node:crypto';
import type { ErrorCode } from './errors.ts';

/** How an issuer or Square refuses a card; the status is that of the answer. */
export type Decline = { codes: readonly ErrorCode[]; status: 400 | 402 };

/** A card behind a nonce or on file, and how it behaves. */
export type SourceCard = {
  readonly brand: string;
  readonly last4: string;
  readonly bin: string;
  readonly fingerprint: string;
  readonly type: 'CREDIT' | 'DEBIT';
  readonly expMonth: number;
  readonly expYear: number;
  /** Why a payment with it is refused; null when it goes through. */
  readonly decline: Decline | null;
  /** Why it cannot be put on file; null when it can. */
  readonly storeDecline: Decline | null;
  /** Whether a payment needs a token of the buyer's verification. */
  readonly needsVerification: boolean;
  /** What a gift card still holds, in minor units; null for other cards. */
  readonly balance: bigint | null;
  /** How it behaves once it is on file, where that differs. */
  readonly onFile: SourceCard | null;
};

const card = (number: string, brand: string, differs: Partial<SourceCard> = {}): SourceCard => ({
  brand,
  last4: number.slice(-4),
  bin: number.slice(0, 6),
  fingerprint: `sq-1-${hash('sha256', number, 'base64url')}`,
  type: 'CREDIT',
  expMonth: 11,
  expYear: 2034,
  decline: null,
  storeDecline: null,
  needsVerification: false,
  balance: null,
  onFile: null,
  ...differs,
});

const VISA = '4111111111111111';

const visa = (differs: Partial<SourceCard> = {}): SourceCard => card(VISA, 'VISA', differs);

/** The issuer says no with a 402; what Square can tell by the data is a 400. */
const issuerSaysNo = (code: ErrorCode): Decline => ({ codes: [code], status: 402 });
const badData = (code: ErrorCode): Decline => ({ codes: [code], status: 400 });

const DECLINED = visa({
  decline: issuerSaysNo('GENERIC_DECLINE'),
  storeDecline: issuerSaysNo('CARD_DECLINED'),
});
const BAD_CVV = visa({
  decline: badData('CVV_FAILURE'),
  storeDecline: badData('VERIFY_CVV_FAILURE'),
});
const BAD_POSTAL_CODE = visa({
  decline: badData('ADDRESS_VERIFICATION_FAILURE'),
  storeDecline: badData('VERIFY_AVS_FAILURE'),
});
const BAD_EXPIRATION = visa({
  decline: badData('INVALID_EXPIRATION'),
  storeDecline: badData('INVALID_EXPIRATION'),
});
const UNVERIFIED = card('4800000000000012', 'VISA', { needsVerification: true });
const GIFT_CARD = card('7783320000000000', 'SQUARE_GIFT_CARD', {
  type: 'DEBIT',
  storeDecline: badData('INVALID_CARD'),
});

/**
 * The values that Square's own sandbox takes as `source_id`.
 * Source: https://developer.squareup.com/docs/devtools/sandbox/payments
 */
const DOCUMENTED: Record<string, SourceCard> = {
  'cnon:card-nonce-ok': visa(),
  'ccof:customer-card-id-ok': visa(),
  'cnon:card-nonce-rejected-cvv': BAD_CVV,
  'ccof:customer-card-id-rejected-cvv': BAD_CVV,
  'cnon:card-nonce-rejected-postalcode': BAD_POSTAL_CODE,
  'ccof:customer-card-id-rejected-postalcode': BAD_POSTAL_CODE,
  'cnon:card-nonce-rejected-expiration': BAD_EXPIRATION,
  'ccof:customer-card-id-rejected-expiration': BAD_EXPIRATION,
  'cnon:card-nonce-declined': DECLINED,
  'ccof:customer-card-id-declined': DECLINED,
  'cnon:card-nonce-requires-verification': UNVERIFIED,
  'ccof:customer-card-id-requires-verification': UNVERIFIED,
  'cnon:gift-card-nonce-ok': GIFT_CARD,
  'cnon:gift-card-nonce-insufficient-funds': { ...GIFT_CARD, balance: 100n },
  'cnon:gift-card-nonce-insufficient-permission': {
    ...GIFT_CARD,
    decline: badData('INSUFFICIENT_PERMISSIONS'),
  },
};

/** What Square's sandbox has no value for. */
const ADDED: Record<string, SourceCard> = {
  'cnon:card-nonce-insufficient-funds': visa({ decline: issuerSaysNo('INSUFFICIENT_FUNDS') }),
  'cnon:card-nonce-expired-card': visa({ decline: badData('CARD_EXPIRED') }),
  'cnon:card-nonce-transaction-limit': visa({ decline: issuerSaysNo('TRANSACTION_LIMIT') }),
  'cnon:card-nonce-mastercard': card('5105105105105100', 'MASTERCARD', { type: 'DEBIT' }),
  'cnon:card-nonce-ok-then-declined': visa({ onFile: DECLINED }),
  'cnon:card-nonce-ok-then-requires-verification': visa({ onFile: UNVERIFIED }),
};

const BY_SOURCE = new Map(Object.entries({ ...DOCUMENTED, ...ADDED }));

/** The card behind a test value such as `cnon:card-nonce-ok`. Test values can be used again and again. */
export function cardOfSource(sourceId: string): SourceCard | undefined {
  return BY_SOURCE.get(sourceId);
}

/** All test values that the sandbox knows. */
export function testSources(): string[] {
  return [...BY_SOURCE.keys()];
}

/** The test value for a nonce that was used before. */
export const USED_NONCE = 'cnon:card-nonce-already-used';

/** Amounts for which Square's sandbox evaluates a risk. */
const RISKS = new Map([
  [2222n, 'MODERATE'],
  [3333n, 'HIGH'],
]);

/** The level of risk that Square's sandbox sees in an amount of minor units. */
export function riskOfAmount(amount: bigint): string {
  return RISKS.get(amount) ?? 'NORMAL';
}

/**
 * Amounts that the buyer disputes a moment after they were taken.
 * Source: https://developer.squareup.com/docs/disputes-api/sandbox-testing
 */
const DISPUTED = new Map([
  [8801n, 'AMOUNT_DIFFERS'],
  [8802n, 'CANCELLED'],
  [8803n, 'DUPLICATE'],
  [8804n, 'NO_KNOWLEDGE'],
  [8805n, 'NOT_AS_DESCRIBED'],
  [8806n, 'NOT_RECEIVED'],
  [8807n, 'PAID_BY_OTHER_MEANS'],
  [8808n, 'CUSTOMER_REQUESTS_CREDIT'],
  [8809n, 'EMV_LIABILITY_SHIFT'],
]);

/** The reason for which Square's sandbox disputes an amount of minor units. */
export function disputeReasonOfAmount(amount: bigint): string | undefined {
  return DISPUTED.get(amount);
}

/** Every reason that a dispute can have. */
export function disputeReasons(): string[] {
  return [...DISPUTED.values()];
}

/** The token of a verification that the buyer did not pass. */
export const FAILED_VERIFICATION = 'verf:failed';
