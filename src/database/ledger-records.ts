import { recordPostings, type PostedRecord } from '../domain/record-posting.ts';
import { positionKey, type Positions } from '../domain/posting.ts';
import type { Database, Fragment, Queryable, SqlTransaction } from './database.ts';
import { insertRecordEntries } from './ledger.ts';

/** What entries come to, as JSON has it: debits less credits; none where they are equal. */
export type StoredPositions = { account: string; currency: string; position: string }[];

/** A gateway's record with what its entries come to. */
export interface RecordWithEntries {
  gateway: string;
  recordId: string;
  record: PostedRecord;
  entries: number;
  posted: Positions;
}

/** Reads what entries come to from JSON. */
export function readPositions(stored: StoredPositions): Map<string, bigint> {
  return new Map(
    stored.map(({ account, currency, position }) => [
      positionKey(account, currency),
      BigInt(position),
    ]),
  );
}

/** Sums up the entries of which `which` is true as one JSON object: how many there are, and `StoredPositions`. */
export function sumOfEntries(sql: Queryable, which: Fragment): Fragment {
  return sql`
    SELECT jsonb_build_object(
             'entries', coalesce(sum(side.entries), 0),
             'positions', coalesce(jsonb_agg(jsonb_build_object(
               'account', side.account, 'currency', side.currency, 'position', side.position::text))
               FILTER (WHERE side.position <> 0), '[]'))
      FROM (SELECT line.account, e.currency, sum(line.amount) AS position,
                   count(*) FILTER (WHERE line.amount > 0) AS entries
              FROM ledger_entries e
              CROSS JOIN LATERAL (VALUES (e.debit_account, e.amount), (e.credit_account, -e.amount))
                   AS line (account, amount)
             WHERE ${which}
             GROUP BY 1, 2) AS side`;
}

/**
 * Posts what the ledger still lacks of records that were stored in this SQL transaction, or are locked by it here: so it
 * is posted once, whoever else reads the same records meanwhile. What was posted of a record that cannot be read any more
 * stays as it is.
 *
 * @returns of which records there are new entries
 */
export async function postRecords(
  sql: SqlTransaction,
  gateway: string,
  recordIds: readonly string[],
): Promise<string[]> {
  const locked = await sql<{ recordId: string }[]>`
    SELECT record_id FROM settlement_records r
     WHERE gateway = ${gateway} AND record_id = ANY (${recordIds}::text[])
       AND unreadable IS NULL
       AND (${isPosted(sql)} OR EXISTS (SELECT FROM ledger_entries e WHERE e.source_id = ${sourceId(sql)}))
     ORDER BY record_id FOR UPDATE`;
  if (locked.length === 0) return [];
  // A statement of its own: only this one sees what those posted that had the lock before.
  const records = await readRecords(
    sql,
    sql`r.gateway = ${gateway} AND r.record_id = ANY (${locked.map(({ recordId }) => recordId)}::text[])`,
  );
  const due = records
    .map(({ recordId, record, posted }) => ({
      recordId,
      sourceId: `${gateway}/${recordId}`,
      postings: recordPostings(gateway, record, posted),
    }))
    .filter(({ postings }) => postings.length > 0);
  await insertRecordEntries(sql, due);
  return due.map(({ recordId }) => recordId);
}

/** Reads a record with what its entries come to, and keeps others from posting it; `null` where it is not there. */
export async function lockRecord(
  sql: SqlTransaction,
  gateway: string,
  recordId: string,
): Promise<RecordWithEntries | null> {
  const which = sql`r.gateway = ${gateway} AND r.record_id = ${recordId}`;
  const locked = await sql`SELECT FROM settlement_records r WHERE ${which} FOR UPDATE`;
  if (locked.length === 0) return null;
  const [record] = await readRecords(
    sql,
    sql`r.gateway = ${gateway} AND r.record_id = ${recordId}`,
  );
  return record ?? null;
}

/** Reads the records that have entries of their own and can be read, in the order of gateway and id, a batch at a time. */
export async function readPostedRecords(
  db: Database,
  { after, limit }: { after: { gateway: string; recordId: string }; limit: number },
): Promise<RecordWithEntries[]> {
  return db.run('ledger_audit_records', (sql) =>
    readRecords(
      sql,
      sql`${isPosted(sql)} AND r.unreadable IS NULL AND (r.gateway, r.record_id) > (${after.gateway}, ${after.recordId})`,
      sql`LIMIT ${limit}`,
    ),
  );
}

/** Records that the ledger has entries of and that are not there, or have none; not all where there are more than `limit`. */
export async function readEntriesWithoutRecord(
  db: Database,
  limit: number,
): Promise<{ sourceId: string; entries: number }[]> {
  return db.run(
    'ledger_audit_record_orphans',
    (sql) => sql<{ sourceId: string; entries: number }[]>`
      SELECT e.source_id, count(*)::int AS entries
        FROM ledger_entries e
       WHERE e.source_id IS NOT NULL
         AND NOT EXISTS (
               SELECT FROM settlement_records r
                WHERE r.gateway = split_part(e.source_id, '/', 1)
                  AND r.record_id = substr(e.source_id, length(split_part(e.source_id, '/', 1)) + 2)
                  AND (${isPosted(sql)} OR r.unreadable IS NOT NULL))
       GROUP BY e.source_id
      HAVING sum(CASE WHEN e.debit_account < e.credit_account THEN e.amount ELSE -e.amount END) <> 0
       ORDER BY e.source_id LIMIT ${limit}`,
  );
}

async function readRecords(
  sql: Queryable,
  which: Fragment,
  limit = sql``,
): Promise<RecordWithEntries[]> {
  const rows = await sql<StoredRecord[]>`
    SELECT r.gateway, r.record_id, r.kind, r.gross, r.fee, r.currency, r.original_amount, r.original_currency,
           (${sumOfEntries(sql, sql`e.source_id = ${sourceId(sql)}`)}) AS posted
      FROM settlement_records r
     WHERE ${which}
     ORDER BY r.gateway, r.record_id ${limit}`;
  return rows.map(({ gateway, recordId, originalAmount, originalCurrency, posted, ...row }) => {
    const original =
      originalAmount === null || originalCurrency === null
        ? null
        : { amount: originalAmount, currency: originalCurrency };
    return {
      gateway,
      recordId,
      record: { ...row, original },
      entries: posted.entries,
      posted: readPositions(posted.positions),
    };
  });
}

interface StoredRecord extends Omit<PostedRecord, 'original'> {
  gateway: string;
  recordId: string;
  originalAmount: bigint | null;
  originalCurrency: string | null;
  posted: { entries: number; positions: StoredPositions };
}

/** By which the ledger knows the record `r`. */
function sourceId(sql: Queryable): Fragment {
  return sql`r.gateway || '/' || r.record_id`;
}

/** Whether the record `r` is one that has entries of its own, in the words of the index of these. */
function isPosted(sql: Queryable): Fragment {
  return sql`(r.kind IN ('payout', 'conversion') OR r.original_currency IS NOT NULL)`;
}
