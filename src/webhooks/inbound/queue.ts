/**
 * The ready signals between those who store webhooks and those who work on them.
 *
 * Signals are hints: one that is lost costs time and never a webhook, since the worker also sweeps for what is due.
 */
export interface ReadyQueue {
  /** Says that these webhooks are stored. Never rejects. */
  signal(ids: bigint[]): Promise<void>;
  /**
   * Waits for signals.
   *
   * @param limit how many ids to return at most
   * @param waitMs how long to wait for the first one
   * @returns the ids that were signaled; none where there was nothing, or where this queue only wakes
   */
  take(limit: number, waitMs: number): Promise<bigint[]>;
  close(): Promise<void>;
}
