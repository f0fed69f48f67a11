import type { z } from 'zod';
import { collectionOf } from '../collection.ts';
import type { Collection, CreatedRange, Item, PageQuery } from '../collection.ts';
import { tellLines } from '../settlement-faults.ts';
import type { Account, Work } from './account.ts';
import { noSuch, succeed } from './errors.ts';
import type { Result } from './errors.ts';
import { plainView } from './events.ts';
import { readExpansion } from './expand.ts';
import type { ObjectName } from './expand.ts';
import type { BalanceTransaction, Charge } from './model.ts';
import { count, expand, flag, hash, list, moment, text } from './parameters.ts';
import {
  presentBalanceTransaction,
  presentCharge,
  presentEvent,
  presentIntent,
  presentRefund,
} from './present.ts';
import type { View } from './present.ts';

/** Source: https://docs.stripe.com/api/pagination */
const range = hash({
  gt: moment().optional(),
  gte: moment().optional(),
  lt: moment().optional(),
  lte: moment().optional(),
});

/** What every list takes. */
export const pages = {
  ending_before: text().optional(),
  expand: expand(),
  limit: count(1, 100).optional(),
  starting_after: text().optional(),
};

/** What lists take that can be narrowed down to a time. */
export const paging = { ...pages, created: range.or(moment()).optional() };

export const listIntentsParameters = hash({ ...paging, customer: text().optional() });

export const listChargesParameters = hash({
  ...paging,
  customer: text().optional(),
  payment_intent: text().optional(),
  transfer_group: text().optional(),
});

export const listRefundsParameters = hash({
  ...paging,
  charge: text().optional(),
  payment_intent: text().optional(),
});

export const listBalanceTransactionsParameters = hash({
  ...paging,
  currency: text().optional(),
  payout: text().optional(),
  source: text().optional(),
  type: text().optional(),
});

export const listEventsParameters = hash({
  ...paging,
  delivery_success: flag().optional(),
  type: text().optional(),
  types: list(text()).optional(),
});

const DEFAULT_LIMIT = 10;

type Paging = {
  created?: z.output<typeof range> | number | undefined;
  ending_before?: string | undefined;
  expand?: string[] | undefined;
  limit?: number | undefined;
  starting_after?: string | undefined;
};

/** `GET /v1/payment_intents` */
export function listIntents(
  work: Work,
  parameters: z.output<typeof listIntentsParameters>,
): Result<object> {
  const { customer } = parameters;
  return listOf(work, 'payment_intent', work.account.intents, parameters, {
    url: '/v1/payment_intents',
    keep: (intent) => customer === undefined || intent.customer === customer,
    present: presentIntent,
  });
}

/** `GET /v1/charges` */
export function listCharges(
  work: Work,
  parameters: z.output<typeof listChargesParameters>,
): Result<object> {
  const { customer, payment_intent: intent, transfer_group: group } = parameters;
  const charges = intent === undefined ? work.account.charges : chargesOf(work.account, intent);
  return listOf(work, 'charge', charges, parameters, {
    url: '/v1/charges',
    keep: (charge) =>
      (customer === undefined || charge.customer === customer) &&
      (group === undefined || charge.transferGroup === group),
    present: presentCharge,
  });
}

/** `GET /v1/refunds` */
export function listRefunds(
  work: Work,
  parameters: z.output<typeof listRefundsParameters>,
): Result<object> {
  const { charge, payment_intent: intent } = parameters;
  const { account } = work;
  let refunds = account.refunds;
  if (charge !== undefined) refunds = collectionOf(account.charges.get(charge)?.refunds ?? []);
  else if (intent !== undefined) {
    refunds = collectionOf(
      chargesOf(account, intent)
        .all()
        .flatMap((tried) => tried.refunds),
    );
  }
  return listOf(work, 'refund', refunds, parameters, {
    url: '/v1/refunds',
    keep: (refund) => intent === undefined || refund.charge.intent.id === intent,
    present: presentRefund,
  });
}

/** `GET /v1/balance_transactions`, with the faults that were planted in them; `payout` asks for what one consists of. */
export function listBalanceTransactions(
  work: Work,
  parameters: z.output<typeof listBalanceTransactionsParameters>,
): Result<object> {
  const { currency, payout, source, type } = parameters;
  const { account } = work;
  const transactions =
    source === undefined ? account.balanceTransactions : transactionsOf(account, source);
  return listOf(work, 'balance_transaction', asTold(work, transactions), parameters, {
    url: '/v1/balance_transactions',
    keep: (transaction) =>
      (currency === undefined || transaction.currency === currency) &&
      (payout === undefined ||
        transaction.payout?.id === payout ||
        transaction.source.id === payout) &&
      (type === undefined || transaction.type === type),
    present: presentBalanceTransaction,
  });
}

function asTold(
  work: Work,
  transactions: Collection<BalanceTransaction>,
): Collection<BalanceTransaction> {
  if (!work.hasSettlementFaults()) return transactions;
  const faultOf = ({ source }: BalanceTransaction) =>
    work.settlementFault(source.id, ...('intent' in source ? [source.intent.id] : []));
  const nowSeconds = work.account.clock.nowSeconds();
  return collectionOf(tellLines(transactions.all(), { faultOf, nowSeconds }));
}

/** `GET /v1/events`; `type` may end in `*`, as in `charge.*`. */
export function listEvents(
  work: Work,
  parameters: z.output<typeof listEventsParameters>,
): Result<object> {
  const { delivery_success: delivered, type, types } = parameters;
  const wanted = types ?? (type === undefined ? undefined : [type]);
  return listOf(work, 'event', work.account.events, parameters, {
    url: '/v1/events',
    keep: (event) =>
      (wanted === undefined || wanted.some((name) => matchesType(event.type, name))) &&
      (delivered === undefined || (event.pendingWebhooks === 0) === delivered),
    present: presentEvent,
  });
}

/** Answers with one item by its id, for the objects that can only be looked at. */
export function retrieve<T extends Item>(
  object: ObjectName,
  pick: (work: Work) => Collection<T>,
  present: (item: T, view: View) => object,
) {
  return (
    work: Work,
    parameters: { expand?: string[] | undefined },
    id: string,
  ): Result<object> => {
    const expansion = readExpansion(parameters.expand, object);
    if (!expansion.ok) return expansion;
    const item = pick(work).get(id);
    if (item === undefined) return noSuch(object, id, 'id');
    return succeed(present(item, { ...plainView(work), expand: expansion.value }));
  };
}

/** Answers with one page of those `items` that `keep` wants, the newest first. */
export function listOf<T extends Item>(
  work: Work,
  object: ObjectName,
  items: Collection<T>,
  parameters: Paging,
  how: { url: string; keep: (item: T) => boolean; present: (item: T, view: View) => object },
): Result<object> {
  const expansion = readExpansion(parameters.expand, object, true);
  if (!expansion.ok) return expansion;
  const page = items.page(readPaging(parameters), how.keep);
  if (page.kind === 'unknown_cursor') return noSuch(object, page.id, page.parameter, 400);
  const view = { ...plainView(work), expand: expansion.value };
  return succeed({
    object: 'list',
    data: page.items.map((item) => how.present(item, view)),
    has_more: page.hasMore,
    url: how.url,
  });
}

/** The few items that belong to one object are found through it, never by reading them all. */
function chargesOf(account: Account, intent: string): Collection<Charge> {
  return collectionOf(account.intents.get(intent)?.charges ?? []);
}

function transactionsOf(account: Account, source: string): Collection<BalanceTransaction> {
  const { charges, refunds, disputes } = account;
  const refund = refunds.get(source);
  const transactions = [
    charges.get(source)?.balanceTransaction,
    refund?.balanceTransaction,
    refund?.failureBalanceTransaction,
    ...(disputes.get(source)?.balanceTransactions ?? []),
  ];
  return collectionOf(transactions.filter((found) => found !== undefined && found !== null));
}

function readPaging(parameters: Paging): PageQuery {
  return {
    limit: parameters.limit ?? DEFAULT_LIMIT,
    startingAfter: parameters.starting_after,
    endingBefore: parameters.ending_before,
    created: readCreated(parameters.created),
  };
}

function readCreated(created: Paging['created']): CreatedRange | undefined {
  if (created === undefined) return undefined;
  if (typeof created === 'number') return { from: created, to: created };
  const { gt, gte, lt, lte } = created;
  return {
    from: Math.max(gte ?? 0, gt === undefined ? 0 : gt + 1),
    to: Math.min(lte ?? Infinity, lt === undefined ? Infinity : lt - 1),
  };
}

function matchesType(type: string, wanted: string): boolean {
  return wanted.endsWith('*') ? type.startsWith(wanted.slice(0, -1)) : type === wanted;
}
