import type { Database, Queryable, SqlTransaction } from './database.ts';

/** What may have come of a movement of money. */
export const ITEM_STATES = [
  'matched',
  'missing_here',
  'missing_there',
  'amount_differs',
  'fee_differs',
  'currency_differs',
  'duplicate_there',
  'pending',
  'unreadable',
] as const;
export type ItemState = (typeof ITEM_STATES)[number];

/** One movement with what either side says of it; amounts are minor units, negative where they leave the account. */
export interface ReconciliationItem {
  id: bigint;
  gateway: string;
  kind: string;
  movementId: string;
  state: ItemState;
  paymentId: string | null;
  ownId: string | null;
  recordId: string | null;
  ourAmount: bigint | null;
  ourFee: bigint | null;
  ourCurrency: string | null;
  ourTime: Date | null;
  theirAmount: bigint | null;
  theirFee: bigint | null;
  theirCurrency: string | null;
  theirTime: Date | null;
  /** Why the gateway's record cannot be read, where that is so. */
  unreadable: string | null;
  occurredAt: Date;
  runId: string;
  stateSince: Date;
  assignedTo: string | null;
  explanation: string | null;
  closedAt: Date | null;
  closedBy: string | null;
  closeReason: string | null;
}

const COLUMNS = [
  'id',
  'gateway',
  'kind',
  'movement_id',
  'state',
  'payment_id',
  'own_id',
  'record_id',
  'our_amount',
  'our_fee',
  'our_currency',
  'our_time',
  'their_amount',
  'their_fee',
  'their_currency',
  'their_time',
  'unreadable',
  'occurred_at',
  'run_id',
  'state_since',
  'assigned_to',
  'explanation',
  'closed_at',
  'closed_by',
  'close_reason',
];

export interface ItemFilter {
  gateway?: string | undefined;
  state?: ItemState | undefined;
  /** `open` differs and is not closed, `closed` was; without it all that is not matched, unless `state` says otherwise. */
  status?: 'open' | 'closed' | undefined;
  paymentId?: string | undefined;
  from?: Date | undefined;
  before?: Date | undefined;
}

/** Lists movements, those that were found last first, from below `after` on. */
export async function listItems(
  db: Database,
  { gateway, state, status, paymentId, from, before }: ItemFilter,
  { after, limit }: { after: bigint | null; limit: number },
): Promise<ReconciliationItem[]> {
  return db.run(
    'reconciliation_item_list',
    (sql) => sql<ReconciliationItem[]>`
      SELECT ${sql(COLUMNS)} FROM reconciliation_items
       WHERE ${state === undefined ? sql`state <> 'matched'` : sql`state = ${state}`}
         ${gateway === undefined ? sql`` : sql`AND gateway = ${gateway}`}
         ${status === 'open' ? sql`AND closed_at IS NULL` : sql``}
         ${status === 'closed' ? sql`AND closed_at IS NOT NULL` : sql``}
         ${paymentId === undefined ? sql`` : sql`AND payment_id = ${paymentId}`}
         ${from === undefined ? sql`` : sql`AND occurred_at >= ${from}`}
         ${before === undefined ? sql`` : sql`AND occurred_at < ${before}`}
         ${after === null ? sql`` : sql`AND id < ${after}`}
       ORDER BY id DESC
       LIMIT ${limit}`,
  );
}

/** Reads one movement with the gateway's record as it came. */
export async function findItem(
  db: Database,
  id: bigint,
): Promise<{ item: ReconciliationItem; record: unknown } | null> {
  return db.run('reconciliation_item_find', async (sql) => {
    const [item] = await sql<ReconciliationItem[]>`
      SELECT ${sql(COLUMNS)} FROM reconciliation_items WHERE id = ${id}`;
    if (item === undefined) return null;
    const [record] = await sql<{ raw: unknown }[]>`
      SELECT raw FROM settlement_records WHERE gateway = ${item.gateway} AND record_id = ${item.recordId}`;
    return { item, record: record?.raw ?? null };
  });
}

/** Reads one movement and keeps others from changing it until the SQL transaction ends. */
export async function lockItem(
  sql: SqlTransaction,
  id: bigint,
): Promise<ReconciliationItem | null> {
  const [item] = await sql<ReconciliationItem[]>`
    SELECT ${sql(COLUMNS)} FROM reconciliation_items WHERE id = ${id} FOR UPDATE`;
  return item ?? null;
}

export interface ItemChange {
  assignedTo: string | null;
  explanation: string | null;
  closed: { by: string; reason: string } | null;
}

/** Writes down what people say of a difference. */
export async function changeItem(sql: Queryable, id: bigint, change: ItemChange): Promise<void> {
  const { assignedTo, explanation, closed } = change;
  await sql`
    UPDATE reconciliation_items
       SET assigned_to = ${assignedTo}, explanation = ${explanation}, version = version + 1,
           closed_at = CASE WHEN ${closed !== null} THEN now() ELSE closed_at END,
           closed_by = coalesce(${closed?.by ?? null}, closed_by),
           close_reason = coalesce(${closed?.reason ?? null}, close_reason)
     WHERE id = ${id}`;
}

/** How many differences are open at each gateway that has some, and since when the oldest has been. */
export async function readOpenDifferences(
  db: Database,
): Promise<{ gateway: string; count: number; oldestAgeSeconds: number }[]> {
  return db.run(
    'readings_differences',
    (sql) => sql<{ gateway: string; count: number; oldestAgeSeconds: number }[]>`
      SELECT gateway, count(*)::int AS count,
             extract(epoch FROM now() - min(state_since))::float8 AS oldest_age_seconds
        FROM reconciliation_items
       WHERE state <> 'matched' AND state <> 'pending' AND closed_at IS NULL
       GROUP BY gateway`,
  );
}
