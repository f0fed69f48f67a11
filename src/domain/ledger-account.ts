/** The kinds of accounts that the ledger has, each for every currency, and some for every gateway. */
export const LEDGER_ACCOUNT_KINDS = {
  gateway_clearing: {
    normalSide: 'debit',
    meaning: 'What the gateway holds for the merchant and has not paid out.',
  },
  merchant_balance: {
    normalSide: 'credit',
    meaning:
      'What was taken for the merchant, less what was refunded and lost; fees are not in it.',
  },
  gateway_fees: {
    normalSide: 'debit',
    meaning: 'What the gateway keeps, as expected until it tells; what it gives back is taken off.',
  },
  disputes_held: {
    normalSide: 'debit',
    meaning: 'What open disputes withhold.',
  },
  payouts: {
    normalSide: 'debit',
    meaning: "What the gateway has paid out to the merchant's bank.",
  },
  fx_conversion: {
    normalSide: 'debit',
    meaning:
      'What the gateway has changed from this currency into others, less what came of others.',
  },
} as const satisfies Record<string, { normalSide: 'debit' | 'credit'; meaning: string }>;

export type LedgerAccountKind = keyof typeof LEDGER_ACCOUNT_KINDS;

/** An account by the parts of its name, such as `gateway_fees/stripe`. */
export interface LedgerAccountName {
  kind: LedgerAccountKind;
  /** `null` where the account is not that of one gateway. */
  gateway: string | null;
}

/** Reads an account's name; `null` where the ledger has no such account. */
export function readLedgerAccount(name: string): LedgerAccountName | null {
  const [kind = '', gateway, ...more] = name.split('/');
  if (!Object.hasOwn(LEDGER_ACCOUNT_KINDS, kind) || more.length > 0) return null;
  return { kind: kind as LedgerAccountKind, gateway: gateway ?? null };
}

/** A balance as its account counts it: above zero on its normal side. Minor units. */
export function balanceOf(kind: LedgerAccountKind, debits: bigint, credits: bigint): bigint {
  return LEDGER_ACCOUNT_KINDS[kind].normalSide === 'debit' ? debits - credits : credits - debits;
}
