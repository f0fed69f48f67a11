/** The way from the body's root to a value in it: member names and list positions. */
export type JsonPath = readonly (string | number)[];

/** Longer names are cut in answers: they are the caller's own and may be as long as the body. */
const MAX_NAME_LENGTH = 64;

/** A path as people write it: `items[0].metadata.color`. Empty for the root. */
export function writePath(path: readonly PropertyKey[]): string {
  return path.reduce<string>((written, part) => {
    if (typeof part === 'number') return `${written}[${part}]`;
    const name = String(part).slice(0, MAX_NAME_LENGTH);
    return written === '' ? name : `${written}.${name}`;
  }, '');
}

/** The value at the end of a path; `undefined` where the path leads nowhere. */
export function valueAt(root: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (value, part) =>
      typeof value === 'object' && value !== null && Object.hasOwn(value, part)
        ? (value as Record<PropertyKey, unknown>)[part]
        : undefined,
    root,
  );
}

/** A scalar of a JSON value, or the name of a member. */
export type JsonLeaf = { kind: 'value'; value: unknown } | { kind: 'name'; value: string };

/**
 * Looks at every member name and every scalar of a JSON value, from the outside in, until a look finds something.
 *
 * Every request body goes through here, so it makes no copies on its way.
 *
 * @param look is given a scalar with the path to it, or a member name with the path of the object that it stands in;
 *   the path is good for the length of that call only
 * @returns the first thing found, or `null`
 */
export function findInJson<F>(
  root: unknown,
  look: (leaf: JsonLeaf, path: JsonPath) => F | null,
): F | null {
  const path: (string | number)[] = [];

  const visit = (value: unknown): F | null => {
    if (typeof value !== 'object' || value === null) return look({ kind: 'value', value }, path);
    const isList = Array.isArray(value);
    for (const name of Object.keys(value)) {
      const foundInName = isList ? null : look({ kind: 'name', value: name }, path);
      if (foundInName !== null) return foundInName;
      path.push(isList ? Number(name) : name);
      const found = visit((value as Record<string, unknown>)[name]);
      if (found !== null) return found;
      path.pop();
    }
    return null;
  };
  return visit(root);
}

/** Whether a JSON value has lists and objects inside each other more than `limit` deep. Looks no deeper than that. */
export function isNestedDeeperThan(limit: number, value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return limit === 0 || Object.values(value).some((item) => isNestedDeeperThan(limit - 1, item));
}
