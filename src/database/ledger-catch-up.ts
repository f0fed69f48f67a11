import type { Dispute } from '../domain/dispute.ts';
import { lackingPostings, type PaymentEntry } from '../domain/lacking-postings.ts';
import type { Posting, PostingCause } from '../domain/posting.ts';
import { recordPostings } from '../domain/record-posting.ts';
import type { Refund } from '../domain/refund.ts';
import type { SqlTransaction } from './database.ts';
import { readDisputesOf } from './disputes.ts';
import { insertEntries, insertRecordEntries } from './ledger.ts';
import { lockRecord } from './ledger-records.ts';
import { lockPayment } from './payments.ts';

/**
 * Posts what the ledger lacks of a payment that a version without a ledger has changed, under the payment's lock: so it is
 * posted once, whoever else does so or changes the payment meanwhile.
 *
 * @returns why entries are new, none where nothing is lacking any more; `null` where the ledger differs for another reason
 */
export async function catchUpPayment(
  sql: SqlTransaction,
  id: string,
): Promise<PostingCause[] | null> {
  const payment = await lockPayment(sql, id);
  if (payment === null) return null;
  const refunds = await sql<Pick<Refund, 'id' | 'status' | 'amount'>[]>`
    SELECT id, status, amount FROM refunds WHERE payment_id = ${id} ORDER BY id`;
  const disputes: Dispute[] = await readDisputesOf(sql, id);
  const entries = await sql<PaymentEntry[]>`
    SELECT debit_account AS debit, credit_account AS credit, amount, currency, cause, refund_id, dispute_id
      FROM ledger_entries WHERE payment_id = ${id} ORDER BY id`;
  const lacking = lackingPostings({ payment, refunds, disputes, entries });
  if (lacking === null) return null;
  for (const { refundId, disputeId, ...posting } of lacking) {
    const postings: Posting[] = [posting];
    await insertEntries(sql, postings, { refundId, disputeId }, sql`(SELECT ${id}::text AS id)`);
  }
  return lacking.map(({ cause }) => cause);
}

/**
 * Posts a record of a gateway that a version stored which posted none.
 *
 * @returns why entries are new, none where nothing is lacking any more; `null` where the ledger has entries of it, and they
 *   come to something else
 */
export async function catchUpRecord(
  sql: SqlTransaction,
  { gateway, recordId }: { gateway: string; recordId: string },
): Promise<PostingCause[] | null> {
  const stored = await lockRecord(sql, gateway, recordId);
  if (stored === null) return null;
  const postings = recordPostings(gateway, stored.record, stored.posted);
  if (postings.length > 0 && stored.entries > 0) return null;
  await insertRecordEntries(sql, [{ sourceId: `${gateway}/${recordId}`, postings }]);
  return postings.map(({ cause }) => cause);
}
