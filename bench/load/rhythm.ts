import { setTimeout as delay } from 'node:timers/promises';

/** Does the work with this number, from 0 on, and rejects where it was not done. */
export type Work = (index: number) => Promise<void>;

export interface Done {
  /** How many works were done: those with the numbers below this one. */
  count: number;
  perSecond: number;
}

/** Keeps `concurrency` works under way until the time or the works are over, and waits for the last ones. */
export async function saturate(
  work: Work,
  {
    concurrency,
    seconds,
    works = Infinity,
  }: { concurrency: number; seconds: number; works?: number },
): Promise<Done> {
  let count = 0;
  const startedAt = performance.now();
  const deadline = startedAt + seconds * 1_000;
  const lane = async () => {
    while (count < works && performance.now() < deadline) {
      count += 1;
      await work(count - 1);
    }
  };
  await Promise.all(Array.from({ length: concurrency }, lane));
  return { count, perSecond: (count / (performance.now() - startedAt)) * 1_000 };
}

/**
 * Starts works at a steady rate, whether or not those before them have ended.
 *
 * @returns how many milliseconds each of them took, from the moment at which it was started
 */
export async function pace(
  work: Work,
  { perSecond, seconds }: { perSecond: number; seconds: number },
): Promise<number[]> {
  const underWay: Promise<number>[] = [];
  const total = Math.round(perSecond * seconds);
  const measure = async (index: number) => {
    const startedAt = performance.now();
    await work(index);
    return performance.now() - startedAt;
  };
  const startedAt = performance.now();
  while (underWay.length < total) {
    const due = ((performance.now() - startedAt) / 1_000) * perSecond;
    if (underWay.length <= due) underWay.push(measure(underWay.length));
    else await delay(Math.max(1, ((underWay.length - due) / perSecond) * 1_000));
  }
  return Promise.all(underWay);
}
