import postgres from 'postgres';
import type { Database } from '../../database/database.ts';
import type { ReadyQueue } from './queue.ts';

const CHANNEL = 'payment_webhooks';

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
  const listener = postgres(directUrl, { max: 1, onnotice: () => undefined });
  const waiters = new Set<() => void>();
  let listening: Promise<unknown> | null = null;
  let rung = false;
  const wake = () => {
    rung = true;
    for (const each of waiters) each();
  };
  const notify = oneAtATime(async () => {
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
      listening ??= listener.listen(CHANNEL, wake, wake);
      try {
        await listening;
      } catch (error) {
        listening = null;
        throw error;
      }
      if (!rung && waitMs > 0) await waitFor(waiters, waitMs);
      rung = false;
      return [];
    },
    async close() {
      wake();
      await listener.end({ timeout: 1 });
    },
  };
}

/**
 * Never runs `work` twice at once. All who ask while it runs are served by one more run after it: under load there are
 * several commits to tell of, and one notification tells of them all.
 */
function oneAtATime(work: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | null = null;
  let next: Promise<void> | null = null;
  const run = () => {
    next = null;
    running = work().finally(() => (running = null));
    return running;
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
