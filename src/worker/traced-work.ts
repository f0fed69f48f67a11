import type { Claim } from '../database/due-work.ts';
import type { Database } from '../database/database.ts';
import { findTraceparentOfDueRow, type TracedDueTable } from '../database/traces.ts';
import type { Tracer } from '../observability/tracer.ts';

/** What traces call the work. */
const NAMES: Readonly<Record<TracedDueTable, string>> = {
  payment_attempts: 'resolve attempt',
  refunds: 'resolve refund',
  payments: 'look again at payment',
};

/**
 * The same work on a due row, done in the trace of the request that it goes on with.
 *
 * @param tracer `null` where tracing is off: then it is the work itself
 */
export function traceDueWork<C extends Claim>(
  { db, tracer }: { db: Database; tracer: Tracer | null },
  table: TracedDueTable,
  run: (claim: C) => Promise<void>,
): (claim: C) => Promise<void> {
  if (tracer === null) return run;
  return async (claim) => {
    // That a trace cannot be found keeps no work waiting.
    const parent = await findTraceparentOfDueRow(db, table, claim.id).catch(() => null);
    const attributes = { 'work.table': table, 'work.id': claim.id, 'work.tries': claim.tries };
    const start = { name: NAMES[table], kind: 'consumer', attributes } as const;
    await tracer.begin(start, { parent }, () => run(claim));
  };
}
