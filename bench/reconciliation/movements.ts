import type { Sql } from '../../src/database/sql.ts';

/** Movements of one gateway, numbered from 0 and evenly spread over a span of time. */
export interface Movements {
  count: number;
  from: Date;
  to: Date;
}

/** Every tenth is a refund of the payment before it, the others are payments. */
export function isRefund(n: number): boolean {
  return n % 10 === 9;
}

/** What the gateway has lost: one payment in a thousand, so that a run that only passes over them all is noticed. */
export function isLost(n: number): boolean {
  return n % 1_000 === 500;
}

/** Minor units. 2.9 % and 0.30 of it are a whole number of them, whichever way one rounds. */
export function amountOf(n: number): number {
  return isRefund(n) ? 500 : 1_000 * (1 + (n % 50));
}

export function feeOf(n: number): number {
  return isRefund(n) ? 0 : (amountOf(n) * 29) / 1_000 + 30;
}

export function timeOf(n: number, { count, from, to }: Movements): Date {
  return new Date(from.getTime() + ((to.getTime() - from.getTime()) * n) / count);
}

/** What the gateway calls the movement. */
export function gatewayIdOf(n: number): string {
  return `${isRefund(n) ? 're' : 'pi'}_${String(n).padStart(24, '0')}`;
}

/** Our own id of the payment. */
export function paymentIdOf(n: number): string {
  return `pay_${String(n).padStart(26, '0')}`;
}

/**
 * Writes them down as Tender's own, in the shape that they have after payments and refunds.
 *
 * @param sql of one connection
 */
export async function insertMovements(sql: Sql, movements: Movements): Promise<void> {
  const { count, from, to } = movements;
  const stepMs = (to.getTime() - from.getTime()) / count;
  // So that the terms hold from before the first payment.
  await sql`SET session_replication_role = replica`;
  await sql`
    INSERT INTO gateway_settings (gateway, version, in_force_from, changed_by, changed_by_name, fee_percentage, fee_fixed, fees, limits)
    VALUES ('stripe', 1, ${from}, 'op_1', 'bench', 2.9, 0.30, '{}', '{}')`;
  await sql`RESET session_replication_role`;
  await sql`
    INSERT INTO payments (id, status, amount, currency, capture_method, amount_captured, gateway, gateway_payment_id,
                          amount_refunded, created_at, updated_at, event_count)
    SELECT 'pay_' || lpad(n::text, 26, '0'), 'succeeded', paid.amount, 'USD', 'automatic', paid.amount, 'stripe',
           'pi_' || lpad(n::text, 24, '0'), CASE WHEN n % 10 = 8 THEN 500 ELSE 0 END, paid.at, paid.at, 1
      FROM generate_series(0, ${count - 1}::int) n,
           LATERAL (SELECT 1000 * (1 + n % 50) AS amount, ${from}::timestamptz + n * ${stepMs}::float8 * interval '1 ms' AS at) paid
     WHERE n % 10 <> 9`;
  await sql`
    INSERT INTO events (id, type, payment_id, payment_sequence, object, created_at)
    SELECT replace(id, 'pay_', 'evt_'), 'payment.succeeded', id, 1, '{}', created_at FROM payments`;
  await sql`
    INSERT INTO refunds (id, payment_id, status, amount, currency, gateway, gateway_refund_id, source, created_at, updated_at)
    SELECT 'ref_' || lpad(n::text, 26, '0'), 'pay_' || lpad((n - 1)::text, 26, '0'), 'succeeded', 500, 'USD', 'stripe',
           're_' || lpad(n::text, 24, '0'), 'api', refunded.at, refunded.at
      FROM generate_series(9, ${count - 1}::int, 10) n,
           LATERAL (SELECT ${from}::timestamptz + n * ${stepMs}::float8 * interval '1 ms' AS at) refunded`;
}
