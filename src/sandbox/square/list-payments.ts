import type { z } from 'zod';
import { tellLines } from '../settlement-faults.ts';
import type { Work } from './account.ts';
import { refuse, succeed } from './errors.ts';
import type { Result } from './errors.ts';
import { isListed, sifted, takePage } from './lists.ts';
import { findLocation } from './locations.ts';
import type { Payment, Refund } from './model.ts';
import { choice, digits, moment, object, switched, unsupported, words } from './parameters.ts';
import { presentPayment, presentRefund } from './present.ts';

const YEAR_MS = 365 * 86_400_000;
const MOST = 100;

const shared = {
  begin_time: moment().optional(),
  end_time: moment().optional(),
  updated_at_begin_time: moment().optional(),
  updated_at_end_time: moment().optional(),
  cursor: words(500).optional(),
  limit: digits().optional(),
  location_id: words(50).optional(),
  sort_order: choice(['ASC', 'DESC']).optional(),
  sort_field: choice(['CREATED_AT']).optional(),
};

/** Source: https://developer.squareup.com/reference/square/payments-api/list-payments */
export const listPaymentsParameters = object({
  ...shared,
  card_brand: words(50).optional(),
  last_4: words(4).optional(),
  total: digits().optional(),
  is_offline_payment: switched().optional(),
  offline_begin_time: unsupported(),
  offline_end_time: unsupported(),
});

/** Source: https://developer.squareup.com/reference/square/refunds-api/list-payment-refunds */
export const listRefundsParameters = object({
  ...shared,
  source_type: words(50).optional(),
  status: words(50).optional(),
});

type Span = { created: (ms: number) => boolean; updated: (ms: number) => boolean };

/**
 * `GET /v2/payments`: unless a location is named, the list is of the main one. Lists lag behind,
 * which the behaviour `lists_lag` shows.
 */
export function listPayments(
  work: Work,
  parameters: z.output<typeof listPaymentsParameters>,
): Result<object> {
  const { cursor, limit, ...query } = parameters;
  const location = findLocation(work, query.location_id);
  if (!location.ok) return location;
  const span = readSpan(work, query);
  if (!span.ok) return span;
  const lags = work.listsLag();
  const now = work.account.clock.nowMs();
  const { total, last_4: last4, card_brand: brand, is_offline_payment: isOffline } = query;
  const found = sifted(
    paymentsAsTold(work),
    query.sort_order ?? 'DESC',
    (payment) =>
      payment.location === location.value &&
      span.value.created(payment.createdMs) &&
      span.value.updated(payment.updatedMs) &&
      isListed(payment.updatedMs, now, lags) &&
      isOffline !== true &&
      (total === undefined || payment.amount === BigInt(total)) &&
      (last4 === undefined || payment.card.last4 === last4) &&
      (brand === undefined || payment.card.brand === brand),
  );
  const page = takePage(found, { limit: readLimit(limit), cursor, query });
  if (!page.ok) return page;
  const { items, ...rest } = page.value;
  const { applicationId } = work.account;
  const payments = items.map((payment) => presentPayment(payment, applicationId));
  return succeed(payments.length === 0 ? {} : { payments, ...rest });
}

/** `GET /v2/refunds`: of all locations, unless one is named. */
export function listRefunds(
  work: Work,
  parameters: z.output<typeof listRefundsParameters>,
): Result<object> {
  const { cursor, limit, ...query } = parameters;
  const { location_id: locationId, status, source_type: sourceType } = query;
  const span = readSpan(work, query);
  if (!span.ok) return span;
  const lags = work.listsLag();
  const now = work.account.clock.nowMs();
  const found = sifted(
    refundsAsTold(work),
    query.sort_order ?? 'DESC',
    (refund) =>
      (locationId === undefined || refund.payment.location.id === locationId) &&
      span.value.created(refund.createdMs) &&
      span.value.updated(refund.updatedMs) &&
      isListed(refund.updatedMs, now, lags) &&
      (status === undefined || refund.status === status) &&
      (sourceType === undefined || sourceType === 'CARD'),
  );
  const page = takePage(found, { limit: readLimit(limit), cursor, query });
  if (!page.ok) return page;
  const { items, ...rest } = page.value;
  return succeed(items.length === 0 ? {} : { refunds: items.map(presentRefund), ...rest });
}

/** Payments as the list tells them, which is what they are unless a fault was planted. */
function paymentsAsTold({ account, ...work }: Work): readonly Payment[] {
  if (!work.hasSettlementFaults()) return account.payments.all();
  const lines = account.payments.all().map((payment) => ({ ...payment, fee: payment.fee ?? 0n }));
  const faultOf = ({ id }: Payment) => work.settlementFault(id);
  return tellLines(lines, { faultOf, nowSeconds: account.clock.nowSeconds() }).map(dated);
}

function refundsAsTold({ account, ...work }: Work): readonly Refund[] {
  if (!work.hasSettlementFaults()) return account.refunds.all();
  const lines = account.refunds
    .all()
    .map((refund) => ({ ...refund, fee: 0n, currency: refund.payment.currency }));
  const faultOf = ({ id }: Refund) => work.settlementFault(id);
  return tellLines(lines, { faultOf, nowSeconds: account.clock.nowSeconds() })
    .map((line) => ({ ...line, payment: { ...line.payment, currency: line.currency } }))
    .map(dated);
}

/** A line that is told late was made late, to the eye of the list. */
function dated<T extends { created: number; createdMs: number }>(line: T): T {
  const isLate = line.created * 1000 > line.createdMs;
  return isLate ? { ...line, createdMs: line.created * 1000 } : line;
}

/** "If the provided value is greater than 100, it is ignored and the default value is used instead." */
function readLimit(limit: number | undefined): number {
  return limit === undefined || limit === 0 || limit > MOST ? MOST : limit;
}

/** The times that a list is bounded by: of creation, a year unless it is said otherwise, and of change. */
function readSpan(
  work: Work,
  query: {
    begin_time?: number | undefined;
    end_time?: number | undefined;
    updated_at_begin_time?: number | undefined;
    updated_at_end_time?: number | undefined;
  },
): Result<Span> {
  const now = work.account.clock.nowMs();
  const { begin_time: from = now - YEAR_MS, end_time: to = Infinity } = query;
  const { updated_at_begin_time: changedFrom = 0, updated_at_end_time: changedTo = Infinity } =
    query;
  if (from > to || changedFrom > changedTo) {
    return refuse('INVALID_TIME_RANGE', 'The begin time is after the end time.', {
      field: 'begin_time',
    });
  }
  return succeed({
    created: (ms) => ms >= from && ms <= to,
    updated: (ms) => ms >= changedFrom && ms <= changedTo,
  });
}
