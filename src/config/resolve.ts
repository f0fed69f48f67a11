import { readFileSync, statSync } from 'node:fs';
import { resolve as resolvePath } from 'node:path';
import { errorCode, type Source, type SourcedText } from './source.ts';
import type { Variable } from './variable.ts';

/** Where one variable's text was found. */
export type Resolution =
  | { readonly kind: 'unset' }
  | { readonly kind: 'set'; readonly text: string; readonly from: string }
  | { readonly kind: 'broken'; readonly problem: string; readonly from: string };

/** A mounted secret is a line or two; what is longer is another file. */
const MAX_FILE_BYTES = 65_536;

/**
 * Finds the text of a variable: the first source that mentions it, under its name, an alias or as `<NAME>_FILE`, decides.
 *
 * An empty text counts as unset, and hides what later sources say: `PAYMENT_REDIS_URL= tender start` runs without Redis
 * whatever the `.env` file has. White space around a text is dropped, so a file may end in a line break.
 *
 * @param cwd the folder that a relative `<NAME>_FILE` starts from
 */
export function resolveVariable(
  name: string,
  variable: Variable,
  sources: readonly Source[],
  cwd: string,
): Resolution {
  const fileName = `${name}_FILE`;
  const valueNames = [name, ...(variable.aliases ?? [])];
  const names = variable.file ? [...valueNames, fileName] : valueNames;
  const source = sources.find((candidate) => names.some((each) => candidate.has(each)));
  if (source === undefined) return { kind: 'unset' };

  const direct = valueNames.flatMap((each) => setText(source, each));
  const [first, ...others] = direct;
  const [file] = variable.file ? setText(source, fileName) : [];
  if (first !== undefined && file !== undefined) {
    const problem = `is set beside ${fileName}, and only one of them can count`;
    return { kind: 'broken', problem, from: first.from };
  }
  if (first !== undefined && others.some((other) => other.text !== first.text)) {
    const problem = `is set to different values under the names ${valueNames.join(' and ')}`;
    return { kind: 'broken', problem, from: first.from };
  }
  if (file !== undefined) return readValueFile(fileName, variable, file, cwd);
  return first === undefined ? { kind: 'unset' } : { kind: 'set', ...first };
}

/** The trimmed text that a source has for a name: a list of one, or of none where it is empty or missing. */
function setText(source: Source, name: string): SourcedText[] {
  const found = source.get(name);
  const text = found?.text.trim() ?? '';
  return found === undefined || text === '' ? [] : [{ text, from: found.from }];
}

function readValueFile(
  fileName: string,
  variable: Variable,
  path: SourcedText,
  cwd: string,
): Resolution {
  const from = `${fileName} in ${path.from}`;
  const broken = (problem: string): Resolution => ({ kind: 'broken', problem, from });
  const named = `comes from the file ${path.text}, which`;
  try {
    const absolute = resolvePath(cwd, path.text);
    if (statSync(absolute).size > MAX_FILE_BYTES) return broken(`${named} is longer than 64 KiB`);
    const text = readFileSync(absolute, 'utf8').trim();
    return text === '' ? broken(`${named} is empty`) : { kind: 'set', text, from };
  } catch (error) {
    return holdsTheValueItself(variable, path.text)
      ? broken(`is expected in a file, but ${fileName} seems to hold the value itself (not shown)`)
      : broken(`${named} cannot be read (${errorCode(error)})`);
  }
}

/** A secret that was put where the name of its file belongs must not be shown as if it were that name. */
function holdsTheValueItself(variable: Variable, path: string): boolean {
  return variable.secret === true && !path.startsWith('/') && variable.type.safeParse(path).success;
}
