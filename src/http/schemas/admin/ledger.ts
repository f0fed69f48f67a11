import { z } from 'zod';
import { readLedgerAccount } from '../../../domain/ledger-account.ts';
import {
  cursorParameter,
  knownCurrencyField,
  limitParameter,
  timeParameter,
  timestamp,
} from '../fields.ts';

const account = z
  .string()
  .max(60)
  .refine(
    (name) => readLedgerAccount(name) !== null,
    'There is no such account. GET /api/v1/admin/ledger/accounts lists them.',
  )
  .describe('Such as merchant_balance or gateway_clearing/ and the name of a gateway.');

/** A sum may be larger than JSON numbers are exact, so both are texts. */
const sum = z.object({
  amount: z.string().describe('A decimal number of major units, such as 12.50 or -3.00.'),
  minor_units: z.string().describe('The same in minor units, such as 1250.'),
});

const side = z.enum(['debit', 'credit']).describe('The side on which the account grows.');

export const ledgerEntriesQuery = z.strictObject({
  limit: limitParameter,
  cursor: cursorParameter,
  payment_id: z.string().min(1).max(100).optional(),
  account: account.optional(),
  currency: knownCurrencyField.optional(),
  from: timeParameter.describe('Included.'),
  before: timeParameter.describe('Not included.'),
});

export const ledgerBalancesQuery = z.strictObject({
  at: timeParameter.describe('With the entries up to this moment, included; all without it.'),
});

export const ledgerAccountAnswer = z.object({
  object: z.literal('ledger_account'),
  account: z.string(),
  kind: z.string(),
  gateway: z.string().nullable(),
  currency: z.string(),
  normal_side: side,
  meaning: z.string(),
});

export const ledgerBalanceAnswer = z.object({
  object: z.literal('ledger_balance'),
  account: z.string(),
  currency: z.string(),
  normal_side: side,
  balance: sum.describe('Above zero on the normal side.'),
  debits: sum,
  credits: sum,
});

export const ledgerBalancesAnswer = z.object({
  object: z.literal('list'),
  at: timestamp.nullable(),
  data: z.array(ledgerBalanceAnswer),
});

export const ledgerAccountsAnswer = z.object({
  object: z.literal('list'),
  data: z.array(ledgerAccountAnswer),
});

export const ledgerEntryAnswer = z.object({
  id: z.string(),
  object: z.literal('ledger_entry'),
  recorded_at: timestamp,
  debit_account: z.string(),
  credit_account: z.string(),
  amount: z.string().describe('A decimal number of major units, such as 12.50; above zero.'),
  minor_units: z.string(),
  currency: z.string(),
  cause: z.string().describe('Why the money moved, such as capture, refund or fee_corrected.'),
  payment_id: z.string().nullable(),
  refund_id: z.string().nullable(),
  dispute_id: z.string().nullable(),
  source_id: z
    .string()
    .nullable()
    .describe("The gateway's own record, such as a payout, where no payment moved the money."),
});
