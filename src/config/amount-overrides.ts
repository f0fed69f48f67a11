import { isCurrency } from '../domain/currency.ts';
import {
  leaveRoom,
  limitProblem,
  type AmountLimits,
  type MajorUnitLimits,
} from './amount-limits.ts';
import { readVariable, type Parsed } from './parse.ts';
import type { SettingsProblem } from './problem.ts';
import type { Source } from './source.ts';
import { exampleLine, uses, type Command } from './variable.ts';
import { VARIABLES } from './variables.ts';

const OVERRIDE = /^(PAYMENT_(?:MIN|MAX)_PAYMENT_AMOUNT)_([A-Za-z0-9_]+)$/;
const BOUNDS = { PAYMENT_MIN_PAYMENT_AMOUNT: 'min', PAYMENT_MAX_PAYMENT_AMOUNT: 'max' } as const;

/** Whether a name is a limit for one currency, such as `PAYMENT_MAX_PAYMENT_AMOUNT_JPY`. */
export function isAmountOverride(name: string): boolean {
  return OVERRIDE.test(name);
}

/**
 * Reads the limits of amounts, the general ones and those of single currencies, and holds them against each other.
 *
 * A suffix that is no currency is a problem rather than a warning: the limit that was meant would not hold.
 */
export function readAmountLimits(
  command: Command,
  general: Parsed['values'],
  sources: readonly Source[],
  cwd: string,
): { limits: AmountLimits | null; problems: SettingsProblem[] } {
  const { PAYMENT_MIN_PAYMENT_AMOUNT: min, PAYMENT_MAX_PAYMENT_AMOUNT: max } = general;
  const limits = min === undefined || max === undefined ? null : { min, max };
  if (!uses(command, VARIABLES.PAYMENT_MAX_PAYMENT_AMOUNT)) {
    return { limits: limits && { general: limits, byCurrency: {} }, problems: [] };
  }
  const { overrides, problems } = readOverrides(sources, cwd);
  if (limits === null) return { limits: null, problems };

  if (!leaveRoom(limits)) problems.push(noRoom('PAYMENT_MAX_PAYMENT_AMOUNT', limits));
  const byCurrency: Record<string, MajorUnitLimits> = {};
  for (const [currency, override] of overrides) {
    const own = { ...limits, ...override };
    byCurrency[currency] = own;
    const bound = override.max === undefined ? 'MIN' : 'MAX';
    if (!leaveRoom(own)) problems.push(noRoom(`PAYMENT_${bound}_PAYMENT_AMOUNT_${currency}`, own));
  }
  return { limits: { general: limits, byCurrency }, problems };
}

type Overrides = Map<string, { min?: string; max?: string }>;

function readOverrides(
  sources: readonly Source[],
  cwd: string,
): { overrides: Overrides; problems: SettingsProblem[] } {
  const overrides: Overrides = new Map();
  const problems: SettingsProblem[] = [];
  for (const name of new Set(sources.flatMap((source) => [...source.keys()]))) {
    const [, base, currency] = OVERRIDE.exec(name) ?? [];
    if (currency === undefined) continue;
    const variable = base as keyof typeof BOUNDS;
    const reading = readVariable(name, VARIABLES[variable], sources, cwd);
    if (reading.kind === 'wrong') problems.push(reading.problem);
    if (reading.kind !== 'read') continue;
    const decimal = String(reading.value);
    const problem = limitProblem(decimal, currency);
    if (problem === null) {
      overrides.set(currency, { ...overrides.get(currency), [BOUNDS[variable]]: decimal });
    } else {
      const suffix = isCurrency(currency) ? currency : 'EUR';
      const example = exampleLine(`${variable}_${suffix}`, VARIABLES[variable]);
      problems.push({ variable: name, from: reading.from, problem, example });
    }
  }
  return { overrides, problems };
}

function noRoom(variable: string, { min, max }: MajorUnitLimits): SettingsProblem {
  return {
    variable,
    problem: `leaves no amount that may be paid: at least ${min} and at most ${max}`,
    example: `${variable}=${variable.includes('_MAX_') ? '50000.00' : '1.00'}`,
  };
}
