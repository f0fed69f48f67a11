import type { Cost } from './processor-time.ts';

/** What came of one turn: how many works a second, and what each of them cost; `null` where that cannot be read. */
export interface Rate {
  perSecond: number;
  cost: Cost | null;
}

/** The middle value; between the two middle ones where their number is even. */
export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

/**
 * The value below which a share of the others lies, between two of them where it falls there.
 *
 * @param share from 0 to 1
 * @throws where there are no values: a figure of nothing is a mistake
 */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const place = (sorted.length - 1) * share;
  const below = sorted[Math.floor(place)];
  const above = sorted[Math.ceil(place)];
  if (below === undefined || above === undefined) throw new Error('no values');
  return below + (above - below) * (place - Math.floor(place));
}
