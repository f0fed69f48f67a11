import type { Database } from '../database/database.ts';
import {
  countRecordEntries,
  readNextCheckpoint,
  readOrphanedEntries,
  readPostedPayments,
  type PostedPayment,
} from '../database/ledger-audit.ts';
import type { LedgerBalance } from '../database/ledger-balances.ts';
import { allPostingsOf } from '../domain/posting.ts';

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
  entries: number;
  checkpoints: number;
  findings: LedgerFinding[];
  /** Whether there are more findings than are listed. */
  more: boolean;
}

const BATCH = 500;
/** Past this the ledger is beyond telling one change from the next. */
const MAX_FINDINGS = 100;

/**
 * Works the ledger out anew from the payments, their refunds and disputes, and finds every place where it differs, and
 * every checkpoint that is not the sum of its entries.
 *
 * Each payment is read with its entries as they are at one moment, so that payments may go on meanwhile. It holds a
 * batch of payments in memory, however many there are.
 */
export async function verifyLedger(db: Database): Promise<LedgerVerification> {
  const findings: LedgerFinding[] = [];
  const isFull = () => findings.length > MAX_FINDINGS;
  let payments = 0;
  let entries = await countRecordEntries(db);
  for await (const batch of inBatches(db)) {
    for (const payment of batch) {
      payments += 1;
      entries += payment.posted.entries;
      findings.push(...entriesThatDiffer(payment), ...partsThatDiffer(payment));
    }
    if (isFull()) break;
  }
  if (!isFull()) {
    const orphans = await readOrphanedEntries(db, MAX_FINDINGS);
    for (const { paymentId } of orphans) findings.push({ kind: 'payment_missing', paymentId });
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
  return { payments, entries, checkpoints, findings: findings.slice(0, MAX_FINDINGS), more };
}

async function* inBatches(db: Database): AsyncGenerator<PostedPayment[]> {
  let afterId = '';
  for (;;) {
    const batch = await readPostedPayments(db, { afterId, limit: BATCH });
    const last = batch.at(-1);
    if (!last) return;
    yield batch;
    afterId = last.id;
  }
}

function entriesThatDiffer(payment: PostedPayment): LedgerFinding[] {
  const expected = new Map<string, bigint>();
  const count = (key: string, amount: bigint) =>
    expected.set(key, (expected.get(key) ?? 0n) + amount);
  for (const { debit, credit, amount, currency } of allPostingsOf(payment)) {
    count(keyOf(debit, currency), amount);
    count(keyOf(credit, currency), -amount);
  }
  const found = new Map(
    payment.posted.positions.map(({ account, currency, position }) => [
      keyOf(account, currency),
      BigInt(position),
    ]),
  );
  return differences(expected, found).map((difference) => ({
    kind: 'entries_differ' as const,
    paymentId: payment.id,
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
  const said = new Map(written.map((each) => [keyOf(each.account, each.currency), each]));
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

function differences(expected: ReadonlyMap<string, bigint>, found: ReadonlyMap<string, bigint>) {
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
  const key = keyOf(account, currency);
  const sum = sums.get(key) ?? { debits: 0n, credits: 0n };
  sums.set(key, { debits: sum.debits + debits, credits: sum.credits + credits });
}

function keyOf(account: string, currency: string): string {
  return `${account} ${currency}`;
}

function parse(key: string): { account: string; currency: string } {
  const [account = '', currency = ''] = key.split(' ');
  return { account, currency };
}
