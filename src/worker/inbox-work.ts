import type { Database } from '../database/database.ts';
import {
  claimDueReceipts,
  claimSignaledReceipts,
  type ClaimedReceipt,
} from '../database/receipts.ts';
import type { ReadyQueue } from '../webhooks/inbound/queue.ts';
import type { Work } from './work-loop.ts';

/** How long to wait for a signal before looking for what is due, in milliseconds. */
const SIGNAL_WAIT_MS = 1_000;
/** How often to look for what is due however many signals come, in milliseconds. */
const SWEEP_MS = 60_000;

/**
 * The webhooks that wait, as signals name them. Where no signal comes, and once a minute in any case, it takes what is
 * due: a signal may have been lost.
 */
export function inboxWork({
  db,
  queue,
  concurrency,
  leaseMs,
  run,
  onError,
  now = () => performance.now(),
}: {
  db: Database;
  queue: ReadyQueue;
  concurrency: number;
  leaseMs: number;
  run: (receipt: ClaimedReceipt) => Promise<void>;
  onError: (name: string, error: unknown) => void;
  now?: () => number;
}): Work<ClaimedReceipt> {
  let sweptAt = Number.NEGATIVE_INFINITY;
  let moreIsDue = false;
  return {
    name: 'webhooks',
    concurrency,
    async claim(limit) {
      if (now() - sweptAt < SWEEP_MS) {
        const ids = await take(queue, limit, moreIsDue ? 0 : SIGNAL_WAIT_MS, onError);
        if (ids.length > 0) return claimSignaledReceipts(db, ids, leaseMs);
      }
      sweptAt = now();
      const due = await claimDueReceipts(db, limit, leaseMs);
      moreIsDue = due.length === limit;
      return due;
    },
    run,
  };
}

/** Without its queue the worker lives on what it finds by itself, at a rest. */
async function take(
  queue: ReadyQueue,
  limit: number,
  waitMs: number,
  onError: (name: string, error: unknown) => void,
): Promise<bigint[]> {
  try {
    return await queue.take(limit, waitMs);
  } catch (error) {
    onError('webhook signals', error);
    await new Promise((resolve) => setTimeout(resolve, waitMs));
    return [];
  }
}
