import { exponentOf, type Currency } from './currency.ts';
import { compareDecimals, parseDecimal } from './decimal.ts';

/** How one of several gateways is picked. */
export const ROUTING_STRATEGIES = ['priority', 'weighted', 'lowest_fee'] as const;
export type RoutingStrategy = (typeof ROUTING_STRATEGIES)[number];

/** A way to pick among gateways. */
export interface Preference {
  strategy: RoutingStrategy;
  /**
   * The gateways, the preferred one first. Those that are not named are not used; an empty list stands for all, in the
   * order in which they are configured.
   */
  gateways: readonly string[];
  /** For `weighted`: the share of each gateway, a whole number; one that is not named has none. */
  weights: Readonly<Record<string, number>>;
}

/** What holds for some payments only. */
export interface RoutingRule extends Preference {
  name: string;
  /** Any of these currencies; empty for all. */
  currencies: readonly Currency[];
  /** Major units of the payment's currency as exact decimals, both ends included; `null` for no limit. */
  minAmount: string | null;
  maxAmount: string | null;
  /** Any of these kinds of payment methods, such as `card`; empty for all, also where the kind is not known. */
  methods: readonly string[];
}

/** What decides where payments go: the first rule that fits a payment, or else the default. */
export interface RoutingPolicy {
  default: Preference;
  rules: readonly RoutingRule[];
}

/** Until an operator says otherwise: the gateways in the order in which they are configured. */
export const DEFAULT_POLICY: RoutingPolicy = {
  default: { strategy: 'priority', gateways: [], weights: {} },
  rules: [],
};

/** What is known of a payment that has no gateway yet. */
export interface RoutedPayment {
  /** Minor units. */
  amount: bigint;
  currency: Currency;
  /** The kind of payment method, such as `card`; `null` where the customer has not chosen yet. */
  method: string | null;
  /** A number from 0 up to 1 that is the payment's own, so that a repetition draws the same lot. */
  lot: number;
}

/** Why a gateway was not used. */
export const PASSED_OVER = [
  'disabled',
  'unavailable',
  'busy',
  'not_in_policy',
  'no_weight',
  'currency_not_supported',
  'amount_not_supported',
  'capability_missing',
  'no_payment_method',
  'refused',
] as const;
export type PassedOver = (typeof PASSED_OVER)[number];

/** A gateway as it stands when a payment is routed. */
export interface Candidate {
  name: string;
  /** Why it cannot take this payment, whatever the policy says; `null` where it can. */
  obstacle: { reason: PassedOver; detail: string } | null;
  /** What it is expected to take, in minor units; `null` where no terms are known. */
  fee: bigint | null;
}

/** What became of one gateway in the decision. */
export interface Considered {
  gateway: string;
  /** 1 for the one to use, then those that may follow it; `null` for those that were passed over. */
  rank: number | null;
  passedOver: { reason: PassedOver; detail: string } | null;
  fee: bigint | null;
}

/** Where a payment goes, and why. */
export interface RoutingDecision {
  strategy: RoutingStrategy;
  /** The name of the rule that fitted; `null` for the default. */
  rule: string | null;
  /** Every gateway, those to use first and in their order. */
  considered: readonly Considered[];
}

/**
 * Ranks the gateways for a payment. It depends on nothing but its arguments: the same payment under the same policy and
 * circumstances goes the same way.
 *
 * @param candidates in the order in which they are configured
 */
export function route(
  payment: RoutedPayment,
  policy: RoutingPolicy,
  candidates: readonly Candidate[],
): RoutingDecision {
  const rule = policy.rules.find((each) => fits(each, payment)) ?? null;
  const preference = rule ?? policy.default;
  const order = preference.gateways.length > 0 ? preference.gateways : namesOf(candidates);
  const judged = candidates.map((candidate) => ({
    candidate,
    passedOver: candidate.obstacle ?? outsidePreference(candidate, preference, order),
  }));
  const usable = order.flatMap((name) =>
    judged.flatMap(({ candidate, passedOver }) =>
      candidate.name === name && passedOver === null ? [candidate] : [],
    ),
  );
  const ranked = rank(usable, preference, payment.lot);
  return {
    strategy: preference.strategy,
    rule: rule?.name ?? null,
    considered: [
      ...ranked.map(({ name, fee }, index) => ({
        gateway: name,
        rank: index + 1,
        passedOver: null,
        fee,
      })),
      ...judged
        .filter(({ passedOver }) => passedOver !== null)
        .map(({ candidate: { name, fee }, passedOver }) => ({
          gateway: name,
          rank: null,
          passedOver,
          fee,
        })),
    ],
  };
}

/** The gateways of a decision that may be used, the best first. */
export function ranking({ considered }: RoutingDecision): string[] {
  return considered.flatMap(({ gateway, rank }) => (rank === null ? [] : [gateway]));
}

/** Whether a rule is about a payment. */
export function fits(rule: RoutingRule, payment: RoutedPayment): boolean {
  const { currencies, methods, minAmount, maxAmount } = rule;
  if (currencies.length > 0 && !currencies.includes(payment.currency)) return false;
  if (methods.length > 0 && (payment.method === null || !methods.includes(payment.method))) {
    return false;
  }
  const amount = { digits: payment.amount, scale: exponentOf(payment.currency) };
  const compare = (limit: string) => {
    const read = parseDecimal(limit);
    if (read === null) throw new TypeError(`${JSON.stringify(limit)} is not a decimal number`);
    return compareDecimals(amount, read);
  };
  if (minAmount !== null && compare(minAmount) < 0) return false;
  return maxAmount === null || compare(maxAmount) <= 0;
}

function namesOf(candidates: readonly Candidate[]): string[] {
  return candidates.map(({ name }) => name);
}

function outsidePreference(
  { name }: Candidate,
  { strategy, weights }: Preference,
  order: readonly string[],
): Considered['passedOver'] {
  if (!order.includes(name)) {
    return { reason: 'not_in_policy', detail: `The policy does not name ${name} here.` };
  }
  if (strategy === 'weighted' && weightOf(name, weights) === 0) {
    return { reason: 'no_weight', detail: `${name} has no weight.` };
  }
  return null;
}

function rank(
  usable: readonly Candidate[],
  { strategy, weights }: Preference,
  lot: number,
): Candidate[] {
  switch (strategy) {
    case 'priority':
      return [...usable];
    case 'lowest_fee':
      return usable.toSorted((a, b) => compareFees(a.fee, b.fee));
    case 'weighted':
      return drawn(usable, weights, lot);
  }
}

/** The cheaper one first; one of which nothing is known comes last. Equals stay in their order. */
function compareFees(a: bigint | null, b: bigint | null): number {
  if (a === null || b === null) return Number(a === null) - Number(b === null);
  return a < b ? -1 : a > b ? 1 : 0;
}

/** The one on which the lot falls, then the others by their weight. */
function drawn(
  usable: readonly Candidate[],
  weights: Preference['weights'],
  lot: number,
): Candidate[] {
  const total = usable.reduce((sum, { name }) => sum + weightOf(name, weights), 0);
  let left = lot * total;
  const first = usable.find(({ name }) => (left -= weightOf(name, weights)) < 0) ?? usable.at(-1);
  const others = usable.filter((each) => each !== first);
  const byWeight = others.toSorted((a, b) => weightOf(b.name, weights) - weightOf(a.name, weights));
  return first ? [first, ...byWeight] : [];
}

function weightOf(name: string, weights: Preference['weights']): number {
  return Object.hasOwn(weights, name) ? (weights[name] ?? 0) : 0;
}
