import type { Posting } from '../domain/posting.ts';
import type { Fragment, Queryable } from './database.ts';

/** Which part of the payment moved the money, where it is one. */
export interface PostingPart {
  refundId: string | null;
  disputeId: string | null;
}

/** Writes the entries of a payment beside its change, which is under way in `payment`. */
export function insertEntries(
  sql: Queryable,
  postings: readonly Posting[],
  { refundId, disputeId }: PostingPart,
  from: Fragment,
): Fragment {
  return sql`
    INSERT INTO ledger_entries (
      amount, currency, debit_account, credit_account, cause, payment_id, refund_id, dispute_id)
    SELECT new.amount, new.currency, new.debit, new.credit, new.cause, payment.id, ${refundId}, ${disputeId}
      FROM ${from} AS payment, ${unnested(sql, postings)}`;
}

/** Writes the entries of gateways' own records. */
export async function insertRecordEntries(
  sql: Queryable,
  records: readonly { sourceId: string; postings: readonly Posting[] }[],
): Promise<void> {
  const postings = records.flatMap((each) => each.postings);
  if (postings.length === 0) return;
  const sources = records.flatMap(({ sourceId, postings: own }) => own.map(() => sourceId));
  await sql`
    INSERT INTO ledger_entries (amount, currency, debit_account, credit_account, cause, source_id)
    SELECT new.amount, new.currency, new.debit, new.credit, new.cause, (${sources}::text[])[new.ordinality]
      FROM ${unnested(sql, postings)}`;
}

function unnested(sql: Queryable, postings: readonly Posting[]): Fragment {
  return sql`
    unnest(${postings.map(({ amount }) => amount.toString())}::bigint[],
           ${postings.map(({ currency }) => currency)}::text[],
           ${postings.map(({ debit }) => debit)}::text[],
           ${postings.map(({ credit }) => credit)}::text[],
           ${postings.map(({ cause }) => cause)}::text[])
      WITH ORDINALITY AS new (amount, currency, debit, credit, cause, ordinality)`;
}
