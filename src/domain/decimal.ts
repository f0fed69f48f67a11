/** A plain decimal number without sign or exponent, such as `2.9` or `0.30`. */
const DECIMAL = /^(0|[1-9]\d*)(?:\.(\d+))?$/;

/** An exact decimal: `digits / 10 ** scale`, neither negative. */
export interface Decimal {
  digits: bigint;
  scale: number;
}

/**
 * Reads a decimal number exactly, every digit of it.
 *
 * @returns `null` where the text is no plain decimal number without a sign
 */
export function parseDecimal(text: string): Decimal | null {
  const match = DECIMAL.exec(text);
  if (!match) return null;
  const [, whole = '0', fraction = ''] = match;
  return { digits: BigInt(whole + fraction), scale: fraction.length };
}

/** Negative where `a` is the smaller one, positive where it is the larger one, 0 where they are equal. */
export function compareDecimals(a: Decimal, b: Decimal): number {
  const left = a.digits * 10n ** BigInt(b.scale);
  const right = b.digits * 10n ** BigInt(a.scale);
  return left < right ? -1 : left > right ? 1 : 0;
}

/** Divides and rounds half to even. Neither number is negative, and `divisor` is not 0. */
export function divideHalfEven(dividend: bigint, divisor: bigint): bigint {
  const quotient = dividend / divisor;
  const twice = 2n * (dividend % divisor);
  if (twice < divisor) return quotient;
  if (twice > divisor) return quotient + 1n;
  return quotient + (quotient % 2n);
}
