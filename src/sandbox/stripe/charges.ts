import type { Work } from './account.ts';
import { bookCharge } from './balance.ts';
import type { Decline } from './cards.ts';
import { emitCharge } from './events.ts';
import type { Charge, PaymentIntent, PaymentMethod, Refund, RefundReason } from './model.ts';

/** How long an authorisation of a card lasts. */
const AUTHORIZATION_SECONDS = 7 * 86_400;

/** Opens a charge of the whole intent: declined, or authorised and not captured yet. */
export function openCharge(
  work: Work,
  intent: PaymentIntent,
  paymentMethod: PaymentMethod,
  decline: Decline | null,
): Charge {
  const { account } = work;
  const created = account.clock.nowSeconds();
  const waits = decline === null && capturesByHand(intent);
  const charge: Charge = {
    id: account.newId('ch_', 24),
    created,
    intent,
    amount: intent.amount,
    currency: intent.currency,
    paymentMethod,
    customer: intent.customer,
    description: intent.description,
    // A charge keeps the metadata that its intent had at this moment.
    metadata: { ...intent.metadata },
    statementDescriptorSuffix: intent.statementDescriptorSuffix,
    receiptEmail: intent.receiptEmail,
    transferGroup: intent.transferGroup,
    isAuthenticated: intent.isAuthenticated,
    decline,
    captureBefore: waits ? created + AUTHORIZATION_SECONDS : null,
    isCaptured: false,
    amountCaptured: 0n,
    amountRefunded: 0n,
    balanceTransaction: null,
    refunds: [],
    dispute: null,
  };
  intent.latestCharge = charge;
  intent.charges.push(charge);
  account.charges.add(charge);
  if (waits) account.authorizations.charges.push(charge);
  account.journal.record({
    kind: decline === null ? 'authorize' : 'decline',
    payment: intent.id,
    charge: charge.id,
    refund: null,
    amount: charge.amount,
    currency: charge.currency,
  });
  if (decline !== null) emitCharge(work, 'charge.failed', charge);
  return charge;
}

/** Whether a charge of this intent is only authorised at first. */
export function capturesByHand(intent: PaymentIntent): boolean {
  return intent.captureMethod === 'manual' || intent.cardOptions.captureMethod === 'manual';
}

/** Takes `amount` of an authorised charge and lets go of the rest. */
export function captureCharge(work: Work, charge: Charge, amount: bigint): void {
  const { account } = work;
  charge.isCaptured = true;
  charge.amountCaptured = amount;
  account.journal.record({
    kind: 'capture',
    payment: charge.intent.id,
    charge: charge.id,
    refund: null,
    amount,
    currency: charge.currency,
  });
  if (amount < charge.amount) releaseCharge(work, charge, charge.amount - amount, null);
  if (charge.intent.captureMethod === 'automatic_async') {
    account.unsettled.push(charge);
    work.settleSoon();
  } else {
    bookCharge(work, charge);
  }
  if (charge.paymentMethod.card.dispute !== null) {
    account.toDispute.push(charge);
    work.settleSoon();
  }
}

/** What was captured of a charge and neither paid back nor promised back, in minor units. */
export function unreturned(charge: Charge): bigint {
  if (!charge.isCaptured) return 0n;
  const released = charge.amount - charge.amountCaptured;
  return charge.amountCaptured - (charge.amountRefunded - released);
}

/**
 * Lets go of `amount` that was authorised and not captured. Stripe shows this as a refund that
 * never touches the balance ("the remaining amount_capturable will automatically be refunded").
 */
export function releaseCharge(
  work: Work,
  charge: Charge,
  amount: bigint,
  reason: RefundReason | null,
): void {
  const { account } = work;
  const release: Refund = {
    id: account.newId('re_', 24),
    created: account.clock.nowSeconds(),
    charge,
    amount,
    reason,
    isRelease: true,
    metadata: {},
    status: 'succeeded',
    balanceTransaction: null,
    failureBalanceTransaction: null,
  };
  charge.amountRefunded += amount;
  charge.refunds.push(release);
  account.refunds.add(release);
  account.journal.record({
    kind: 'release',
    payment: charge.intent.id,
    charge: charge.id,
    refund: null,
    amount,
    currency: charge.currency,
  });
}
