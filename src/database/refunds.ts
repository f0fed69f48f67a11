import type { Refund } from '../domain/refund.ts';
import type { Database, Queryable } from './database.ts';

/** A refund with what only its making needs. */
export interface StoredRefund extends Refund {
  /** The key that the gateway gets; `null` where the refund was made outside Tender. */
  gatewayKey: string | null;
  ordinal: number | null;
  /** Whether the call's answer never came. */
  unknown: boolean;
}

const COLUMNS = [
  'id',
  'payment_id',
  'status',
  'amount',
  'currency',
  'reason',
  'gateway',
  'gateway_refund_id',
  'failure_code',
  'source',
  'metadata',
  'fee_returned',
  'created_at',
  'updated_at',
  'gateway_key',
  'ordinal',
  'unknown',
];

/** Reads one refund; `null` where there is none. */
export async function findRefund(db: Database, id: string): Promise<StoredRefund | null> {
  return db.run('refund_find', (sql) => readRefund(sql, id));
}

/** Reads one refund where the caller's SQL transaction is. */
export async function readRefund(sql: Queryable, id: string): Promise<StoredRefund | null> {
  const rows = await sql<StoredRefund[]>`SELECT ${sql(COLUMNS)} FROM refunds WHERE id = ${id}`;
  return rows[0] ?? null;
}

/** Finds a refund by our own id, or else by the gateway's. */
export async function findRefundOfReport(
  sql: Queryable,
  gateway: string,
  report: { refundId: string | null; gatewayRefundId: string },
): Promise<StoredRefund | null> {
  const rows = await sql<StoredRefund[]>`
    SELECT ${sql(COLUMNS)} FROM refunds
     WHERE gateway = ${gateway} AND (id = ${report.refundId} OR gateway_refund_id = ${report.gatewayRefundId})
     ORDER BY (id = ${report.refundId}) DESC NULLS LAST
     LIMIT 1`;
  return rows[0] ?? null;
}

/** Lists a payment's refunds, the newest first, from behind `after` on. */
export async function listRefunds(
  db: Database,
  paymentId: string,
  { after, limit }: { after?: { createdAt: Date; id: string } | undefined; limit: number },
): Promise<StoredRefund[]> {
  return db.run(
    'refund_list',
    (sql) => sql<StoredRefund[]>`
      SELECT ${sql(COLUMNS)} FROM refunds
       WHERE payment_id = ${paymentId}
         ${after ? sql`AND (created_at, id) < (${after.createdAt}, ${after.id})` : sql``}
       ORDER BY created_at DESC, id DESC
       LIMIT ${limit}`,
  );
}
