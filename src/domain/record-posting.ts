import type { Currency } from './currency.ts';
import { accountOf, positionKey, type Posting, type Positions } from './posting.ts';
import type { SettlementRecord } from './settlement.ts';

/** What the ledger looks at in a gateway's own record. */
export type PostedRecord = Pick<
  SettlementRecord,
  'kind' | 'gross' | 'fee' | 'currency' | 'original'
>;

/** The accounts of a gateway that its records move, against what it holds. */
type RecordAccount = 'payouts' | 'gateway_fees' | 'fx_conversion';

/** Why the account takes more than before, and why less. */
const CAUSES = {
  payouts: { more: 'payout', less: 'payout_returned' },
  gateway_fees: { more: 'payout_fee', less: 'payout_fee_returned' },
  fx_conversion: { more: 'conversion', less: 'conversion' },
} as const;

const ACCOUNTS = ['payouts', 'gateway_fees', 'fx_conversion'] as const satisfies RecordAccount[];

/**
 * The entries that a gateway's own record still lacks: what payments tell is posted with them, so that a record is about
 * payouts and conversions alone.
 *
 * A payout that comes back is a record of its own, or the same one with nothing paid out any more. What was posted of the
 * record before is taken into account, so that reading it again posts nothing.
 *
 * @param posted what the entries of this record come to so far
 */
export function recordPostings(
  gateway: string,
  record: PostedRecord,
  posted: Positions = new Map(),
): Posting[] {
  const clearing = accountOf('gateway_clearing', gateway);
  const holdings = holdingsOf(record);
  const currencies = new Set([...posted.keys(), ...holdings.keys()].map(currencyOf));
  return [...currencies].flatMap((currency) =>
    ACCOUNTS.flatMap((kind): Posting[] => {
      const account = accountOf(kind, gateway);
      const due = holdings.get(positionKey(kind, currency)) ?? 0n;
      const difference = due - (posted.get(positionKey(account, currency)) ?? 0n);
      if (difference === 0n) return [];
      const { more, less } = CAUSES[kind];
      return difference > 0n
        ? [{ debit: account, credit: clearing, amount: difference, currency, cause: more }]
        : [{ debit: clearing, credit: account, amount: -difference, currency, cause: less }];
    }),
  );
}

/** What each account has to hold of a record, debits less credits. */
function holdingsOf({ kind, gross, fee, currency, original }: PostedRecord): Map<string, bigint> {
  const holdings = new Map<string, bigint>();
  const hold = (account: RecordAccount, amount: bigint, of: Currency) => {
    const key = positionKey(account, of);
    holdings.set(key, (holdings.get(key) ?? 0n) + amount);
  };
  if (kind === 'payout') hold('payouts', -gross, currency);
  if (kind === 'conversion') hold('fx_conversion', -gross, currency);
  if (kind === 'payout' || kind === 'conversion') hold('gateway_fees', fee, currency);
  else if (original !== null) {
    hold('fx_conversion', original.amount, original.currency);
    hold('fx_conversion', -gross, currency);
  }
  return holdings;
}

function currencyOf(key: string): Currency {
  return key.slice(key.indexOf(' ') + 1);
}
