import fc from 'fast-check';
import { expect, test } from 'vitest';
import { findCardNumber, findCardNumbers, isCardNumber } from './card-number.ts';

/** The numbers that the card schemes publish for tests. */
const PUBLISHED = {
  visa: '4242424242424242',
  visa13: '4222222222222',
  visa19: '4000000000000000006',
  mastercard: '5555555555554444',
  mastercardTwoSeries: '2223003122003222',
  amex: '378282246310005',
  discover: '6011111111111117',
  diners: '30569309025904',
  dinersThirtySix: '36227206271667',
  jcb: '3566002020360505',
  unionPay: '6200000000000005',
  unionPay19: '6205500000000000004',
  maestro: '6759649826438453',
  maestro12: '676300000009',
};

/** Completes a number with its check digit. */
function withCheckDigit(digits: string): string {
  for (let digit = 0; digit < 10; digit += 1) {
    const sum = [...`${digits}${digit}`].reverse().reduce((total, text, position) => {
      const doubled = Number(text) * (position % 2 === 1 ? 2 : 1);
      return total + Math.floor(doubled / 10) + (doubled % 10);
    }, 0);
    if (sum % 10 === 0) return `${digits}${digit}`;
  }
  throw new Error('no digit fits');
}

const digitsOfLength = (length: number) =>
  fc
    .array(fc.integer({ min: 0, max: 9 }), { minLength: length, maxLength: length })
    .map((digits) => digits.join(''));

const issuer = fc.constantFrom(
  ...[
    ['4', 16],
    ['4', 19],
    ['4', 13],
    ['51', 16],
    ['55', 16],
    ['2221', 16],
    ['2720', 16],
    ['34', 15],
    ['37', 15],
    ['6011', 16],
    ['65', 18],
    ['305', 14],
    ['36', 14],
    ['3528', 16],
    ['3589', 19],
    ['62', 17],
    ['5018', 12],
    ['6763', 19],
  ].map(([prefix, length]) => ({ prefix: String(prefix), length: Number(length) })),
);

const cardNumber = issuer.chain(({ prefix, length }) =>
  digitsOfLength(length - prefix.length - 1).map((middle) => withCheckDigit(prefix + middle)),
);

test.each(Object.entries(PUBLISHED))('a published %s test number is found', (_name, number) => {
  expect(isCardNumber(withCheckDigit(number.slice(0, -1)))).toBe(true);
  const whole = withCheckDigit(number.slice(0, -1));
  expect(findCardNumber(`card ${whole}.`)).toEqual({ start: 5, end: 5 + whole.length });
});

test('a card number is found wherever its digits are split by spaces or dashes', () => {
  fc.assert(
    fc.property(
      cardNumber,
      fc.array(fc.constantFrom('', '', ' ', '-', ' - '), { minLength: 19, maxLength: 19 }),
      fc.constantFrom('', 'ref: ', 'a', '#', '7 of '),
      fc.constantFrom('', ' thanks', 'x', '.'),
      (number, separators, before, after) => {
        const written = [...number]
          .map((digit, index) => digit + (separators[index] ?? ''))
          .join('')
          .replace(/[ -]+$/, '');
        const found = findCardNumber(before + written + after);
        expect(found).not.toBeNull();
      },
    ),
  );
});

test('digits that fail the check digit are never a card number', () => {
  fc.assert(
    fc.property(cardNumber, fc.integer({ min: 1, max: 9 }), (number, shift) => {
      const wrong = number.slice(0, -1) + String((Number(number.at(-1)) + shift) % 10);
      expect(findCardNumber(wrong)).toBeNull();
    }),
  );
});

test('order numbers of 13 to 19 digits without a card prefix pass, whatever their check digit', () => {
  const otherPrefix = fc.constantFrom(
    '0',
    '1',
    '7',
    '9',
    '20',
    '2721',
    '500',
    '57',
    '600',
    '80',
    '85',
  );
  fc.assert(
    fc.property(
      otherPrefix,
      fc.integer({ min: 13, max: 19 }).chain((length) => digitsOfLength(length)),
      (prefix, digits) => {
        const number = withCheckDigit((prefix + digits).slice(0, digits.length - 1));
        expect(findCardNumber(number)).toBeNull();
      },
    ),
  );
});

test('of random numbers of 13 to 19 digits at least 97 in 100 pass', () => {
  const sample = fc.sample(
    fc.integer({ min: 13, max: 19 }).chain((length) => digitsOfLength(length)),
    { numRuns: 5_000, seed: 42 },
  );
  expect(sample.filter((digits) => findCardNumber(digits) !== null).length).toBeLessThan(150);
});

test('a UUID or another random id in hexadecimal is never a card number', () => {
  for (const id of [
    '8860b7b8-fedd-4717-9811-84356ba0cc99',
    '07d7c8c7-97b3-4609-9820-17984f31f1fc',
    'order-C7FA5C41-0776-4561-980A-01D00B28EB40',
    'a1b2c34111111111111111d4e5f60718',
  ]) {
    expect(findCardNumber(id), id).toBeNull();
  }
  expect(findCardNumber('8860b7b8-fedd-4717-9811-84356ba0cc99 4242424242424242')).toEqual({
    start: 37,
    end: 53,
  });
});

test('a longer run of digits around a card number is not a card', () => {
  fc.assert(
    fc.property(
      cardNumber,
      fc.integer({ min: 1, max: 8 }).chain((length) => digitsOfLength(length)),
      fc.boolean(),
      (number, more, before) => {
        const run = before ? more + number : number + more;
        fc.pre(run.length > 19);
        expect(findCardNumber(run)).toBeNull();
      },
    ),
  );
});

test('dates, amounts and telephone numbers pass', () => {
  const harmless = [
    '2026-11-24T10:15:00.000Z',
    '2026-11-24 10-15-00',
    '1764000000000',
    '+49 1512 3456 783',
    '+1 (415) 555-0132',
    '192.168.100.100',
    '1 234 567 890',
  ];
  expect(harmless.filter((text) => findCardNumber(text) !== null)).toEqual([]);
});

test('every card number of a text is found, none of the text between', () => {
  const text = 'a 4242 4242 4242 4242, b 5555-5555-5555-4444 and 378282246310005';
  const found = [...findCardNumbers(text)].map(({ start, end }) => text.slice(start, end));
  expect(found).toEqual(['4242 4242 4242 4242', '5555-5555-5555-4444', '378282246310005']);
});

test('a text of 64 KiB made to be slow is searched in time that grows with its length only', () => {
  const began = performance.now();
  for (const unit of ['4 ', '4-', '4242 ', '4', '4 x', '44444444444 ']) {
    findCardNumber(unit.repeat(65_536 / unit.length));
  }
  expect(performance.now() - began).toBeLessThan(5_000);
});
