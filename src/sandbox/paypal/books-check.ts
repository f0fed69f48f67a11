import { holdsMetadata, keepBooks } from '../books.ts';
import type { BooksFilter, ChargeBook, PaymentBook, PaymentSubject } from '../books.ts';
import type { Account } from './account.ts';
import { heldOf } from './holds.ts';
import { readMoney } from './currencies.ts';
import type { Capture, Order } from './model.ts';
import { chargeIdOf } from './model.ts';
import { hasLapsed } from './orders-held.ts';
import { presentCapture, presentRefund } from './present.ts';
import { presentDispute } from './present-dispute.ts';
import { referencesOf } from './references.ts';

/** The orders that `filter` names, or all of them, as the books want them. */
export function subjectsOf(account: Account, filter: BooksFilter): PaymentSubject[] {
  const { payment, metadata = {} } = filter;
  const named = payment === undefined ? undefined : account.orders.get(payment);
  if (payment !== undefined && named === undefined) return [];
  const orders = named === undefined ? account.orders.all() : [named];
  const subjects = orders.map((order) => ({
    id: order.id,
    amount: order.unit.amount,
    currency: order.unit.currency,
    status: hasLapsed(account, order) ? 'EXPIRED' : order.status,
    metadata: referencesOf(order),
  }));
  return subjects.filter((subject) => holdsMetadata(subject.metadata, metadata));
}

/**
 * Compares what the API answers with what the journal recorded, and tells every difference: an
 * empty list means that both agree and that no money was made up.
 */
export function checkBooks(account: Account): string[] {
  const differences: string[] = [];
  for (const payment of account.journal.payments()) {
    if (account.orders.get(payment) === undefined) {
      differences.push(`${payment}: in the journal only`);
    }
  }
  const { payments } = keepBooks(account.journal, subjectsOf(account, {}));
  for (const book of payments) {
    const order = account.orders.get(book.id);
    if (order !== undefined) compareOrder(order, book, differences);
  }
  return differences;
}

/** What the check reads of the API's answers. */
type Answered = { status: string; amount: { value: string; currency_code: string } };

type Differ = (id: string, what: string, api: number | string, journal: number | string) => void;

function compareOrder(order: Order, book: PaymentBook, differences: string[]): void {
  const differ: Differ = (id, what, api, journal) => {
    if (api !== journal)
      differences.push(`${id}: ${what} is ${api} but the journal says ${journal}`);
  };
  const live = book.charges.filter((charge) => charge.status === 'live');
  if (live.length > 1) differences.push(`${order.id}: ${live.length} live charges`);
  const isPaid = order.status === 'COMPLETED' ? 'paid' : 'unpaid';
  differ(order.id, 'the order', isPaid, book.charges.length > 0 ? 'paid' : 'unpaid');
  for (const charge of book.charges) {
    compareCharge(order, charge, differ);
    checkLimits(charge, differences);
  }
  compareRefunds(order, book, differ);
}

function compareCharge(order: Order, charge: ChargeBook, differ: Differ): void {
  const captures = order.captures.filter((capture) => chargeIdOf(capture) === charge.id);
  const taken = captures.filter((capture) => isTaken(answerOf(capture)));
  differ(charge.id, 'what was captured', sum(taken.map(answerOf)), charge.captured);
  const authorization = order.authorizations.find((one) => one.id === charge.id);
  if (authorization !== undefined) {
    const pending = captures.filter((capture) => answerOf(capture).status === 'PENDING');
    const promised = Number(heldOf(authorization)) + sum(pending.map(answerOf));
    // Up to 115 percent may be captured, but no more can be held than was authorized.
    const unspent = Math.max(Number(authorization.amount) - sum(taken.map(answerOf)), 0);
    const left = charge.amount - charge.captured - charge.released;
    differ(charge.id, 'what is held', Math.min(promised, unspent), Math.max(left, 0));
  } else if (charge.status === 'live') {
    differ(charge.id, 'the amount', sum(captures.map(answerOf)), charge.amount);
  }
  const disputes = captures.flatMap((capture) => capture.disputes);
  const lost = disputes.map((dispute) => {
    const shown = presentDispute(dispute, '') as {
      dispute_outcome?: { amount_refunded: Answered['amount'] };
    };
    return minorUnits(shown.dispute_outcome?.amount_refunded);
  });
  differ(charge.id, 'what disputes took', lost.reduce(add, 0), charge.disputedLost);
}

/** Money is neither made nor lost, beyond the overcapture that PayPal allows. */
function checkLimits(charge: ChargeBook, differences: string[]): void {
  const returned = charge.refunded + charge.refundPending + charge.disputed + charge.disputedLost;
  if (returned > charge.captured) {
    differences.push(`${charge.id}: returned more than was captured`);
  }
  if (charge.captured * 100 > charge.amount * 115) {
    differences.push(`${charge.id}: captured more than 115 percent of what was authorised`);
  }
  if (charge.released > 0 && charge.captured + charge.released > charge.amount) {
    differences.push(`${charge.id}: captured and released more than was authorised`);
  }
}

function compareRefunds(order: Order, book: PaymentBook, differ: Differ): void {
  const refunds = order.captures.flatMap((capture) => capture.refunds);
  differ(order.id, 'the number of refunds', refunds.length, book.refunds.length);
  for (const refund of refunds) {
    const shown = presentRefund(refund, '') as Answered;
    const entry = book.refunds.find((other) => other.id === refund.id);
    differ(refund.id, 'the amount', minorUnits(shown.amount), entry?.amount ?? 'nothing');
    differ(refund.id, 'the status', STATUSES[shown.status] ?? shown.status, entry?.status ?? '');
  }
}

const STATUSES: Readonly<Record<string, string>> = {
  PENDING: 'pending',
  COMPLETED: 'succeeded',
  FAILED: 'failed',
};

function answerOf(capture: Capture): Answered {
  return presentCapture(capture, '') as Answered;
}

function isTaken({ status }: Answered): boolean {
  return status !== 'PENDING' && status !== 'DECLINED';
}

function sum(answers: Answered[]): number {
  return answers.map(({ amount }) => minorUnits(amount)).reduce(add, 0);
}

function add(one: number, other: number): number {
  return one + other;
}

function minorUnits(amount: Answered['amount'] | undefined): number {
  if (amount === undefined) return 0;
  const read = readMoney(amount.value, amount.currency_code);
  return read.kind === 'money' ? Number(read.money.amount) : NaN;
}
