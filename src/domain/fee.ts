import { exponentOf, type Currency } from './currency.ts';
import { divideHalfEven, parseDecimal, type Decimal } from './decimal.ts';

/** What a gateway takes for a payment. Both are exact decimals; what is not stated is nothing. */
export interface FeeTerms {
  /** Percent of the amount, such as `"2.9"`. */
  readonly percentage: string | null;
  /** For each payment, in major units of its currency, such as `"0.30"`. */
  readonly fixed: string | null;
}

/** The terms of a gateway: general ones, and those of single currencies. */
export interface FeeSchedule extends FeeTerms {
  /** What a currency does not state for itself is as in general. */
  readonly byCurrency: Readonly<Record<Currency, Partial<FeeTerms>>>;
}

/** The terms for one currency; `null` where nothing is stated that would hold for it. */
export function feeTermsFor(schedule: FeeSchedule, currency: Currency): FeeTerms | null {
  const own = Object.hasOwn(schedule.byCurrency, currency) ? schedule.byCurrency[currency] : {};
  const percentage = own?.percentage ?? schedule.percentage;
  const fixed = own?.fixed ?? schedule.fixed;
  return percentage === null && fixed === null ? null : { percentage, fixed };
}

/**
 * What a gateway is expected to take for a payment.
 *
 * Percentage and fixed part are added exactly and the sum is rounded once, half to even: over many payments it errs in
 * neither direction. What the gateway really took is in its own records.
 *
 * @param amount minor units of `currency`, not negative
 * @returns minor units of `currency`
 * @throws where the terms are no decimal numbers or the amount is negative
 */
export function expectedFee(amount: bigint, currency: Currency, terms: FeeTerms): bigint {
  if (amount < 0n) throw new RangeError('there is no fee on a negative amount');
  const percentage = decimal(terms.percentage);
  const fixed = decimal(terms.fixed);
  const minorUnitsPerMajor = 10n ** BigInt(exponentOf(currency));
  // Both parts as whole numbers of one and the same fraction of the minor unit.
  const share = amount * percentage.digits * 10n ** BigInt(fixed.scale);
  const flat = fixed.digits * minorUnitsPerMajor * 100n * 10n ** BigInt(percentage.scale);
  return divideHalfEven(share + flat, 100n * 10n ** BigInt(percentage.scale + fixed.scale));
}

function decimal(text: string | null): Decimal {
  const read = parseDecimal(text ?? '0');
  if (read === null) throw new TypeError(`${JSON.stringify(text)} is not a decimal number`);
  return read;
}
