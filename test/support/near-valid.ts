import fc from 'fast-check';

/** Requests that are nearly what the API wants: most parts right, some of them odd. */

/** A cursor that holds this place, as the API packs its own. */
export function place(at: unknown): string {
  return Buffer.from(JSON.stringify(at)).toString('base64url');
}

const oddText = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.string({ unit: 'grapheme', maxLength: 300 }),
  fc.constantFrom('', ' ', '\0', '\ud800', '\u2028', '\u0001', "';--", '${x}', '__proto__', 'null'),
  fc.constantFrom('x'.repeat(256), 'é'.repeat(255), '💶'.repeat(200), 'https://[::1', 'http://a b'),
);
const oddNumber = fc.oneof(
  fc.integer(),
  fc.double(),
  fc.constantFrom(
    0,
    -0,
    -1,
    0.1,
    1e21,
    Number.MAX_SAFE_INTEGER,
    Number.MAX_SAFE_INTEGER + 1,
    1e308,
  ),
);
const odd: fc.Arbitrary<unknown> = fc.oneof(
  oddText,
  oddNumber,
  fc.constantFrom(null, true, false, [], {}),
  fc.jsonValue({ maxDepth: 3 }),
);

/** JSON text with now and then a piece cut out or a character replaced. */
function written(value: fc.Arbitrary<unknown>): fc.Arbitrary<string> {
  const text = value.map((each) => JSON.stringify(each));
  const damaged = fc
    .tuple(text, fc.nat(), fc.nat(5), fc.constantFrom('', '"', '1e400', '\\u0000', '{', '\n'))
    .map(([whole, at, length, instead]) => {
      const from = at % (whole.length + 1);
      return whole.slice(0, from) + instead + whole.slice(from + length);
    });
  return fc.oneof({ weight: 5, arbitrary: text }, { weight: 1, arbitrary: damaged });
}

/** A body with these members, each of them there or not, right or odd, and now and then one more. */
export function anyBody(right: Record<string, unknown>): fc.Arbitrary<string> {
  const members = Object.entries(right).map(([name, value]) => [
    name,
    fc.oneof({ weight: 3, arbitrary: fc.constant(value) }, { weight: 1, arbitrary: odd }),
  ]);
  const known = fc.record(Object.fromEntries(members) as Record<string, fc.Arbitrary<unknown>>, {
    requiredKeys: [],
  });
  const more = fc.dictionary(oddText, odd, { maxKeys: 2 });
  const body = fc.oneof(
    { weight: 8, arbitrary: known },
    { weight: 2, arbitrary: fc.tuple(known, more).map(([a, b]) => ({ ...b, ...a })) },
    { weight: 1, arbitrary: odd },
  );
  return written(body);
}

export const anyPaymentBody = fc
  .constantFrom('pm_card_visa', 'pm_card_chargeDeclined', 'pm_card_authenticationRequired')
  .chain((payment_method) =>
    anyBody({
      amount: 1_000,
      currency: 'EUR',
      payment_method,
      confirm: true,
      capture_method: 'manual',
      off_session: false,
      order_id: 'A-1',
      description: 'two books',
      statement_descriptor: 'BOOKS',
      return_url: 'https://shop.example/back',
      metadata: { a: 'b' },
    }),
  );

/** One segment of a path, as odd as a URL allows. */
export const anySegment = fc.oneof(
  oddText.filter((text) => text.isWellFormed()).map(encodeURIComponent),
  fc.constantFrom(
    'pay_0',
    '%00',
    '%ff',
    '%',
    '%2e%2e',
    '..%2f',
    '*',
    ':id',
    '%252F',
    'x'.repeat(101),
  ),
);

/** The place that a cursor stands for, right in its form and odd in its values, or not at all one. */
export const anyCursor = fc.oneof(
  fc.record({ createdAt: fc.oneof(fc.date().map(String), odd), id: odd }).map(place),
  fc.record({ createdAt: fc.integer(), id: oddText }).map(place),
  fc.record({ createdAt: fc.date({ noInvalidDate: true }), id: fc.constant('pay_1') }).map(place),
  fc.record({ sqlTransaction: fc.bigInt().map(String), position: fc.nat().map(String) }).map(place),
  odd.map(place),
  fc.base64String({ maxLength: 150 }).map(encodeURIComponent),
);

const PARAMETERS: Record<string, string[]> = {
  limit: ['1', '100', '1e1', '0x10', '-1', '١'],
  status: ['succeeded', 'SUCCEEDED'],
  gateway: ['stripe', 'square'],
  type: ['payment.created', 'payment'],
  order_id: ['A-1'],
  payment_id: ['pay_0'],
  created_from: ['2026-01-01T00:00:00Z', '0000-01-01T00:00:00Z', '2026-02-30T00:00:00Z'],
  created_before: ['9999-12-31T23:59:59-23:59', '0001-01-01T00:00:00+23:59'],
};

/** A query string with a few parameters, right ones and odd ones. */
export const anyQuery = fc
  .array(
    fc.oneof(
      fc.constantFrom(...Object.keys(PARAMETERS)).chain((name) =>
        fc
          .oneof(fc.constantFrom(...(PARAMETERS[name] ?? [])), oddText)
          .filter((value) => value.isWellFormed())
          .map((value) => `${name}=${encodeURIComponent(value)}`),
      ),
      anyCursor.map((cursor) => `cursor=${cursor}`),
      anySegment,
    ),
    { maxLength: 4 },
  )
  .map((parts) => parts.join('&'));
