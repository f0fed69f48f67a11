import type { Parsed } from './parse.ts';
import type { SettingsProblem } from './problem.ts';
import type { Environment } from './settings.ts';
import { exampleLine, type Command } from './variable.ts';
import { VARIABLES, type VariableName } from './variables.ts';

/** What a rule may look at. Values that could not be read are absent: they have been reported already. */
export interface Given extends Pick<Parsed, 'values' | 'origins'> {
  readonly command: Command;
  readonly environment: Environment;
}

/** Something that is wrong with a value that is right by itself. */
export interface Finding {
  readonly variable: VariableName;
  readonly problem: string;
}

/** A demand on the settings that a single variable's type cannot make. */
export type Rule = (given: Given) => readonly Finding[];

/** Holds the settings against rules, and tells every finding as a problem. */
export function applyRules(rules: readonly Rule[], given: Given): SettingsProblem[] {
  return rules
    .flatMap((rule) => rule(given))
    .map(({ variable, problem }) => {
      const from = given.origins.get(variable);
      const example = exampleLine(variable, VARIABLES[variable]);
      return { variable, problem, example, ...(from === undefined ? {} : { from }) };
    });
}
