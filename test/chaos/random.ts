/** Numbers that look random and follow from a seed alone, so that a schedule can be run again. */
export interface Random {
  /** From 0 on, below 1. */
  next(): number;
  /** A whole number from `low` to `high`, both included. */
  between(low: number, high: number): number;
  chance(probability: number): boolean;
  pick<T>(values: readonly [T, ...T[]] | readonly T[]): T;
  /** One of the values, each as often as its weight says. */
  weighted<T>(values: readonly (readonly [weight: number, value: T])[]): T;
  /** A source of its own, so that what one part draws does not change what another one gets. */
  fork(name: string): Random;
}

/** The same seed gives the same numbers, on every machine. */
export function seededRandom(seed: string): Random {
  let state = hash(seed);
  // Mulberry32: one addition and three mixings, with a period of 2^32.
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const between = (low: number, high: number) => low + Math.floor(next() * (high - low + 1));
  return {
    next,
    between,
    chance: (probability) => next() < probability,
    pick: (values) => {
      if (values.length === 0) throw new Error('nothing to pick from');
      return values[between(0, values.length - 1)] as never;
    },
    weighted(values) {
      let left = next() * values.reduce((sum, [weight]) => sum + weight, 0);
      for (const [weight, value] of values) {
        left -= weight;
        if (left < 0) return value;
      }
      const last = values.at(-1);
      if (last === undefined) throw new Error('nothing to pick from');
      return last[1];
    },
    fork: (name) => seededRandom(`${seed}/${name}`),
  };
}

/** FNV-1a over the seed's characters. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (const character of text) {
    value = Math.imul(value ^ (character.codePointAt(0) ?? 0), 0x01000193);
  }
  return value | 0;
}
