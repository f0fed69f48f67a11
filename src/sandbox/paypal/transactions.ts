import { z } from 'zod';
import { tellLines } from '../settlement-faults.ts';
import type { SettlementLine } from '../settlement-faults.ts';
import { newResourceId } from './account.ts';
import type { Account, Work } from './account.ts';
import { presentMoney } from './currencies.ts';
import { refuse, succeed } from './errors.ts';
import type { Result } from './errors.ts';
import type { Capture, Withdrawal } from './model.ts';
import { processingFee } from './money-taken.ts';
import { text } from './parameters.ts';
import { link } from './present.ts';

const MOST_DAYS = 31;
/** More than this many in one search are refused: the caller is to ask for a shorter time. */
const MOST_RESULTS = 10_000;

const moment = z
  .string()
  .min(20)
  .max(64)
  .regex(
    /^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[1-2][0-9]|3[0-1])[T,t]([0-1][0-9]|2[0-3]):[0-5][0-9]:([0-5][0-9]|60)([.][0-9]+)?([Zz]|[+-][0-9]{2}:[0-9]{2})$/,
  );

/** Source: https://developer.paypal.com/docs/api/transaction-search/v1/#search_get */
export const searchTransactionsParameters = z.strictObject({
  start_date: moment,
  end_date: moment,
  balance_affecting_records_only: z.enum(['Y', 'N']).optional(),
  fields: text(255)
    .regex(/^(all|[a-z_]+(,[a-z_]+)*)$/)
    .optional(),
  page: z.coerce.number().int().min(1).max(2_147_483_647).optional(),
  page_size: z.coerce.number().int().min(1).max(500).optional(),
  transaction_currency: z
    .string()
    .regex(/^[A-Z]{3}$/)
    .optional(),
  transaction_id: z.string().min(17).max(19).optional(),
  transaction_status: z.enum(['D', 'P', 'S', 'V']).optional(),
  transaction_type: text(5).optional(),
});

/** One line of the report; `fee` is what PayPal keeps. */
type Transaction = SettlementLine & {
  readonly code: string;
  readonly reference: { id: string; type: 'ODR' | 'TXN' } | null;
  readonly customId: string | null;
  readonly invoiceId: string | null;
  /** The ids by which a fault may name it. */
  readonly sources: readonly string[];
};

/** `GET /v1/reporting/transactions`, the oldest first. */
export function searchTransactions(
  work: Work,
  sent: z.output<typeof searchTransactionsParameters>,
): Result<object> {
  const [from, to] = [Date.parse(sent.start_date), Date.parse(sent.end_date)];
  if (!Number.isFinite(from)) return refuse('INVALID_PARAMETER_VALUE', at('start_date'));
  if (!Number.isFinite(to) || to < from || to - from > MOST_DAYS * 86_400_000) {
    return refuse('INVALID_PARAMETER_VALUE', at('end_date'));
  }
  const found = transactionsOf(work).filter(
    (one) =>
      one.created * 1000 >= from &&
      one.created * 1000 <= to &&
      (sent.transaction_currency ?? one.currency) === one.currency &&
      (sent.transaction_id ?? one.id) === one.id &&
      (sent.transaction_status ?? 'S') === 'S' &&
      (sent.transaction_type ?? one.code) === one.code,
  );
  if (found.length > MOST_RESULTS) return refuse('INVALID_PARAMETER_VALUE', at('end_date'));
  const { page = 1, page_size: size = 100 } = sent;
  const pages = Math.ceil(found.length / size);
  const self = `${work.baseUrl}/v1/reporting/transactions?page=`;
  const shown = found.slice((page - 1) * size, page * size);
  return succeed({
    ...(shown.length > 0 && {
      transaction_details: shown.map((one) => ({ transaction_info: present(one) })),
    }),
    start_date: sent.start_date,
    end_date: sent.end_date,
    last_refreshed_datetime: dateOf(work.account.clock.nowSeconds()),
    page,
    total_items: found.length,
    total_pages: pages,
    links: [
      link(`${self}${page}`, 'self'),
      ...(page < pages ? [link(`${self}${page + 1}`, 'next')] : []),
    ],
  });
}

/** Withdraws what is on the account, in each currency in which that is more than nothing. */
export function payOut(account: Account): Withdrawal[] {
  const balances = new Map<string, bigint>();
  for (const { currency, amount, fee } of bookedLines(account)) {
    balances.set(currency, (balances.get(currency) ?? 0n) + amount - fee);
  }
  return [...balances].flatMap(([currency, amount]) => {
    if (amount <= 0n) return [];
    const created = account.clock.nowSeconds();
    const withdrawal = { id: newResourceId(account), created, currency, amount };
    account.withdrawals.add(withdrawal);
    return [withdrawal];
  });
}

function transactionsOf(work: Work): Transaction[] {
  const { account } = work;
  const nowSeconds = account.clock.nowSeconds();
  const lines = bookedLines(account).sort((one, other) => one.created - other.created);
  const faultOf = ({ sources }: Transaction) => work.settlementFault(...sources);
  return tellLines(lines, { faultOf, nowSeconds });
}

/** The codes: https://developer.paypal.com/docs/transaction-search/transaction-event-codes/ */
function bookedLines(account: Account): Transaction[] {
  const payments = account.captures.all().filter(isTaken).map(lineOfCapture);
  const refunds = account.refunds
    .all()
    .filter(({ status }) => status === 'COMPLETED')
    .map(({ id, created, amount, capture, customId, invoiceId }): Transaction => {
      const reference = { id: capture.id, type: 'TXN' } as const;
      const { currency } = capture;
      const whole = { id, created, amount: -amount, fee: 0n, currency, code: 'T1107', reference };
      return { ...whole, customId, invoiceId, sources: [id] };
    });
  const reversals = account.disputes
    .all()
    .filter(({ outcome }) => outcome !== null && outcome !== 'RESOLVED_SELLER_FAVOUR')
    .map(({ id, updated, amount, capture }): Transaction => {
      const { currency, customId, invoiceId } = capture;
      return {
        // The dispute's own id tells nobody of the transaction; this one follows from it.
        id: `9RV${id.replaceAll(/[^0-9A-Z]/gi, '').toUpperCase()}`.padEnd(17, '0').slice(0, 17),
        created: updated,
        amount: -amount,
        fee: 0n,
        currency,
        code: 'T1106',
        reference: { id: capture.id, type: 'TXN' },
        customId,
        invoiceId,
        sources: [id],
      };
    });
  const withdrawals = account.withdrawals
    .all()
    .map(({ id, created, currency, amount }): Transaction => {
      const whole = { id, created, currency, amount: -amount, fee: 0n, code: 'T0400' };
      return { ...whole, reference: null, customId: null, invoiceId: null, sources: [id] };
    });
  return [...payments, ...refunds, ...reversals, ...withdrawals];
}

function isTaken({ status }: Capture): boolean {
  return status !== 'PENDING' && status !== 'DECLINED';
}

function lineOfCapture(capture: Capture): Transaction {
  const { id, created, amount, currency, order, customId, invoiceId } = capture;
  const reference = { id: order.id, type: 'ODR' } as const;
  const whole = { id, created, amount, fee: processingFee(capture), currency, code: 'T0006' };
  return { ...whole, reference, customId, invoiceId, sources: [id, order.id] };
}

function present(transaction: Transaction): object {
  const { id, created, amount, fee, currency, code, reference, customId, invoiceId } = transaction;
  return {
    transaction_id: id,
    ...(reference !== null && {
      paypal_reference_id: reference.id,
      paypal_reference_id_type: reference.type,
    }),
    transaction_event_code: code,
    transaction_initiation_date: dateOf(created),
    transaction_updated_date: dateOf(created),
    transaction_amount: presentMoney({ amount, currency }),
    ...(fee !== 0n && { fee_amount: presentMoney({ amount: -fee, currency }) }),
    transaction_status: 'S',
    ...(invoiceId !== null && { invoice_id: invoiceId }),
    ...(customId !== null && { custom_field: customId }),
    protection_eligibility: '01',
  };
}

function dateOf(seconds: number): string {
  return new Date(seconds * 1000).toISOString().replace('.000Z', 'Z');
}

const at = (field: string) => ({ field, location: 'query' as const });
