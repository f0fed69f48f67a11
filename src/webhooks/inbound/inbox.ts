import type { Database } from '../../database/database.ts';
import { insertReceipts, type NewReceipt } from '../../database/receipts.ts';
import type { Tracer } from '../../observability/tracer.ts';
import { GroupCommit } from './group-commit.ts';

/** Where verified webhooks are written down. */
export interface Inbox {
  /** Resolves once the webhook is committed, or was before. Only then may it be acknowledged. */
  store(receipt: NewReceipt): Promise<void>;
}

/**
 * The inbox in PostgreSQL.
 *
 * @param signal is given the ids of new webhooks after they are committed; it must not fail
 * @param tracer `null` where tracing is off
 */
export function createInbox(
  db: Database,
  signal: (ids: bigint[]) => Promise<void>,
  tracer: Tracer | null = null,
): Inbox {
  const commits = new GroupCommit<NewReceipt, void>(async (receipts) => {
    const ids = await insertReceipts(db, inOrder(receipts));
    if (ids.length > 0) void signal(ids);
    return receipts.map(() => undefined);
  });
  if (tracer === null) return { store: (receipt) => commits.add(receipt) };
  return {
    store: (receipt) =>
      tracer.part(
        { name: 'store webhook', kind: 'internal', attributes: webhookAttributes(receipt) },
        () => commits.add({ ...receipt, traceparent: tracer.traceparent() }),
      ),
  };
}

/** What traces tell of a webhook. */
export function webhookAttributes({
  gateway,
  eventId,
  eventType,
}: Pick<NewReceipt, 'gateway' | 'eventId' | 'eventType'>) {
  return { 'gateway.name': gateway, 'webhook.event_id': eventId, 'webhook.event_type': eventType };
}

/**
 * Two batches that meet the same keys in the same order wait for each other instead of dying in a deadlock. Of several
 * deliveries of one event the first is kept.
 */
function inOrder(receipts: NewReceipt[]): NewReceipt[] {
  const sorted = receipts.toSorted(byKey);
  return sorted.filter((each, index) => {
    const before = sorted[index - 1];
    return before === undefined || byKey(before, each) !== 0;
  });
}

function byKey(a: NewReceipt, b: NewReceipt): number {
  return compare(a.gateway, b.gateway) || compare(a.eventId, b.eventId);
}

function compare(a: string, b: string): number {
  return a === b ? 0 : a < b ? -1 : 1;
}
