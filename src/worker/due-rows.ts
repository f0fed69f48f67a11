import type { Database } from '../database/database.ts';
import {
  claimDueWork,
  claimDueWorkByGateway,
  postponeDueWork,
  renewDueWork,
  type Claim,
  type DueTable,
  type GatewayClaim,
  type GatewayDueTable,
} from '../database/due-work.ts';
import { backoffMs } from '../payments/backoff.ts';
import { keepLease } from './keep-lease.ts';
import { rest, type Work } from './work-loop.ts';

/** How long an idle loop waits before it looks again, in milliseconds. */
const IDLE_MS = 500;
/** How many rows are worked on at once, of each gateway where there are several. */
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
    run: (claim) => workOff({ db, leaseMs, onError }, table, claim, run),
  };
}

/**
 * Due rows that are each about something at one of the gateways. Every gateway has hands of its own: one that does not
 * answer holds those for as long as its calls last, and keeps nothing of another one waiting.
 */
export function dueRowsByGateway(
  { db, leaseMs, onError, gateways }: DueRowsDependencies & { gateways: readonly string[] },
  table: GatewayDueTable,
  run: (claim: GatewayClaim) => Promise<void>,
  { idleMs = IDLE_MS }: { idleMs?: number } = {},
): Work<GatewayClaim> {
  const free = new Map(gateways.map((gateway) => [gateway, CONCURRENCY]));
  const freeAt = (gateway: string) => free.get(gateway) ?? 0;
  let wake = () => undefined as void;
  return {
    name: table,
    concurrency: CONCURRENCY * gateways.length,
    async claim(_limit, stopped) {
      const handFreed = new Promise<void>((resolve) => (wake = resolve));
      const claims = await claimDueWorkByGateway(db, table, { rooms: free, leaseMs });
      for (const { gateway } of claims) free.set(gateway, freeAt(gateway) - 1);
      // More may be due of a gateway that had no hand left.
      if (claims.length === 0) await Promise.race([rest(idleMs, stopped), handFreed]);
      return claims;
    },
    async run(claim) {
      const { gateway } = claim;
      try {
        await workOff({ db, leaseMs, onError }, table, claim, run);
      } finally {
        if (freeAt(gateway) === 0) wake();
        free.set(gateway, freeAt(gateway) + 1);
      }
    },
  };
}

async function workOff<C extends Claim>(
  { db, leaseMs, onError }: DueRowsDependencies,
  table: DueTable,
  claim: C,
  run: (claim: C) => Promise<void>,
): Promise<void> {
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
}

export interface DueRowsDependencies {
  db: Database;
  leaseMs: number;
  onError: (name: string, error: unknown) => void;
}
