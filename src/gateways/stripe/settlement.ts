import type Stripe from 'stripe';
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
import { isNegative, pageOf, withAmounts, withNet } from '../settlement-amounts.ts';
import { readCursor, writeCursor } from '../settlement-cursor.ts';
import { UnixTime } from '../times.ts';
import { ask, given, lookup, traced } from './calls.ts';
import { Code, fromStripeAmount, Id, Metadata, readReference } from './mapping.ts';

const PAGE_SIZE = 100;

/** https://docs.stripe.com/api/balance_transactions/object#balance_transaction_object-type */
const KINDS: Readonly<Record<string, SettlementKind>> = {
  charge: 'charge',
  payment: 'charge',
  refund: 'refund',
  payment_refund: 'refund',
  refund_failure: 'refund_failure',
  payment_failure_refund: 'refund_failure',
  payout: 'payout',
  payout_cancel: 'payout',
  payout_failure: 'payout',
  stripe_fee: 'fee',
  stripe_fx_fee: 'fee',
  tax_fee: 'fee',
};

/** What the transaction is about, as far as it tells which of our movements it is. */
const Source = z.union([
  Id.transform((id) => ({ object: null, id })),
  z.object({
    object: z.string(),
    id: Id,
    payment_intent: Id.nullish(),
    amount: z.unknown().optional(),
    amount_captured: z.unknown().optional(),
    currency: z.unknown().optional(),
    metadata: Metadata.nullish().catch(null),
  }),
]);

/** The amounts are read apart: one that cannot be read must not hide the rest. */
const Transaction = z.looseObject({
  object: z.literal('balance_transaction'),
  id: Id,
  type: z.string(),
  amount: z.unknown().optional(),
  created: UnixTime,
  source: Source.nullish(),
});
type Transaction = z.infer<typeof Transaction>;

const Amounts = z.object({
  amount: z.int(),
  fee: z.int(),
  net: z.int(),
  currency: Code,
  exchange_rate: z.number().nullish(),
});
const Net = Amounts.pick({ net: true, currency: true });

/** What the customer paid or got back, in the currency in which that was. */
const SourceAmounts = z.object({
  amount: z.int().nullish(),
  amount_captured: z.int().nullish(),
  currency: Code.nullish(),
});

const Page = z.object({ data: z.array(z.unknown()), has_more: z.boolean() });

/** First the transactions of the span, the newest first; then what each payout among them consists of. */
const Cursor = z.object({
  after: Id.nullable(),
  /** Payouts whose contents are to come; the first of them is being read where `within` says so. */
  payouts: z.array(Id),
  within: z.boolean(),
});
type Cursor = z.infer<typeof Cursor>;

/** Reading what Stripe settled: its balance transactions. */
export function createSettlement(stripe: Stripe): Pick<Gateway, 'listSettlementRecords'> {
  return {
    async listSettlementRecords({ from, to, cursor }, call) {
      const place: Cursor =
        cursor === null ? { after: null, payouts: [], within: false } : readCursor(Cursor, cursor);
      const [payout] = place.payouts;
      const page = { limit: PAGE_SIZE, ...given('starting_after', place.after) };
      if (place.within && payout !== undefined) {
        const params = { ...page, payout };
        const answer = await ask(() => stripe.balanceTransactions.list(params, traced(call)));
        return lookup((body) => readContents(body, place, payout), answer);
      }
      const created = { gte: Math.floor(seconds(from)), lt: Math.ceil(seconds(to)) };
      const params = { ...page, created, expand: ['data.source'] };
      const answer = await ask(() => stripe.balanceTransactions.list(params, traced(call)));
      return lookup((body) => readRecords(body, place, { from, to }), answer);
    },
  };
}

function readRecords(json: unknown, place: Cursor, { from, to }: SettlementSpan): SettlementPage {
  const { data, has_more: hasMore } = Page.parse(json);
  const read = data.map(readRecord);
  const payouts = [
    ...place.payouts,
    ...read.flatMap(({ kind, movementId }) =>
      kind === 'payout' && movementId !== null ? [movementId] : [],
    ),
  ];
  // Stripe's times are whole seconds, so that the bounds that it was asked with are a little wider than the span.
  const records = read.filter(({ occurredAt }) => occurredAt >= from && occurredAt < to);
  const after = read.at(-1)?.recordId ?? null;
  if (hasMore && after !== null) {
    return pageOf(records, [], writeCursor({ after, payouts, within: false }));
  }
  return pageOf(records, [], beginContents(payouts));
}

function readContents(json: unknown, place: Cursor, payoutId: string): SettlementPage {
  const { data, has_more: hasMore } = Page.parse(json);
  const lines = data.map((line) => Transaction.parse(line));
  const contents = lines
    .filter((line) => kindOf(line) !== 'payout')
    .map((line) =>
      withNet(
        { payoutId, lineId: line.id, kind: kindOf(line), movementId: line.source?.id ?? null },
        () => {
          const { net, currency } = Net.parse(line);
          return { net: signed(net, currency), currency };
        },
      ),
    );
  const after = lines.at(-1)?.id;
  const next =
    hasMore && after !== undefined
      ? writeCursor({ ...place, after })
      : beginContents(place.payouts.slice(1));
  return pageOf([], contents, next);
}

function beginContents(payouts: string[]): string | null {
  return payouts.length === 0 ? null : writeCursor({ after: null, payouts, within: true });
}

function readRecord(json: unknown): SettlementRecord | UnreadableRecord {
  const transaction = Transaction.parse(json);
  const { id, created, source } = transaction;
  const frame = {
    recordId: id,
    kind: kindOf(transaction),
    movementId: movementOf(transaction),
    reference: referenceOf(transaction),
    refundId: (source && 'metadata' in source ? source.metadata?.tender_refund_id : null) ?? null,
    occurredAt: created,
    raw: { ...(json as object), source: source?.id ?? null },
  };
  return withAmounts(frame, () => readAmounts(transaction));
}

function readAmounts(transaction: Transaction): RecordAmounts {
  const amounts = Amounts.parse(transaction);
  const { currency } = amounts;
  return {
    gross: signed(amounts.amount, currency),
    fee: signed(amounts.fee, currency),
    net: signed(amounts.net, currency),
    currency,
    original: originalOf(amounts, transaction.source),
  };
}

function kindOf({ type, amount, source }: Transaction): SettlementKind {
  const isOfDispute = source?.object === 'dispute' || /^(?:dp|du)_/.test(source?.id ?? '');
  if (type === 'adjustment' && isOfDispute)
    return isNegative(amount) ? 'dispute' : 'dispute_reversal';
  return KINDS[type] ?? 'adjustment';
}

/** Payments are known here by their intent, whose charge the transaction is about. */
function movementOf({ source }: Transaction): string | null {
  if (source === null || source === undefined) return null;
  return source.object === 'charge' ? (source.payment_intent ?? source.id) : source.id;
}

function referenceOf({ source }: Transaction): Reference | null {
  return source && 'metadata' in source ? readReference(source.metadata) : null;
}

/** What the customer paid or got back, where Stripe converted it into the currency of the account. */
function originalOf(
  { exchange_rate: rate, amount }: z.infer<typeof Amounts>,
  source: Transaction['source'],
): RecordAmounts['original'] {
  if (!source || source.object === null || rate === null || rate === undefined) return null;
  const { amount: made, amount_captured: captured, currency } = SourceAmounts.parse(source);
  const whole = captured ?? made;
  if (!whole || !currency) return null;
  const size = fromStripeAmount(whole, currency);
  return { amount: amount < 0 ? -size : size, currency };
}

function signed(amount: number, currency: string): bigint {
  return amount < 0 ? -fromStripeAmount(-amount, currency) : fromStripeAmount(amount, currency);
}

function seconds(at: Date): number {
  return at.getTime() / 1000;
}
