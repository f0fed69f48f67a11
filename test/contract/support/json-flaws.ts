/** A JSON body that differs from a valid one in one place. Whether that makes it invalid is for a document to say. */
export interface JsonChange {
  /** What was done, for whoever reads of it. */
  name: string;
  body: unknown;
}

/** Just above the lengths that published specifications commonly allow. */
const LENGTHS = [23, 41, 46, 51, 193, 256, 501, 17_000];

/**
 * Every change of one place in a JSON body: a property more, one less, and a value of every other type
 * in place of each, besides texts that grow too long.
 *
 * @param word a name and a value that no property has
 */
export function jsonChangesOf(body: Record<string, unknown>, word: string): JsonChange[] {
  return changesWithin(body, '', word);
}

function changesWithin(value: unknown, at: string, word: string): JsonChange[] {
  if (typeof value !== 'object' || value === null) return [];
  if (Array.isArray(value)) {
    return value.flatMap((item, index) =>
      changesAt(item, `${at}[${index}]`, word, (changed) => value.with(index, changed)),
    );
  }
  const holder = value as Record<string, unknown>;
  const more = {
    name: `${at === '' ? 'the body' : at} with ${word}`,
    body: { ...holder, [word]: word },
  };
  const changes = Object.entries(holder).flatMap(([name, inner]) => {
    const where = at === '' ? name : `${at}.${name}`;
    const rest = Object.fromEntries(Object.entries(holder).filter(([other]) => other !== name));
    return [
      { name: `without ${where}`, body: rest },
      ...changesAt(inner, where, word, (changed) => ({ ...holder, [name]: changed })),
    ];
  });
  return [more, ...changes];
}

function changesAt(
  value: unknown,
  where: string,
  word: string,
  put: (changed: unknown) => unknown,
): JsonChange[] {
  const wrong: [string, unknown][] = [
    [`"${word}"`, word],
    ['an empty text', ''],
    ['a fraction', 1.5],
    ['a number', 7],
    ['true', true],
    ['null', null],
    ['an object', { [word]: word }],
    ['a list', [word]],
    ...LENGTHS.map((length): [string, unknown] => [`${length} characters`, 'x'.repeat(length)]),
  ];
  const inner = changesWithin(value, where, word);
  return [
    ...wrong.map(([what, changed]) => ({ name: `${where} as ${what}`, body: put(changed) })),
    ...inner.map(({ name, body }) => ({ name, body: put(body) })),
  ];
}
