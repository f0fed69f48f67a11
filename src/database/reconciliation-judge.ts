import type { Fragment, Queryable, SqlTransaction } from './database.ts';
import { expectedFeeOf, movementOfKey, movementsIn, type OwnKind } from './movements.ts';

/** What a step of a comparison is about. */
export interface JudgedSpan {
  gateway: string;
  from: Date;
  to: Date;
  runId: string;
  /** What is younger than this may still be on its way to the other side. */
  youngSince: Date;
}

export interface JudgedBatch {
  /** How many movements or records were looked at; fewer than the limit means that there are no more. */
  looked: number;
  changed: number;
  /** Where the next batch begins. */
  next: string;
}

/**
 * Compares a batch of our movements with what the gateway has of them.
 *
 * Everything happens within the database, so that memory stays flat however many movements there are.
 */
export async function judgeMovements(
  sql: SqlTransaction,
  span: JudgedSpan,
  { kind, after, limit }: { kind: OwnKind; after: string; limit: number },
): Promise<JudgedBatch> {
  const own = sql`SELECT * FROM page`;
  const page = movementsIn(sql, kind, { ...span, after, limit });
  return judge(sql, span, { page, own, after });
}

/** Compares a batch of the gateway's records, but for those whose movement is of the same time: they were compared. */
export async function judgeRecords(
  sql: SqlTransaction,
  span: JudgedSpan,
  { after, limit }: { after: string; limit: number },
): Promise<JudgedBatch> {
  const { gateway, from, to } = span;
  const [time = '', id = ''] = after === '' ? ['-infinity', ''] : after.split(' | ');
  const page = sql`
    SELECT t.kind, t.movement_id, t.occurred_at::text || ' | ' || t.record_id AS place
      FROM settlement_records t
     WHERE t.gateway = ${gateway} AND t.occurred_at >= ${from} AND t.occurred_at < ${to} AND t.withdrawn_at IS NULL
       AND (t.occurred_at, t.record_id) > (${time}::text::timestamptz, ${id})
     ORDER BY t.occurred_at, t.record_id LIMIT ${limit}`;
  const own = sql`
    ${withOwn(sql, gateway)}
     WHERE key.kind NOT IN ('payout', 'conversion')
       AND (own.own_id IS NULL OR own.occurred_at < ${from} OR own.occurred_at >= ${to} OR own.kind NOT IN ('charge', 'refund'))`;
  return judge(sql, span, { page, own, after });
}

/** Compares a batch of what was different and is not closed once more, of whatever time it is. */
export async function judgeOpenItems(
  sql: SqlTransaction,
  span: JudgedSpan,
  { after, limit }: { after: string; limit: number },
): Promise<JudgedBatch> {
  const { gateway } = span;
  const page = sql`
    SELECT i.kind, i.movement_id, i.id::text AS place
      FROM reconciliation_items i
     WHERE i.gateway = ${gateway} AND i.state <> 'matched' AND i.closed_at IS NULL
       AND i.id > ${after === '' ? '0' : after}::text::bigint
     ORDER BY i.id LIMIT ${limit}`;
  const own = sql`${withOwn(sql, gateway)} WHERE key.kind NOT IN ('payout', 'conversion')`;
  return judge(sql, span, { page, own, after });
}

/** What a difference was about that neither side tells of any more. */
export interface VanishedItem {
  id: bigint;
  state: string;
  ownId: string | null;
  recordId: string | null;
}

/**
 * Closes those of a batch of open differences that neither side tells of any more: the gateway has withdrawn its record,
 * and Tender has no such movement, or none that the gateway must know of. Should it come again, it is open again.
 *
 * @param reason what is written down as the reason
 */
export async function closeVanishedItems(
  sql: SqlTransaction,
  gateway: string,
  { after, limit }: { after: string; limit: number },
  { by, reason }: { by: string; reason: string },
): Promise<VanishedItem[]> {
  await lookUpByIndex(sql);
  return sql<VanishedItem[]>`
    WITH page AS MATERIALIZED (
      SELECT i.id, i.kind, i.movement_id, i.duplicate_record_id, i.state, i.own_id, i.record_id
        FROM reconciliation_items i
       WHERE i.gateway = ${gateway} AND i.kind <> 'payout' AND i.state <> 'matched' AND i.closed_at IS NULL
         AND i.id > ${after === '' ? '0' : after}::text::bigint
       ORDER BY i.id LIMIT ${limit}
    ), own AS MATERIALIZED (${withOwn(sql, gateway)})
    UPDATE reconciliation_items i
       SET closed_at = now(), closed_by = ${by}, close_reason = ${reason}, own_id = NULL, record_id = NULL,
           version = i.version + 1
      FROM page
     CROSS JOIN LATERAL (
             SELECT count(*) AS all, count(*) FILTER (WHERE t.record_id = page.duplicate_record_id) AS copies
               FROM settlement_records t
              WHERE t.gateway = ${gateway} AND t.kind = page.kind AND t.movement_id = page.movement_id
                AND t.withdrawn_at IS NULL) told
     WHERE i.id = page.id
       AND CASE WHEN page.duplicate_record_id <> '' THEN told.all < 2 OR told.copies = 0
                ELSE told.all = 0 AND NOT EXISTS (
                       SELECT FROM own
                        WHERE own.kind = page.kind AND own.movement_id = page.movement_id AND (own.demanded OR own.waiting))
           END
    RETURNING i.id, page.state, page.own_id, page.record_id`;
}

function withOwn(sql: Queryable, gateway: string) {
  return sql`
    SELECT key.kind, key.movement_id, own.payment_id, own.own_id, own.amount, own.currency, own.waiting, own.demanded,
           own.occurred_at
      FROM (SELECT DISTINCT kind, movement_id FROM page) key
      LEFT JOIN LATERAL (${movementOfKey(sql, gateway)}) own ON true`;
}

/**
 * Sets each movement of `own` beside the records that the gateway has of it and writes down what came of it. Where there
 * are several records the one that fits best is the movement's own, and each other one a duplicate.
 */
async function judge(
  sql: SqlTransaction,
  { gateway, runId, youngSince }: JudgedSpan,
  { page, own, after }: { page: Fragment; own: Fragment; after: string },
): Promise<JudgedBatch> {
  await lookUpByIndex(sql);
  const [row] = await sql<{ looked: number; changed: number; next: string | null }[]>`
    WITH page AS MATERIALIZED (${page}),
    own AS MATERIALIZED (${own}),
    known AS MATERIALIZED (SELECT own.*, ${expectedFeeOf(sql, gateway)} AS fee FROM own),
    paired AS (
      SELECT k.*, t.record_id, t.payment_id AS named_payment_id, t.refund_id AS named_refund_id,
             t.unreadable, t.occurred_at AS their_time,
             CASE WHEN t.unreadable IS NULL THEN t.fee END AS their_fee,
             CASE WHEN t.unreadable IS NULL THEN coalesce(t.original_amount, t.gross) END AS their_amount,
             CASE WHEN t.unreadable IS NULL THEN coalesce(t.original_currency, t.currency) END AS their_currency,
             t.original_currency IS NOT NULL AS converted,
             row_number() OVER (
               PARTITION BY k.kind, k.movement_id
               ORDER BY coalesce(t.original_amount, t.gross) = k.amount AND coalesce(t.original_currency, t.currency) = k.currency
                        DESC NULLS LAST, t.occurred_at, t.record_id) AS rank
        FROM known k
        LEFT JOIN LATERAL (
               -- OFFSET keeps it a look-up by index: read whole for each batch, the table would cost more with each record.
               SELECT * FROM settlement_records
                WHERE gateway = ${gateway} AND kind = k.kind AND movement_id = k.movement_id AND withdrawn_at IS NULL
               OFFSET 0
             ) t ON true
    ),
    judged AS (
      SELECT p.*,
             CASE
               WHEN p.record_id IS NULL AND p.own_id IS NULL THEN NULL
               WHEN p.record_id IS NULL AND NOT p.demanded AND NOT p.waiting THEN NULL
               WHEN p.record_id IS NULL AND (p.waiting OR p.occurred_at > ${youngSince}) THEN 'pending'
               WHEN p.record_id IS NULL THEN 'missing_there'
               WHEN p.unreadable IS NOT NULL THEN 'unreadable'
               WHEN p.rank > 1 THEN 'duplicate_there'
               WHEN p.own_id IS NULL AND p.kind = 'charge' AND EXISTS (
                      SELECT FROM settlement_records first
                       WHERE first.gateway = ${gateway} AND first.kind = 'charge' AND first.withdrawn_at IS NULL
                         AND first.movement_id = (
                               SELECT twin.gateway_payment_id
                                 FROM (SELECT * FROM payments WHERE id = p.named_payment_id OFFSET 0) twin
                                WHERE twin.gateway = ${gateway} AND twin.amount_captured > 0))
                 THEN 'duplicate_there'
               WHEN p.own_id IS NULL AND p.kind = 'refund' AND EXISTS (
                      SELECT FROM settlement_records first
                       WHERE first.gateway = ${gateway} AND first.kind = 'refund' AND first.withdrawn_at IS NULL
                         AND first.movement_id = (
                               SELECT twin.gateway_refund_id
                                 FROM (SELECT * FROM refunds WHERE id = p.named_refund_id OFFSET 0) twin
                                WHERE twin.gateway = ${gateway}))
                 THEN 'duplicate_there'
               WHEN p.own_id IS NULL AND p.their_time > ${youngSince} THEN 'pending'
               WHEN p.own_id IS NULL THEN 'missing_here'
               WHEN p.their_currency <> p.currency THEN 'currency_differs'
               WHEN p.their_amount <> p.amount THEN 'amount_differs'
               WHEN p.fee <> p.their_fee AND NOT p.converted THEN 'fee_differs'
               ELSE 'matched'
             END AS state
        FROM paired p
    ),
    written AS (
      INSERT INTO reconciliation_items AS i (
        gateway, kind, movement_id, duplicate_record_id, state, payment_id, own_id, record_id, our_amount, our_fee,
        our_currency, our_time, their_amount, their_fee, their_currency, their_time, unreadable, occurred_at, run_id)
      SELECT ${gateway}, j.kind, j.movement_id, CASE WHEN j.rank > 1 THEN j.record_id ELSE '' END, j.state,
             coalesce(j.payment_id, j.named_payment_id), j.own_id, j.record_id, j.amount, j.fee, j.currency, j.occurred_at,
             j.their_amount, j.their_fee, j.their_currency, j.their_time, j.unreadable,
             CASE WHEN j.rank > 1 THEN j.their_time ELSE coalesce(j.occurred_at, j.their_time) END, ${runId}
        FROM judged j
       WHERE j.state IS NOT NULL
       ORDER BY j.kind, j.movement_id, j.rank
          ON CONFLICT (gateway, kind, movement_id, duplicate_record_id) DO UPDATE
         SET state = excluded.state, payment_id = excluded.payment_id, own_id = excluded.own_id,
             record_id = excluded.record_id, our_amount = excluded.our_amount, our_fee = excluded.our_fee,
             our_currency = excluded.our_currency, our_time = excluded.our_time, their_amount = excluded.their_amount,
             their_fee = excluded.their_fee, their_currency = excluded.their_currency, their_time = excluded.their_time,
             unreadable = excluded.unreadable, occurred_at = excluded.occurred_at, run_id = excluded.run_id, version = i.version + 1,
             state_since = CASE WHEN i.state = excluded.state THEN i.state_since ELSE now() END,
             -- What was closed was closed as it was then.
             closed_at = NULL, closed_by = NULL, close_reason = NULL
       WHERE (i.state, i.own_id, i.record_id, i.our_amount, i.our_fee, i.our_currency, i.their_amount, i.their_fee,
              i.their_currency, i.unreadable)
             IS DISTINCT FROM
             (excluded.state, excluded.own_id, excluded.record_id, excluded.our_amount, excluded.our_fee,
              excluded.our_currency, excluded.their_amount, excluded.their_fee, excluded.their_currency,
              excluded.unreadable)
      RETURNING 1
    )
    SELECT (SELECT count(*)::int FROM page) AS looked, (SELECT count(*)::int FROM written) AS changed,
           (SELECT place FROM page OFFSET greatest((SELECT count(*) FROM page) - 1, 0) LIMIT 1) AS next`;
  return { looked: row?.looked ?? 0, changed: row?.changed ?? 0, next: row?.next ?? after };
}

/**
 * Holds each payout of which there is a record in the span against the sum of what the gateway says that it consists of.
 * All its records count, of whatever time: of one that failed the money came back, often days later.
 *
 * @returns of how many the result is another than before
 */
export async function judgePayouts(
  sql: SqlTransaction,
  { gateway, from, to, runId, youngSince }: JudgedSpan,
): Promise<number> {
  const [row] = await sql<{ changed: number }[]>`
    WITH payouts AS (
      SELECT t.record_id, moved.movement_id, t.occurred_at, c.currencies,
             CASE WHEN c.unreadable IS NULL THEN c.sum END AS sum,
             CASE WHEN t.unreadable IS NULL THEN t.net END AS net,
             CASE WHEN t.unreadable IS NULL THEN t.fee END AS fee,
             CASE WHEN t.unreadable IS NULL THEN t.currency END AS currency,
             coalesce(t.unreadable, c.unreadable) AS unreadable
        FROM (SELECT DISTINCT movement_id FROM settlement_records
               WHERE gateway = ${gateway} AND kind = 'payout' AND occurred_at >= ${from} AND occurred_at < ${to}) moved
       CROSS JOIN LATERAL (
               -- The record of the item is the latest, and its time the first one's.
               SELECT (array_agg(record_id ORDER BY occurred_at DESC, record_id DESC))[1] AS record_id,
                      min(occurred_at) AS occurred_at, sum(net)::bigint AS net, sum(fee)::bigint AS fee,
                      min(currency) AS currency, min(unreadable) AS unreadable
                 FROM settlement_records
                WHERE gateway = ${gateway} AND kind = 'payout' AND movement_id = moved.movement_id) t
        LEFT JOIN LATERAL (
               SELECT -sum(line.net)::bigint AS sum,
                      array_agg(DISTINCT line.currency) FILTER (WHERE line.unreadable IS NULL) AS currencies,
                      min(line.line_id || ': ' || line.unreadable) AS unreadable
                 FROM payout_contents line
                WHERE line.gateway = ${gateway} AND line.payout_id = moved.movement_id) c ON true
    ),
    judged AS (
      SELECT p.*,
             CASE
               WHEN p.unreadable IS NOT NULL THEN 'unreadable'
               WHEN p.sum IS NULL AND p.net = 0 THEN 'matched'
               WHEN p.sum IS NULL AND p.occurred_at > ${youngSince} THEN 'pending'
               WHEN p.sum IS NULL THEN 'missing_here'
               WHEN p.currencies <> ARRAY[p.currency] THEN 'currency_differs'
               WHEN p.sum <> p.net THEN 'amount_differs'
               ELSE 'matched'
             END AS state
        FROM payouts p
    ),
    written AS (
      INSERT INTO reconciliation_items AS i (
        gateway, kind, movement_id, state, record_id, our_amount, our_currency, their_amount, their_fee, their_currency,
        their_time, unreadable, occurred_at, run_id)
      SELECT ${gateway}, 'payout', j.movement_id, j.state, j.record_id, j.sum, j.currencies[1], j.net, j.fee, j.currency,
             j.occurred_at, j.unreadable, j.occurred_at, ${runId}
        FROM judged j
          ON CONFLICT (gateway, kind, movement_id, duplicate_record_id) DO UPDATE
         SET state = excluded.state, record_id = excluded.record_id, our_amount = excluded.our_amount, our_currency = excluded.our_currency,
             their_amount = excluded.their_amount, their_fee = excluded.their_fee,
             their_currency = excluded.their_currency, unreadable = excluded.unreadable, run_id = excluded.run_id,
             version = i.version + 1,
             state_since = CASE WHEN i.state = excluded.state THEN i.state_since ELSE now() END,
             closed_at = NULL, closed_by = NULL, close_reason = NULL
       WHERE (i.state, i.record_id, i.our_amount, i.their_amount, i.unreadable) IS DISTINCT FROM
             (excluded.state, excluded.record_id, excluded.our_amount, excluded.their_amount, excluded.unreadable)
      RETURNING 1
    )
    SELECT count(*)::int AS changed FROM written`;
  return row?.changed ?? 0;
}

/**
 * A batch is small beside the tables, but a planner that does not know yet how large they have become would read them
 * whole for each batch.
 */
async function lookUpByIndex(sql: SqlTransaction): Promise<void> {
  await sql`SET LOCAL enable_hashjoin = off`;
  await sql`SET LOCAL enable_mergejoin = off`;
  await sql`SET LOCAL enable_seqscan = off`;
  // What is switched off counts as very dear, for which the planner would have the query compiled.
  await sql`SET LOCAL jit = off`;
}
