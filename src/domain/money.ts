import { exponentOf, type Currency } from './currency.ts';

/** The largest amount that every part of the system can carry: JSON numbers are exact up to 2^53 - 1. */
export const MAX_AMOUNT = 9_007_199_254_740_991n;

/** A plain decimal number without sign or exponent, such as `50000.00`. */
const DECIMAL = /^(0|[1-9]\d*)(?:\.(\d+))?$/;

/**
 * Converts a decimal number of major units to minor units, exactly.
 *
 * Digits beyond the currency's minor unit are allowed only where they are zeros, so nothing is ever rounded.
 *
 * @param decimal major units, such as `"12.50"`
 * @returns minor units, or `null` where the text is not a decimal number or finer than the minor unit
 */
export function toMinorUnits(decimal: string, currency: Currency): bigint | null {
  const match = DECIMAL.exec(decimal);
  if (!match) return null;
  const exponent = exponentOf(currency);
  const [, whole = '0', fraction = ''] = match;
  if (/[1-9]/.test(fraction.slice(exponent))) return null;
  return BigInt(whole + fraction.slice(0, exponent).padEnd(exponent, '0'));
}

/**
 * Writes minor units as a decimal number of major units, with exactly the currency's digits.
 *
 * @param amount minor units
 */
export function toDecimal(amount: bigint, currency: Currency): string {
  const exponent = exponentOf(currency);
  const sign = amount < 0n ? '-' : '';
  const digits = (amount < 0n ? -amount : amount).toString().padStart(exponent + 1, '0');
  if (exponent === 0) return sign + digits;
  return `${sign}${digits.slice(0, -exponent)}.${digits.slice(-exponent)}`;
}
