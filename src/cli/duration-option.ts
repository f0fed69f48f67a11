import { InvalidArgumentError } from 'commander';

const UNITS_MS = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/**
 * Reads a duration from the command line, such as `90d`, `12h`, `30m` or `10s`; `0` is none.
 *
 * @returns milliseconds
 */
export function durationOption(fromMs: number, toDays: number): (text: string) => number {
  return (text) => {
    const [, number, unit] = /^(\d{1,6})([smhd])$/.exec(text === '0' ? '0s' : text) ?? [];
    const ms = Number(number) * UNITS_MS[unit as keyof typeof UNITS_MS];
    if (ms >= fromMs && ms <= toDays * UNITS_MS.d) return ms;
    throw new InvalidArgumentError(
      `It is not a duration of at most ${toDays} days, such as 90d, 12h or 30m.`,
    );
  };
}
