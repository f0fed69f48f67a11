import type { FormValue } from './form.ts';

/** The parameters of a request. */
export interface Parameters {
  readonly [name: string]: FormValue;
}

/** A request that differs from a valid one in one place. Whether that makes it invalid is for a document to say. */
export interface Change {
  /** What was done, for whoever reads of it. */
  name: string;
  parameters: Parameters;
}

/** Just above the lengths that published specifications commonly allow. */
const LENGTHS = [23, 201, 501, 1_001, 5_001];

/**
 * Every change of one place: a parameter more, one less, a text in place of a hash or list, a hash in
 * place of a text, a word that nobody expects, and texts that grow too long.
 *
 * @param word a name and a value that no parameter has
 */
export function changesOf(parameters: Parameters, word: string): Change[] {
  const wrong: [string, FormValue][] = [
    [`"${word}"`, word],
    ['nothing', ''],
    ['a fraction', '1.5'],
    ['a hash', { [word]: word }],
    ...LENGTHS.map((length): [string, FormValue] => [`${length} characters`, 'x'.repeat(length)]),
  ];
  const more = { name: `with ${word}`, parameters: { ...parameters, [word]: word } };
  return [more, ...changesWithin(parameters, '', wrong, word)];
}

function changesWithin(
  holder: Parameters,
  at: string,
  wrong: [string, FormValue][],
  word: string,
): Change[] {
  return Object.entries(holder).flatMap(([name, value]) => {
    const where = at === '' ? name : `${at}[${name}]`;
    const put = (changed: FormValue): Parameters => ({ ...holder, [name]: changed });
    const rest = Object.fromEntries(Object.entries(holder).filter(([other]) => other !== name));
    const changes: Change[] = [
      { name: `without ${where}`, parameters: rest },
      ...wrong.map(([what, changed]) => ({
        name: `${where} as ${what}`,
        parameters: put(changed),
      })),
    ];
    if (typeof value === 'string') return changes;
    if (Array.isArray(value)) {
      const inner = changesWithin(Object.fromEntries(value.entries()), where, wrong, word);
      return [
        ...changes,
        ...inner.map((change) => ({
          ...change,
          parameters: put(Object.values(change.parameters)),
        })),
      ];
    }
    const more = { name: `${where} with ${word}`, parameters: put({ ...value, [word]: word }) };
    const inner = changesWithin(value, where, wrong, word);
    return [
      ...changes,
      more,
      ...inner.map((change) => ({ ...change, parameters: put({ ...change.parameters }) })),
    ];
  });
}
