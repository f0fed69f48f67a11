import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import type { Database } from '../../../database/database.ts';
import { readBalances, type LedgerBalance } from '../../../database/ledger-balances.ts';
import { listLedgerEntries, type LedgerEntry } from '../../../database/ledger-entries.ts';
import { ANY_OPERATOR } from '../../../domain/access.ts';
import {
  balanceOf,
  LEDGER_ACCOUNT_KINDS,
  readLedgerAccount,
} from '../../../domain/ledger-account.ts';
import { toDecimal } from '../../../domain/money.ts';
import { sendJson } from '../../answers.ts';
import { decodeNumber, page } from '../../cursor.ts';
import { optionalTime } from '../../optional-time.ts';
import {
  ledgerAccountsAnswer,
  ledgerBalancesAnswer,
  ledgerBalancesQuery,
  ledgerEntriesQuery,
  ledgerEntryAnswer,
} from '../../schemas/admin/ledger.ts';
import { pageOf } from '../../schemas/fields.ts';

const READ = { access: { roles: ANY_OPERATOR } };

/** Where the money is, by the ledger. Every operator may look; nobody changes it. */
export function adminLedgerRoutes({ db }: { db: Database }): FastifyPluginAsyncZod {
  return async (app) => {
    app.get(
      '/api/v1/admin/ledger/accounts',
      {
        config: READ,
        schema: {
          operationId: 'listLedgerAccounts',
          summary: 'List the accounts of the ledger that have entries, by name and currency',
          tags: ['administration'],
          response: { 200: ledgerAccountsAnswer },
        },
      },
      async (_request, reply) => {
        const balances = await readBalances(db, null);
        return sendJson(reply, { object: 'list', data: balances.map(presentAccount) });
      },
    );

    app.get(
      '/api/v1/admin/ledger/balances',
      {
        config: READ,
        schema: {
          operationId: 'listLedgerBalances',
          summary: 'Read what every account comes to, now or at an earlier moment',
          tags: ['administration'],
          querystring: ledgerBalancesQuery,
          response: { 200: ledgerBalancesAnswer },
        },
      },
      async ({ query }, reply) => {
        const at = optionalTime(query.at) ?? null;
        const balances = await readBalances(db, at);
        return sendJson(reply, {
          object: 'list',
          at: at?.toISOString() ?? null,
          data: balances.map(presentBalance),
        });
      },
    );

    app.get(
      '/api/v1/admin/ledger/entries',
      {
        config: READ,
        schema: {
          operationId: 'listLedgerEntries',
          summary: 'List the entries of the ledger, the newest first',
          tags: ['administration'],
          querystring: ledgerEntriesQuery,
          response: { 200: pageOf(ledgerEntryAnswer) },
        },
      },
      async ({ query: { limit, cursor, ...query } }, reply) => {
        const below = decodeNumber(cursor);
        const filter = {
          paymentId: query.payment_id,
          account: query.account,
          currency: query.currency,
          from: optionalTime(query.from),
          before: optionalTime(query.before),
        };
        const entries = await listLedgerEntries(db, filter, { below, limit: limit + 1 });
        return sendJson(
          reply,
          page(entries, limit, presentEntry, ({ id }) => ({ id: id.toString() })),
        );
      },
    );
  };
}

/** An account that this build does not know counts as one that grows by debits. */
function kindOf(account: string) {
  const { kind, gateway } = readLedgerAccount(account) ?? { kind: null, gateway: null };
  const { normalSide, meaning } = kind
    ? LEDGER_ACCOUNT_KINDS[kind]
    : { normalSide: 'debit' as const, meaning: 'Unknown to this version.' };
  return { kind, gateway, normalSide, meaning };
}

function presentAccount({ account, currency }: LedgerBalance) {
  const { kind, gateway, normalSide, meaning } = kindOf(account);
  return {
    object: 'ledger_account' as const,
    account,
    kind: kind ?? account,
    gateway,
    currency,
    normal_side: normalSide,
    meaning,
  };
}

function presentBalance({ account, currency, debits, credits }: LedgerBalance) {
  const { kind, normalSide } = kindOf(account);
  const balance = kind ? balanceOf(kind, debits, credits) : debits - credits;
  const sum = (minorUnits: bigint) => ({
    amount: toDecimal(minorUnits, currency),
    minor_units: minorUnits.toString(),
  });
  return {
    object: 'ledger_balance' as const,
    account,
    currency,
    normal_side: normalSide,
    balance: sum(balance),
    debits: sum(debits),
    credits: sum(credits),
  };
}

function presentEntry(entry: LedgerEntry) {
  return {
    id: entry.id.toString(),
    object: 'ledger_entry' as const,
    recorded_at: entry.recordedAt.toISOString(),
    debit_account: entry.debitAccount,
    credit_account: entry.creditAccount,
    amount: toDecimal(entry.amount, entry.currency),
    minor_units: entry.amount.toString(),
    currency: entry.currency,
    cause: entry.cause,
    payment_id: entry.paymentId,
    refund_id: entry.refundId,
    dispute_id: entry.disputeId,
    source_id: entry.sourceId,
  };
}
