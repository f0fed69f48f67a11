/** Numbers that look random and are the same for the same seed, so that whatever was found is found again. */
export interface Random {
  /** A whole number from 0 to `limit` - 1. */
  below: (limit: number) => number;
  /** True once in `times`, on average. */
  onceIn: (times: number) => boolean;
  pick: <T>(choices: readonly T[]) => T;
}

/** @param seeds any numbers; each combination gives a sequence of its own */
export function createRandom(...seeds: number[]): Random {
  let state = seeds.reduce((hash, seed) => mix((hash ^ seed) + 0x9e3779b9), 0x2545f491);
  const next = () => {
    state = (state + 0x9e3779b9) | 0;
    return mix(state) >>> 0;
  };
  const below = (limit: number) => Math.floor((next() / 2 ** 32) * limit);
  return {
    below,
    onceIn: (times) => below(times) === 0,
    pick: (choices) => {
      const picked = choices[below(choices.length)];
      if (picked === undefined && choices.length === 0) throw new Error('There is nothing to pick');
      return picked as (typeof choices)[number];
    },
  };
}

/** The finalizer of MurmurHash3: every bit of the input changes about half of the output. */
function mix(value: number): number {
  let bits = Math.imul(value ^ (value >>> 16), 0x85ebca6b);
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35);
  return bits ^ (bits >>> 16);
}
