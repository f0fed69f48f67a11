import type { Database } from '../database/database.ts';
import {
  claimDueWork,
  postponeDueWork,
  renewDueWork,
  type Claim,
  type DueTable,
} from '../database/due-work.ts';
import { backoffMs } from '../payments/backoff.ts';
import { keepLease } from './keep-lease.ts';
import { rest, type Work } from './work-loop.ts';

/** How long an idle loop waits before it looks again, in milliseconds. */
const IDLE_MS = 500;
const CONCURRENCY = 8;

/**
 * Work that is found in a table's due rows. An item that fails is left for later, ever longer; nothing is given up.
 *
 * @param run does the work and reschedules or drops the row
 * @param onError is told of failures
 * @param idleMs how long to wait before looking again, where nothing was due
 */
export function dueRows(
  { db, leaseMs, onError }: DueRowsDependencies,
  table: DueTable,
  run: (claim: Claim) => Promise<void>,
  { idleMs = IDLE_MS }: { idleMs?: number } = {},
): Work<Claim> {
  return {
    name: table,
    concurrency: CONCURRENCY,
    async claim(limit, stopped) {
      const claims = await claimDueWork(db, table, { limit, leaseMs });
      if (claims.length === 0) await rest(idleMs, stopped);
      return claims;
    },
    async run(claim) {
      try {
        await keepLease(
          leaseMs,
          () => renewDueWork(db, table, claim, leaseMs),
          () => run(claim),
        );
      } catch (error) {
        onError(table, error);
        await postponeDueWork(db, table, claim, backoffMs(claim.tries));
      }
    },
  };
}

export interface DueRowsDependencies {
  db: Database;
  leaseMs: number;
  onError: (name: string, error: unknown) => void;
}
