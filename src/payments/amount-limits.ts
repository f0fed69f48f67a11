import { isCurrency, type Currency } from '../domain/currency.ts';
import { amountRangeOf, type GatewayConfig } from '../domain/gateway-config.ts';
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

/** The limits that hold at a gateway for which operators have set some: of each two the one that lets less through. */
export function narrowed(limitsOf: AmountLimits, config: GatewayConfig): AmountLimits {
  return (currency) => {
    const { min, max } = limitsOf(currency);
    const own = amountRangeOf(config, currency);
    return {
      min: own.min !== null && own.min > min ? own.min : min,
      max: own.max !== null && own.max < max ? own.max : max,
    };
  };
}

/** Whether operators take payments of this currency at a gateway; what the gateway itself charges it knows itself. */
export function checkCurrency(
  currency: Currency,
  gateway: string,
  { currencies }: GatewayConfig,
): Rejection | null {
  if (currencies === null || currencies.includes(currency)) return null;
  return reject(
    'currency_not_supported',
    `${gateway} is set up to take ${currencies.join(', ')} only, not ${currency}.`,
    'currency',
  );
}
