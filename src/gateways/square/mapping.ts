import { z } from 'zod';
import type { Currency } from '../../domain/currency.ts';
import type {
  FeeReport,
  PaymentReport,
  RefundReport,
  SavedMethodReport,
} from '../../domain/report.ts';
import type { AmountProblem } from '../gateway.ts';
import { TextTime } from '../times.ts';
import { writableFee } from '../writable-fee.ts';
import { declineOf } from './errors.ts';

export const Id = z.string().min(1).max(255);

/**
 * An amount as Square writes it: the smallest unit of ISO 4217, the same as ours. JSON's numbers are exact up to 2^53,
 * and what is not is refused here.
 */
const Money = z
  .object({ amount: z.int().nonnegative(), currency: z.string().regex(/^[A-Z]{3}$/) })
  .transform(({ amount, currency }) => ({ amount: BigInt(amount), currency }));

/** A fee, or an adjustment of one, which may be below zero. */
const Fees = z
  .array(z.object({ amount_money: z.object({ amount: z.int(), currency: z.string() }).nullish() }))
  .nullish()
  // Nothing else depends on it: no reason to doubt the rest.
  .catch(null);

const Card = z.object({
  id: z.string().nullish(),
  card_brand: z.string().nullish(),
  last_4: z.string().nullish(),
  exp_month: z.int().nullish(),
  exp_year: z.int().nullish(),
});

/** What we use of a payment: https://developer.squareup.com/reference/square/objects/Payment */
const Payment = z.object({
  id: Id,
  status: z.enum(['APPROVED', 'PENDING', 'COMPLETED', 'CANCELED', 'FAILED']),
  amount_money: Money,
  approved_money: Money.nullish(),
  source_type: z.string().nullish(),
  delayed_until: TextTime.nullish(),
  reference_id: z.string().nullish(),
  refund_ids: z.array(Id).nullish(),
  customer_id: z.string().nullish(),
  version_token: z.string().nullish(),
  processing_fee: Fees,
  card_details: z
    .object({
      card: Card.nullish(),
      errors: z.array(z.object({ code: z.string(), detail: z.string().nullish() })).nullish(),
    })
    .nullish(),
});

export type SquarePayment = z.infer<typeof Payment>;

const Refund = z.object({
  id: Id,
  status: z.enum(['PENDING', 'COMPLETED', 'REJECTED', 'FAILED']),
  amount_money: Money,
  payment_id: Id,
  processing_fee: Fees,
  reason: z.string().nullish(),
});

const STATUSES = {
  APPROVED: 'requires_capture',
  PENDING: 'processing',
  COMPLETED: 'succeeded',
  CANCELED: 'canceled',
  FAILED: 'declined',
} as const satisfies Record<SquarePayment['status'], PaymentReport['status']>;

const REFUND_STATUSES = {
  PENDING: 'pending',
  COMPLETED: 'succeeded',
  REJECTED: 'failed',
  FAILED: 'failed',
} as const;

/** Square's `reference_id` has room for one of our ids only. */
const ATTEMPT_ID = /^att_[0-9a-z]+$/;

/** A refund has no field for an id of ours but its reason, which only the seller sees. */
const REFUND_ID = /\((ref_[0-9a-z]+)\)$/;

/**
 * Why Square would not take this amount. A location takes its own currency only.
 *
 * @param amount minor units of ISO 4217
 * @param ofLocation the location's currency
 */
export function checkAmount(
  amount: bigint,
  currency: Currency,
  ofLocation: Currency,
): AmountProblem | null {
  if (currency !== ofLocation) {
    const detail = `This location of Square charges in ${ofLocation} only`;
    return { code: 'currency_not_supported', detail };
  }
  if (amount <= 0n) return { code: 'amount_too_small', detail: 'The amount must be above zero' };
  if (amount <= BigInt(Number.MAX_SAFE_INTEGER)) return null;
  return { code: 'amount_too_large', detail: 'The amount is more than Square can write' };
}

/** @param amount minor units, which `checkAmount` has no objection to */
export function toSquareMoney(amount: bigint, currency: Currency) {
  return { amount: Number(amount), currency };
}

/** Reads a payment out of an answer or an event. Throws where it does not have Square's format. */
export function parsePayment(json: unknown): SquarePayment {
  return Payment.parse(json);
}

/** A payment in our terms. */
export function reportPayment(payment: SquarePayment): PaymentReport {
  const { amount: current, currency } = payment.amount_money;
  const approved = payment.approved_money?.amount ?? 0n;
  // Lowering an amount, which is how a part is captured, leaves the approval as it was.
  const amount = approved > current ? approved : current;
  const { card, errors } = payment.card_details ?? {};
  const status = STATUSES[payment.status];
  const [error] = errors ?? [];
  return {
    gatewayPaymentId: payment.id,
    status,
    amount,
    currency,
    amountCapturable: status === 'requires_capture' ? amount : 0n,
    amountCaptured: status === 'succeeded' ? current : 0n,
    captureBefore: status === 'requires_capture' ? (payment.delayed_until ?? null) : null,
    clientSecret: null,
    action: null,
    decline:
      status === 'declined' ? declineOf(error?.code ?? 'GENERIC_DECLINE', error?.detail) : null,
    paymentMethod: {
      type: (payment.source_type ?? 'card').toLowerCase(),
      brand: card?.card_brand?.toLowerCase() ?? null,
      last4: card?.last_4 ?? null,
    },
    savedMethod: null,
    fee: feeOf(payment.processing_fee, currency, 1n),
    reference: readReference(payment.reference_id),
  };
}

/** Reads a refund as Square sent it. Throws where it does not have Square's format. */
export function readRefund(json: unknown): RefundReport {
  const refund = Refund.parse(json);
  const status = REFUND_STATUSES[refund.status];
  return {
    gatewayRefundId: refund.id,
    gatewayPaymentId: refund.payment_id,
    status,
    ...refund.amount_money,
    failureCode: status === 'failed' ? refund.status.toLowerCase() : null,
    // What is given back of a fee is a fee below zero.
    feeReturned: feeOf(refund.processing_fee, refund.amount_money.currency, -1n),
    refundId: readRefundId(refund.reason),
    paymentId: null,
  };
}

/** What fees and their adjustments come to; `null` where there are none, or they are not of this sign or currency. */
function feeOf(fees: z.infer<typeof Fees>, currency: Currency, sign: 1n | -1n): FeeReport | null {
  const amounts = (fees ?? []).flatMap(({ amount_money: money }) => (money ? [money] : []));
  if (amounts.length === 0 || amounts.some((each) => each.currency !== currency)) return null;
  const amount = amounts.reduce((sum, each) => sum + BigInt(each.amount), 0n) * sign;
  return writableFee({ amount, currency });
}

/** The reason of a refund, with our id in it. */
export function writeRefundReason(reason: string | null, refundId: string): string {
  return `${reason ?? 'refund'} (${refundId})`;
}

/** Our id in the reason of a refund; `null` where there is none. */
export function readRefundId(reason: string | null | undefined): string | null {
  return REFUND_ID.exec(reason ?? '')?.[1] ?? null;
}

/** Reads a card on file. Throws where it does not have Square's format. */
export function readSavedCard(json: unknown): SavedMethodReport {
  const card = Card.extend({ id: Id }).parse(json);
  return {
    gatewayMethodId: card.id,
    type: 'card',
    brand: card.card_brand?.toLowerCase() ?? null,
    last4: card.last_4 ?? null,
    expiryMonth: card.exp_month ?? null,
    expiryYear: card.exp_year ?? null,
  };
}

/** Our attempt, in what Square calls a reference; `null` where it is none of ours. */
export function readReference(referenceId: string | null | undefined): PaymentReport['reference'] {
  return referenceId && ATTEMPT_ID.test(referenceId)
    ? { paymentId: null, attemptId: referenceId }
    : null;
}

/** Takes `name` out of an answer that carries it, read by `reader`. */
export function within<T>(name: string, reader: (json: unknown) => T): (json: unknown) => T {
  const Body = z.looseObject({ [name]: z.unknown() });
  return (json) => reader(Body.parse(json)[name]);
}
