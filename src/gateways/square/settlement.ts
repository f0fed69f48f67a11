import { z } from 'zod';
import type {
  PayoutContent,
  RecordAmounts,
  RecordFrame,
  SettlementKind,
  SettlementPage,
  SettlementRecord,
  SettlementSpan,
  UnreadableContent,
  UnreadableRecord,
} from '../../domain/settlement.ts';
import type { Gateway, ReadCall } from '../gateway.ts';
import { lookup } from '../json-answer.ts';
import { isNegative, pageOf, withAmounts, withNet } from '../settlement-amounts.ts';
import { readCursor, writeCursor } from '../settlement-cursor.ts';
import { TextTime } from '../times.ts';
import type { Api } from './api.ts';
import { Id, readReference, readRefundId } from './mapping.ts';

const PAGE_SIZE = 100;

/** What leaves the account is negative here. */
const Money = z
  .object({ amount: z.int(), currency: z.string().regex(/^[A-Z]{3}$/) })
  .transform(({ amount, currency }) => ({ amount: BigInt(amount), currency }));

// The amounts are read apart from the rest: one that cannot be read must not hide the others of its page.
const Fees = z.array(z.object({ amount_money: Money.nullish() })).nullish();

const Payment = z.object({
  id: Id,
  status: z.string(),
  created_at: TextTime,
  reference_id: z.string().nullish(),
});
const PaymentAmounts = z.object({ total_money: Money, processing_fee: Fees });

const Refund = z.object({
  id: Id,
  status: z.string(),
  created_at: TextTime,
  reason: z.string().nullish(),
});
const RefundAmounts = z.object({ amount_money: Money, processing_fee: Fees });

const Payout = z.object({ id: Id, status: z.string(), created_at: TextTime });
const PayoutAmounts = z.object({ amount_money: Money });

/** https://developer.squareup.com/reference/square/objects/PayoutEntry */
const Entry = z.object({
  id: Id,
  payout_id: Id,
  effective_at: TextTime,
  type: z.string(),
  gross_amount_money: z.looseObject({ amount: z.unknown().optional() }).nullish().catch(null),
  type_charge_details: z.object({ payment_id: Id.nullish() }).nullish(),
  type_refund_details: z.object({ refund_id: Id.nullish() }).nullish(),
  type_dispute_details: z.object({ dispute_id: Id.nullish() }).nullish(),
  type_open_dispute_details: z.object({ dispute_id: Id.nullish() }).nullish(),
});
type Entry = z.infer<typeof Entry>;
const EntryAmounts = z.object({ gross_amount_money: Money, fee_amount_money: Money.nullish() });
const EntryNet = z.object({ net_amount_money: Money });

const list = <Name extends string>(name: Name) =>
  z.object({ [name]: z.array(z.unknown()).nullish(), cursor: z.string().min(1).nullish() });

const STAGES = ['payments', 'refunds', 'payouts', 'entries'] as const;

/** The lists one after the other: payments, refunds, payouts, and what each of these consists of. */
const Cursor = z.object({
  stage: z.enum(STAGES),
  after: z.string().nullable(),
  payouts: z.array(Id),
});
type Cursor = z.infer<typeof Cursor>;

const START: Cursor = { stage: 'payments', after: null, payouts: [] };

/** Of people, and of no use here. */
const OF_PEOPLE = [
  'billing_address',
  'buyer_email_address',
  'card_details',
  'note',
  'reason',
  'shipping_address',
];

/** Reading what Square settled at one location. */
export function createSettlement(
  api: Api,
  { locationId }: { locationId: string },
): Pick<Gateway, 'listSettlementRecords'> {
  return {
    async listSettlementRecords({ from, to, cursor }, call: ReadCall) {
      const place = cursor === null ? START : readCursor(Cursor, cursor);
      const path = pathOf(place, { from, to }, locationId);
      return lookup(await api.get(path, (json) => readPage(json, place, { from, to }), call));
    },
  };
}

function pathOf(place: Cursor, { from, to }: SettlementSpan, locationId: string): string {
  const page = {
    limit: String(PAGE_SIZE),
    sort_order: 'ASC',
    ...(place.after !== null && { cursor: place.after }),
  };
  if (place.stage === 'entries') {
    const payout = encodeURIComponent(place.payouts[0] ?? '');
    return `/v2/payouts/${payout}/payout-entries?${new URLSearchParams(page).toString()}`;
  }
  const span = { begin_time: from.toISOString(), end_time: to.toISOString() };
  const query = new URLSearchParams({ ...page, ...span, location_id: locationId });
  return `/v2/${place.stage}?${query.toString()}`;
}

function readPage(json: unknown, place: Cursor, span: SettlementSpan): SettlementPage {
  const name = place.stage === 'entries' ? 'payout_entries' : place.stage;
  const body: { cursor?: string | null | undefined } = list(name).parse(json);
  const items = ((body as Record<string, unknown>)[name] ?? []) as unknown[];
  const read = items.map((item) => readItem(item, place.stage)).filter((one) => one !== null);
  const contents = place.stage === 'entries' ? items.map(readContent) : [];
  const payouts =
    place.stage === 'payouts'
      ? [...place.payouts, ...read.map(({ recordId }) => recordId)]
      : place.payouts;
  // The end of Square's span is part of it.
  const records =
    place.stage === 'entries'
      ? read
      : read.filter(({ occurredAt }) => occurredAt >= span.from && occurredAt < span.to);
  return pageOf(records, contents, nextPlace({ ...place, payouts }, body.cursor ?? null));
}

function nextPlace(place: Cursor, after: string | null): string | null {
  if (after !== null) return writeCursor({ ...place, after });
  const payouts = place.stage === 'entries' ? place.payouts.slice(1) : place.payouts;
  const stage = place.stage === 'entries' ? 'entries' : STAGES[STAGES.indexOf(place.stage) + 1];
  if (stage === undefined || (stage === 'entries' && payouts.length === 0)) return null;
  return writeCursor({ stage, after: null, payouts });
}

type ReadRecord = SettlementRecord | UnreadableRecord;

/** The record that an item of a list stands for: none where no money moved, or where another list has it. */
function readItem(json: unknown, stage: Cursor['stage']): ReadRecord | null {
  switch (stage) {
    case 'payments': {
      const payment = Payment.parse(json);
      if (payment.status !== 'COMPLETED') return null;
      const reference = readReference(payment.reference_id);
      const frame = frameOf(payment, 'charge', payment.created_at, json, { reference });
      return withAmounts(frame, () => {
        const { total_money: paid, processing_fee: fees } = PaymentAmounts.parse(json);
        return amountsOf(paid, fees ?? []);
      });
    }
    case 'refunds': {
      const refund = Refund.parse(json);
      if (refund.status !== 'COMPLETED' && refund.status !== 'PENDING') return null;
      const refundId = readRefundId(refund.reason);
      const frame = frameOf(refund, 'refund', refund.created_at, json, { refundId });
      return withAmounts(frame, () => {
        const { amount_money: back, processing_fee: fees } = RefundAmounts.parse(json);
        return amountsOf({ ...back, amount: -back.amount }, fees ?? []);
      });
    }
    case 'payouts': {
      const payout = Payout.parse(json);
      const frame = frameOf(payout, 'payout', payout.created_at, json);
      return withAmounts(frame, () => {
        const { amount: sent, currency } = PayoutAmounts.parse(json).amount_money;
        // Its money is back at the location, from where a later payout takes it.
        const amount = payout.status === 'FAILED' ? 0n : sent;
        return amountsOf({ amount: -amount, currency }, []);
      });
    }
    case 'entries': {
      const entry = Entry.parse(json);
      const kind = kindOf(entry);
      if (kind === 'charge' || kind === 'refund') return null;
      const movementId = movementOf(entry);
      const frame = frameOf(entry, kind, entry.effective_at, json, { movementId });
      return withAmounts(frame, () => {
        const { gross_amount_money: gross, fee_amount_money: fee } = EntryAmounts.parse(json);
        return amountsOf(gross, [{ amount_money: fee }]);
      });
    }
  }
}

function readContent(json: unknown): PayoutContent | UnreadableContent {
  const entry = Entry.parse(json);
  return withNet(
    {
      payoutId: entry.payout_id,
      lineId: entry.id,
      kind: kindOf(entry),
      movementId: movementOf(entry),
    },
    () => {
      const { amount, currency } = EntryNet.parse(json).net_amount_money;
      return { net: amount, currency };
    },
  );
}

function kindOf({ type, gross_amount_money: gross }: Entry): SettlementKind {
  if (type === 'CHARGE') return 'charge';
  if (type === 'REFUND') return 'refund';
  if (type === 'DISPUTE' || type === 'OPEN_DISPUTE') {
    return isNegative(gross?.amount) ? 'dispute' : 'dispute_reversal';
  }
  return /FEE/.test(type) ? 'fee' : 'adjustment';
}

function movementOf(entry: Entry): string | null {
  return (
    entry.type_charge_details?.payment_id ??
    entry.type_refund_details?.refund_id ??
    entry.type_dispute_details?.dispute_id ??
    entry.type_open_dispute_details?.dispute_id ??
    null
  );
}

function frameOf(
  item: { id: string },
  kind: SettlementKind,
  occurredAt: Date,
  json: unknown,
  more: Partial<Pick<RecordFrame, 'movementId' | 'reference' | 'refundId'>> = {},
): RecordFrame {
  return {
    recordId: item.id,
    kind,
    movementId: item.id,
    reference: null,
    refundId: null,
    occurredAt,
    raw: withoutPeople(json),
    ...more,
  };
}

/** Throws where a fee is in another currency than the amount. */
function amountsOf(
  { amount, currency }: z.infer<typeof Money>,
  fees: NonNullable<z.infer<typeof Fees>>,
): RecordAmounts {
  let fee = 0n;
  for (const { amount_money: money } of fees) {
    if (!money) continue;
    if (money.currency !== currency) {
      throw new Error(`A fee is in ${money.currency}, and the amount in ${currency}`);
    }
    fee += money.amount;
  }
  return { gross: amount, fee, net: amount - fee, currency, original: null };
}

function withoutPeople(item: unknown): object {
  const kept = Object.entries(item as object).filter(([name]) => !OF_PEOPLE.includes(name));
  return Object.fromEntries(kept);
}
