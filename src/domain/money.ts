import { exponentOf, type Currency } from './currency.ts';
import { parseDecimal } from './decimal.ts';

/** The largest amount that every part of the system can carry: JSON numbers are exact up to 2^53 - 1. */
export const MAX_AMOUNT = 9_007_199_254_740_991n;

/**
 * Converts a decimal number of major units to minor units, exactly.
 *
 * Digits beyond the currency's minor unit are allowed only where they are zeros, so nothing is ever rounded.
 *
 * @param decimal major units, such as `"12.50"`
 * @returns minor units, or `null` where the text is not a decimal number or finer than the minor unit
 */
export function toMinorUnits(decimal: string, currency: Currency): bigint | null {
  const most = largestAmount(decimal, currency);
  return most !== null && most === smallestAmount(decimal, currency) ? most : null;
}

/**
 * The largest amount that is not above a decimal number of major units: what is finer than the minor unit is cut off.
 *
 * @returns minor units, or `null` where the text is not a decimal number
 */
export function largestAmount(decimal: string, currency: Currency): bigint | null {
  const read = parseDecimal(decimal);
  if (read === null) return null;
  return (read.digits * 10n ** BigInt(exponentOf(currency))) / 10n ** BigInt(read.scale);
}

/**
 * The smallest amount that is not below a decimal number of major units.
 *
 * @returns minor units, or `null` where the text is not a decimal number
 */
export function smallestAmount(decimal: string, currency: Currency): bigint | null {
  const read = parseDecimal(decimal);
  if (read === null) return null;
  const divisor = 10n ** BigInt(read.scale);
  return (read.digits * 10n ** BigInt(exponentOf(currency)) + divisor - 1n) / divisor;
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
