import { setTimeout as delay } from 'node:timers/promises';

/** A kind of work: where it comes from and what is done with it. */
export interface Work<T> {
  name: string;
  /** How many items are worked on at once; it may change while they are. */
  readonly concurrency: number;
  /** Claims at most `limit` items. It may wait for a while before it comes back with none. */
  claim(limit: number, stopped: AbortSignal): Promise<T[]>;
  /** Does the work. What it throws is reported; the item's lease lapses and it is claimed again. */
  run(item: T): Promise<void>;
}

export interface LoopDependencies {
  stopped: AbortSignal;
  /** Called on every turn, an idle one too. */
  beat: () => void;
  onError: (name: string, error: unknown) => void;
}

/** How long the loop rests after the claim itself failed, in milliseconds: the database is not reachable, perhaps. */
const REST_MS = 1_000;

/**
 * The one loop behind everything that workers do: claims what is due, never more than it has hands for, and starts on
 * it. It ends when it is stopped and what was begun is done.
 */
export async function runWorkLoop<T>(work: Work<T>, deps: LoopDependencies): Promise<void> {
  const underWay = new Set<Promise<void>>();
  while (!deps.stopped.aborted) {
    deps.beat();
    if (underWay.size >= work.concurrency) {
      await Promise.race([...underWay, rest(REST_MS, deps.stopped)]);
      continue;
    }
    for (const item of await claim(work, work.concurrency - underWay.size, deps)) {
      const task = work
        .run(item)
        .catch((error: unknown) => deps.onError(work.name, error))
        .finally(() => underWay.delete(task));
      underWay.add(task);
    }
  }
  await Promise.all(underWay);
}

async function claim<T>(work: Work<T>, limit: number, deps: LoopDependencies): Promise<T[]> {
  try {
    return await work.claim(limit, deps.stopped);
  } catch (error) {
    if (!deps.stopped.aborted) deps.onError(work.name, error);
    await rest(REST_MS, deps.stopped);
    return [];
  }
}

/** Waits, unless the loop is stopped before. */
export async function rest(ms: number, stopped: AbortSignal): Promise<void> {
  await delay(ms, undefined, { signal: stopped }).catch(() => undefined);
}
