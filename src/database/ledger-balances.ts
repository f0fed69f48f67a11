import type { Currency } from '../domain/currency.ts';
import type { Database } from './database.ts';

/** What an account came to in one currency, in minor units. */
export interface LedgerBalance {
  account: string;
  currency: Currency;
  debits: bigint;
  credits: bigint;
}

/**
 * Reads what every account came to: what the last checkpoint says and the entries after it, so that it costs the same
 * however many entries there are.
 *
 * @param at with the entries up to this moment, included; `null` for all
 */
export async function readBalances(db: Database, at: Date | null): Promise<LedgerBalance[]> {
  const moment = at?.toISOString() ?? null;
  const rows = await db.run(
    'ledger_balances',
    (sql) => sql<{ account: string; currency: string; debits: string; credits: string }[]>`
      WITH base AS (
        SELECT coalesce(max(up_to), 0) AS up_to FROM ledger_checkpoints
         WHERE ${moment === null ? sql`true` : sql`latest_at <= ${moment}::timestamptz`}
      ), stretch (from_id, up_to) AS (
        ${
          moment === null
            ? sql``
            : sql`
        SELECT c.from_id, c.up_to FROM ledger_checkpoints c, base
         WHERE c.up_to > base.up_to AND c.earliest_at <= ${moment}::timestamptz
         UNION ALL`
        }
        SELECT coalesce(max(up_to), 0), 9223372036854775807 FROM ledger_checkpoints
      ), movement AS (
        SELECT b.account, b.currency, b.debits, b.credits
          FROM base JOIN ledger_checkpoint_balances b ON b.up_to = base.up_to
         UNION ALL
        SELECT side.account, e.currency, side.debit, side.credit
          FROM stretch
          JOIN ledger_entries e ON e.id > stretch.from_id AND e.id <= stretch.up_to
               ${moment === null ? sql`` : sql`AND e.recorded_at <= ${moment}::timestamptz`}
          CROSS JOIN LATERAL (VALUES (e.debit_account, e.amount, 0::bigint), (e.credit_account, 0::bigint, e.amount))
               AS side (account, debit, credit)
      )
      SELECT account, currency, sum(debits)::text AS debits, sum(credits)::text AS credits
        FROM movement GROUP BY account, currency ORDER BY account, currency`,
  );
  return rows.map(({ account, currency, debits, credits }) => ({
    account,
    currency,
    debits: BigInt(debits),
    credits: BigInt(credits),
  }));
}
