import { z } from 'zod';
import type { Reference } from '../../domain/report.ts';
import type {
  RecordAmounts,
  SettlementKind,
  SettlementPage,
  SettlementRecord,
  SettlementSpan,
  UnreadableRecord,
} from '../../domain/settlement.ts';
import type { Gateway } from '../gateway.ts';
import { lookup } from '../json-answer.ts';
import { isNegative, pageOf, withAmounts } from '../settlement-amounts.ts';
import { readCursor, writeCursor } from '../settlement-cursor.ts';
import { Moment } from '../times.ts';
import { SignedMoney } from './amounts.ts';
import type { Api } from './api.ts';
import { readOurs } from './references.ts';

const PAGE_SIZE = 500;
/** One search answers with 10,000 transactions at most, and spans 31 days at most: a day at a time stays below both. */
const WINDOW_MS = 86_400_000;

/** PayPal writes offsets with and without a colon. */
const Time = z
  .string()
  .max(64)
  .transform((text) => new Date(text.replace(/([+-]\d\d)(\d\d)$/, '$1:$2')))
  .pipe(Moment);

/**
 * https://developer.paypal.com/docs/api/transaction-search/v1/#definition-transaction_info
 *
 * The amounts are read apart: one that cannot be read must not hide the rest.
 */
const Transaction = z.looseObject({
  transaction_id: z.string().min(1).max(24),
  paypal_reference_id: z.string().nullish(),
  paypal_reference_id_type: z.string().nullish(),
  transaction_event_code: z.string(),
  transaction_initiation_date: Time,
  transaction_amount: z.looseObject({ value: z.unknown().optional() }).nullish().catch(null),
  custom_field: z.string().nullish(),
  /** `D` was denied and `P` is pending: neither moved money. `V` was, and has a reversal of its own. */
  transaction_status: z.string().nullish(),
});
type Transaction = z.infer<typeof Transaction>;

const Amounts = z.object({ transaction_amount: SignedMoney, fee_amount: SignedMoney.nullish() });

const Page = z.object({
  transaction_details: z.array(z.object({ transaction_info: z.unknown() })).nullish(),
  total_pages: z.int().nonnegative().nullish(),
});

/** The days of the span one after the other, and the pages of each. */
const Cursor = z.object({ window: z.int(), page: z.int().min(1) });

/** Reading what PayPal settled: the transactions of the account. */
export function createSettlement(api: Api): Pick<Gateway, 'listSettlementRecords'> {
  return {
    async listSettlementRecords({ from, to, cursor }, call) {
      const place = cursor === null ? { window: 0, page: 1 } : readCursor(Cursor, cursor);
      const start = from.getTime() + place.window * WINDOW_MS;
      const end = Math.min(start + WINDOW_MS, to.getTime());
      const query = new URLSearchParams({
        start_date: new Date(start).toISOString(),
        end_date: new Date(end).toISOString(),
        fields: 'transaction_info',
        page: String(place.page),
        page_size: String(PAGE_SIZE),
      });
      const read = (json: unknown): SettlementPage => {
        const page = readPage(json, { from: new Date(start), to: new Date(end) });
        const next = nextPlace(place, page.pages, end >= to.getTime());
        return pageOf(page.records, [], next);
      };
      return lookup(await api.get(`/v1/reporting/transactions?${query.toString()}`, read, call));
    },
  };
}

function nextPlace(
  { window, page }: z.infer<typeof Cursor>,
  pages: number,
  isLast: boolean,
): string | null {
  if (page < pages) return writeCursor({ window, page: page + 1 });
  return isLast ? null : writeCursor({ window: window + 1, page: 1 });
}

function readPage(json: unknown, { from, to }: SettlementSpan) {
  const { transaction_details: details, total_pages: pages } = Page.parse(json);
  const records = (details ?? [])
    .map(({ transaction_info: info }) => readRecord(info))
    .filter((record) => record !== null)
    // The end of a search is part of it.
    .filter(({ occurredAt }) => occurredAt >= from && occurredAt < to);
  return { records, pages: pages ?? 1 };
}

function readRecord(json: unknown): SettlementRecord | UnreadableRecord | null {
  const transaction = Transaction.parse(json);
  const { transaction_status: status } = transaction;
  const kind = kindOf(transaction);
  if (status === 'D' || status === 'P' || kind === null) return null;
  const frame = {
    recordId: transaction.transaction_id,
    kind,
    movementId: movementOf(transaction, kind),
    reference: referenceOf(transaction),
    refundId: kind === 'refund' ? (readOurs(transaction.custom_field)?.refundId ?? null) : null,
    occurredAt: transaction.transaction_initiation_date,
    raw: json,
  };
  return withAmounts(frame, () => readAmounts(json));
}

function readAmounts(json: unknown): RecordAmounts {
  const { transaction_amount: gross, fee_amount: kept } = Amounts.parse(json);
  if (kept && kept.currency !== gross.currency) {
    throw new Error(`The fee is in ${kept.currency}, and the amount in ${gross.currency}`);
  }
  const fee = -(kept?.amount ?? 0n);
  const { amount, currency } = gross;
  return { gross: amount, fee, net: amount - fee, currency, original: null };
}

/**
 * What a transaction is, by the group of its code; `null` where it only holds money back for a while or books nothing.
 * Source: https://developer.paypal.com/docs/transaction-search/transaction-event-codes/
 */
function kindOf({
  transaction_event_code: code,
  transaction_amount: amount,
}: Transaction): SettlementKind | null {
  const leaves = isNegative(amount?.value);
  const group = code.slice(1, 3);
  if (code === 'T1107') return 'refund';
  // A withdrawal that the bank did not take, and that comes back.
  if (code === 'T1101') return 'payout';
  // Holds for disputes, and their release: the money has not left the account.
  if (code === 'T1110' || code === 'T1111' || group === '13') return null;
  if (group === '00') return leaves ? 'adjustment' : 'charge';
  if (group === '01') return 'fee';
  if (group === '02') return 'conversion';
  if (group === '04') return 'payout';
  if (group === '11' || group === '12') return leaves ? 'dispute' : 'dispute_reversal';
  return 'adjustment';
}

/**
 * A payment is known here by its order, and what comes back of a withdrawal by that. What reverses a payment does not say
 * which dispute it was.
 */
function movementOf(transaction: Transaction, kind: SettlementKind): string | null {
  const { transaction_id: id, paypal_reference_id: reference } = transaction;
  if (kind === 'dispute' || kind === 'dispute_reversal') return null;
  const isOfAnother =
    (kind === 'charge' && transaction.paypal_reference_id_type === 'ODR') ||
    (kind === 'payout' && transaction.paypal_reference_id_type === 'TXN');
  return isOfAnother ? (reference ?? id) : id;
}

function referenceOf({ custom_field: custom }: Transaction): Reference | null {
  const ours = readOurs(custom);
  return ours && { paymentId: ours.paymentId, attemptId: ours.attemptId };
}
