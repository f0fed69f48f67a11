/** One assignment of a `.env` file; `line` counts from 1. */
export interface DotenvEntry {
  readonly name: string;
  readonly value: string;
  readonly line: number;
}

/** A line that is not an assignment. It is described, never quoted: it may hold a secret. */
export interface DotenvFault {
  readonly line: number;
  readonly problem: string;
}

const ASSIGNMENT = /^\s*(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)\s*=(.*)$/;
const BLANK_OR_COMMENT = /^\s*(?:#.*)?$/;
const SINGLE_QUOTED = /^'([^']*)'(?:\s+#.*|\s*)$/;
const DOUBLE_QUOTED = /^"((?:[^"\\]|\\.)*)"(?:\s+#.*|\s*)$/;

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t' };

/**
 * Reads the text of a `.env` file: one `NAME=value` a line, `export` before it allowed.
 *
 * A `#` starts a comment at the beginning of a line and after white space; inside quotes, or without white space before
 * it, it belongs to the value. Between single quotes every character stands for itself; between double quotes `\n`,
 * `\r`, `\t`, `\"`, `\\` and `\$` are read as a shell user expects. `$NAME` is not expanded: passwords contain dollars.
 */
export function parseDotenv(text: string): { entries: DotenvEntry[]; faults: DotenvFault[] } {
  const entries: DotenvEntry[] = [];
  const faults: DotenvFault[] = [];
  const lines = text.replace(/^\uFEFF/, '').split(/\r?\n/);
  for (const [index, content] of lines.entries()) {
    if (BLANK_OR_COMMENT.test(content)) continue;
    const line = index + 1;
    const [, name, rest] = ASSIGNMENT.exec(content) ?? [];
    if (name === undefined || rest === undefined) {
      faults.push({ line, problem: 'is neither NAME=value nor a comment' });
      continue;
    }
    const value = readValue(rest);
    if (value === null) {
      faults.push({ line, problem: 'has a quote that does not close, or text after it' });
    } else {
      entries.push({ name, value, line });
    }
  }
  return { entries, faults };
}

function readValue(rest: string): string | null {
  const trimmed = rest.trimStart();
  if (trimmed.startsWith("'")) return SINGLE_QUOTED.exec(trimmed)?.[1] ?? null;
  if (trimmed.startsWith('"')) {
    const quoted = DOUBLE_QUOTED.exec(trimmed)?.[1];
    return quoted === undefined ? null : unescape(quoted);
  }
  return rest.replace(/\s+#.*$/, '').trim();
}

function unescape(quoted: string): string {
  return quoted.replace(
    /\\([nrt"\\$])/g,
    (_, character: string) => ESCAPES[character] ?? character,
  );
}
