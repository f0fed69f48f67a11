import type { SettlementPage, SettlementRecord } from '../domain/settlement.ts';
import type { SqlTransaction } from './database.ts';
import { postRecords } from './ledger-records.ts';

/**
 * Keeps one page of a gateway's settlement records: what is known already is replaced by what the gateway says now. What
 * is new of payouts and conversions is posted to the ledger with it.
 *
 * A record may name our payment by its attempt alone, and a reversal may name the payment but not the dispute: both are
 * looked up here.
 */
export async function storeSettlementPage(
  sql: SqlTransaction,
  gateway: string,
  { records, contents }: SettlementPage,
): Promise<void> {
  if (records.length > 0) {
    const changed = await sql<{ recordId: string }[]>`
      INSERT INTO settlement_records (
        gateway, record_id, kind, movement_id, payment_id, gross, fee, net, currency, original_amount, original_currency,
        occurred_at, raw)
      SELECT DISTINCT ON (r.record_id)
             ${gateway}, r.record_id, r.kind,
             coalesce(
               r.movement_id,
               (SELECT d.gateway_dispute_id FROM disputes d
                 WHERE r.kind LIKE 'dispute%' AND d.gateway = ${gateway} AND d.payment_id = named.id
                 ORDER BY d.opened_at LIMIT 1),
               r.record_id),
             named.id, r.gross, r.fee, r.net, r.currency, r.original_amount, r.original_currency, r.occurred_at, r.raw
        FROM jsonb_to_recordset(${recordsText(records)}::text::jsonb) AS r (
               record_id text, kind text, movement_id text, payment_id text, attempt_id text, gross bigint, fee bigint,
               net bigint, currency text, original_amount bigint, original_currency text, occurred_at timestamptz,
               raw jsonb)
        LEFT JOIN LATERAL (
               SELECT coalesce(r.payment_id, (SELECT a.payment_id FROM payment_attempts a WHERE a.id = r.attempt_id)) AS id
             ) named ON true
       ORDER BY r.record_id
          ON CONFLICT (gateway, record_id) DO UPDATE
         SET kind = excluded.kind, movement_id = excluded.movement_id, payment_id = excluded.payment_id,
             gross = excluded.gross, fee = excluded.fee, net = excluded.net, currency = excluded.currency,
             original_amount = excluded.original_amount, original_currency = excluded.original_currency,
             occurred_at = excluded.occurred_at, raw = excluded.raw, pulled_at = now()
       WHERE (settlement_records.kind, settlement_records.movement_id, settlement_records.payment_id,
              settlement_records.raw)
             IS DISTINCT FROM (excluded.kind, excluded.movement_id, excluded.payment_id, excluded.raw)
      RETURNING record_id`;
    await postRecords(
      sql,
      gateway,
      changed.map(({ recordId }) => recordId),
    );
  }
  if (contents.length === 0) return;
  const lines = contents.map(({ payoutId, lineId, kind, movementId, net, currency }) => ({
    payout_id: payoutId,
    line_id: lineId,
    kind,
    movement_id: movementId,
    net: String(net),
    currency,
  }));
  await sql`
    INSERT INTO payout_contents (gateway, payout_id, line_id, kind, movement_id, net, currency)
    SELECT DISTINCT ON (c.payout_id, c.line_id)
           ${gateway}, c.payout_id, c.line_id, c.kind, c.movement_id, c.net, c.currency
      FROM jsonb_to_recordset(${JSON.stringify(lines)}::text::jsonb) AS c (
             payout_id text, line_id text, kind text, movement_id text, net bigint, currency text)
     ORDER BY c.payout_id, c.line_id
        ON CONFLICT (gateway, payout_id, line_id) DO UPDATE
       SET kind = excluded.kind, movement_id = excluded.movement_id, net = excluded.net, currency = excluded.currency`;
}

/** The records as one text. That none has a zero character is the rule, and looking at each value would cost the most. */
function recordsText(records: readonly SettlementRecord[]): string {
  const rows = records.map((record) => ({
    record_id: record.recordId,
    kind: record.kind,
    movement_id: record.movementId,
    payment_id: record.reference?.paymentId ?? null,
    attempt_id: record.reference?.attemptId ?? null,
    gross: String(record.gross),
    fee: String(record.fee),
    net: String(record.net),
    currency: record.currency,
    original_amount: record.original === null ? null : String(record.original.amount),
    original_currency: record.original?.currency ?? null,
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
