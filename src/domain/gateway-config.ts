import type { Currency } from './currency.ts';
import { compareDecimals, parseDecimal } from './decimal.ts';
import type { FeeSchedule, FeeTerms } from './fee.ts';
import { largestAmount, smallestAmount, toMinorUnits } from './money.ts';

/** What operators have set for a gateway. `null` is what they have said nothing about. Numbers are exact decimals. */
export interface GatewayConfig {
  /** Percent of the amount. */
  readonly feePercentage: string | null;
  /** For each payment, in major units of its currency. */
  readonly feeFixed: string | null;
  readonly fees: Readonly<Record<Currency, Partial<FeeTerms>>>;
  readonly displayName: string | null;
  /** The currencies in which payments are taken there, of those in which the gateway charges; `null` for all. */
  readonly currencies: readonly Currency[] | null;
  /** The smallest payment, in major units of its currency; `null` for what Tender's own settings say. */
  readonly minAmount: string | null;
  readonly maxAmount: string | null;
  readonly limits: Readonly<Record<Currency, Partial<MajorUnitRange>>>;
}

/** Decimals of major units, both included. */
export interface MajorUnitRange {
  readonly minAmount: string | null;
  readonly maxAmount: string | null;
}

export const NOTHING_CONFIGURED: GatewayConfig = {
  feePercentage: null,
  feeFixed: null,
  fees: {},
  displayName: null,
  currencies: null,
  minAmount: null,
  maxAmount: null,
  limits: {},
};

/** Members by name, of which each may be taken away by `null`. */
type Members<T> = Readonly<Record<string, Readonly<{ [K in keyof T]?: T[K] | null }> | null>>;

/** What shall change: what is left out stays as it is, `null` takes it away, in the parts of maps as well (RFC 7396). */
export interface ConfigPatch extends Partial<Omit<GatewayConfig, 'fees' | 'limits'>> {
  readonly fees?: Members<FeeTerms> | null;
  readonly limits?: Members<MajorUnitRange> | null;
}

/** The settings with what a patch says. Equal settings have equal JSON, whatever order they were made in. */
export function patchConfig(config: GatewayConfig, patch: ConfigPatch): GatewayConfig {
  const given = Object.fromEntries(
    Object.entries(patch).filter(([, value]) => value !== undefined),
  ) as ConfigPatch;
  return {
    ...config,
    ...given,
    currencies: given.currencies ? [...new Set(given.currencies)].sort() : keep(config, given),
    fees: patchMembers(config.fees, given.fees),
    limits: patchMembers(config.limits, given.limits),
  };
}

function keep(config: GatewayConfig, { currencies }: ConfigPatch): GatewayConfig['currencies'] {
  return currencies === undefined ? config.currencies : null;
}

function patchMembers<T extends object>(
  members: Readonly<Record<string, T>>,
  patch: Members<T> | null | undefined,
): Record<string, T> {
  if (patch === undefined) return members;
  if (patch === null) return {};
  const names = [...new Set([...Object.keys(members), ...Object.keys(patch)])].sort();
  const merged = names.map((name): [string, T] => {
    const change = patch[name];
    const parts = change === null ? {} : { ...members[name], ...change };
    const kept = Object.entries(parts).filter(([, part]) => part !== null && part !== undefined);
    return [name, Object.fromEntries(kept.sort(([a], [b]) => (a < b ? -1 : 1))) as T];
  });
  return Object.fromEntries(merged.filter(([, parts]) => Object.keys(parts).length > 0));
}

/** Why settings cannot hold as they are. `param` is the path of what is at fault; `null` where they can. */
export function configProblem(config: GatewayConfig): { param: string; detail: string } | null {
  const problem = emptyRange(config, '');
  if (problem) return problem;
  for (const [currency, own] of Object.entries(config.limits)) {
    for (const [name, decimal] of Object.entries(own)) {
      if (typeof decimal === 'string' && toMinorUnits(decimal, currency) === null) {
        const param = `limits.${currency}.${name === 'minAmount' ? 'min_amount' : 'max_amount'}`;
        return { param, detail: `${decimal} is finer than the minor unit of ${currency}.` };
      }
    }
    const empty = emptyRange({ ...config, ...own }, `limits.${currency}.`);
    if (empty) return empty;
  }
  return null;
}

function emptyRange({ minAmount, maxAmount }: MajorUnitRange, prefix: string) {
  const min = minAmount === null ? null : parseDecimal(minAmount);
  const max = maxAmount === null ? null : parseDecimal(maxAmount);
  if (min === null || max === null || compareDecimals(min, max) <= 0) return null;
  return {
    param: `${prefix}min_amount`,
    detail: `No amount could be paid: at least ${minAmount} and at most ${maxAmount}.`,
  };
}

/** What is expected to be paid to the gateway. */
export function feeScheduleOf(config: GatewayConfig): FeeSchedule {
  return { percentage: config.feePercentage, fixed: config.feeFixed, byCurrency: config.fees };
}

/**
 * The smallest and the largest payment of a currency in minor units, both included; `null` where there is no limit.
 * A limit finer than the minor unit is moved inwards.
 */
export function amountRangeOf(
  { minAmount, maxAmount, limits }: GatewayConfig,
  currency: Currency,
): { min: bigint | null; max: bigint | null } {
  const own = Object.hasOwn(limits, currency) ? limits[currency] : undefined;
  const min = own?.minAmount ?? minAmount;
  const max = own?.maxAmount ?? maxAmount;
  return {
    min: min === null ? null : smallestAmount(min, currency),
    max: max === null ? null : largestAmount(max, currency),
  };
}

/** Whether a gateway takes payments, and on which terms, as operators have it. */
export interface GatewayState {
  readonly enabled: boolean;
  readonly config: GatewayConfig;
}

/** The state of each gateway by its name. */
export type GatewayStateOf = (gateway: string) => GatewayState;

/** What holds for a gateway about which operators have said nothing. */
export const UNTOUCHED: GatewayState = { enabled: true, config: NOTHING_CONFIGURED };
