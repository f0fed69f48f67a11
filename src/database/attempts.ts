import type { Attempt, AttemptOutcome, AttemptRequest } from '../domain/attempt.ts';
import type { Database, Queryable } from './database.ts';

/** Reads one attempt; `null` where there is none. */
export async function findAttempt(db: Database, id: string): Promise<Attempt | null> {
  const rows = await db.run(
    'attempt_find',
    (sql) => sql<Attempt[]>`
      SELECT id, payment_id, operation, ordinal, gateway, gateway_key, request, status_before, outcome, error,
             created_at
        FROM payment_attempts WHERE id = ${id}`,
  );
  return rows[0] ?? null;
}

/** With what the customer last wanted to pay: the request of the latest attempt that carried a payment method. */
export async function findMethodOfferedLast(
  db: Database,
  paymentId: string,
): Promise<AttemptRequest> {
  const [row] = await db.run(
    'attempt_find_method',
    (sql) => sql<{ request: AttemptRequest }[]>`
      SELECT request FROM payment_attempts
       WHERE payment_id = ${paymentId} AND operation IN ('create', 'confirm') AND request ? 'paymentMethod'
       ORDER BY created_at DESC LIMIT 1`,
  );
  return row?.request ?? {};
}

/**
 * Reads whether a payment is on its way from one of a gateway's objects to another gateway: `leaving` while that object
 * is being canceled, `left` from then on.
 */
export async function findLeaving(
  sql: Queryable,
  paymentId: string,
  gatewayPaymentId: string,
): Promise<'leaving' | 'left' | null> {
  const [row] = await sql<{ outcome: AttemptOutcome | null }[]>`
    SELECT outcome FROM payment_attempts
     WHERE payment_id = ${paymentId} AND request ->> 'leaves' = ${gatewayPaymentId} AND outcome IS DISTINCT FROM 'refused'`;
  if (row === undefined) return null;
  return row.outcome === 'succeeded' ? 'left' : 'leaving';
}

/** Reads which payment an attempt is of; `null` where there is no such attempt. */
export async function findPaymentIdOfAttempt(db: Database, id: string): Promise<string | null> {
  const [row] = await db.run(
    'attempt_find_payment',
    (sql) => sql<{ paymentId: string }[]>`SELECT payment_id FROM payment_attempts WHERE id = ${id}`,
  );
  return row?.paymentId ?? null;
}
