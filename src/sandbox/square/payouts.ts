import type { z } from 'zod';
import { tellLines } from '../settlement-faults.ts';
import { stamp } from './account.ts';
import type { Account, Work } from './account.ts';
import { notFound, refuse, succeed } from './errors.ts';
import type { Result } from './errors.ts';
import { sifted, takePage } from './lists.ts';
import type { Location, Payout, PayoutEntry } from './model.ts';
import { choice, digits, moment, object, words } from './parameters.ts';
import { presentPayout, presentPayoutEntry } from './present.ts';

const MOST = 100;

const paging = {
  cursor: words(500).optional(),
  limit: digits().optional(),
  sort_order: choice(['ASC', 'DESC']).optional(),
};

/** Source: https://developer.squareup.com/reference/square/payouts-api/list-payouts */
export const listPayoutsParameters = object({
  ...paging,
  begin_time: moment().optional(),
  end_time: moment().optional(),
  location_id: words(50).optional(),
  status: choice(['SENT', 'FAILED', 'PAID']).optional(),
});

/** Source: https://developer.squareup.com/reference/square/payouts-api/list-payout-entries */
export const listEntriesParameters = object(paging);

/** `GET /v2/payouts` */
export function listPayouts(
  work: Work,
  parameters: z.output<typeof listPayoutsParameters>,
): Result<object> {
  const { cursor, limit, ...query } = parameters;
  const { begin_time: from = 0, end_time: to = Infinity } = query;
  if (from > to) {
    return refuse('INVALID_TIME_RANGE', 'The begin time is after the end time.', {
      field: 'begin_time',
    });
  }
  const found = sifted(
    work.account.payouts.all(),
    query.sort_order ?? 'DESC',
    (payout) =>
      payout.createdMs >= from &&
      payout.createdMs <= to &&
      (query.location_id === undefined || payout.location.id === query.location_id) &&
      (query.status === undefined || query.status === 'PAID'),
  );
  const page = takePage(found, { limit: readLimit(limit), cursor, query });
  if (!page.ok) return page;
  const { items, ...rest } = page.value;
  return succeed(items.length === 0 ? {} : { payouts: items.map(presentPayout), ...rest });
}

/** `GET /v2/payouts/{payout_id}` */
export function retrievePayout(
  work: Work,
  _: object,
  [id = '']: readonly string[],
): Result<object> {
  const payout = work.account.payouts.get(id);
  return payout === undefined ? notFound('Payout', id) : succeed({ payout: presentPayout(payout) });
}

/** `GET /v2/payouts/{payout_id}/payout-entries` */
export function listEntries(
  work: Work,
  parameters: z.output<typeof listEntriesParameters>,
  [id = '']: readonly string[],
): Result<object> {
  const payout = work.account.payouts.get(id);
  if (payout === undefined) return notFound('Payout', id);
  const { cursor, limit, ...query } = parameters;
  const faultOf = ({ details }: PayoutEntry) => work.settlementFault(...Object.values(details));
  const nowSeconds = work.account.clock.nowSeconds();
  const entries = tellLines(payout.entries, { faultOf, nowSeconds });
  const found = sifted(entries, query.sort_order ?? 'ASC', () => true);
  const page = takePage(found, { limit: readLimit(limit), cursor, query: { ...query, id } });
  if (!page.ok) return page;
  const { items, ...rest } = page.value;
  const payout_entries = items.map((entry) => presentPayoutEntry(entry, payout.id));
  return succeed(items.length === 0 ? {} : { payout_entries, ...rest });
}

/** Pays out what was not paid out before, at each location where that is more than nothing. */
export function payOut(account: Account): Payout[] {
  return account.locations.flatMap((location) => {
    const entries = unpaidEntries(account, location);
    const amount = entries.reduce((sum, { amount: gross, fee }) => sum + gross - fee, 0n);
    if (amount <= 0n) return [];
    for (const { key } of entries) account.paidOut.add(key);
    const payout = { ...stamp(account, account.newId('po_', 36)), location, amount, entries };
    account.payouts.add(payout);
    return [payout];
  });
}

function unpaidEntries(account: Account, location: Location): PayoutEntry[] {
  const entries: PayoutEntry[] = [];
  const enter = (
    key: string,
    entry: Pick<PayoutEntry, 'type' | 'amount' | 'fee' | 'details'>,
  ): void => {
    if (account.paidOut.has(key)) return;
    const { currency } = location;
    entries.push({ ...stamp(account, account.newId('poe_', 30)), key, currency, ...entry });
  };
  for (const { id, amount, fee, location: at } of account.payments.all()) {
    if (at !== location || fee === null) continue;
    enter(id, { type: 'CHARGE', amount, fee, details: { payment_id: id } });
  }
  for (const { id, payment, amount, status } of account.refunds.all()) {
    if (payment.location !== location || payment.fee === null || status !== 'COMPLETED') continue;
    const details = { payment_id: payment.id, refund_id: id };
    enter(id, { type: 'REFUND', amount: -amount, fee: 0n, details });
  }
  for (const { id, payment, amount, state } of account.disputes.all()) {
    if (payment.location !== location || payment.fee === null) continue;
    const details = { payment_id: payment.id, dispute_id: id };
    enter(id, { type: 'DISPUTE', amount: -amount, fee: 0n, details });
    if (state === 'WON') enter(`${id} won`, { type: 'DISPUTE', amount, fee: 0n, details });
  }
  return entries;
}

/** "If the provided value is greater than 100, it is ignored and the default value is used instead." */
function readLimit(limit: number | undefined): number {
  return limit === undefined || limit === 0 || limit > MOST ? MOST : limit;
}
