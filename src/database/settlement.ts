import type { RecordAmounts, SettlementPage } from '../domain/settlement.ts';
import type { SqlTransaction } from './database.ts';
import { postRecords } from './ledger-records.ts';

/** What is written down of amounts that cannot be read, beside the reason: ISO 4217 has XXX for no currency. */
const NO_MONEY: RecordAmounts = { gross: 0n, fee: 0n, net: 0n, currency: 'XXX', original: null };

/**
 * Keeps one page of a gateway's settlement records: what is known already is replaced by what the gateway says now. What
 * is new of payouts and conversions is posted to the ledger with it.
 *
 * A record may name our payment by its attempt alone, and a reversal may name the payment but not the dispute: both are
 * looked up here. What cannot be read is kept as well, with the reason.
 */
export async function storeSettlementPage(
  sql: SqlTransaction,
  gateway: string,
  { records, contents, unreadable }: SettlementPage,
): Promise<void> {
  if (records.length > 0 || unreadable.records.length > 0) {
    const changed = await sql<{ recordId: string }[]>`
      INSERT INTO settlement_records (
        gateway, record_id, kind, movement_id, payment_id, refund_id, gross, fee, net, currency, original_amount,
        original_currency, unreadable, occurred_at, raw)
      SELECT DISTINCT ON (r.record_id)
             ${gateway}, r.record_id, r.kind,
             coalesce(
               r.movement_id,
               (SELECT d.gateway_dispute_id FROM disputes d
                 WHERE r.kind LIKE 'dispute%' AND d.gateway = ${gateway} AND d.payment_id = named.id
                 ORDER BY d.opened_at LIMIT 1),
               r.record_id),
             named.id, r.refund_id, r.gross, r.fee, r.net, r.currency, r.original_amount, r.original_currency,
             r.unreadable, r.occurred_at, r.raw
        FROM jsonb_to_recordset(${recordsText({ records, unreadable })}::text::jsonb) AS r (
               record_id text, kind text, movement_id text, payment_id text, attempt_id text, refund_id text, gross bigint,
               fee bigint, net bigint, currency text, original_amount bigint, original_currency text,
               unreadable text, occurred_at timestamptz, raw jsonb)
        LEFT JOIN LATERAL (
               SELECT coalesce(r.payment_id, (SELECT a.payment_id FROM payment_attempts a WHERE a.id = r.attempt_id)) AS id
             ) named ON true
       ORDER BY r.record_id
          ON CONFLICT (gateway, record_id) DO UPDATE
         SET kind = excluded.kind, movement_id = excluded.movement_id, payment_id = excluded.payment_id,
             refund_id = excluded.refund_id, gross = excluded.gross, fee = excluded.fee, net = excluded.net,
             currency = excluded.currency, original_amount = excluded.original_amount,
             original_currency = excluded.original_currency, unreadable = excluded.unreadable,
             occurred_at = excluded.occurred_at, raw = excluded.raw, pulled_at = now(), withdrawn_at = NULL
       WHERE (settlement_records.kind, settlement_records.movement_id, settlement_records.payment_id,
              settlement_records.refund_id, settlement_records.unreadable, settlement_records.raw)
             IS DISTINCT FROM
             (excluded.kind, excluded.movement_id, excluded.payment_id, excluded.refund_id, excluded.unreadable,
              excluded.raw)
          OR settlement_records.withdrawn_at IS NOT NULL
      RETURNING record_id`;
    const written = new Set(changed.map(({ recordId }) => recordId));
    const told = [...records, ...unreadable.records].map(({ recordId }) => recordId);
    const toldAgain = told.filter((recordId) => !written.has(recordId));
    if (toldAgain.length > 0) {
      await sql`
        UPDATE settlement_records SET pulled_at = now()
         WHERE gateway = ${gateway} AND record_id = ANY (${toldAgain}::text[])`;
    }
    await postRecords(sql, gateway, [...written]);
  }
  const lines = [
    ...contents.map((line) => ({ ...line, why: null })),
    ...unreadable.contents.map((line) => ({ ...line, ...NO_MONEY })),
  ].map(({ payoutId, lineId, kind, movementId, net, currency, why }) => ({
    payout_id: payoutId,
    line_id: lineId,
    kind,
    movement_id: movementId,
    net: String(net),
    currency,
    unreadable: why,
  }));
  if (lines.length === 0) return;
  await sql`
    INSERT INTO payout_contents (gateway, payout_id, line_id, kind, movement_id, net, currency, unreadable)
    SELECT DISTINCT ON (c.payout_id, c.line_id)
           ${gateway}, c.payout_id, c.line_id, c.kind, c.movement_id, c.net, c.currency, c.unreadable
      FROM jsonb_to_recordset(${JSON.stringify(lines)}::text::jsonb) AS c (
             payout_id text, line_id text, kind text, movement_id text, net bigint, currency text, unreadable text)
     ORDER BY c.payout_id, c.line_id
        ON CONFLICT (gateway, payout_id, line_id) DO UPDATE
       SET kind = excluded.kind, movement_id = excluded.movement_id, net = excluded.net, currency = excluded.currency,
           unreadable = excluded.unreadable`;
}

/**
 * Marks the records that the gateway told of once and does not any more: those of the span that were read before this run,
 * and not in it. What had matched one of them waits to be compared again. Charges and refunds only: what else there is may
 * come with a later payout.
 *
 * Where a version that does not write down what was told has read a part, it is believed of open differences alone.
 */
export async function withdrawRecords(
  sql: SqlTransaction,
  { gateway, from, to, runId }: { gateway: string; from: Date; to: Date; runId: string },
): Promise<void> {
  await sql`
    WITH gone AS (
      UPDATE settlement_records t SET withdrawn_at = now()
        FROM reconciliation_runs run
       WHERE run.id = ${runId}
         AND t.gateway = ${gateway} AND t.kind IN ('charge', 'refund')
         AND t.occurred_at >= ${from} AND t.occurred_at < ${to}
         AND t.withdrawn_at IS NULL AND t.pulled_at < run.created_at
         AND (run.noted = run.pulled
              OR EXISTS (SELECT FROM reconciliation_items i
                          WHERE i.gateway = ${gateway} AND i.kind = t.kind AND i.movement_id = t.movement_id
                            AND i.state <> 'matched' AND i.closed_at IS NULL))
      RETURNING t.kind, t.movement_id, t.record_id
    )
    UPDATE reconciliation_items i SET state = 'pending', state_since = now(), version = i.version + 1
      FROM gone
     WHERE i.gateway = ${gateway} AND i.kind = gone.kind AND i.movement_id = gone.movement_id
       AND i.record_id = gone.record_id AND i.state = 'matched'`;
}

/** The records as one text. That none has a zero character is the rule, and looking at each value would cost the most. */
function recordsText({ records, unreadable }: Omit<SettlementPage, 'contents' | 'next'>): string {
  const rows = [
    ...records.map((record) => ({ ...record, why: null })),
    ...unreadable.records.map((record) => ({ ...record, ...NO_MONEY })),
  ].map((record) => ({
    record_id: record.recordId,
    kind: record.kind,
    movement_id: record.movementId,
    payment_id: record.reference?.paymentId ?? null,
    attempt_id: record.reference?.attemptId ?? null,
    refund_id: record.refundId,
    gross: String(record.gross),
    fee: String(record.fee),
    net: String(record.net),
    currency: record.currency,
    original_amount: record.original === null ? null : String(record.original.amount),
    original_currency: record.original?.currency ?? null,
    unreadable: record.why,
    occurred_at: record.occurredAt.toISOString(),
    raw: record.raw,
  }));
  const text = JSON.stringify(rows);
  if (!text.includes('\\u0000')) return text;
  // A column of JSON takes no zero character, which a text of a gateway might have.
  return JSON.stringify(rows, (_, value: unknown) =>
    typeof value === 'string' ? value.replaceAll('\0', '') : value,
  );
}
