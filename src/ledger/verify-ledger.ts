import type { Database } from '../database/database.ts';
import {
  readNextCheckpoint,
  readOrphanedEntries,
  readPostedPayments,
  type PostedPayment,
} from '../database/ledger-audit.ts';
import type { LedgerBalance } from '../database/ledger-balances.ts';
import {
  readEntriesWithoutRecord,
  readPositions,
  readPostedRecords,
  type RecordWithEntries,
} from '../database/ledger-records.ts';
import { allPostingsOf, positionKey, positionsOf, type Positions } from '../domain/posting.ts';
import { recordPostings } from '../domain/record-posting.ts';

/** Something that does not fit together. Amounts are minor units of `currency`. */
export type LedgerFinding =
  | {
      /** The entries of a payment come to something else than the payment. */
      kind: 'entries_differ';
      paymentId: string;
      account: string;
      currency: string;
      /** Debits less credits, as the payment has it, and as the entries have it. */
      expected: bigint;
      found: bigint;
    }
  | {
      /** The refunds or disputes of a payment come to something else than the payment. */
      kind: 'parts_differ';
      paymentId: string;
      amount: 'refunded' | 'refund_pending' | 'fee_returned' | 'disputed_lost' | 'fee_disputes';
      currency: string;
      expected: bigint;
      found: bigint;
    }
  | {
      /** The entries of a gateway's own record come to something else than the record. */
      kind: 'record_differs';
      sourceId: string;
      account: string;
      currency: string;
      expected: bigint;
      found: bigint;
    }
  /** Entries of a record that is not there, or moves nothing by itself. */
  | { kind: 'record_missing'; sourceId: string }
  /** Entries of a payment that is not there. */
  | { kind: 'payment_missing'; paymentId: string }
  | {
      /** A checkpoint says something else than the entries that it covers. */
      kind: 'checkpoint_differs';
      upTo: bigint;
      account: string;
      currency: string;
      expected: bigint;
      found: bigint;
    }
  /** A checkpoint does not follow the one before it: one was taken away. */
  | { kind: 'checkpoint_missing'; upTo: bigint };

/** What came of a verification. */
export interface LedgerVerification {
  payments: number;
  /** Payouts and conversions, as the gateways' records have them. */
  records: number;
  entries: number;
  checkpoints: number;
  /** Payments and records of which entries were lacking that have been posted now. */
  caughtUp: number;
  findings: LedgerFinding[];
  /** Whether there are more findings than are listed. */
  more: boolean;
}

/** Posts what is lacking, and tells whether the ledger agrees now. */
export interface CatchUp {
  payment: (id: string) => Promise<boolean>;
  record: (record: { gateway: string; recordId: string }) => Promise<boolean>;
}

const BATCH = 500;
/** Past this the ledger is beyond telling one change from the next. */
const MAX_FINDINGS = 100;

/**
 * Works the ledger out anew from the payments, their refunds and disputes and from the gateways' own records of payouts
 * and conversions, and finds every place where it differs, and every checkpoint that is not the sum of its entries.
 *
 * Each payment and record is read with its entries as they are at one moment, so that payments may go on meanwhile. It
 * holds a batch in memory, however many there are.
 *
 * @param catchUp is asked to post what differs before that becomes a finding; without it nothing is changed
 */
export async function verifyLedger(db: Database, catchUp?: CatchUp): Promise<LedgerVerification> {
  const findings: LedgerFinding[] = [];
  const isFull = () => findings.length > MAX_FINDINGS;
  let payments = 0;
  let records = 0;
  let entries = 0;
  let caughtUp = 0;
  for await (const batch of paymentsInBatches(db)) {
    for (const payment of batch) {
      payments += 1;
      entries += payment.posted.entries;
      const differing = entriesThatDiffer(payment);
      if (differing.length > 0 && (await catchUp?.payment(payment.id))) caughtUp += 1;
      else findings.push(...differing);
      findings.push(...partsThatDiffer(payment));
    }
    if (isFull()) break;
  }
  for await (const batch of isFull() ? [] : recordsInBatches(db)) {
    for (const record of batch) {
      records += 1;
      entries += record.entries;
      const differing = recordEntriesThatDiffer(record);
      if (differing.length > 0 && (await catchUp?.record(record))) caughtUp += 1;
      else findings.push(...differing);
    }
    if (isFull()) break;
  }
  if (!isFull()) {
    for (const { paymentId } of await readOrphanedEntries(db, MAX_FINDINGS)) {
      findings.push({ kind: 'payment_missing', paymentId });
    }
    for (const { sourceId } of await readEntriesWithoutRecord(db, MAX_FINDINGS)) {
      findings.push({ kind: 'record_missing', sourceId });
    }
  }
  let checkpoints = 0;
  const sums = new Map<string, { debits: bigint; credits: bigint }>();
  for (let upTo = 0n; !isFull();) {
    const next = await readNextCheckpoint(db, upTo);
    if (!next) break;
    checkpoints += 1;
    if (next.fromId !== upTo) findings.push({ kind: 'checkpoint_missing', upTo: next.upTo });
    for (const moved of next.moved) add(sums, moved);
    findings.push(...balancesThatDiffer(next.upTo, sums, next.written));
    upTo = next.upTo;
  }
  const more = isFull();
  const found = findings.slice(0, MAX_FINDINGS);
  return { payments, records, entries, checkpoints, caughtUp, findings: found, more };
}

async function* paymentsInBatches(db: Database): AsyncGenerator<PostedPayment[]> {
  let afterId = '';
  for (;;) {
    const batch = await readPostedPayments(db, { afterId, limit: BATCH });
    const last = batch.at(-1);
    if (!last) return;
    yield batch;
    afterId = last.id;
  }
}

async function* recordsInBatches(db: Database): AsyncGenerator<RecordWithEntries[]> {
  let after = { gateway: '', recordId: '' };
  for (;;) {
    const batch = await readPostedRecords(db, { after, limit: BATCH });
    const last = batch.at(-1);
    if (!last) return;
    yield batch;
    after = last;
  }
}

function entriesThatDiffer(payment: PostedPayment): LedgerFinding[] {
  const expected = positionsOf(allPostingsOf(payment));
  return differences(expected, readPositions(payment.posted.positions)).map((difference) => ({
    kind: 'entries_differ',
    paymentId: payment.id,
    ...difference,
  }));
}

function recordEntriesThatDiffer(stored: RecordWithEntries): LedgerFinding[] {
  const { gateway, recordId, record, posted } = stored;
  const expected = positionsOf(recordPostings(gateway, record));
  return differences(expected, posted).map((difference) => ({
    kind: 'record_differs',
    sourceId: `${gateway}/${recordId}`,
    ...difference,
  }));
}

function partsThatDiffer(payment: PostedPayment): LedgerFinding[] {
  const { posted, id: paymentId, currency } = payment;
  const parts = [
    ['refunded', payment.amountRefunded, posted.refunded],
    ['refund_pending', payment.amountRefundPending, posted.refundPending],
    ['fee_returned', payment.feeReturned, posted.feeReturned],
    ['disputed_lost', payment.amountDisputedLost, posted.disputedLost],
    ['fee_disputes', payment.feeDisputes, posted.feeDisputes],
  ] as const;
  return parts.flatMap(([amount, expected, text]) => {
    const found = BigInt(text);
    if (expected === found) return [];
    return [{ kind: 'parts_differ' as const, paymentId, amount, currency, expected, found }];
  });
}

/** What differs between the sums so far and what a checkpoint says: debits, or else credits. */
function balancesThatDiffer(
  upTo: bigint,
  sums: ReadonlyMap<string, { debits: bigint; credits: bigint }>,
  written: readonly LedgerBalance[],
): LedgerFinding[] {
  const said = new Map(written.map((each) => [positionKey(each.account, each.currency), each]));
  const keys = new Set([...sums.keys(), ...said.keys()]);
  return [...keys].flatMap((key) => {
    const sum = sums.get(key) ?? { debits: 0n, credits: 0n };
    const told = said.get(key) ?? { debits: 0n, credits: 0n };
    if (sum.debits === told.debits && sum.credits === told.credits) return [];
    const side = sum.debits === told.debits ? 'credits' : 'debits';
    const kind = 'checkpoint_differs' as const;
    return [{ kind, upTo, ...parse(key), expected: sum[side], found: told[side] }];
  });
}

function differences(expected: Positions, found: Positions) {
  return [...new Set([...expected.keys(), ...found.keys()])]
    .map((key) => ({
      ...parse(key),
      expected: expected.get(key) ?? 0n,
      found: found.get(key) ?? 0n,
    }))
    .filter((each) => each.expected !== each.found);
}

function add(
  sums: Map<string, { debits: bigint; credits: bigint }>,
  { account, currency, debits, credits }: LedgerBalance,
): void {
  const key = positionKey(account, currency);
  const sum = sums.get(key) ?? { debits: 0n, credits: 0n };
  sums.set(key, { debits: sum.debits + debits, credits: sum.credits + credits });
}

function parse(key: string): { account: string; currency: string } {
  const [account = '', currency = ''] = key.split(' ');
  return { account, currency };
}
