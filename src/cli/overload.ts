import type { Settings } from '../config/settings.ts';
import type { Database } from '../database/database.ts';
import type { EventLoop } from '../observability/event-loop.ts';
import type { OverloadReason } from '../overloaded.ts';

/** Says what this process has too much of to take further payments, or `null`. It costs no query and no wait. */
export function overloadOf(
  { maxEventLoopLagMs, maxDatabaseWaitMs }: Settings['overload'],
  eventLoop: Pick<EventLoop, 'lagMs'>,
  db: Pick<Database, 'longestWaitMs'>,
): () => OverloadReason | null {
  return () => {
    if (eventLoop.lagMs() > maxEventLoopLagMs) return 'event_loop';
    return db.longestWaitMs() > maxDatabaseWaitMs ? 'database' : null;
  };
}
