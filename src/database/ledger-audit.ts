import type { Payment } from '../domain/payment.ts';
import type { Database } from './database.ts';
import type { LedgerBalance } from './ledger-balances.ts';
import { sumOfEntries, type StoredPositions } from './ledger-records.ts';
import { PAYMENT_COLUMNS } from './payments.ts';

/** What a payment's entries, refunds and disputes come to, in minor units. */
export interface Posted {
  entries: number;
  positions: StoredPositions;
  refunded: string;
  refundPending: string;
  feeReturned: string;
  disputedLost: string;
  feeDisputes: string;
}

/** A payment with everything that has to agree with it, all of one moment. */
export type PostedPayment = Payment & { posted: Posted };

/** Reads payments in the order of their ids, a batch at a time. */
export async function readPostedPayments(
  db: Database,
  { afterId, limit }: { afterId: string; limit: number },
): Promise<PostedPayment[]> {
  return db.run(
    'ledger_audit_payments',
    (sql) => sql<PostedPayment[]>`
      SELECT ${sql(PAYMENT_COLUMNS)},
             (${sumOfEntries(sql, sql`e.payment_id = payments.id`)})
             || (SELECT jsonb_build_object(
                'refunded', coalesce(sum(amount) FILTER (WHERE status = 'succeeded'), 0)::text,
                'refundPending', coalesce(sum(amount) FILTER (WHERE status = 'pending'), 0)::text,
                'feeReturned', coalesce(sum(fee_returned), 0)::text)
                FROM refunds WHERE payment_id = payments.id)
             || (SELECT jsonb_build_object(
                'disputedLost', coalesce(sum(amount_lost), 0)::text,
                'feeDisputes', coalesce(sum(fee), 0)::text)
                FROM disputes WHERE payment_id = payments.id) AS posted
        FROM payments WHERE id > ${afterId}
       ORDER BY id LIMIT ${limit}`,
  );
}

/** Payments that the ledger names and that are not there; not all where there are more than `limit`. */
export async function readOrphanedEntries(
  db: Database,
  limit: number,
): Promise<{ paymentId: string }[]> {
  return db.run(
    'ledger_audit_orphans',
    (sql) => sql<{ paymentId: string }[]>`
      SELECT DISTINCT payment_id FROM ledger_entries e
       WHERE payment_id IS NOT NULL AND NOT EXISTS (SELECT FROM payments p WHERE p.id = e.payment_id)
       ORDER BY payment_id LIMIT ${limit}`,
  );
}

/** A checkpoint as it was written, and what the entries since the one before it come to. */
export interface AuditedCheckpoint {
  upTo: bigint;
  fromId: bigint;
  written: LedgerBalance[];
  moved: LedgerBalance[];
}

/** Reads the checkpoint that follows `upTo`, with its entries summed up anew; `null` after the last one. */
export async function readNextCheckpoint(
  db: Database,
  upTo: bigint,
): Promise<AuditedCheckpoint | null> {
  return db.run('ledger_audit_checkpoint', async (sql) => {
    const [next] = await sql<{ upTo: bigint; fromId: bigint }[]>`
      SELECT up_to, from_id FROM ledger_checkpoints WHERE up_to > ${upTo} ORDER BY up_to LIMIT 1`;
    if (!next) return null;
    type Sums = { account: string; currency: string; debits: string; credits: string }[];
    const written = await sql<Sums>`
      SELECT account, currency, debits::text, credits::text
        FROM ledger_checkpoint_balances WHERE up_to = ${next.upTo}`;
    const moved = await sql<Sums>`
      SELECT side.account, e.currency, sum(side.debit)::text AS debits, sum(side.credit)::text AS credits
        FROM ledger_entries e
        CROSS JOIN LATERAL (VALUES (e.debit_account, e.amount, 0::bigint), (e.credit_account, 0::bigint, e.amount))
             AS side (account, debit, credit)
       WHERE e.id > ${upTo} AND e.id <= ${next.upTo}
       GROUP BY 1, 2`;
    return { ...next, written: written.map(read), moved: moved.map(read) };
  });
}

function read(row: {
  account: string;
  currency: string;
  debits: string;
  credits: string;
}): LedgerBalance {
  return { ...row, debits: BigInt(row.debits), credits: BigInt(row.credits) };
}

/** What one check of the ledger found. */
export interface LedgerCheck {
  payments: number;
  entries: number;
  differences: number;
  durationMs: number;
}

/** Writes down what a check has found, for those who look after it. */
export async function recordLedgerCheck(
  db: Database,
  { payments, entries, differences, durationMs }: LedgerCheck,
): Promise<void> {
  await db.run(
    'ledger_check_record',
    (sql) => sql`
      INSERT INTO ledger_checks (payments, entries, differences, duration_ms)
      VALUES (${payments}::bigint, ${entries}::bigint, ${differences}::int, ${Math.round(durationMs)}::bigint)`,
  );
}

/** The last check; before the first one nothing was found, and the age is that of the deployment. */
export interface LastLedgerCheck {
  differences: number | null;
  /** `null` also where a version made it that did not measure. */
  durationSeconds: number | null;
  ageSeconds: number;
}

/** Reads what the last check found, how long it took and how long ago it was. */
export async function readLastLedgerCheck(db: Database): Promise<LastLedgerCheck> {
  const [row] = await db.run(
    'ledger_check_last',
    (sql) => sql<LastLedgerCheck[]>`
      SELECT last.differences, last.duration_ms / 1000.0::float8 AS duration_seconds,
             extract(epoch FROM now() - coalesce(last.checked_at, deployment.created_at))::float8 AS age_seconds
        FROM deployment
        LEFT JOIN LATERAL (SELECT * FROM ledger_checks ORDER BY id DESC LIMIT 1) last ON true`,
  );
  if (!row)
    throw new Error('the deployment has no beginning: its row is missing from the database');
  return row;
}
