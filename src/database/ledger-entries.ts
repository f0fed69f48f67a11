import type { Currency } from '../domain/currency.ts';
import type { Database, Fragment, Queryable } from './database.ts';

/** An entry as it stands in the ledger. The amount is minor units of `currency`. */
export interface LedgerEntry {
  id: bigint;
  recordedAt: Date;
  amount: bigint;
  currency: Currency;
  debitAccount: string;
  creditAccount: string;
  cause: string;
  paymentId: string | null;
  refundId: string | null;
  disputeId: string | null;
  sourceId: string | null;
}

export interface LedgerEntryFilter {
  paymentId?: string | undefined;
  /** Those that take from it and those that give to it. */
  account?: string | undefined;
  currency?: Currency | undefined;
  /** Included. */
  from?: Date | undefined;
  /** Not included. */
  before?: Date | undefined;
}

const COLUMNS = [
  'id',
  'recorded_at',
  'amount',
  'currency',
  'debit_account',
  'credit_account',
  'cause',
  'payment_id',
  'refund_id',
  'dispute_id',
  'source_id',
];

const HIGHEST = '9223372036854775807';

/** A run of entries by their numbers: above `from`, up to `to`. */
interface Stretch {
  from: string;
  to: string;
}

/**
 * Lists entries, the newest first.
 *
 * @param page.below only entries with a lower number than this
 */
export async function listLedgerEntries(
  db: Database,
  filter: LedgerEntryFilter,
  { below, limit }: { below: bigint | null; limit: number },
): Promise<LedgerEntry[]> {
  const stretches = await findStretches(db, filter);
  return db.run('ledger_entries_list', async (sql) => {
    const parts = stretches.flatMap((stretch) =>
      filter.account === undefined
        ? [select(sql, filter, sql``, { stretch, below, limit })]
        : [
            select(sql, filter, sql`AND debit_account = ${filter.account}`, {
              stretch,
              below,
              limit,
            }),
            select(sql, filter, sql`AND credit_account = ${filter.account}`, {
              stretch,
              below,
              limit,
            }),
          ],
    );
    const [first, ...rest] = parts;
    if (!first) return [];
    const union = rest.reduce<Fragment>((all, part) => sql`${all} UNION ALL ${part}`, first);
    return sql<LedgerEntry[]>`SELECT * FROM (${union}) AS entry ORDER BY id DESC LIMIT ${limit}`;
  });
}

/** Each part is cut to its own first page, so that it is read from its index and no further than needed. */
function select(
  sql: Queryable,
  { paymentId, currency, from, before }: LedgerEntryFilter,
  account: Fragment,
  { stretch, below, limit }: { stretch: Stretch; below: bigint | null; limit: number },
): Fragment {
  return sql`(
    SELECT ${sql(COLUMNS)} FROM ledger_entries
     WHERE id > ${stretch.from}::bigint AND id <= ${stretch.to}::bigint
       ${account}
       ${below === null ? sql`` : sql`AND id < ${below}`}
       ${paymentId === undefined ? sql`` : sql`AND payment_id = ${paymentId}`}
       ${currency === undefined ? sql`` : sql`AND currency = ${currency}`}
       ${from === undefined ? sql`` : sql`AND recorded_at >= ${from}`}
       ${before === undefined ? sql`` : sql`AND recorded_at < ${before}`}
     ORDER BY id DESC
     LIMIT ${limit})`;
}

/** Where entries of a time can be, by what the checkpoints tell: the newest, which none covers, are always looked at. */
async function findStretches(
  db: Database,
  { paymentId, from, before }: LedgerEntryFilter,
): Promise<Stretch[]> {
  if (paymentId !== undefined || (from === undefined && before === undefined)) {
    return [{ from: '0', to: HIGHEST }];
  }
  const [row] = await db.run(
    'ledger_stretches',
    (sql) => sql<{ first: string; last: string; covered: string }[]>`
      SELECT coalesce(max(up_to) FILTER (WHERE ${from === undefined ? sql`false` : sql`latest_at < ${from}`}), 0)::text AS first,
             coalesce(max(up_to) ${before === undefined ? sql`` : sql`FILTER (WHERE earliest_at < ${before})`}, 0)::text AS last,
             coalesce(max(up_to), 0)::text AS covered
        FROM ledger_checkpoints`,
  );
  const { first = '0', last = '0', covered = '0' } = row ?? {};
  const stretches = [{ from: covered, to: HIGHEST }];
  if (BigInt(last) > BigInt(first)) stretches.push({ from: first, to: last });
  return stretches;
}
