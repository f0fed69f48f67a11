import { isCurrency, type Currency } from '../domain/currency.ts';
import { compareDecimals, parseDecimal } from '../domain/decimal.ts';
import { largestAmount, smallestAmount, toMinorUnits } from '../domain/money.ts';

/** The smallest and the largest payment as exact decimals of major units, such as `"1.00"`. */
export interface MajorUnitLimits {
  readonly min: string;
  readonly max: string;
}

/** The limits of every currency: its own where it has some, otherwise the general ones. */
export interface AmountLimits {
  readonly general: MajorUnitLimits;
  readonly byCurrency: Readonly<Record<Currency, MajorUnitLimits>>;
}

/**
 * The limits of one currency in minor units, both included.
 *
 * A limit finer than the currency's minor unit, such as 0.50 for JPY, is moved inwards: the smallest amount up and the
 * largest down, so that no amount outside the stated limits is ever let through.
 */
export function amountLimitsFor(
  limits: AmountLimits,
  currency: Currency,
): { min: bigint; max: bigint } {
  const { min, max } =
    (Object.hasOwn(limits.byCurrency, currency) ? limits.byCurrency[currency] : undefined) ??
    limits.general;
  return {
    min: stated(smallestAmount(min, currency), min),
    max: stated(largestAmount(max, currency), max),
  };
}

/** Whether a limit can be stated for a currency as it stands: the currency exists and has that many decimals. */
export function limitProblem(decimal: string, currency: string): string | null {
  const known: boolean = isCurrency(currency);
  if (!known) return `is for ${currency}, which is not an ISO 4217 currency code`;
  return toMinorUnits(decimal, currency) === null
    ? `"${decimal}" is finer than the minor unit of ${currency}`
    : null;
}

/** Whether the smallest amount is not above the largest. */
export function leaveRoom({ min, max }: MajorUnitLimits): boolean {
  return compareDecimals(stated(parseDecimal(min), min), stated(parseDecimal(max), max)) <= 0;
}

function stated<T>(value: T | null, decimal: string): T {
  if (value === null) throw new Error(`"${decimal}" is not a decimal number of major units`);
  return value;
}
