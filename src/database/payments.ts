import type { Payment, PaymentStatus } from '../domain/payment.ts';
import type { Database, Queryable, Fragment } from './database.ts';

/** The columns of a payment as the domain knows it. */
export const PAYMENT_COLUMNS = [
  'id',
  'status',
  'amount',
  'currency',
  'capture_method',
  'amount_capturable',
  'amount_captured',
  'amount_refunded',
  'amount_refund_pending',
  'amount_disputed',
  'amount_disputed_lost',
  'disputed',
  'capture_before',
  'gateway',
  'gateway_payment_id',
  'client_secret',
  'next_action',
  'last_error',
  'pending_attempt_id',
  'payment_method',
  'awaits_completion',
  'customer_id',
  'save_payment_method',
  'saved_method',
  'order_id',
  'description',
  'statement_descriptor',
  'return_url',
  'metadata',
  'routing',
  'fee_terms',
  'fee_actual',
  'fee_currency',
  'fee_returned',
  'fee_disputes',
  'created_at',
  'updated_at',
  'version',
];

/** Reads one payment; `null` where there is none. */
export async function findPayment(db: Database, id: string): Promise<Payment | null> {
  const rows = await db.run('payment_find', (sql) => selectPayment(sql, id));
  return rows[0] ?? null;
}

/** Reads one payment and keeps others from changing it until the SQL transaction ends. */
export async function lockPayment(sql: Queryable, id: string): Promise<Payment | null> {
  const rows = await sql<Payment[]>`
    SELECT ${sql(PAYMENT_COLUMNS)} FROM payments WHERE id = ${id} FOR UPDATE`;
  return rows[0] ?? null;
}

/** Finds a payment by what its gateway calls it. */
export async function findPaymentAtGateway(
  db: Database,
  gateway: string,
  gatewayPaymentId: string,
): Promise<Payment | null> {
  const rows = await db.run(
    'payment_find_at_gateway',
    (sql) => sql<Payment[]>`
      SELECT ${sql(PAYMENT_COLUMNS)} FROM payments
       WHERE gateway = ${gateway} AND gateway_payment_id = ${gatewayPaymentId}`,
  );
  return rows[0] ?? null;
}

/** The gateway's id of the last payment that it had taken before that time; `null` where there is none. */
export async function findPaidBefore(
  db: Database,
  gateway: string,
  before: Date,
): Promise<string | null> {
  const [row] = await db.run(
    'payment_find_paid_before',
    (sql) => sql<{ gatewayPaymentId: string }[]>`
      SELECT gateway_payment_id FROM payments
       WHERE gateway = ${gateway} AND status = 'succeeded' AND gateway_payment_id IS NOT NULL
         AND created_at < ${before}
       ORDER BY created_at DESC LIMIT 1`,
  );
  return row?.gatewayPaymentId ?? null;
}

export interface PaymentFilter {
  status?: PaymentStatus | undefined;
  gateway?: string | undefined;
  orderId?: string | undefined;
  customerId?: string | undefined;
  createdFrom?: Date | undefined;
  createdBefore?: Date | undefined;
  /** Only payments that come after this place in the list. */
  after?: { createdAt: Date; id: string } | undefined;
}

/** Lists payments, the newest first. */
export async function listPayments(
  db: Database,
  filter: PaymentFilter,
  limit: number,
): Promise<Payment[]> {
  return db.run('payment_list', (sql) => {
    const when = (condition: boolean, fragment: () => Fragment) => (condition ? fragment() : sql``);
    const { status, gateway, orderId, customerId, createdFrom, createdBefore, after } = filter;
    return sql<Payment[]>`
      SELECT ${sql(PAYMENT_COLUMNS)} FROM payments
       WHERE true
       ${when(status !== undefined, () => sql`AND status = ${status!}`)}
       ${when(gateway !== undefined, () => sql`AND gateway = ${gateway!}`)}
       ${when(orderId !== undefined, () => sql`AND order_id = ${orderId!}`)}
       ${when(customerId !== undefined, () => sql`AND customer_id = ${customerId!}`)}
       ${when(createdFrom !== undefined, () => sql`AND created_at >= ${createdFrom!}`)}
       ${when(createdBefore !== undefined, () => sql`AND created_at < ${createdBefore!}`)}
       ${when(after !== undefined, () => sql`AND (created_at, id) < (${after!.createdAt}, ${after!.id})`)}
       ORDER BY created_at DESC, id DESC
       LIMIT ${limit}`;
  });
}

function selectPayment(sql: Queryable, id: string) {
  return sql<Payment[]>`SELECT ${sql(PAYMENT_COLUMNS)} FROM payments WHERE id = ${id}`;
}
