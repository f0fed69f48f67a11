import { setTimeout as delay } from 'node:timers/promises';

/**
 * Tries until it succeeds, and gives up with the last failure: tests wait for a condition, never for a time. The longer it
 * has waited the longer it waits for the next try, by a tenth, since each try keeps a processor from what is waited for.
 *
 * @param everyMs how long it waits between two tries, for what is there for a moment only
 */
export async function eventually<T>(
  attempt: () => T | Promise<T>,
  timeoutMs = 10_000,
  everyMs?: number,
): Promise<T> {
  const startedAt = performance.now();
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      const waitedMs = performance.now() - startedAt;
      if (waitedMs > timeoutMs) throw error;
      await delay(everyMs ?? Math.min(Math.max(waitedMs / 10, 25), 250));
    }
  }
}
