import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseDotenv } from './dotenv.ts';
import type { SettingsProblem } from './problem.ts';

/** A text and where it stood, for the reader of a problem. */
export interface SourcedText {
  readonly text: string;
  readonly from: string;
}

/** One place that variables come from, by their names. */
export type Source = ReadonlyMap<string, SourcedText>;

/** The process's own environment as a source. */
export function environmentSource(env: Readonly<Record<string, string | undefined>>): Source {
  const source = new Map<string, SourcedText>();
  for (const [name, text] of Object.entries(env)) {
    if (text !== undefined) source.set(name, { text, from: 'the environment' });
  }
  return source;
}

/**
 * The file `.env.<environment>` of a folder as a source. A file that is not there is an empty source. A file that cannot be
 * read, a line that is no assignment and a file written for another environment are problems. Of two assignments to one
 * name the later counts.
 */
export function fileSource(
  cwd: string,
  environment: string,
): { source: Source; problems: SettingsProblem[] } {
  const file = `.env.${environment}`;
  const source = new Map<string, SourcedText>();
  const problems: SettingsProblem[] = [];
  let text: string;
  try {
    text = readFileSync(join(cwd, file), 'utf8');
  } catch (error) {
    const code = errorCode(error);
    const example = 'a readable file of NAME=value lines';
    if (code !== 'ENOENT') {
      problems.push({ variable: file, problem: `cannot be read (${code})`, example });
    }
    return { source, problems };
  }
  const { entries, faults } = parseDotenv(text);
  for (const { line, problem } of faults) {
    const example = 'PAYMENT_LOG_LEVEL=info  # a comment';
    problems.push({ variable: `${file}, line ${line}`, problem, example });
  }
  for (const { name, value, line } of entries) {
    const from = `${file}, line ${line}`;
    if (name !== 'PAYMENT_ENVIRONMENT') source.set(name, { text: value, from });
    else if (value !== '' && value !== environment)
      problems.push(wrongFile(value, environment, from));
  }
  return { source, problems };
}

/** The variable picked this file, so here it can only agree: a file copied from elsewhere must not be used by mistake. */
function wrongFile(stated: string, environment: string, from: string): SettingsProblem {
  return {
    variable: 'PAYMENT_ENVIRONMENT',
    from,
    problem: `is "${stated}" in the file for ${environment}: either the file or the line is wrong`,
    example: `PAYMENT_ENVIRONMENT=${environment}`,
  };
}

/** The system's own word for why a file could not be read, such as `EACCES`. */
export function errorCode(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : String(error);
}
