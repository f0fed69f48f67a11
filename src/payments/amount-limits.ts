import { isCurrency, type Currency } from '../domain/currency.ts';
import { MAX_AMOUNT, toDecimal } from '../domain/money.ts';
import { reject, type Rejection } from './result.ts';

/** The smallest and the largest payment of a currency, in minor units, both included. */
export type AmountLimits = (currency: Currency) => { min: bigint; max: bigint };

/** Whether a payment of this size is taken at all. */
export function checkAmount(
  amount: bigint,
  currency: Currency,
  limitsOf: AmountLimits,
): Rejection | null {
  if (!isCurrency(currency)) {
    return reject(
      'currency_unknown',
      `${String(currency)} is not an ISO 4217 currency code.`,
      'currency',
    );
  }
  const { min, max } = limitsOf(currency);
  const tooSmall = amount < min;
  if (!tooSmall && amount <= max && amount <= MAX_AMOUNT) return null;
  const [code, limit] = tooSmall
    ? (['amount_too_small', `less than the smallest payment, ${toDecimal(min, currency)}`] as const)
    : (['amount_too_large', `more than the largest payment, ${toDecimal(max, currency)}`] as const);
  return reject(
    code,
    `${toDecimal(amount, currency)} ${currency} is ${limit} ${currency}. The amount is in minor units, such as cents.`,
    'amount',
  );
}
