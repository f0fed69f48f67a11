/** An amount in minor units of its currency. */
export type Money = { amount: bigint; currency: string };

/**
 * What PayPal takes payments in, with the digits after the decimal point as PayPal counts them:
 * HUF and TWD have none here although ISO 4217 gives them two.
 * Source: https://developer.paypal.com/api/rest/reference/currency-codes/
 */
const DIGITS: Readonly<Record<string, number>> = {
  AUD: 2,
  BRL: 2,
  CAD: 2,
  CHF: 2,
  CNY: 2,
  CZK: 2,
  DKK: 2,
  EUR: 2,
  GBP: 2,
  HKD: 2,
  HUF: 0,
  ILS: 2,
  JPY: 0,
  MXN: 2,
  MYR: 2,
  NOK: 2,
  NZD: 2,
  PHP: 2,
  PLN: 2,
  SEK: 2,
  SGD: 2,
  THB: 2,
  TWD: 0,
  USD: 2,
};

/** How many digits `currency` has after the decimal point; undefined for one that is not taken. */
export function digitsOf(currency: string): number | undefined {
  return DIGITS[currency];
}

/** What a decimal string says, or why it says nothing: too many decimals, or an unknown currency. */
export type ReadMoney =
  | { kind: 'money'; money: Money }
  | { kind: 'unknown_currency' }
  | { kind: 'too_many_decimals'; digits: number };

/** Reads a decimal string such as `-10.5`, exactly; its shape was checked before. */
export function readMoney(value: string, currency: string): ReadMoney {
  const digits = digitsOf(currency);
  if (digits === undefined) return { kind: 'unknown_currency' };
  const isNegative = value.startsWith('-');
  const [whole = '', decimals = ''] = value.replace('-', '').split('.');
  if (decimals.length > digits) return { kind: 'too_many_decimals', digits };
  const size = BigInt(`${whole}${decimals.padEnd(digits, '0')}`);
  return { kind: 'money', money: { amount: isNegative ? -size : size, currency } };
}

/** The decimal string of an amount, with all the digits of its currency. */
export function formatMoney({ amount, currency }: Money): string {
  const digits = digitsOf(currency) ?? 2;
  const sign = amount < 0n ? '-' : '';
  const figures = (amount < 0n ? -amount : amount).toString().padStart(digits + 1, '0');
  if (digits === 0) return sign + figures;
  return `${sign}${figures.slice(0, -digits)}.${figures.slice(-digits)}`;
}

/** An amount as the API writes it. */
export function presentMoney(money: Money): { currency_code: string; value: string } {
  return { currency_code: money.currency, value: formatMoney(money) };
}
