import { isUtf8 } from 'node:buffer';
import { randomUUID } from 'node:crypto';
import type { Database, Fragment, Sql } from './database.ts';

/** A verified delivery that waits to be written down. */
export interface NewReceipt {
  gateway: string;
  eventId: string;
  eventType: string;
  requestId: string;
  /** The body as it came, which has to be one of those that can be stored. */
  body: Uint8Array;
  /** The span in which it came in, where it was traced. */
  traceparent?: string | null;
}

/**
 * A stored webhook that is ours to work on until the lease ends. Until it is finished it has a `due_at`, and is found by
 * its id through an index of those rows only: statements about it name both.
 */
export interface ClaimedReceipt {
  id: bigint;
  gateway: string;
  eventId: string;
  eventType: string;
  requestId: string;
  receivedAt: Date;
  tries: number;
  leaseToken: string;
  body: Uint8Array;
  /** The span in which it came in; `null` where it was not traced. */
  traceparent: string | null;
}

export type FinalReceiptState = 'processed' | 'ignored' | 'orphaned' | 'dead';

/**
 * Writes deliveries down, all or none. One that came before stays as it was.
 *
 * @param receipts sorted by gateway and event, without repetitions, so that two batches never wait for each other
 * @returns the ids of those that are new
 */
export async function insertReceipts(db: Database, receipts: NewReceipt[]): Promise<bigint[]> {
  const column = (read: (receipt: NewReceipt) => string) => receipts.map(read).join(SEPARATOR);
  const traced = receipts.some(({ traceparent }) => typeof traceparent === 'string');
  const rows = await db.run(
    'receipts_insert',
    (sql) => sql<{ id: bigint }[]>`
      WITH new AS MATERIALIZED (
        SELECT * FROM ROWS FROM (
          string_to_table(${column((each) => each.gateway)}, ${SEPARATOR}),
          string_to_table(${column((each) => each.eventId)}, ${SEPARATOR}),
          string_to_table(${column((each) => each.eventType)}, ${SEPARATOR}),
          string_to_table(${column((each) => each.requestId)}, ${SEPARATOR}),
          string_to_table(convert_from(${joined(receipts.map(({ body }) => body))}, 'UTF8'), ${SEPARATOR})
          ${traced ? sql`, string_to_table(${column((each) => each.traceparent ?? '')}, ${SEPARATOR})` : sql``}
        ) AS each (gateway, event_id, event_type, request_id, body ${traced ? sql`, traceparent` : sql``})
      ), receipt AS (
        INSERT INTO webhook_receipts (gateway, event_id, event_type, request_id ${traced ? sql`, traceparent` : sql``})
        SELECT gateway, event_id, event_type, request_id ${traced ? sql`, nullif(traceparent, '')` : sql``} FROM new
            ON CONFLICT DO NOTHING
        RETURNING gateway, event_id, id, received_at
      ), payload AS (
        INSERT INTO webhook_payloads (receipt_id, received_at, body)
        SELECT receipt.id, receipt.received_at, convert_to(new.body, 'UTF8')
          FROM receipt JOIN new USING (gateway, event_id)
      )
      SELECT id FROM receipt`,
  );
  return rows.map((row) => row.id);
}

/**
 * Stands between the values of many rows, which go to PostgreSQL as one text for each column: neither side has to
 * escape anything then, as an array of texts would need for every quotation mark.
 */
const SEPARATOR = '\x1f';
const SEPARATOR_BYTES = Buffer.from(SEPARATOR);

/**
 * Tells whether a body can be written down: UTF-8 without a zero byte or what stands between the bodies. Every JSON
 * document in UTF-8 is, as JSON knows control characters as escapes only.
 */
export function isStorableBody(body: Uint8Array): boolean {
  return isUtf8(body) && !body.includes(0) && !body.includes(SEPARATOR.charCodeAt(0));
}

/** Bodies stay the bytes that came, so that they are not made into text here only to be bytes again on the wire. */
function joined(bodies: Uint8Array[]): Uint8Array {
  return Buffer.concat(bodies.flatMap((body) => [SEPARATOR_BYTES, body])).subarray(1);
}

/**
 * Claims the receipts that a signal named, as far as they are due and nobody works on them.
 *
 * @param except gateways of which nothing is claimed for the moment
 */
export function claimSignaledReceipts(
  db: Database,
  ids: bigint[],
  leaseMs: number,
  except: readonly string[] = [],
): Promise<ClaimedReceipt[]> {
  return claim(
    db,
    'receipts_claim',
    { leaseMs, except },
    (sql) => sql`id = ANY(${ids.map(String)}::bigint[])`,
    ids.length,
  );
}

/** Claims receipts that are due, whether or not there was a signal for them. */
export function claimDueReceipts(
  db: Database,
  limit: number,
  leaseMs: number,
  except: readonly string[] = [],
): Promise<ClaimedReceipt[]> {
  return claim(db, 'receipts_sweep', { leaseMs, except }, (sql) => sql`true`, limit);
}

function claim(
  db: Database,
  name: string,
  { leaseMs, except }: { leaseMs: number; except: readonly string[] },
  which: (sql: Sql) => Fragment,
  limit: number,
): Promise<ClaimedReceipt[]> {
  const token = randomUUID();
  return db.run(
    name,
    (sql) => sql<ClaimedReceipt[]>`
      WITH due AS (
        SELECT id FROM webhook_receipts
         WHERE ${which(sql)} AND due_at IS NOT NULL AND due_at <= now() AND (lease_until IS NULL OR lease_until <= now())
           AND gateway <> ALL(${[...except]}::text[])
         ORDER BY id LIMIT ${limit}
           FOR UPDATE SKIP LOCKED
      ), claimed AS (
        UPDATE webhook_receipts r
           SET lease_until = now() + ${leaseMs} * interval '1 ms', lease_token = ${token}, tries = tries + 1
          FROM due WHERE r.id = due.id AND r.due_at IS NOT NULL
        RETURNING r.id, r.gateway, r.event_id, r.event_type, r.request_id, r.received_at, r.tries,
                  r.lease_token::text, r.traceparent
      )
      SELECT claimed.*, p.body
        FROM claimed
        JOIN webhook_payloads p ON p.receipt_id = claimed.id AND p.received_at = claimed.received_at`,
  );
}

/** Goes on owning a receipt that takes longer than its lease, if it is still ours. */
export async function renewReceipt(
  db: Database,
  receipt: ClaimedReceipt,
  leaseMs: number,
): Promise<void> {
  await db.run(
    'receipt_renew',
    (sql) => sql`
      UPDATE webhook_receipts SET lease_until = now() + ${leaseMs} * interval '1 ms'
       WHERE id = ${receipt.id} AND due_at IS NOT NULL AND lease_token = ${receipt.leaseToken}`,
  );
}

/** Ends the work on a receipt, if it is still ours. */
export async function finishReceipt(
  db: Database,
  receipt: ClaimedReceipt,
  state: FinalReceiptState,
  { paymentId = null, error = null }: { paymentId?: string | null; error?: string | null } = {},
): Promise<void> {
  await db.run(
    'receipt_finish',
    (sql) => sql`
      UPDATE webhook_receipts
         SET state = ${state}, payment_id = ${paymentId}, last_error = ${error}, failures = ${withFailure(sql, error)},
             finished_at = now(),
             due_at = NULL, lease_until = NULL, lease_token = NULL
       WHERE id = ${receipt.id} AND due_at IS NOT NULL AND lease_token = ${receipt.leaseToken}`,
  );
}

/**
 * Leaves a receipt for later, if it is still ours: after a failure, or parked until its payment turns up. Parking is no
 * failure, so it uses up none of the tries.
 */
export async function postponeReceipt(
  db: Database,
  receipt: ClaimedReceipt,
  { state, delayMs, error }: { state: 'pending' | 'parked'; delayMs: number; error: string },
): Promise<void> {
  await db.run(
    'receipt_postpone',
    (sql) => sql`
      UPDATE webhook_receipts
         SET state = ${state}, last_error = ${error},
             failures = ${state === 'parked' ? sql`failures` : withFailure(sql, error)}, due_at = now() + ${delayMs} * interval '1 ms',
             tries = CASE WHEN ${state} = 'parked' THEN 0 ELSE tries END, lease_until = NULL, lease_token = NULL
       WHERE id = ${receipt.id} AND due_at IS NOT NULL AND lease_token = ${receipt.leaseToken}`,
  );
}

/** How many failures of one webhook are remembered: those of its tries, and of some replays. */
const MAX_FAILURES = 20;

/** What went wrong before, and now. */
function withFailure(sql: Sql, error: string | null) {
  if (error === null) return sql`failures`;
  return sql`
    CASE WHEN jsonb_array_length(failures) >= ${MAX_FAILURES} THEN failures - 0 ELSE coalesce(failures, '[]') END
      || jsonb_build_object('at', now(), 'error', ${error}::text)`;
}

/** Has the database make the partitions that the next months need. */
export async function ensureWebhookPartitions(db: Database): Promise<void> {
  await db.run('webhook_partitions', (sql) => sql`SELECT ensure_webhook_partitions()`);
}
