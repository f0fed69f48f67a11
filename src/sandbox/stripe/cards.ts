import { hash } from 'node:crypto';

/** How an issuer or Stripe itself turns a charge down. */
export type Decline = {
  code: string;
  declineCode: string;
  message: string;
  by: 'issuer' | 'stripe';
};

type Check = 'pass' | 'fail' | 'unchecked' | 'unavailable' | null;

/** A test card and what happens to a payment that is made with it. */
export type TestCard = {
  number: string;
  /** Equal for equal numbers, without telling the number. */
  fingerprint: string;
  brand: string;
  country: string;
  funding: 'credit' | 'debit' | 'prepaid';
  /** When the customer has to authenticate: 3-D Secure. */
  authentication: 'never' | 'on_request' | 'on_session' | 'until_set_up' | 'always';
  /** What the charge ends in, after any authentication; null lets it through. */
  decline: Decline | null;
  /** Why every payment is disputed a moment after it was captured; null when none is. */
  dispute: string | null;
  checks: { cvc: Check; line1: Check; postalCode: Check };
  /** Whether refunds succeed at once or stay pending. */
  refunds: 'immediate' | 'pending';
  /** Whether the money is available at once, or two days later. */
  funds: 'pending' | 'available';
};

const declined = (declineCode: string, message = 'Your card was declined.'): Decline => ({
  code: 'card_declined',
  declineCode,
  message,
  by: 'issuer',
});

const ownCode = (code: string, message: string): Decline => ({
  code,
  declineCode: code,
  message,
  by: 'issuer',
});

export const DECLINES = {
  generic: declined('generic_decline'),
  insufficientFunds: declined('insufficient_funds', 'Your card has insufficient funds.'),
  lost: declined('lost_card'),
  stolen: declined('stolen_card'),
  velocity: declined(
    'card_velocity_exceeded',
    'Your card was declined for making repeated attempts too frequently or exceeding its amount limit.',
  ),
  fraudulent: { ...declined('fraudulent'), by: 'stripe' },
  expired: ownCode('expired_card', 'Your card has expired.'),
  incorrectCvc: ownCode('incorrect_cvc', "Your card's security code is incorrect."),
  incorrectZip: ownCode('incorrect_zip', "Your card's postal code is incorrect."),
  processingError: ownCode(
    'processing_error',
    'An error occurred while processing your card. Try again in a little bit.',
  ),
  authenticationRequired: ownCode(
    'authentication_required',
    'Your card was declined. This transaction requires authentication.',
  ),
} satisfies Record<string, Decline>;

const visa = (number: string, differs: Partial<TestCard> = {}): TestCard => ({
  number,
  fingerprint: hash('sha256', number, 'hex').slice(0, 16),
  brand: 'visa',
  country: 'US',
  funding: 'credit',
  authentication: 'never',
  decline: null,
  dispute: null,
  checks: { cvc: 'pass', line1: null, postalCode: null },
  refunds: 'immediate',
  funds: 'pending',
  ...differs,
});

const declines = (number: string, decline: Decline): TestCard => visa(number, { decline });

const avs = (number: string, line1: Check, postalCode: Check): TestCard =>
  visa(number, { checks: { cvc: 'pass', line1, postalCode } });

/**
 * Stripe's test payment methods, by token.
 * Source: https://docs.stripe.com/testing?testing-method=payment-methods
 */
const TOKENS: Record<string, TestCard> = {
  pm_card_visa: visa('4242424242424242'),
  pm_card_us: visa('4242424242424242'),
  pm_card_visa_debit: visa('4000056655665556', { funding: 'debit' }),
  pm_card_mastercard: visa('5555555555554444', { brand: 'mastercard' }),
  pm_card_mastercard_debit: visa('5200828282828210', { brand: 'mastercard', funding: 'debit' }),
  pm_card_mastercard_prepaid: visa('5105105105105100', { brand: 'mastercard', funding: 'prepaid' }),
  pm_card_amex: visa('378282246310005', { brand: 'amex' }),
  pm_card_discover: visa('6011111111111117', { brand: 'discover' }),
  pm_card_diners: visa('3056930009020004', { brand: 'diners' }),
  pm_card_jcb: visa('3566002020360505', { brand: 'jcb', country: 'JP' }),
  pm_card_unionpay: visa('6200000000000005', { brand: 'unionpay', country: 'CN' }),
  pm_card_gb: visa('4000008260000000', { country: 'GB' }),
  pm_card_de: visa('4000002760000016', { country: 'DE' }),
  pm_card_fr: visa('4000002500000003', { country: 'FR' }),

  pm_card_chargeDeclined: declines('4000000000000002', DECLINES.generic),
  pm_card_chargeDeclinedInsufficientFunds: declines('4000000000009995', DECLINES.insufficientFunds),
  pm_card_chargeDeclinedLostCard: declines('4000000000009987', DECLINES.lost),
  pm_card_chargeDeclinedStolenCard: declines('4000000000009979', DECLINES.stolen),
  pm_card_chargeDeclinedExpiredCard: declines('4000000000000069', DECLINES.expired),
  pm_card_chargeDeclinedIncorrectCvc: visa('4000000000000127', {
    decline: DECLINES.incorrectCvc,
    checks: { cvc: 'fail', line1: null, postalCode: null },
  }),
  pm_card_chargeDeclinedIncorrectZip: declines('4000000000000028', DECLINES.incorrectZip),
  pm_card_chargeDeclinedProcessingError: declines('4000000000000119', DECLINES.processingError),
  pm_card_chargeDeclinedVelocityLimitExceeded: declines('4000000000006975', DECLINES.velocity),
  pm_card_chargeDeclinedFraudulent: declines('4100000000000019', DECLINES.fraudulent),
  pm_card_radarBlock: declines('4100000000000019', DECLINES.fraudulent),
  pm_card_chargeCustomerFail: declines('4000000000000341', DECLINES.generic),

  pm_card_authenticationRequired: visa('4000002760003184', { authentication: 'always' }),
  pm_card_authenticationRequiredOnSetup: visa('4000002500003155', {
    authentication: 'until_set_up',
  }),
  pm_card_authenticationRequiredSetupForOffSession: visa('4000003800000446', {
    authentication: 'on_session',
  }),
  pm_card_authenticationRequiredChargeDeclinedInsufficientFunds: visa('4000008260003178', {
    authentication: 'always',
    decline: DECLINES.insufficientFunds,
  }),
  pm_card_threeDSecure2Required: visa('4000000000003220', { authentication: 'always' }),
  pm_card_threeDSecureRequired: visa('4000000000003063', { authentication: 'always' }),
  pm_card_threeDSecureRequiredChargeDeclined: visa('4000008400001629', {
    authentication: 'always',
    decline: DECLINES.generic,
  }),
  pm_card_threeDSecureRequiredProcessingError: visa('4000008400001280', {
    authentication: 'always',
    decline: DECLINES.processingError,
  }),
  pm_card_threeDSecureOptional: visa('4000000000003055', { authentication: 'on_request' }),
  pm_card_amex_threeDSecureNotSupported: visa('378282246310005', { brand: 'amex' }),

  pm_card_avsFail: avs('4000000000000010', 'fail', 'fail'),
  pm_card_avsZipFail: avs('4000000000000036', 'pass', 'fail'),
  pm_card_avsUnchecked: avs('4000000000000044', 'unavailable', 'unavailable'),
  pm_card_cvcCheckFail: visa('4000000000000101', {
    checks: { cvc: 'fail', line1: null, postalCode: null },
  }),
  pm_card_createDispute: visa('4000000000000259', { dispute: 'fraudulent' }),
  pm_card_createDisputeProductNotReceived: visa('4000000000002685', {
    dispute: 'product_not_received',
  }),
  pm_card_bypassPending: visa('4000000000000077', { funds: 'available' }),
  pm_card_pendingRefund: visa('4000000000007726', { refunds: 'pending' }),
};

/** Tokens that Stripe's documentation spells in two ways. */
const VISA_SPELLINGS = [
  'chargeDeclined',
  'chargeDeclinedInsufficientFunds',
  'chargeDeclinedLostCard',
  'chargeDeclinedStolenCard',
  'chargeDeclinedVelocityLimitExceeded',
];

const BY_TOKEN = new Map(Object.entries(TOKENS));
for (const name of VISA_SPELLINGS) {
  const card = TOKENS[`pm_card_${name}`];
  if (card !== undefined) BY_TOKEN.set(`pm_card_visa_${name}`, card);
}

const BY_NUMBER = new Map<string, TestCard>();
for (const card of BY_TOKEN.values()) {
  if (!BY_NUMBER.has(card.number)) BY_NUMBER.set(card.number, card);
}

/** The card behind a token such as `pm_card_visa`. */
export function cardOfToken(token: string): TestCard | undefined {
  return BY_TOKEN.get(token);
}

/** The card with this number, for what a browser sends; spaces are ignored. */
export function cardOfNumber(number: string): TestCard | undefined {
  return BY_NUMBER.get(number.replaceAll(' ', ''));
}

/** All tokens that the sandbox knows. */
export function testTokens(): string[] {
  return [...BY_TOKEN.keys()];
}
