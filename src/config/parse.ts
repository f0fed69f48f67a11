import type { SettingsProblem } from './problem.ts';
import { resolveVariable } from './resolve.ts';
import type { Source } from './source.ts';
import { exampleLine, uses, type Command, type Variable } from './variable.ts';
import { VARIABLE_NAMES, VARIABLES, type VariableName, type Values } from './variables.ts';

/** What became of one variable's text. */
export type Reading =
  | { readonly kind: 'unset' }
  | { readonly kind: 'read'; readonly value: unknown; readonly from: string }
  | { readonly kind: 'wrong'; readonly problem: SettingsProblem };

/** What became of all of them; a variable that was wrong has no value, so that rules about it have nothing to say. */
export interface Parsed {
  readonly values: Partial<Values>;
  /** Where each variable that is set, rightly or wrongly, has its text from. */
  readonly origins: ReadonlyMap<VariableName, string>;
  readonly problems: readonly SettingsProblem[];
}

/** Finds and reads one variable. `name` may differ from the definition's own where it is for one currency. */
export function readVariable(
  name: string,
  variable: Variable,
  sources: readonly Source[],
  cwd: string,
): Reading {
  const resolution = resolveVariable(name, variable, sources, cwd);
  if (resolution.kind === 'unset') return resolution;
  const { from } = resolution;
  const wrong = (problem: string): Reading => ({
    kind: 'wrong',
    problem: { variable: name, from, problem, example: exampleLine(name, variable) },
  });
  if (resolution.kind === 'broken') return wrong(resolution.problem);
  const result = variable.type.safeParse(resolution.text);
  if (result.success) return { kind: 'read', value: result.data, from };
  const shown = variable.secret ? 'the value (not shown)' : shorten(resolution.text);
  return wrong(`${shown} ${result.error.issues[0]?.message ?? 'is wrong'}`);
}

/**
 * Reads every variable that the command uses. Those that it does not use stand at their defaults, whatever they are set
 * to, so that a mistake in one command's settings never stops another.
 */
export function parseVariables(command: Command, sources: readonly Source[], cwd: string): Parsed {
  const values: Partial<Record<VariableName, unknown>> = {};
  const origins = new Map<VariableName, string>();
  const problems: SettingsProblem[] = [];
  for (const name of VARIABLE_NAMES) {
    const variable: Variable = VARIABLES[name];
    const reading: Reading = uses(command, variable)
      ? readVariable(name, variable, sources, cwd)
      : { kind: 'unset' };
    switch (reading.kind) {
      case 'unset':
        if (variable.default !== undefined) values[name] = variable.type.parse(variable.default);
        break;
      case 'read':
        values[name] = reading.value;
        origins.set(name, reading.from);
        break;
      case 'wrong':
        problems.push(reading.problem);
        origins.set(name, reading.problem.from ?? '');
        break;
    }
  }
  // Each value was made by the type that stands beside its name in the table, which is what `Values` says.
  return { values: values as Partial<Values>, origins, problems };
}

function shorten(text: string): string {
  return JSON.stringify(text.length > 60 ? `${text.slice(0, 57)}...` : text);
}
