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

/**
 * Writes entries that follow from a record of a gateway's own, such as a payout, once, however often the record is
 * read.
 *
 * @param sourceId the record, by a name that no other record of any gateway has
 * @returns how many entries are new
 */
export async function postRecord(
  sql: Queryable,
  sourceId: string,
  postings: readonly Posting[],
): Promise<number> {
  if (postings.length === 0) return 0;
  const rows = await sql<{ posted: boolean }[]>`
    INSERT INTO ledger_entries (amount, currency, debit_account, credit_account, cause, source_id)
    SELECT new.amount, new.currency, new.debit, new.credit, new.cause, ${sourceId}
      FROM ${unnested(sql, postings)}
        ON CONFLICT (source_id, cause, currency) WHERE source_id IS NOT NULL DO NOTHING
    RETURNING true AS posted`;
  return rows.length;
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
