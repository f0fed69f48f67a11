/** What a form holds: texts, and hashes and lists of them. */
export type FormValue = string | FormValue[] | { [name: string]: FormValue };

/**
 * Reads `a[b][c]=x`, `list[]=x` and `list[0]=x`, as bodies and query strings nest values. A hash whose names are
 * the numbers from 0 on is a list.
 */
export function decodeForm(text: string): { [name: string]: FormValue } {
  const root: Hash = new Map();
  for (const [name, value] of new URLSearchParams(text)) {
    const [, first = '', inner = ''] = /^([^[\]]+)((?:\[[^[\]]*\])*)$/.exec(name) ?? [];
    if (first === '') throw new Error(`${name} is not the name of a parameter`);
    const path = inner === '' ? [first] : [first, ...inner.slice(1, -1).split('][')];
    place(root, path, value);
  }
  return Object.fromEntries([...root].map(([name, value]) => [name, settle(value)]));
}

/** Writes what `decodeForm` reads. */
export function encodeForm(values: { readonly [name: string]: FormValue }): string {
  const pairs = new URLSearchParams();
  const write = (name: string, value: FormValue): void => {
    if (typeof value === 'string') pairs.append(name, value);
    else for (const [key, inner] of Object.entries(value)) write(`${name}[${key}]`, inner);
  };
  for (const [name, value] of Object.entries(values)) write(name, value);
  return pairs.toString();
}

type Hash = Map<string, string | Hash>;

function place(root: Hash, path: string[], value: string): void {
  let hash = root;
  for (const name of path.slice(0, -1)) {
    const next = hash.get(name);
    if (typeof next === 'string') throw new Error(`${path.join('.')} is both a text and a hash`);
    const inner: Hash = next ?? new Map();
    hash.set(name, inner);
    hash = inner;
  }
  const last = path.at(-1) ?? '';
  hash.set(last === '' ? String(hash.size) : last, value);
}

function settle(value: string | Hash): FormValue {
  if (typeof value === 'string') return value;
  const names = [...value.keys()];
  return names.every((name, index) => name === String(index))
    ? [...value.values()].map(settle)
    : Object.fromEntries([...value].map(([name, inner]) => [name, settle(inner)]));
}
