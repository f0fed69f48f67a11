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
/** From when on a webhook is held up by its gateway, in milliseconds; what it takes without is a fraction of that. */
const HELD_UP_MS = 2_000;
/** How often to look for what is due however many signals come, in milliseconds. */
const SWEEP_MS = 60_000;

/**
 * The webhooks that wait, as signals name them. Where no signal comes, and once a minute in any case, it takes what is
 * due: a signal may have been lost.
 *
 * Some webhooks have their gateway asked. What one that does not answer holds up is done by further hands, and once it
 * holds up half as much as there are hands, nothing more of it is taken: those of the other gateways do not wait for it.
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
  const underWay = new Set<{ gateway: string; since: number }>();
  const heldUp = () => [...underWay].filter(({ since }) => now() - since >= HELD_UP_MS);
  const gatewaysThatHoldUp = () =>
    [...Map.groupBy(heldUp(), ({ gateway }) => gateway)].flatMap(([gateway, held]) =>
      held.length >= concurrency / 2 ? [gateway] : [],
    );

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
    get concurrency() {
      return concurrency + heldUp().length;
    },
    async claim(limit, stopped) {
      const except = gatewaysThatHoldUp();
      if (now() - sweptAt < SWEEP_MS) {
        const ids = await take(limit, moreIsDue ? 0 : SIGNAL_WAIT_MS, stopped);
        if (ids.length > 0) return claimSignaledReceipts(db, ids, leaseMs, except);
      }
      sweptAt = now();
      const due = await claimDueReceipts(db, limit, leaseMs, except);
      moreIsDue = due.length === limit;
      return due;
    },
    async run(receipt) {
      const work = { gateway: receipt.gateway, since: now() };
      underWay.add(work);
      try {
        await keepLease(
          leaseMs,
          () => renewReceipt(db, receipt, leaseMs),
          () => run(receipt),
        );
      } finally {
        underWay.delete(work);
      }
    },
  };
}
