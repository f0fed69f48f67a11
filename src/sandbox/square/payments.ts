import { stamp, touch } from './account.ts';
import type { Account, Work } from './account.ts';
import { notFound, refuse, succeed } from './errors.ts';
import type { Result, SquareError } from './errors.ts';
import { emitPayment } from './events.ts';
import type { Address, DelayAction, Location, Payment } from './model.ts';
import { presentPayment } from './present.ts';
import type { SourceCard } from './test-sources.ts';

/** What a payment is made from. */
export type PaymentTerms = {
  location: Location;
  amount: bigint;
  card: SourceCard;
  cardId: string | null;
  /** Why it fails; empty when it is approved. */
  errors: readonly SquareError[];
  delayDuration: string;
  delayMs: number;
  delayAction: DelayAction;
  customerId: string | null;
  referenceId: string | null;
  note: string | null;
  statementDescription: string | null;
  buyerEmail: string | null;
  billingAddress: Address | null;
  shippingAddress: Address | null;
};

/** Makes a payment that is approved or failed; it is not yet part of the account. */
export function newPayment(account: Account, terms: PaymentTerms): Payment {
  const { delayMs, ...kept } = terms;
  const dated = stamp(account, `${account.newId('', 22)}ZY`);
  const isApproved = terms.errors.length === 0;
  return {
    ...dated,
    ...kept,
    updatedMs: dated.createdMs,
    currency: terms.location.currency,
    approved: isApproved ? terms.amount : 0n,
    status: isApproved ? 'APPROVED' : 'FAILED',
    delayedUntilMs: dated.createdMs + delayMs,
    orderId: account.newId('', 26),
    authResult: account.newId('', 6),
    versionToken: account.newId('', 43),
    capturedMs: null,
    voidedMs: null,
    isExpired: false,
    fee: null,
    feeMs: null,
    refunds: [],
    dispute: null,
    isCardStored: false,
  };
}

/** Adds a payment to the account, and tells of it. */
export function openPayment(work: Work, payment: Payment): void {
  const { account, idempotencyKey } = work;
  account.payments.add(payment);
  if (idempotencyKey !== null) account.paymentsByKey.set(idempotencyKey, payment);
  if (payment.status === 'APPROVED') account.approved.add(payment);
  recordMovement(
    account,
    payment,
    payment.status === 'FAILED' ? 'decline' : 'authorize',
    payment.amount,
  );
  emitPayment(work, 'payment.created', payment);
}

/** Takes the amount of an approved payment and lets go of the rest. */
export function capturePayment(work: Work, payment: Payment): void {
  const { account } = work;
  account.approved.delete(payment);
  payment.status = 'COMPLETED';
  payment.capturedMs = changePayment(account, payment);
  recordMovement(account, payment, 'capture', payment.amount);
  if (payment.amount < payment.approved) {
    recordMovement(account, payment, 'release', payment.approved - payment.amount);
  }
  account.unsettled.payments.push(payment);
  work.settleSoon();
  emitPayment(work, 'payment.updated', payment);
}

/** Lets go of what an approved payment holds. */
export function voidPayment(work: Work, payment: Payment, isExpired: boolean): void {
  const { account } = work;
  account.approved.delete(payment);
  payment.status = 'CANCELED';
  payment.isExpired = isExpired;
  payment.voidedMs = changePayment(account, payment);
  recordMovement(account, payment, 'release', payment.approved);
  emitPayment(work, 'payment.updated', payment);
}

/** Dates a change of a payment and gives it a new version token. */
export function changePayment(account: Account, payment: Payment): number {
  payment.versionToken = account.newId('', 43);
  return touch(account, payment);
}

/** Writes a movement of a payment's money into the journal; a payment is its own charge. */
export function recordMovement(
  account: Account,
  payment: Payment,
  kind: 'authorize' | 'decline' | 'capture' | 'release',
  amount: bigint,
): void {
  const { id, currency } = payment;
  account.journal.record({ kind, payment: id, charge: id, refund: null, amount, currency });
}

export function findPayment(work: Work, id: string): Result<Payment> {
  const payment = work.account.payments.get(id);
  return payment === undefined ? notFound('Payment', id, 'payment_id') : succeed(payment);
}

/** A payment that can still be changed, completed or canceled, at the version that the caller expects. */
export function findApproved(
  work: Work,
  id: string,
  versionToken: string | null | undefined,
): Result<Payment> {
  const found = findPayment(work, id);
  if (!found.ok) return found;
  const payment = found.value;
  if (!isExpectedVersion(payment, versionToken)) return refuseVersion();
  if (payment.status === 'APPROVED') return found;
  if (payment.status === 'COMPLETED') {
    return refuse('DELAYED_TRANSACTION_CAPTURED', `Payment ${id} is already captured.`);
  }
  if (payment.status === 'FAILED') {
    return refuse('DELAYED_TRANSACTION_FAILED', `Payment ${id} failed.`);
  }
  return payment.isExpired
    ? refuse('DELAYED_TRANSACTION_EXPIRED', `Payment ${id} has expired.`)
    : refuse('DELAYED_TRANSACTION_CANCELED', `Payment ${id} is already canceled.`);
}

/** Whether the caller's version is the current one, as it is when the caller names none. */
export function isExpectedVersion(payment: Payment, token: string | null | undefined): boolean {
  return token === undefined || token === null || token === payment.versionToken;
}

export function refuseVersion() {
  return refuse('VERSION_MISMATCH', 'The payment has changed: its version token is another one.', {
    field: 'version_token',
  });
}

export function answerPayment(work: Work, payment: Payment): Result<object> {
  return succeed({ payment: presentPayment(payment, work.account.applicationId) });
}

/** `GET /v2/payments/{payment_id}` */
export function retrievePayment(
  work: Work,
  _: object,
  [id = '']: readonly string[],
): Result<object> {
  const found = findPayment(work, id);
  return found.ok ? answerPayment(work, found.value) : found;
}
