import type { Database, Queryable } from './database.ts';

/** The states of a stored webhook. */
export const RECEIPT_STATES = [
  'pending',
  'processed',
  'ignored',
  'parked',
  'orphaned',
  'dead',
] as const;
export type ReceiptState = (typeof RECEIPT_STATES)[number];

/** A stored webhook as operators see it. */
export interface Receipt {
  id: bigint;
  gateway: string;
  eventId: string;
  eventType: string;
  requestId: string;
  receivedAt: Date;
  state: ReceiptState;
  paymentId: string | null;
  lastError: string | null;
  failures: readonly { at: string; error: string }[];
  finishedAt: Date | null;
  dueAt: Date | null;
  tries: number;
  /** Whether a worker is at it just now. */
  isLeased: boolean;
}

/** Which webhooks are asked for; what is left out is not asked about. */
export interface ReceiptFilter {
  gateway?: string | undefined;
  state?: ReceiptState | undefined;
  eventType?: string | undefined;
  eventId?: string | undefined;
  paymentId?: string | undefined;
  receivedFrom?: Date | undefined;
  receivedBefore?: Date | undefined;
}

/** How many ids the first look for webhooks goes back; each further one goes back four times as many. */
const FIRST_LOOK = 10_000n;

/**
 * Stored webhooks, the newest first, from before the one with the id `before`.
 *
 * What is done has no index that goes by id, since every webhook would have to pay for it; but ids come in the order of
 * the rows. So the newest ids are looked at first, and older ones only as far as there were not enough.
 */
export async function listReceipts(
  db: Database,
  filter: ReceiptFilter,
  { before, limit }: { before: bigint | null; limit: number },
): Promise<Receipt[]> {
  const found: Receipt[] = [];
  let end = before ?? (await readLastId(db)) + 1n;
  let reach = hasIndex(filter) ? end : FIRST_LOOK;
  while (end > 1n && found.length < limit) {
    const start = end > reach ? end - reach : 1n;
    const rows = await db.run(
      'webhook_list',
      (sql) => sql<Receipt[]>`
        SELECT ${columns(sql)} FROM webhook_receipts
         WHERE ${matching(sql, filter)} AND id >= ${start} AND id < ${end}
         ORDER BY id DESC LIMIT ${limit - found.length}`,
    );
    found.push(...rows);
    end = start;
    reach *= 4n;
  }
  return found;
}

/** Whether there are so few webhooks of these that an index finds them all. */
function hasIndex({ state, eventId, paymentId }: ReceiptFilter): boolean {
  const inTrouble = state === 'parked' || state === 'orphaned' || state === 'dead';
  return inTrouble || eventId !== undefined || paymentId !== undefined;
}

async function readLastId(db: Database): Promise<bigint> {
  const [row] = await db.run(
    'webhook_last_id',
    (sql) => sql<{ id: bigint | null }[]>`
      SELECT pg_sequence_last_value('webhook_receipts_id_seq') AS id`,
  );
  return row?.id ?? 0n;
}

/** One webhook and its body; `null` in place of the body where it was dropped after its time. */
export async function findReceipt(
  db: Database,
  id: bigint,
): Promise<(Receipt & { body: Uint8Array | null }) | null> {
  const rows = await db.run(
    'webhook_find',
    (sql) => sql<(Receipt & { body: Uint8Array | null })[]>`
      SELECT ${columns(sql)},
             (SELECT body FROM webhook_payloads
               WHERE receipt_id = webhook_receipts.id AND received_at = webhook_receipts.received_at) AS body
        FROM webhook_receipts WHERE id = ${id}`,
  );
  return rows[0] ?? null;
}

/** Reads one webhook and keeps workers from it until the SQL transaction ends. */
export async function lockReceipt(
  sql: Queryable,
  id: bigint,
): Promise<(Receipt & { hasBody: boolean }) | null> {
  const rows = await sql<(Receipt & { hasBody: boolean })[]>`
    SELECT ${columns(sql)},
           EXISTS (SELECT FROM webhook_payloads
                    WHERE receipt_id = webhook_receipts.id AND received_at = webhook_receipts.received_at) AS has_body
      FROM webhook_receipts WHERE id = ${id} FOR UPDATE`;
  return rows[0] ?? null;
}

/** Makes webhooks due as if they had just come. */
export async function makeDueAgain(sql: Queryable, ids: readonly bigint[]): Promise<void> {
  await sql`
    UPDATE webhook_receipts
       SET state = 'pending', due_at = now(), tries = 0, finished_at = NULL, lease_until = NULL, lease_token = NULL
     WHERE id = ANY(${ids.map(String)}::bigint[])`;
}

/** Locks webhooks that were given up and still have their bodies, the oldest first, but none that another one holds. */
export async function lockGivenUp(
  sql: Queryable,
  filter: Omit<ReceiptFilter, 'state'> & { state: 'dead' | 'orphaned' },
  limit: number,
): Promise<bigint[]> {
  const rows = await sql<{ id: bigint }[]>`
    SELECT id FROM webhook_receipts
     WHERE ${matching(sql, filter)}
       AND EXISTS (SELECT FROM webhook_payloads
                    WHERE receipt_id = webhook_receipts.id AND received_at = webhook_receipts.received_at)
     ORDER BY id LIMIT ${limit} FOR UPDATE SKIP LOCKED`;
  return rows.map(({ id }) => id);
}

/** Has the database drop the bodies of the months that are kept no longer. */
export async function dropWebhookPayloads(db: Database, keepDays: number): Promise<void> {
  await db.run(
    'webhook_retention',
    (sql) => sql`SELECT drop_webhook_payloads(${keepDays} * interval '1 day')`,
  );
}

function columns(sql: Queryable) {
  return sql`
    id, gateway, event_id, event_type, request_id, webhook_receipts.received_at, state, payment_id, last_error,
    coalesce(failures, '[]') AS failures, finished_at, due_at, tries,
    coalesce(lease_until > now(), false) AS is_leased`;
}

function matching(sql: Queryable, filter: ReceiptFilter) {
  const { gateway, state, eventType, eventId, paymentId, receivedFrom, receivedBefore } = filter;
  return sql`
    true ${gateway === undefined ? sql`` : sql`AND gateway = ${gateway}`}
    ${state === undefined ? sql`` : sql`AND state = ${state}`}
    ${eventType === undefined ? sql`` : sql`AND event_type = ${eventType}`}
    ${eventId === undefined ? sql`` : sql`AND event_id = ${eventId}`}
    ${paymentId === undefined ? sql`` : sql`AND payment_id = ${paymentId}`}
    ${receivedFrom === undefined ? sql`` : sql`AND received_at >= ${receivedFrom}`}
    ${receivedBefore === undefined ? sql`` : sql`AND received_at < ${receivedBefore}`}`;
}
