/**
 * Finds card numbers in free text, so that they can be refused at the door and masked in logs.
 *
 * A card number here is a run of digits that has an issuer's prefix, one of the lengths that this issuer uses, and a
 * correct check digit (ISO/IEC 7812-1, annex B). All three are asked for because order numbers and timestamps of the
 * same length are common: of random 16-digit numbers about one in forty is taken for a card.
 */

/** Where a card number stands in a text: `text.slice(start, end)`. */
export interface Span {
  start: number;
  end: number;
}

/** The first six digits of an issuer's cards, from and to, and how long its numbers are. */
type IssuerRange = readonly [from: number, to: number, lengths: readonly number[]];

const FROM_16_TO_19 = [16, 17, 18, 19];
const FROM_12_TO_19 = [12, 13, 14, 15, ...FROM_16_TO_19];

const ISSUER_RANGES: readonly IssuerRange[] = [
  // Visa
  [400000, 499999, [13, 16, 19]],
  // Mastercard
  [510000, 559999, [16]],
  [222100, 272099, [16]],
  // American Express
  [340000, 349999, [15]],
  [370000, 379999, [15]],
  // Discover
  [601100, 601199, FROM_16_TO_19],
  [644000, 659999, FROM_16_TO_19],
  // Diners Club
  [300000, 305999, [14]],
  [360000, 369999, [14]],
  [380000, 399999, [14]],
  // JCB
  [352800, 358999, FROM_16_TO_19],
  // UnionPay
  [620000, 629999, FROM_16_TO_19],
  [810000, 817199, FROM_16_TO_19],
  // Maestro. Only the prefixes that are Maestro's alone: its wider ranges would swallow ordinary order numbers.
  ...[5018, 5020, 5038, 5893, 6304, 6759, 6761, 6762, 6763].map((prefix): IssuerRange => [
    prefix * 100,
    prefix * 100 + 99,
    FROM_12_TO_19,
  ]),
];

const SHORTEST = 12;
/** Numbers with a leading `+` are telephone numbers up to this length (ITU-T E.164). */
const LONGEST_TELEPHONE_NUMBER = 15;

/** At least twelve digits in a row, with at most three spaces or dashes between two of them. */
const CANDIDATE = /\d(?:[ \u00a0-]{0,3}\d){11,}/g;
/** Says quickly that a text holds no candidate; most end here. */
export const MAYBE_CARD_NUMBER = /\d(?:[ \u00a0-]{0,3}\d){11}/;
const DIGIT_GROUP = /\d+/g;

/** UUIDs, and hexadecimal ids as long: one in 3,000 random ones holds what would pass for a card number. */
const RANDOM_ID =
  /(?<![\da-z])(?:[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}|[\da-f]{32,})(?![\da-z])/gi;

/**
 * Finds the first card number in a text, written with or without spaces or dashes between its digits.
 *
 * A run of digits that is longer than the card number in it is not one, and neither is a part of a UUID.
 *
 * @returns where it stands, separators included, or `null` where there is none
 */
export function findCardNumber(text: string): Span | null {
  // Most texts are shorter than the shortest card number, and this is asked of every text of every request.
  if (text.length < SHORTEST || !MAYBE_CARD_NUMBER.test(text)) return null;
  return findCardNumbers(text).next().value ?? null;
}

/** Every card number in a text, from left to right, none overlapping another. */
export function* findCardNumbers(text: string): Generator<Span, undefined> {
  const searched = text.replace(RANDOM_ID, (id) => 'x'.repeat(id.length));
  for (const candidate of searched.matchAll(CANDIDATE)) {
    yield* cardNumbersIn(candidate[0], candidate.index, searched[candidate.index - 1] === '+');
  }
  return undefined;
}

function* cardNumbersIn(candidate: string, offset: number, afterPlus: boolean): Generator<Span> {
  const groups = [...candidate.matchAll(DIGIT_GROUP)];
  const digits = groups.map((group) => group[0]).join('');
  if (afterPlus && digits.length <= LONGEST_TELEPHONE_NUMBER) return;

  // Card numbers begin and end where a group of digits does: `12 4242 4242 4242 4242` holds one, `124242…` does not.
  const ends = new Map<number, number>();
  let counted = 0;
  for (const group of groups) {
    counted += group[0].length;
    ends.set(counted, offset + group.index + group[0].length);
  }

  let position = 0;
  let free = 0;
  for (const group of groups) {
    const from = position;
    position += group[0].length;
    if (from < free) continue;
    const length = issuerLengths(digits.slice(from, from + 6)).find(
      (candidateLength) =>
        ends.has(from + candidateLength) &&
        hasCorrectCheckDigit(digits.slice(from, from + candidateLength)),
    );
    if (length === undefined) continue;
    free = from + length;
    yield { start: offset + group.index, end: ends.get(free) ?? offset + candidate.length };
  }
}

/** Whether a string of digits and nothing else is a card number: known prefix, fitting length, correct check digit. */
export function isCardNumber(digits: string): boolean {
  return issuerLengths(digits.slice(0, 6)).includes(digits.length) && hasCorrectCheckDigit(digits);
}

/** How long the numbers are that begin with these six digits; empty where no issuer is known for them. */
function issuerLengths(prefix: string): readonly number[] {
  const number = Number(prefix);
  return ISSUER_RANGES.find(([from, to]) => from <= number && number <= to)?.[2] ?? [];
}

/** The Luhn algorithm: every second digit from the right counts double, and the sum ends in zero. */
function hasCorrectCheckDigit(digits: string): boolean {
  let sum = 0;
  for (let position = 0; position < digits.length; position += 1) {
    const digit = digits.charCodeAt(digits.length - 1 - position) - 48;
    const doubled = position % 2 === 1 ? digit * 2 : digit;
    sum += doubled > 9 ? doubled - 9 : doubled;
  }
  return sum % 10 === 0;
}
