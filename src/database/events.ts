import type { EventType } from '../domain/event.ts';
import type { Database, Queryable } from './database.ts';

/** A state change as it was told. */
export interface StoredEvent {
  id: string;
  type: EventType;
  paymentId: string;
  paymentSequence: number;
  object: unknown;
  createdAt: Date;
  /** Where the event stands in the order of all events. */
  place: EventPlace;
}

export interface EventPlace {
  sqlTransaction: string;
  position: string;
}

/**
 * Lists events in an order that never changes, the oldest first.
 *
 * Events of SQL transactions that were still running beside a listed one are held back until those have ended, so a
 * reader who goes on from the last place that it saw misses none.
 */
export async function listEvents(
  db: Database,
  filter: {
    after?: EventPlace | undefined;
    paymentId?: string | undefined;
    type?: string | undefined;
    limit: number;
  },
): Promise<StoredEvent[]> {
  const rows = await db.run('event_list', (sql) => {
    const { after, paymentId, type, limit } = filter;
    return sql<(Omit<StoredEvent, 'place'> & EventPlace)[]>`
      SELECT id, type, payment_id, payment_sequence, object, created_at,
             sql_transaction::text, position::text
        FROM events
       WHERE sql_transaction < pg_snapshot_xmin(pg_current_snapshot())
         ${after ? sql`AND (sql_transaction, position) > (${after.sqlTransaction}::xid8, ${after.position}::bigint)` : sql``}
         ${paymentId === undefined ? sql`` : sql`AND payment_id = ${paymentId}`}
         ${type === undefined ? sql`` : sql`AND type = ${type}`}
       ORDER BY events.sql_transaction, events.position
       LIMIT ${limit}`;
  });
  return rows.map(({ sqlTransaction, position, ...event }) => ({
    ...event,
    place: { sqlTransaction, position },
  }));
}

/** Whether the event is written already. */
export async function eventExists(sql: Queryable, id: string): Promise<boolean> {
  const rows = await sql`SELECT 1 FROM events WHERE id = ${id}`;
  return rows.length > 0;
}
