import type { Currency } from './currency.ts';
import { divideHalfEven } from './decimal.ts';
import { expectedFee } from './fee.ts';
import type { Payment } from './payment.ts';
import type { FeeReport } from './report.ts';

/** What a gateway does with its fee when it gives a payment back. What it tells of a refund counts more than this. */
export type FeeOnRefund = 'kept' | 'returned';

/**
 * What the gateway is expected to keep of a payment, by the terms that were in force when it was sent there: of what
 * was captured, and of the whole amount before that. Rounded once, half to even.
 *
 * @returns minor units of the payment's currency; `null` where no terms are known or nothing can be captured any more
 */
export function expectedFeeOf(payment: Payment): bigint | null {
  const { amount, amountCaptured, currency, feeTerms, status } = payment;
  if (feeTerms === null) return null;
  if (amountCaptured > 0n) return expectedFee(amountCaptured, currency, feeTerms);
  return status === 'canceled' || status === 'failed'
    ? null
    : expectedFee(amount, currency, feeTerms);
}

/** The currency of all fees that the gateway has told of: the payment's own, unless it settles in another one. */
export function feeCurrencyOf({ currency, feeCurrency }: Payment): Currency {
  return feeCurrency ?? currency;
}

/** Whether a report of the fee says more than what is known. */
export function tellsFee(payment: Payment, fee: FeeReport | null): boolean {
  return fee !== null && withFee(payment, fee) !== payment;
}

/**
 * The payment with the fee that its gateway has told. A later word replaces an earlier one: gateways adjust their fees.
 *
 * @returns the same payment where it says nothing new, or nothing was captured that it could be about
 */
export function withFee(payment: Payment, fee: FeeReport | null): Payment {
  if (fee === null || payment.amountCaptured === 0n) return payment;
  if (!isInFeeCurrency(payment, fee)) return payment;
  if (fee.amount === payment.feeActual && fee.currency === feeCurrencyOf(payment)) return payment;
  return { ...payment, feeActual: fee.amount, feeCurrency: fee.currency };
}

/**
 * Whether what a gateway tells of a fee can be added to what it has told so far. All fees of a payment are in one
 * currency; one in another currency is left to the settlement records.
 */
export function isInFeeCurrency(payment: Payment, { currency }: FeeReport): boolean {
  const isSettled =
    payment.feeActual !== null || payment.feeReturned !== 0n || payment.feeDisputes !== 0n;
  return currency === feeCurrencyOf(payment) || !isSettled;
}

/**
 * What of its fee the gateway is expected to give back with a refund: the refund's share of it, rounded half to even.
 *
 * @param refunded minor units of the payment's currency
 * @returns minor units of the currency of its fees
 */
export function expectedFeeReturn(
  payment: Payment,
  refunded: bigint,
  onRefund: FeeOnRefund,
): bigint {
  const fee = payment.feeActual ?? expectedFeeOf(payment);
  if (onRefund === 'kept' || fee === null || payment.amountCaptured === 0n) return 0n;
  return divideHalfEven(fee * refunded, payment.amountCaptured);
}
