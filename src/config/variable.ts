import type { z } from 'zod';

/** The commands that read settings; each validates only the variables that it uses. */
export const COMMANDS = [
  'api',
  'worker',
  'start',
  'sandbox',
  'migrate',
  'keys',
  'operators',
  'verify',
  'schedules',
  'doctor',
] as const;
export type Command = (typeof COMMANDS)[number];

/**
 * The one definition of a variable. Parsing, errors and the generated page all come from it.
 *
 * The zod type reads the variable's text; its description is a noun phrase ("a whole number from 1 to 500") that serves
 * the page as it is and the errors behind the words "is not".
 */
export interface Variable {
  readonly type: z.ZodType<unknown, string>;
  readonly description: string;
  /** A value that is right, in production too; for a secret, one that shows its form only. */
  readonly example: string;
  /** The text that stands for an unset variable. Without it the variable is optional. */
  readonly default?: string;
  /** For an optional variable: what happens, or which value is derived, when it is unset. */
  readonly whenUnset?: string;
  /** The value is never shown, in problems or anywhere else. */
  readonly secret?: true;
  /** `<NAME>_FILE` is accepted too: a file, such as a mounted secret, that holds the value. */
  readonly file?: true;
  /** Other names for it, such as the keys of a Kubernetes secret that comes in through `envFrom`. */
  readonly aliases?: readonly string[];
  /** `<NAME>_<CURRENCY>` replaces the value for one currency. */
  readonly perCurrency?: true;
  readonly usedBy: readonly Command[];
}

export type VariableTable = Readonly<Record<string, Variable>>;

/** Variables that belong together, as the page shows them. */
export interface VariableGroup {
  readonly title: string;
  readonly introduction: string;
  readonly variables: VariableTable;
}

/** What a variable is once it has been read: with a default always there, without one perhaps undefined. */
export type ValueOf<V extends Variable> = V extends { readonly default: string }
  ? z.output<V['type']>
  : z.output<V['type']> | undefined;

/** Whether a command reads a variable. The doctor looks at what the API and the workers do. */
export function uses(command: Command, variable: Variable): boolean {
  const reads = (name: Command) => variable.usedBy.includes(name);
  return command === 'doctor' ? reads('api') || reads('worker') : reads(command);
}

/** The line that would be right for a variable, such as `PAYMENT_PORT=8000`. */
export function exampleLine(name: string, variable: Variable): string {
  return `${name}=${variable.example}`;
}
