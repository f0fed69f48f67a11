import { setTimeout as delay } from 'node:timers/promises';
import type { Database } from '../../database/database.ts';
import { Listener } from '../../database/listener.ts';
import type { ReadyQueue } from './queue.ts';

const CHANNEL = 'payment_webhooks';

/** How long after a notification the next one is sent at the earliest: whoever woke by the first looks until nothing is left. */
const QUIET_MS = 20;

/**
 * Ready signals without Redis: a notification that wakes whoever waits, who then looks for what is due.
 *
 * A process that never takes never listens, so it is not woken by its own signals.
 *
 * @param directUrl the database itself: LISTEN does not survive a pooler in transaction mode
 */
export function createPostgresQueue({
  db,
  directUrl,
  onSignalFailed,
}: {
  db: Database;
  directUrl: string;
  onSignalFailed: (error: unknown) => void;
}): ReadyQueue {
  const waiters = new Set<() => void>();
  let rung = false;
  const wake = () => {
    rung = true;
    for (const each of waiters) each();
  };
  const listener = new Listener(directUrl, CHANNEL, wake);
  const notify = seldom(QUIET_MS, async () => {
    try {
      // In a statement of its own: inside the insert it would make commits queue for each other.
      await db.run('receipts_notify', (sql) => sql`SELECT pg_notify(${CHANNEL}, '')`);
    } catch (error) {
      onSignalFailed(error);
    }
  });

  return {
    signal: notify,
    async take(_limit, waitMs) {
      listener.start();
      if (!rung && waitMs > 0) await waitFor(waiters, waitMs);
      rung = false;
      return [];
    },
    async close() {
      wake();
      await listener.close();
    },
  };
}

/**
 * Runs `work` at once, and then not again before `quietMs` are over. All who ask meanwhile are served by one more run:
 * under load there are several commits to tell of, and one notification tells of them all.
 */
function seldom(quietMs: number, work: () => Promise<void>): () => Promise<void> {
  let running: Promise<unknown> | null = null;
  let next: Promise<void> | null = null;
  const run = () => {
    next = null;
    const done = work();
    running = Promise.all([done, delay(quietMs, null, { ref: false })]).finally(() => {
      if (next === null) running = null;
    });
    return done;
  };
  return () => {
    if (running === null) return run();
    return (next ??= running.then(run));
  };
}

function waitFor(waiters: Set<() => void>, waitMs: number): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      waiters.delete(done);
      resolve();
    };
    const timer = setTimeout(done, waitMs);
    waiters.add(done);
  });
}
