import { readAmountLimits } from './amount-overrides.ts';
import { buildSettings } from './build-settings.ts';
import { consistencyRules } from './consistency-rules.ts';
import { deepFreeze } from './deep-freeze.ts';
import { parseVariables, readVariable } from './parse.ts';
import type { SettingsProblem, SettingsWarning } from './problem.ts';
import { guardedRules, productionRules, testingRules } from './production-rules.ts';
import { applyRules, type Given, type Rule } from './rule.ts';
import type { Environment, Settings } from './settings.ts';
import { environmentSource, fileSource, type Source } from './source.ts';
import type { Command } from './variable.ts';
import { VARIABLES, type Values } from './variables.ts';
import { filesLeftAside, surprisingValues, unknownVariables } from './warnings.ts';

/** What came of reading the settings. Warnings never stand in the way. */
export type LoadedSettings =
  | {
      readonly ok: true;
      readonly settings: Settings;
      readonly warnings: readonly SettingsWarning[];
    }
  | {
      readonly ok: false;
      readonly problems: readonly SettingsProblem[];
      readonly warnings: readonly SettingsWarning[];
    };

const RULES: Readonly<Record<Environment, readonly Rule[]>> = {
  development: [...consistencyRules, ...testingRules],
  staging: [...consistencyRules, ...guardedRules, ...testingRules],
  production: [...consistencyRules, ...guardedRules, ...productionRules],
};

/**
 * Reads everything that a command needs to know from outside: the environment, then `.env.<PAYMENT_ENVIRONMENT>`.
 *
 * The result is deeply frozen. Where anything is wrong, all of it is reported at once. A variable that the command does
 * not use is not read, and stands at its default in the settings.
 *
 * @param cwd the folder that holds the `.env` file, and that relative `<NAME>_FILE` paths start from
 */
export function loadSettings({
  env,
  cwd,
  command,
}: {
  env: Readonly<Record<string, string | undefined>>;
  cwd: string;
  command: Command;
}): LoadedSettings {
  const real = environmentSource(env);
  // The variable that picks the file cannot come from it.
  const picked = readVariable('PAYMENT_ENVIRONMENT', VARIABLES.PAYMENT_ENVIRONMENT, [real], cwd);
  const environment = environmentOf(picked);
  const file = environment === null ? null : fileSource(cwd, environment);
  const sources: Source[] = file === null ? [real] : [real, file.source];

  const parsed = parseVariables(command, sources, cwd);
  const amounts = readAmountLimits(command, parsed.values, sources, cwd);
  const given: Given | null = environment && { ...parsed, command, environment };
  const problems = [
    ...(file?.problems ?? []),
    ...parsed.problems,
    ...amounts.problems,
    ...(given === null ? [] : applyRules(RULES[given.environment], given)),
  ];
  const warnings = [
    ...filesLeftAside(picked.kind !== 'unset', cwd),
    ...unknownVariables(sources),
    ...(given === null ? [] : surprisingValues(given)),
  ];
  if (problems.length > 0 || amounts.limits === null) return { ok: false, problems, warnings };
  // Without problems every value has been read, and those with a default are there.
  const settings = buildSettings(parsed.values as Values, amounts.limits);
  return { ok: true, settings: deepFreeze(settings), warnings };
}

/** The environment that was picked, or null where what was picked is none. */
function environmentOf(picked: ReturnType<typeof readVariable>): Environment | null {
  if (picked.kind === 'unset') return VARIABLES.PAYMENT_ENVIRONMENT.default;
  return picked.kind === 'read' ? (picked.value as Environment) : null;
}
