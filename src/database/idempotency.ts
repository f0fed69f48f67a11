import type { Database } from './database.ts';

/** An answer that was given once and is given again, byte for byte. */
export interface StoredAnswer {
  status: number;
  contentType: string;
  body: string;
}

/** Which request a caller means, however often it is sent. */
export interface RequestKey {
  /** Method and path: the same key may stand for different things at different places. */
  scope: string;
  key: string;
  /** SHA-256 over what was asked. */
  fingerprint: Uint8Array;
}

export interface IdempotencyRecord {
  fingerprint: Uint8Array;
  /** `null` where the request is about no payment. */
  paymentId: string | null;
  attemptId: string | null;
  refundId: string | null;
  answer: StoredAnswer | null;
  leased: boolean;
}

interface Row {
  fingerprint: Uint8Array;
  paymentId: string | null;
  attemptId: string | null;
  refundId: string | null;
  status: number | null;
  contentType: string | null;
  body: string | null;
  leased: boolean;
}

/** What is known under a key; `null` where it is new. */
export async function findKey(
  db: Database,
  request: RequestKey,
): Promise<IdempotencyRecord | null> {
  const [row] = await db.run(
    'idempotency_find',
    (sql) => sql<Row[]>`
      SELECT fingerprint, payment_id, attempt_id, refund_id, status, content_type, body,
             lease_until > now() AS leased
        FROM idempotency_keys
       WHERE scope = ${request.scope} AND key = ${request.key}`,
  );
  if (!row) return null;
  const { status, contentType, body, ...known } = row;
  const answered = status !== null && contentType !== null && body !== null;
  return { ...known, answer: answered ? { status, contentType, body } : null };
}

/** Takes a key for a request about no payment. Tells whether it was new. */
export async function takeKey(
  db: Database,
  request: RequestKey,
  lease: { token: string; leaseMs: number },
): Promise<boolean> {
  const rows = await db.run(
    'idempotency_take',
    (sql) => sql`
      INSERT INTO idempotency_keys (scope, key, fingerprint, lease_token, lease_until)
      VALUES (${request.scope}, ${request.key}, ${request.fingerprint}, ${lease.token}::uuid,
              now() + ${lease.leaseMs} * interval '1 ms')
          ON CONFLICT (scope, key) DO NOTHING
      RETURNING 1`,
  );
  return rows.length === 1;
}

/**
 * Takes over a request whose first handler died or gave up: its lease has lapsed and it has no answer.
 *
 * @returns whether it is ours now
 */
export async function takeOverKey(
  db: Database,
  request: RequestKey,
  lease: { token: string; leaseMs: number },
): Promise<boolean> {
  const rows = await db.run(
    'idempotency_take_over',
    (sql) => sql`
      UPDATE idempotency_keys
         SET lease_token = ${lease.token}, lease_until = now() + ${lease.leaseMs} * interval '1 ms'
       WHERE scope = ${request.scope} AND key = ${request.key}
         AND status IS NULL AND lease_until <= now()
      RETURNING 1`,
  );
  return rows.length === 1;
}

/** Stores the answer to a request that changed nothing more. */
export async function storeAnswer(
  db: Database,
  request: RequestKey,
  leaseToken: string,
  answer: StoredAnswer,
): Promise<void> {
  await db.run(
    'idempotency_answer',
    (sql) => sql`
      UPDATE idempotency_keys
         SET status = ${answer.status}, content_type = ${answer.contentType}, body = ${answer.body}
       WHERE scope = ${request.scope} AND key = ${request.key}
         AND lease_token = ${leaseToken} AND status IS NULL`,
  );
}

/** Gives a request up without an answer, so that the caller may send it again at once. */
export async function releaseKey(
  db: Database,
  request: RequestKey,
  leaseToken: string,
): Promise<void> {
  await db.run(
    'idempotency_release',
    (sql) => sql`
      UPDATE idempotency_keys SET lease_until = now()
       WHERE scope = ${request.scope} AND key = ${request.key} AND lease_token = ${leaseToken}`,
  );
}

/**
 * Forgets keys that are older than they are promised to be kept, a bounded number at a time.
 *
 * @returns how many were forgotten
 */
export async function forgetKeys(
  db: Database,
  { retentionDays, limit }: { retentionDays: number; limit: number },
): Promise<number> {
  const rows = await db.run(
    'idempotency_forget',
    (sql) => sql`
      DELETE FROM idempotency_keys WHERE (scope, key) IN (
        SELECT scope, key FROM idempotency_keys
         WHERE created_at < now() - ${retentionDays} * interval '1 day'
         ORDER BY created_at LIMIT ${limit})
      RETURNING 1`,
  );
  return rows.length;
}
