import { allCurrencies, exponentOf } from '../domain/currency.ts';
import type { Fragment, Queryable } from './database.ts';

/**
 * Our own movements of money, as payments, refunds and disputes tell them. All that reconciliation knows of our side is
 * what is selected here: kind, movement_id (the gateway's name for it), payment_id, own_id, amount and fee (minor units;
 * `fee` is NULL where nothing is known of it), currency, occurred_at, whether it still waits for its end, and whether the
 * gateway must have a record of it.
 */
export interface MovementSpan {
  gateway: string;
  from: Date;
  to: Date;
  /** The place of the last one that was read, as `place` gave it; empty at the beginning. */
  after: string;
  limit: number;
}

/** What can be read in the order of time; a dispute is read by its id. */
export type OwnKind = 'charge' | 'refund' | 'dispute';

/** The movements of one kind in a span of time, as a query whose rows have a `place` besides. */
export function movementsIn(sql: Queryable, kind: OwnKind, span: MovementSpan) {
  const { gateway, from, to, after, limit } = span;
  const [time = '', id = ''] = after === '' ? ['-infinity', ''] : after.split(' | ');
  switch (kind) {
    case 'charge':
      return sql`
        SELECT ${ofPayment(sql)}, e.created_at AS occurred_at, e.created_at::text || ' | ' || e.id AS place
          FROM events e
         -- OFFSET keeps the other conditions out, so that the payment is looked up by its id whatever the planner knows.
         CROSS JOIN LATERAL (SELECT * FROM payments WHERE id = e.payment_id OFFSET 0) p
         WHERE e.type = 'payment.succeeded' AND p.gateway = ${gateway}
           AND e.created_at >= ${from} AND e.created_at < ${to}
           AND (e.created_at, e.id) > (${time}::text::timestamptz, ${id})
         ORDER BY e.created_at, e.id LIMIT ${limit}`;
    case 'refund':
      return sql`
        SELECT ${ofRefund(sql, 'refund')}, r.created_at::text || ' | ' || r.id AS place
          FROM refunds r
         WHERE r.gateway = ${gateway} AND r.gateway_refund_id IS NOT NULL AND r.status <> 'failed'
           AND r.created_at >= ${from} AND r.created_at < ${to}
           AND (r.created_at, r.id) > (${time}::text::timestamptz, ${id})
         ORDER BY r.created_at, r.id LIMIT ${limit}`;
    case 'dispute':
      return sql`
        SELECT ${ofDispute(sql, 'dispute')}, d.opened_at::text || ' | ' || d.id AS place
          FROM disputes d
         WHERE d.gateway = ${gateway} AND d.id > ${id}
           AND ((d.opened_at >= ${from} AND d.opened_at < ${to})
                OR (d.status = 'lost' AND d.updated_at >= ${from} AND d.updated_at < ${to}))
         ORDER BY d.id LIMIT ${limit}`;
  }
}

/** The movement that `key.kind` and `key.movement_id` of the surrounding query name; no row where there is none here. */
export function movementOfKey(sql: Queryable, gateway: string) {
  return sql`
    SELECT ${ofPayment(sql)},
           coalesce((SELECT e.created_at FROM (SELECT * FROM events WHERE payment_id = p.id OFFSET 0) e
                      WHERE e.type = 'payment.succeeded'
                      ORDER BY e.payment_sequence LIMIT 1), p.updated_at) AS occurred_at
      FROM payments p
     WHERE key.kind = 'charge' AND p.gateway = ${gateway} AND p.gateway_payment_id = key.movement_id
       AND p.amount_captured > 0
    UNION ALL
    SELECT ${ofRefund(sql, 'refund')} FROM refunds r
     WHERE key.kind = 'refund' AND r.gateway = ${gateway} AND r.gateway_refund_id = key.movement_id
       AND (r.status <> 'failed' OR EXISTS (
             SELECT FROM settlement_records back
              WHERE back.gateway = ${gateway} AND back.kind = 'refund_failure' AND back.movement_id = key.movement_id
                AND back.withdrawn_at IS NULL))
    UNION ALL
    SELECT ${ofRefund(sql, 'refund_failure')} FROM refunds r
     WHERE key.kind = 'refund_failure' AND r.gateway = ${gateway} AND r.gateway_refund_id = key.movement_id
       AND r.status = 'failed'
    UNION ALL
    SELECT ${ofDispute(sql, 'dispute')} FROM disputes d
     WHERE key.kind = 'dispute' AND d.gateway = ${gateway} AND d.gateway_dispute_id = key.movement_id
    UNION ALL
    SELECT ${ofDispute(sql, 'dispute_reversal')} FROM disputes d
     WHERE key.kind = 'dispute_reversal' AND d.gateway = ${gateway} AND d.gateway_dispute_id = key.movement_id
       AND d.status = 'won'`;
}

function ofPayment(sql: Queryable) {
  return sql`
    'charge' AS kind, p.gateway_payment_id AS movement_id, p.id AS payment_id, p.id AS own_id,
    p.amount_captured AS amount, p.currency, false AS waiting, true AS demanded`;
}

function ofRefund(sql: Queryable, kind: 'refund' | 'refund_failure') {
  const sign = kind === 'refund' ? -1 : 1;
  return sql`
    ${kind}::text AS kind, r.gateway_refund_id AS movement_id, r.payment_id, r.id AS own_id,
    ${sign}::int * r.amount AS amount, r.currency, r.status = 'pending' AS waiting, true AS demanded,
    r.created_at AS occurred_at`;
}

/** A dispute that is open may have withdrawn its money or not: only of one that is lost it is certain. */
function ofDispute(sql: Queryable, kind: 'dispute' | 'dispute_reversal') {
  const sign = kind === 'dispute' ? -1 : 1;
  return sql`
    ${kind}::text AS kind, d.gateway_dispute_id AS movement_id, d.payment_id, d.id AS own_id,
    ${sign}::int * d.amount AS amount, d.currency, false AS waiting, d.status = 'lost' AS demanded,
    d.opened_at AS occurred_at`;
}

/** The currencies whose minor unit is not a hundredth, with their digits. */
const OTHER_EXPONENTS = JSON.stringify(
  Object.fromEntries(
    allCurrencies()
      .filter((currency) => exponentOf(currency) !== 2)
      .map((currency) => [currency, exponentOf(currency)]),
  ),
);

/**
 * What the gateway was expected to keep of the charge `own`, by the terms that were in force then, as
 * `domain/fee.ts` computes it: exactly, and rounded once, half to even. NULL where no terms are stated.
 */
export function expectedFeeOf(sql: Queryable, gateway: string | Fragment) {
  return sql`
    (SELECT (CASE WHEN exact % 1 = 0.5 THEN trunc(exact) + trunc(exact) % 2 ELSE round(exact) END)::bigint
       FROM (SELECT *
               FROM gateway_settings s
              WHERE s.gateway = ${gateway} AND s.in_force_from <= own.occurred_at
              ORDER BY s.in_force_from DESC LIMIT 1) terms,
            LATERAL (SELECT coalesce((terms.fees -> own.currency ->> 'percentage')::numeric, terms.fee_percentage) AS share,
                            coalesce((terms.fees -> own.currency ->> 'fixed')::numeric, terms.fee_fixed) AS flat) stated,
            LATERAL (SELECT own.amount * coalesce(share, 0) / 100
                            + coalesce(flat, 0) * 10::numeric ^ coalesce((${OTHER_EXPONENTS}::text::jsonb ->> own.currency)::int, 2)
                            AS exact) computed
      WHERE own.kind = 'charge' AND (share IS NOT NULL OR flat IS NOT NULL))`;
}
