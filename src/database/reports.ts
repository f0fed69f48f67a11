import type { Database } from './database.ts';
import { expectedFeeOf } from './movements.ts';

/** What happened in one day or month at one gateway, in one currency, with one method; amounts are minor units. */
export interface ReportRow {
  /** The first day, such as 2026-11-01. */
  period: string;
  gateway: string;
  currency: string;
  method: string;
  /** Payments that were captured in the period, and what of them. */
  payments: number;
  gross: bigint;
  /** Paid back in the period, refunds on their way included. */
  refunds: bigint;
  /** Contested by disputes that were opened in the period, but for those that were won or withdrawn. */
  disputes: bigint;
  /** What the gateway kept of the payments by its own records, or is expected to by its terms. */
  fees: bigint;
  /** Of how many payments neither is known. */
  feesUnknown: number;
  /** Payments that were made in the period and tried with a payment method, and how many of them have come to money. */
  tried: number;
  succeeded: number;
}

export interface ReportFilter {
  unit: 'day' | 'month';
  from: Date;
  to: Date;
  gateway?: string | undefined;
  currency?: string | undefined;
}

/** Sums up a span of time in UTC; rows come in the order of period, gateway, currency and method. */
export async function readReport(
  db: Database,
  { unit, from, to, gateway, currency }: ReportFilter,
): Promise<ReportRow[]> {
  return db.run(
    'report',
    (sql) => sql<ReportRow[]>`
      WITH parts AS (
        SELECT own.occurred_at AS at, own.gateway, own.currency, own.method, 1 AS payments, own.amount AS gross, 0 AS refunds,
               0 AS disputes, coalesce(own.recorded_fee, own.expected_fee, 0) AS fees,
               CASE WHEN own.recorded_fee IS NULL AND own.expected_fee IS NULL THEN 1 ELSE 0 END AS fees_unknown,
               0 AS tried, 0 AS succeeded
          FROM (
            SELECT own.*, ${expectedFeeOf(sql, sql`own.gateway`)} AS expected_fee
              FROM (
                SELECT 'charge' AS kind, e.created_at AS occurred_at, p.gateway, p.currency, p.amount_captured AS amount,
                       coalesce(p.payment_method ->> 'type', 'unknown') AS method,
                       (SELECT t.fee FROM settlement_records t
                         WHERE t.gateway = p.gateway AND t.kind = 'charge' AND t.movement_id = p.gateway_payment_id
                           AND t.currency = p.currency
                         ORDER BY t.occurred_at, t.record_id LIMIT 1) AS recorded_fee
                  FROM events e JOIN payments p ON p.id = e.payment_id
                 WHERE e.type = 'payment.succeeded' AND e.created_at >= ${from} AND e.created_at < ${to}) own) own
        UNION ALL
        SELECT r.created_at, r.gateway, r.currency, coalesce(p.payment_method ->> 'type', 'unknown'), 0, 0, r.amount, 0, 0, 0, 0, 0
          FROM refunds r JOIN payments p ON p.id = r.payment_id
         WHERE r.status <> 'failed' AND r.created_at >= ${from} AND r.created_at < ${to}
        UNION ALL
        SELECT d.opened_at, d.gateway, d.currency, coalesce(p.payment_method ->> 'type', 'unknown'), 0, 0, 0, d.amount, 0, 0, 0, 0
          FROM disputes d JOIN payments p ON p.id = d.payment_id
         WHERE d.status NOT IN ('won', 'closed') AND d.opened_at >= ${from} AND d.opened_at < ${to}
        UNION ALL
        SELECT p.created_at, p.gateway, p.currency, coalesce(p.payment_method ->> 'type', 'unknown'), 0, 0, 0, 0, 0, 0, 1,
               CASE WHEN p.status IN ('succeeded', 'requires_capture') THEN 1 ELSE 0 END
          FROM payments p
         WHERE p.payment_method IS NOT NULL AND p.created_at >= ${from} AND p.created_at < ${to}
      )
      SELECT to_char(date_trunc(${unit}, at AT TIME ZONE 'UTC'), 'YYYY-MM-DD') AS period, gateway, currency, method,
             sum(payments)::int AS payments, sum(gross)::bigint AS gross, sum(refunds)::bigint AS refunds,
             sum(disputes)::bigint AS disputes, sum(fees)::bigint AS fees, sum(fees_unknown)::int AS fees_unknown,
             sum(tried)::int AS tried, sum(succeeded)::int AS succeeded
        FROM parts
       WHERE true
         ${gateway === undefined ? sql`` : sql`AND gateway = ${gateway}`}
         ${currency === undefined ? sql`` : sql`AND currency = ${currency}`}
       GROUP BY 1, 2, 3, 4
       ORDER BY 1, 2, 3, 4`,
  );
}
