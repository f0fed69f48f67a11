import type { PaymentDecision, RefundDecision } from '../domain/decision.ts';
import type { Database, Queryable } from './database.ts';

/** What an operator decided about one call whose outcome no gateway told. */
export interface StoredDecision<D = PaymentDecision | RefundDecision> {
  id: string;
  paymentId: string;
  attemptId: string | null;
  refundId: string | null;
  decision: D;
  /** The gateway's payment or refund that the operator found. */
  gatewayId: string | null;
  /** What the operator saw. */
  note: string;
  /** Whether the gateway has confirmed what the operator found. */
  verified: boolean;
  reason: string;
  decidedBy: string;
  decidedByName: string;
  decidedAt: Date;
}

export type NewDecision<D> = Omit<StoredDecision<D>, 'decidedAt'>;

const COLUMNS = [
  'id',
  'payment_id',
  'attempt_id',
  'refund_id',
  'decision',
  'gateway_id',
  'note',
  'verified',
  'reason',
  'decided_by',
  'decided_by_name',
  'decided_at',
];

/** Writes a decision down, which nothing changes any more. */
export async function insertDecision<D extends PaymentDecision | RefundDecision>(
  sql: Queryable,
  d: NewDecision<D>,
): Promise<StoredDecision<D>> {
  const [row] = await sql<StoredDecision<D>[]>`
    INSERT INTO outcome_decisions (
      id, payment_id, attempt_id, refund_id, decision, gateway_id, note, verified, reason, decided_by, decided_by_name)
    VALUES (
      ${d.id}, ${d.paymentId}, ${d.attemptId}, ${d.refundId}, ${d.decision}, ${d.gatewayId}, ${d.note}, ${d.verified},
      ${d.reason}, ${d.decidedBy}, ${d.decidedByName})
    RETURNING ${sql(COLUMNS)}`;
  if (!row) throw new Error('a decision was written down and is not there');
  return row;
}

/** The decision about an attempt; `null` where there is none. */
export async function findDecisionOnAttempt(
  db: Database,
  attemptId: string,
): Promise<StoredDecision<PaymentDecision> | null> {
  const [row] = await db.run(
    'decision_find_of_attempt',
    (sql) => sql<StoredDecision<PaymentDecision>[]>`
      SELECT ${sql(COLUMNS)} FROM outcome_decisions WHERE attempt_id = ${attemptId}`,
  );
  return row ?? null;
}

/** The decision about a refund; `null` where there is none. */
export async function findDecisionOnRefund(
  db: Database,
  refundId: string,
): Promise<StoredDecision<RefundDecision> | null> {
  const [row] = await db.run(
    'decision_find_of_refund',
    (sql) => sql<StoredDecision<RefundDecision>[]>`
      SELECT ${sql(COLUMNS)} FROM outcome_decisions WHERE refund_id = ${refundId}`,
  );
  return row ?? null;
}

/** The last decision about any attempt of a payment; `null` where there is none. */
export async function findLastDecision(
  db: Database,
  paymentId: string,
): Promise<StoredDecision<PaymentDecision> | null> {
  const [row] = await db.run(
    'decision_find_last',
    (sql) => sql<StoredDecision<PaymentDecision>[]>`
      SELECT ${sql(COLUMNS)} FROM outcome_decisions
       WHERE payment_id = ${paymentId} AND attempt_id IS NOT NULL
       ORDER BY decided_at DESC LIMIT 1`,
  );
  return row ?? null;
}
