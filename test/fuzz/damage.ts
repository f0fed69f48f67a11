import type { Random } from './random.ts';

/** What happens to messages that somebody else wrote: they are nearly right. */

/** Values that are odd somewhere: for a type, a limit, a format, a database, a prototype. */
export const ODD_VALUES: readonly unknown[] = [
  ...[null, true, false, [], {}, [[]], [null], { '': '' }, { length: 1 }],
  ...[0, -0, -1, 1, 0.1, 1e21, 1e308, 2 ** 31, 2 ** 53, -(2 ** 53), Number.MIN_VALUE],
  ...['', ' ', '\0', '\ud800', '\u2028', '\ufeff', 'é'.repeat(255), '💶', 'x'.repeat(5_000)],
  ...['0', '-1', '1e9', '0x10', '00', '1.005', '9'.repeat(40), 'NaN', 'null', 'true'],
  ...['__proto__', 'constructor', 'toString', "';--", '${x}', '%00', '../..', '<a>', '\r\n'],
  ...['2026-02-30T00:00:00Z', '2026-01-01T00:00:00+23:59', '0000-01-01T00:00:00Z', '2026-01-01'],
  ...['EUR', 'eur', 'XXX', 'pay_00000000000000000000000000', 'pi_1', 'succeeded', 'CAPTURED'],
];

/** Pieces of JSON text, and of what is none. */
const TOKENS: readonly string[] = [
  ...['"', '\\', '{', '}', '[', ']', ':', ',', '0', '-', 'e', '1e400', '-0', '\n', '\0', ' '],
  ...['\\u0000', '\\ud800', '\\uDC00', '\\u00e9', '\\x', 'null', 'NaN', '"id":', '//', '\u00ff'],
];

type Container = unknown[] | Record<string, unknown>;

/** A copy of a JSON value with one to four changes of its structure or its values. */
export function damageJson(random: Random, text: string): unknown {
  let root: unknown = JSON.parse(text);
  for (let changes = 1 + random.below(4); changes > 0; changes -= 1) {
    if (!isContainer(root)) return root;
    root = changeOnce(random, root);
  }
  return root;
}

function changeOnce(random: Random, root: Container): unknown {
  const { holder, name } = someMember(random, root);
  if (name === null) return random.onceIn(4) ? oddValue(random) : add(random, holder, root);
  const at = holder as Record<string, unknown>;
  switch (random.below(8)) {
    case 0:
      // An index of a list is a member as well, and then leaves a hole that JSON writes as null.
      delete at[name];
      break;
    case 1:
      at[name] = [at[name]];
      break;
    case 2:
      at[name] = { [name]: at[name] };
      break;
    case 3: {
      const other = someMember(random, root);
      if (other.name !== null) {
        at[name] = copy((other.holder as Record<string, unknown>)[other.name]);
      }
      break;
    }
    case 4:
      at[name] = near(random, at[name]);
      break;
    case 5:
      return add(random, holder, root);
    default:
      at[name] = oddValue(random);
  }
  return root;
}

/** A value that is nearly this one. */
function near(random: Random, value: unknown): unknown {
  switch (typeof value) {
    case 'number':
      return random.pick([-value, value + 1, value * 1_000, value / 7, String(value)]);
    case 'string':
      return damageText(random, value);
    case 'boolean':
      return !value;
    default:
      return value === null ? {} : null;
  }
}

function add(random: Random, holder: Container, root: unknown): unknown {
  const value = oddValue(random);
  if (Array.isArray(holder)) holder.push(value);
  else {
    const name = random.pick(['__proto__', 'constructor', 'id', 'amount', 'toString', '', '\0']);
    Object.defineProperty(holder, name, {
      value,
      enumerable: true,
      writable: true,
      configurable: true,
    });
  }
  return root;
}

/** A member somewhere in the value, each level as likely as the next; `name` is null where there is none. */
function someMember(random: Random, root: Container): { holder: Container; name: string | null } {
  let holder = root;
  for (;;) {
    const names = Object.keys(holder);
    if (names.length === 0) return { holder, name: null };
    const name = random.pick(names);
    const inside = (holder as Record<string, unknown>)[name];
    if (!isContainer(inside) || random.onceIn(4)) return { holder, name };
    holder = inside;
  }
}

function isContainer(value: unknown): value is Container {
  return typeof value === 'object' && value !== null;
}

/** One of its own, as it may be changed in its turn. */
function oddValue(random: Random): unknown {
  return copy(random.pick(ODD_VALUES));
}

function copy(value: unknown): unknown {
  return isContainer(value) ? (JSON.parse(JSON.stringify(value)) as unknown) : value;
}

/** A text with a piece cut out, put in, doubled or changed. */
export function damageText(random: Random, text: string): string {
  const from = random.below(text.length + 1);
  const to = Math.min(text.length, from + random.below(9));
  switch (random.below(6)) {
    case 0:
      return text.slice(0, from);
    case 1:
      return text.slice(0, from) + text.slice(to);
    case 2:
      return text.slice(0, to) + text.slice(from);
    case 3:
      return text.slice(0, from) + random.pick(TOKENS) + text.slice(to);
    case 4:
      return text.slice(0, from) + String.fromCharCode(random.below(256)) + text.slice(from + 1);
    default:
      return random.onceIn(2) ? text.toUpperCase() : text.toLowerCase();
  }
}

/** Bytes with some of them changed, cut out, put in or doubled. */
export function damageBytes(random: Random, bytes: Uint8Array): Buffer {
  const from = random.below(bytes.length + 1);
  const to = Math.min(bytes.length, from + random.below(16));
  const before = bytes.subarray(0, from);
  switch (random.below(4)) {
    case 0: {
      const changed = Buffer.from(bytes);
      if (from < changed.length) changed[from] = (changed[from] ?? 0) ^ (1 << random.below(8));
      return changed;
    }
    case 1:
      return Buffer.concat([before, bytes.subarray(to)]);
    case 2:
      return Buffer.concat([bytes.subarray(0, to), bytes.subarray(from)]);
    default:
      return Buffer.concat([before, Buffer.from(random.pick(TOKENS)), bytes.subarray(to)]);
  }
}

/** The body of a message after an accident: with another content, in another notation, or no JSON any more. */
export function damageBody(random: Random, body: Uint8Array): Buffer {
  if (random.onceIn(4)) return damageBytes(random, body);
  const written = JSON.stringify(
    damageJson(random, Buffer.from(body).toString()),
    null,
    random.below(2),
  );
  const bytes = Buffer.from(written);
  return random.onceIn(8) ? damageBytes(random, bytes) : bytes;
}
