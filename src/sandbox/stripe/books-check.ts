import { holdsMetadata, keepBooks } from '../books.ts';
import type { BooksFilter, ChargeBook, PaymentBook } from '../books.ts';
import type { Account } from './account.ts';
import { NOTHING_EXPANDED } from './expand.ts';
import type { Charge, PaymentIntent } from './model.ts';
import { presentCharge, presentIntent } from './present.ts';

/**
 * Compares what the API answers with what the journal recorded, and tells every difference: an
 * empty list means that both agree and that no money was made up.
 */
export function checkBooks(account: Account): string[] {
  const differences: string[] = [];
  for (const payment of account.journal.payments()) {
    if (account.intents.get(payment) === undefined) {
      differences.push(`${payment}: in the journal only`);
    }
  }
  for (const intent of account.intents.all()) {
    const [book] = keepBooks(account.journal, [intent]).payments;
    if (book !== undefined) comparePayment(account, intent, book, differences);
  }
  return differences;
}

/** The intents that `filter` names, or all of them. */
export function pickIntents(account: Account, filter: BooksFilter): readonly PaymentIntent[] {
  const { payment, metadata } = filter;
  if (payment !== undefined) {
    const intent = account.intents.get(payment);
    return intent === undefined ? [] : [intent];
  }
  const intents = account.intents.all();
  if (metadata === undefined) return intents;
  return intents.filter((intent) => holdsMetadata(intent.metadata, metadata));
}

type Answered = string | number | boolean | undefined;

/** What the check reads of the API's answers. */
type AnsweredIntent = { amount_capturable: number; amount_received: number; status: string };
type AnsweredCharge = {
  amount: number;
  amount_captured: number;
  amount_refunded: number;
  captured: boolean;
  refunded: boolean;
  paid: boolean;
};

function comparePayment(
  account: Account,
  intent: PaymentIntent,
  book: PaymentBook,
  differences: string[],
): void {
  const view = { expand: NOTHING_EXPANDED, nowSeconds: account.clock.nowSeconds(), baseUrl: '' };
  const answered = presentIntent(intent, view) as AnsweredIntent;
  const differ = (id: string, what: string, api: Answered, journal: Answered): void => {
    if (api !== journal)
      differences.push(`${id}: ${what} is ${String(api)} but the journal says ${String(journal)}`);
  };
  const live = book.charges.filter((charge) => charge.status === 'live');
  if (live.length > 1) differences.push(`${intent.id}: ${live.length} live charges`);
  const [only] = live;
  const held = only === undefined || only.captured > 0 ? 0 : only.amount - only.released;
  differ(intent.id, 'amount_capturable', answered.amount_capturable, held);
  differ(intent.id, 'amount_received', answered.amount_received, only?.captured ?? 0);
  differ(
    intent.id,
    'whether money is held or taken',
    ['requires_capture', 'succeeded'].includes(answered.status),
    live.length === 1,
  );
  differ(intent.id, 'the number of charges', intent.charges.length, book.charges.length);
  for (const entry of book.charges) {
    const charge = account.charges.get(entry.id);
    if (charge === undefined) {
      differences.push(`${entry.id}: in the journal only`);
      continue;
    }
    const api = presentCharge(charge, view) as AnsweredCharge;
    const returned = entry.released + entry.refunded + entry.refundPending;
    differ(entry.id, 'amount', api.amount, entry.amount);
    differ(entry.id, 'amount_captured', api.amount_captured, entry.captured);
    differ(entry.id, 'amount_refunded', api.amount_refunded, returned);
    differ(entry.id, 'captured', api.captured, entry.captured > 0);
    differ(entry.id, 'refunded', api.refunded, returned === entry.amount);
    differ(entry.id, 'paid', api.paid, entry.status !== 'failed');
    checkLimits(entry, differences);
    checkBalance(charge, entry, differ);
  }
  compareRefunds(intent, book, differ);
}

/** Money is neither made nor lost: refunded <= captured, captured + released <= authorised. */
function checkLimits(entry: ChargeBook, differences: string[]): void {
  if (entry.refunded + entry.refundPending > entry.captured) {
    differences.push(`${entry.id}: refunded more than was captured`);
  }
  if (entry.captured + entry.released > entry.amount) {
    differences.push(`${entry.id}: captured and released more than was authorised`);
  }
}

type Differ = (id: string, what: string, api: Answered, journal: Answered) => void;

/** An unsettled charge has no balance transaction yet, and what it will say is not known. */
function checkBalance(charge: Charge, entry: ChargeBook, differ: Differ): void {
  const { balanceTransaction, dispute } = charge;
  const withdrawn = (dispute?.balanceTransactions ?? []).reduce(
    (sum, { amount }) => sum - amount,
    0n,
  );
  differ(entry.id, 'what is withdrawn', Number(withdrawn), entry.disputed + entry.disputedLost);
  if (balanceTransaction === null) return;
  differ(entry.id, 'the balance', Number(balanceTransaction.amount), entry.captured);
}

function compareRefunds(intent: PaymentIntent, book: PaymentBook, differ: Differ): void {
  const answered = intent.charges
    .flatMap((charge) => charge.refunds)
    .filter((refund) => !refund.isRelease);
  differ(intent.id, 'the number of refunds', answered.length, book.refunds.length);
  for (const refund of answered) {
    const entry = book.refunds.find((other) => other.id === refund.id);
    differ(refund.id, 'amount', Number(refund.amount), entry?.amount);
    differ(refund.id, 'status', refund.status, entry?.status);
    const { balanceTransaction: paid, failureBalanceTransaction: returned } = refund;
    const moved = Number((paid?.amount ?? 0n) + (returned?.amount ?? 0n));
    differ(refund.id, 'the balance', moved, entry?.status === 'succeeded' ? -entry.amount : 0);
  }
}
