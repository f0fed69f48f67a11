import postgres from 'postgres';
import type { Database } from '../../database/database.ts';
import type { ReadyQueue } from './queue.ts';

const CHANNEL = 'payment_webhooks';

/**
 * Ready signals without Redis: a notification that wakes whoever waits, who then looks for what is due.
 *
 * @param directUrl the database itself: LISTEN does not survive a pooler in transaction mode
 */
export async function createPostgresQueue({
  db,
  directUrl,
  onSignalFailed,
}: {
  db: Database;
  directUrl: string;
  onSignalFailed: (error: unknown) => void;
}): Promise<ReadyQueue> {
  const listener = postgres(directUrl, { max: 1, onnotice: () => undefined });
  const waiters = new Set<() => void>();
  let rung = false;
  const wake = () => {
    rung = true;
    for (const each of waiters) each();
  };
  await listener.listen(CHANNEL, wake, wake);

  return {
    async signal() {
      try {
        // In a statement of its own: inside the insert it would make commits queue for each other.
        await db.run('receipts_notify', (sql) => sql`SELECT pg_notify(${CHANNEL}, '')`);
      } catch (error) {
        onSignalFailed(error);
      }
    },
    async take(_limit, waitMs) {
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

/** For a process that only stores webhooks: it wakes the others and never waits. */
export function createPostgresSignal(db: Database, onSignalFailed: (error: unknown) => void) {
  return async (): Promise<void> => {
    try {
      await db.run('receipts_notify', (sql) => sql`SELECT pg_notify(${CHANNEL}, '')`);
    } catch (error) {
      onSignalFailed(error);
    }
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
