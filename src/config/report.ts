import type { SettingsProblem, SettingsWarning } from './problem.ts';

/**
 * Writes every problem as one text for a terminal: the variable, where it was set, what is wrong and a line that would be
 * right.
 */
export function renderProblems(problems: readonly SettingsProblem[]): string {
  const count = problems.length === 1 ? '1 setting is' : `${problems.length} settings are`;
  const paragraphs = problems.map(({ variable, from, problem, example }) =>
    [
      `  ${variable}${from === undefined ? '' : `  (from ${from})`}`,
      `    ${problem}.`,
      `    Example: ${example}`,
    ].join('\n'),
  );
  return [`Tender cannot start: ${count} wrong.`, ...paragraphs].join('\n\n') + '\n';
}

/** Writes every warning on a line of its own. */
export function renderWarnings(warnings: readonly SettingsWarning[]): string {
  return warnings.map(({ variable, warning }) => `Warning: ${variable} ${warning}.\n`).join('');
}
