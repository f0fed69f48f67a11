/** A decoded form field: a text, a list (`name[]`), or a hash (`name[key]`). */
export type FormValue = string | FormValue[] | FormFields;
export type FormFields = { [name: string]: FormValue };

export type DecodedForm = { kind: 'decoded'; fields: FormFields } | { kind: 'malformed' };

const MAX_FIELDS = 1_000;
const MAX_DEPTH = 6;

/**
 * Decodes `application/x-www-form-urlencoded` with nested names, as Stripe reads bodies and query
 * strings. Hashes have no prototype, so that no name a caller sends can reach one. `list[0]` is
 * kept as a hash: only the schema knows whether a numeric name is an index.
 */
export function decodeForm(text: string): DecodedForm {
  const fields = createFields();
  if (text === '') return { kind: 'decoded', fields };
  const pairs = text.split('&');
  if (pairs.length > MAX_FIELDS) return { kind: 'malformed' };
  for (const pair of pairs) {
    if (pair === '') continue;
    const equals = pair.indexOf('=');
    const name = decodeText(equals === -1 ? pair : pair.slice(0, equals));
    const value = equals === -1 ? '' : decodeText(pair.slice(equals + 1));
    if (name === undefined || value === undefined) return { kind: 'malformed' };
    if (!place(fields, name, value)) return { kind: 'malformed' };
  }
  return { kind: 'decoded', fields };
}

/** The values of a hash that holds nothing but list indices, in their order. */
export function asList(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  const names = Object.keys(value);
  return names.length > 0 && names.every((name) => /^\d+$/.test(name))
    ? Object.values(value)
    : value;
}

function createFields(): FormFields {
  return Object.create(null) as FormFields;
}

function decodeText(text: string): string | undefined {
  const spaced = text.includes('+') ? text.replaceAll('+', ' ') : text;
  if (!spaced.includes('%')) return spaced;
  try {
    return decodeURIComponent(spaced);
  } catch {
    return undefined;
  }
}

/** Puts `value` where `name` says; false when the name is broken or too deep. */
function place(fields: FormFields, name: string, value: string): boolean {
  const bracket = name.indexOf('[');
  if (bracket === -1) {
    fields[name] = value;
    return name !== '';
  }
  if (bracket === 0 || !name.endsWith(']')) return false;
  const path = [name.slice(0, bracket), ...name.slice(bracket + 1, -1).split('][')];
  if (path.length > MAX_DEPTH) return false;
  let holder: FormFields = fields;
  for (let i = 0; i < path.length - 1; i += 1) {
    const key = path[i] ?? '';
    if (path[i + 1] === '') {
      if (i + 2 !== path.length) return false;
      const list = holder[key];
      if (Array.isArray(list)) list.push(value);
      else holder[key] = [value];
      return true;
    }
    const next = holder[key];
    const inner = isFields(next) ? next : createFields();
    holder[key] = inner;
    holder = inner;
  }
  holder[path.at(-1) ?? ''] = value;
  return true;
}

function isFields(value: FormValue | undefined): value is FormFields {
  return typeof value === 'object' && !Array.isArray(value);
}
