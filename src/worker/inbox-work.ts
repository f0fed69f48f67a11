import type { Database } from '../database/database.ts';
import {
  claimDueReceipts,
  claimSignaledReceipts,
  renewReceipt,
  type ClaimedReceipt,
} from '../database/receipts.ts';
import type { ReadyQueue } from '../webhooks/inbound/queue.ts';
import { keepLease } from './keep-lease.ts';
import { rest, type Work } from './work-loop.ts';

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
  let isDeaf = false;

  /** Without its queue the worker lives on what it finds by itself, at a rest; that is said once and not each time. */
  async function take(limit: number, waitMs: number, stopped: AbortSignal): Promise<bigint[]> {
    try {
      const ids = await queue.take(limit, waitMs);
      isDeaf = false;
      return ids;
    } catch (error) {
      if (!isDeaf) onError('webhook signals', error);
      isDeaf = true;
      await rest(waitMs, stopped);
      return [];
    }
  }

  return {
    name: 'webhooks',
    concurrency,
    async claim(limit, stopped) {
      if (now() - sweptAt < SWEEP_MS) {
        const ids = await take(limit, moreIsDue ? 0 : SIGNAL_WAIT_MS, stopped);
        if (ids.length > 0) return claimSignaledReceipts(db, ids, leaseMs);
      }
      sweptAt = now();
      const due = await claimDueReceipts(db, limit, leaseMs);
      moreIsDue = due.length === limit;
      return due;
    },
    run: (receipt) =>
      keepLease(
        leaseMs,
        () => renewReceipt(db, receipt, leaseMs),
        () => run(receipt),
      ),
  };
}
