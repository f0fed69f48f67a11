import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  DEFAULT_POLICY,
  fits,
  ranking,
  route,
  type Candidate,
  type Preference,
  type RoutedPayment,
  type RoutingPolicy,
  type RoutingRule,
} from './routing.ts';

const PAYMENT: RoutedPayment = { amount: 10_00n, currency: 'EUR', method: null, lot: 0 };

const able = (name: string, fee: bigint | null = null): Candidate => ({
  name,
  obstacle: null,
  fee,
});
const unable = (name: string): Candidate => ({
  ...able(name),
  obstacle: { reason: 'unavailable', detail: `${name} does not answer.` },
});
const three = [able('a', 30n), able('b', 10n), able('c')];

const preferring = (preference: Partial<Preference>): RoutingPolicy => ({
  default: { ...DEFAULT_POLICY.default, ...preference },
  rules: [],
});
const rule = (changes: Partial<RoutingRule>): RoutingRule => ({
  name: 'a rule',
  currencies: [],
  minAmount: null,
  maxAmount: null,
  methods: [],
  strategy: 'priority',
  gateways: [],
  weights: {},
  ...changes,
});

test('without a policy the gateways are used in the order in which they are configured', () => {
  expect(ranking(route(PAYMENT, DEFAULT_POLICY, three))).toEqual(['a', 'b', 'c']);
});

test('by priority the first that can take the payment is used, and the others say why they are not', () => {
  const policy = preferring({ gateways: ['c', 'a'] });
  const decision = route(PAYMENT, policy, [able('a'), able('b'), unable('c')]);
  expect(decision).toMatchObject({ strategy: 'priority', rule: null });
  expect(decision.considered).toEqual([
    { gateway: 'a', rank: 1, passedOver: null, fee: null },
    {
      gateway: 'b',
      rank: null,
      passedOver: { reason: 'not_in_policy', detail: 'The policy does not name b here.' },
      fee: null,
    },
    {
      gateway: 'c',
      rank: null,
      passedOver: { reason: 'unavailable', detail: 'c does not answer.' },
      fee: null,
    },
  ]);
});

test('by fee the cheapest is used; one of which no fee is known comes last, and equals keep their order', () => {
  const policy = preferring({ strategy: 'lowest_fee' });
  expect(ranking(route(PAYMENT, policy, three))).toEqual(['b', 'a', 'c']);
  const equal = [able('x'), able('y', 5n), able('z', 5n)];
  expect(ranking(route(PAYMENT, policy, equal))).toEqual(['y', 'z', 'x']);
});

test('by weight each gateway gets its share, one without weight nothing, and the lot alone decides', () => {
  const policy = preferring({ strategy: 'weighted', weights: { a: 70, b: 30 } });
  const chosen = (lot: number) => ranking(route({ ...PAYMENT, lot }, policy, three))[0];
  const lots = Array.from({ length: 1_000 }, (_, i) => i / 1_000);
  expect(lots.filter((lot) => chosen(lot) === 'a')).toHaveLength(700);
  expect(lots.filter((lot) => chosen(lot) === 'b')).toHaveLength(300);
  expect(ranking(route({ ...PAYMENT, lot: 0.99 }, policy, three))).toEqual(['b', 'a']);
});

describe('a rule', () => {
  test('decides where it fits, and the first that fits wins', () => {
    const policy: RoutingPolicy = {
      ...DEFAULT_POLICY,
      rules: [
        rule({ name: 'yen', currencies: ['JPY'], gateways: ['a'] }),
        rule({ name: 'euros', currencies: ['EUR'], gateways: ['c'] }),
        rule({ name: 'all', gateways: ['b'] }),
      ],
    };
    const decision = route(PAYMENT, policy, three);
    expect([decision.rule, ranking(decision)]).toEqual(['euros', ['c']]);
    expect(route({ ...PAYMENT, currency: 'USD' }, policy, three).rule).toBe('all');
  });

  test.each([
    ['EUR', 9_99n, false],
    ['EUR', 10_00n, true],
    ['EUR', 50_50n, true],
    ['EUR', 50_51n, false],
    ['JPY', 9n, false],
    ['JPY', 10n, true],
    ['JPY', 51n, false],
    ['KWD', 10_000n, true],
    ['KWD', 50_501n, false],
  ])('from 10 to 50.5 in %s with %s minor units: %s', (currency, amount, expected) => {
    const between = rule({ minAmount: '10', maxAmount: '50.5' });
    expect(fits(between, { ...PAYMENT, currency, amount })).toBe(expected);
  });

  test('about a kind of payment method does not fit a payment whose kind is not known', () => {
    const cards = rule({ methods: ['card'] });
    expect(fits(cards, { ...PAYMENT, method: 'card' })).toBe(true);
    expect(fits(cards, { ...PAYMENT, method: 'paypal' })).toBe(false);
    expect(fits(cards, PAYMENT)).toBe(false);
  });
});

test('every gateway is accounted for once, and none is used that cannot take the payment', () => {
  const names = ['a', 'b', 'c', 'd'];
  const preference = fc.record({
    strategy: fc.constantFrom('priority', 'weighted', 'lowest_fee'),
    gateways: fc.uniqueArray(fc.constantFrom(...names, 'elsewhere')),
    weights: fc.dictionary(fc.constantFrom(...names), fc.nat(100)),
  });
  const candidate = (name: string) =>
    fc
      .tuple(fc.boolean(), fc.option(fc.bigInt({ min: 0n, max: 100n })))
      .map(([can, fee]) => (can ? able(name, fee) : unable(name)));
  fc.assert(
    fc.property(
      preference,
      fc.tuple(...names.map(candidate)),
      fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
      (wanted, candidates, lot) => {
        const decision = route({ ...PAYMENT, lot }, preferring(wanted), candidates);
        expect(decision.considered.map(({ gateway }) => gateway).toSorted()).toEqual(names);
        const can = new Set(candidates.flatMap((c) => (c.obstacle === null ? [c.name] : [])));
        expect(ranking(decision).every((name) => can.has(name))).toBe(true);
        const passedOver = decision.considered.filter((each) => each.rank === null);
        expect(passedOver.every((each) => each.passedOver !== null)).toBe(true);
      },
    ),
  );
});

test('by weight those that may follow come by their weight, and one without says so', () => {
  const weights = { a: 10, b: 50, c: 40 };
  const policy = preferring({ strategy: 'weighted', weights });
  const four = [...three, able('d')];
  const decision = route({ ...PAYMENT, lot: 0 }, policy, four);
  expect(ranking(decision)).toEqual(['a', 'b', 'c']);
  expect(decision.considered.at(-1)).toEqual({
    gateway: 'd',
    rank: null,
    passedOver: { reason: 'no_weight', detail: 'd has no weight.' },
    fee: null,
  });
  const last = route({ ...PAYMENT, lot: 1 }, policy, four);
  expect(ranking(last)[0]).toBe('c');
});

test('by fee the order does not depend on the order in which the gateways are configured', () => {
  const policy = preferring({ strategy: 'lowest_fee' });
  const byFee = (...fees: (bigint | null)[]) =>
    ranking(
      route(
        PAYMENT,
        policy,
        fees.map((fee, at) => able(`g${at}`, fee)),
      ),
    );
  expect(byFee(1n, 2n, null)).toEqual(['g0', 'g1', 'g2']);
  expect(byFee(2n, 1n, null)).toEqual(['g1', 'g0', 'g2']);
  expect(byFee(null, 2n, 1n)).toEqual(['g2', 'g1', 'g0']);
  expect(byFee(null, null, 3n)).toEqual(['g2', 'g0', 'g1']);
  expect(byFee(2n, 2n, 1n)).toEqual(['g2', 'g0', 'g1']);
});

test('a limit that is no number is an error of whoever wrote the policy', () => {
  expect(() => fits(rule({ minAmount: 'much' }), PAYMENT)).toThrow(
    '"much" is not a decimal number',
  );
});

test('a rule with one limit has no other', () => {
  const least = rule({ minAmount: '10' });
  expect(fits(least, { ...PAYMENT, amount: 10n ** 12n })).toBe(true);
  expect(fits(least, { ...PAYMENT, amount: 9_99n })).toBe(false);
  expect(fits(rule({ maxAmount: '10' }), { ...PAYMENT, amount: 1n })).toBe(true);
});
