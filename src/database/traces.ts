import type { Database } from './database.ts';

/** What of ours something at a gateway is about, as far as it is known. */
export interface Traced {
  gateway: string;
  gatewayPaymentId: string | null;
  paymentId: string | null;
  attemptId: string | null;
  refundId: string | null;
}

/**
 * Finds the span in which the refund, or the last attempt at the payment, was written down; `null` where that was not
 * traced.
 */
export async function findTraceparent(db: Database, about: Traced): Promise<string | null> {
  const [row] = await db.run(
    'traceparent_find',
    (sql) => sql<{ traceparent: string | null }[]>`
      SELECT coalesce(
        (SELECT traceparent FROM refunds WHERE id = ${about.refundId}),
        (SELECT traceparent FROM payment_attempts
          WHERE payment_id = coalesce(
                  (SELECT id FROM payments
                    WHERE gateway = ${about.gateway} AND gateway_payment_id = ${about.gatewayPaymentId}),
                  ${about.paymentId},
                  (SELECT payment_id FROM payment_attempts WHERE id = ${about.attemptId}))
            AND traceparent IS NOT NULL
          ORDER BY created_at DESC LIMIT 1)) AS traceparent`,
  );
  return row?.traceparent ?? null;
}

/** Tables whose due rows go on with what a request has begun. */
export type TracedDueTable = 'payment_attempts' | 'refunds' | 'payments';

/** Finds the span in which a due row was written down, or the last attempt at a due payment. */
export async function findTraceparentOfDueRow(
  db: Database,
  table: TracedDueTable,
  id: string,
): Promise<string | null> {
  const [row] = await db.run(
    'traceparent_find_of_due_row',
    (sql) => sql<{ traceparent: string | null }[]>`
      SELECT traceparent FROM ${sql(table === 'refunds' ? 'refunds' : 'payment_attempts')}
       WHERE ${sql(table === 'payments' ? 'payment_id' : 'id')} = ${id} AND traceparent IS NOT NULL
       ORDER BY created_at DESC LIMIT 1`,
  );
  return row?.traceparent ?? null;
}
