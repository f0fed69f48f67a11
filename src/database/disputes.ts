import type { Dispute } from '../domain/dispute.ts';
import type { DisputeStatus } from '../domain/report.ts';
import type { Database, Fragment, Queryable } from './database.ts';

const COLUMNS = [
  'id',
  'payment_id',
  'gateway',
  'gateway_dispute_id',
  'status',
  'amount',
  'amount_lost',
  'fee',
  'currency',
  'reason',
  'gateway_reason',
  'evidence_due_by',
  'opened_at',
  'created_at',
  'updated_at',
];

/** Reads one dispute; `null` where there is none. */
export async function findDispute(db: Database, id: string): Promise<Dispute | null> {
  const rows = await db.run(
    'dispute_find',
    (sql) => sql<Dispute[]>`SELECT ${sql(COLUMNS)} FROM disputes WHERE id = ${id}`,
  );
  return rows[0] ?? null;
}

/** Reads which payment a dispute is of, by what the gateway calls it; `null` where it is not known here. */
export async function findPaymentIdOfDispute(
  db: Database,
  gateway: string,
  gatewayDisputeId: string,
): Promise<string | null> {
  const [row] = await db.run(
    'dispute_find_payment',
    (sql) => sql<{ paymentId: string }[]>`
      SELECT payment_id FROM disputes
       WHERE gateway = ${gateway} AND gateway_dispute_id = ${gatewayDisputeId}`,
  );
  return row?.paymentId ?? null;
}

/** Reads all disputes of one payment where the caller's SQL transaction is; they are few. */
export async function readDisputesOf(sql: Queryable, paymentId: string): Promise<Dispute[]> {
  return sql<Dispute[]>`SELECT ${sql(COLUMNS)} FROM disputes WHERE payment_id = ${paymentId}`;
}

export interface DisputeFilter {
  status?: DisputeStatus | undefined;
  gateway?: string | undefined;
  paymentId?: string | undefined;
  /** Only disputes that come after this place in the list. */
  after?: { createdAt: Date; id: string } | undefined;
}

/** Lists disputes, the newest first. */
export async function listDisputes(
  db: Database,
  { status, gateway, paymentId, after }: DisputeFilter,
  limit: number,
): Promise<Dispute[]> {
  return db.run(
    'dispute_list',
    (sql) => sql<Dispute[]>`
      SELECT ${sql(COLUMNS)} FROM disputes
       WHERE true
         ${status === undefined ? sql`` : sql`AND status = ${status}`}
         ${gateway === undefined ? sql`` : sql`AND gateway = ${gateway}`}
         ${paymentId === undefined ? sql`` : sql`AND payment_id = ${paymentId}`}
         ${after ? sql`AND (created_at, id) < (${after.createdAt}, ${after.id})` : sql``}
       ORDER BY created_at DESC, id DESC
       LIMIT ${limit}`,
  );
}

/** Writes a dispute as it is now, new or known, beside the payment whose change is under way in `payment`. */
export function upsertDispute(sql: Queryable, d: Dispute): Fragment {
  return sql`
    INSERT INTO disputes (
      id, payment_id, gateway, gateway_dispute_id, status, amount, amount_lost, fee, currency, reason, gateway_reason,
      evidence_due_by, opened_at, created_at, updated_at)
    SELECT ${d.id}, payment.id, ${d.gateway}, ${d.gatewayDisputeId}, ${d.status}, ${d.amount}, ${d.amountLost},
           ${d.fee}, ${d.currency}, ${d.reason}, ${d.gatewayReason}, ${d.evidenceDueBy?.toISOString() ?? null}::timestamptz,
           ${d.openedAt}::timestamptz, ${d.createdAt}::timestamptz, ${d.updatedAt}::timestamptz
      FROM payment
        ON CONFLICT (id) DO UPDATE
       SET status = excluded.status, amount = excluded.amount, amount_lost = excluded.amount_lost,
           fee = excluded.fee,           reason = excluded.reason, gateway_reason = excluded.gateway_reason,
           evidence_due_by = excluded.evidence_due_by, opened_at = excluded.opened_at,
           updated_at = excluded.updated_at`;
}
