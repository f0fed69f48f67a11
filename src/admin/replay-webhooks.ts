import type { Database } from '../database/database.ts';
import {
  lockGivenUp,
  lockReceipt,
  makeDueAgain,
  type Receipt,
  type ReceiptFilter,
} from '../database/webhook-administration.ts';
import { changeWithRecord, type ChangedBy } from './change.ts';

export type Replayed =
  | { kind: 'replayed' }
  | { kind: 'unknown' }
  /** It waits for a worker, or one is at it. */
  | { kind: 'under_way' }
  /** Its bytes were dropped after their time. */
  | { kind: 'body_gone' };

/** Has a stored webhook worked off once more, whatever came of it before: applying it twice changes nothing twice. */
export function replayWebhook(db: Database, id: bigint, by: ChangedBy): Promise<Replayed> {
  return changeWithRecord(db, 'webhook_replay', by, async (sql, record) => {
    const receipt = await lockReceipt(sql, id);
    if (!receipt) return { kind: 'unknown' };
    if (receipt.isLeased || waits(receipt)) return { kind: 'under_way' };
    if (!receipt.hasBody) return { kind: 'body_gone' };
    await makeDueAgain(sql, [id]);
    const { state, lastError, gateway, eventId } = receipt;
    await record({
      action: 'webhook.replay',
      subject: { kind: 'webhook', id: id.toString() },
      before: { state, last_error: lastError, gateway, event_id: eventId },
      after: { state: 'pending' },
    });
    return { kind: 'replayed' };
  });
}

/** Whether a webhook is due already, or will be tried again by itself; one that is parked is not meant to be. */
function waits({ state, dueAt }: Receipt): boolean {
  return state === 'pending' && dueAt !== null;
}

/**
 * Has webhooks that were given up worked off once more, the oldest first.
 *
 * @returns those that were, at most `limit`
 */
export function replayGivenUp(
  db: Database,
  filter: Omit<ReceiptFilter, 'state'> & { state: 'dead' | 'orphaned' },
  limit: number,
  by: ChangedBy,
): Promise<bigint[]> {
  return changeWithRecord(db, 'webhook_replay_all', by, async (sql, record) => {
    const ids = await lockGivenUp(sql, filter, limit);
    if (ids.length === 0) return ids;
    await makeDueAgain(sql, ids);
    const numbers = ids.map(Number);
    await record({
      action: 'webhook.replay_all',
      subject: null,
      before: { state: filter.state, webhooks: numbers },
      after: { state: 'pending' },
    });
    return ids;
  });
}
