/** How much longer the calls of a bucket may take than those of the bucket before. */
const GROWTH = 1.1;

/**
 * Which bucket a call is counted in. Bucket `n` holds what took at most `1.1 ** n` milliseconds and not so little as
 * bucket `n - 1`, so that counts of many processes can be added up and a quantile is known to a tenth of itself.
 */
export function bucketOf(durationMs: number): number {
  return durationMs <= 1 ? 0 : Math.ceil(Math.log(durationMs) / Math.log(GROWTH));
}

/**
 * The duration in milliseconds that a share of the calls did not exceed, at most a tenth too long.
 *
 * @param counts how many calls each bucket holds
 * @param share such as 0.95
 * @returns `null` where there were no calls
 */
export function quantileMs(counts: ReadonlyMap<number, number>, share: number): number | null {
  const buckets = [...counts].sort(([a], [b]) => a - b);
  const total = buckets.reduce((sum, [, count]) => sum + count, 0);
  let seen = 0;
  for (const [bucket, count] of buckets) {
    seen += count;
    if (seen >= share * total) return GROWTH ** bucket;
  }
  return null;
}
