import { holdsMetadata, keepBooks } from '../books.ts';
import type { BooksFilter, ChargeBook, PaymentBook, PaymentSubject } from '../books.ts';
import type { Account } from './account.ts';
import type { Dispute, Payment } from './model.ts';
import { presentPayment, presentRefund } from './present.ts';

/**
 * Compares what the API answers with what the journal recorded, and tells every difference: an
 * empty list means that both agree and that no money was made up.
 */
export function checkBooks(account: Account): string[] {
  const differences: string[] = [];
  for (const id of account.journal.payments()) {
    if (account.payments.get(id) === undefined) differences.push(`${id}: in the journal only`);
  }
  for (const payment of account.payments.all()) {
    const [book] = keepBooks(account.journal, [subjectOf(payment)]).payments;
    if (book !== undefined) comparePayment(account, payment, book, differences);
  }
  return differences;
}

/** The payments that `filter` names, or all of them. Our own reference stands in the metadata. */
export function pickSubjects(account: Account, filter: BooksFilter): PaymentSubject[] {
  const { payment: id, metadata } = filter;
  if (id !== undefined) {
    const payment = account.payments.get(id);
    return payment === undefined ? [] : [subjectOf(payment)];
  }
  const subjects = account.payments.all().map(subjectOf);
  if (metadata === undefined) return subjects;
  return subjects.filter((subject) => holdsMetadata(subject.metadata, metadata));
}

/** What the merchant can know a payment by, besides its id. */
export function referencesOf(payment: Payment): Record<string, string> {
  const { referenceId, note, customerId } = payment;
  return {
    ...(referenceId === null ? {} : { reference_id: referenceId }),
    ...(note === null ? {} : { note }),
    ...(customerId === null ? {} : { customer_id: customerId }),
  };
}

function subjectOf(payment: Payment): PaymentSubject {
  const { id, amount, currency, status } = payment;
  return { id, amount, currency, status, metadata: referencesOf(payment) };
}

type Answered = string | number | boolean | undefined;
type Money = { amount: number; currency: string };

/** What the check reads of the API's answers. */
type AnsweredPayment = {
  status: string;
  amount_money: Money;
  approved_money: Money;
  total_money: Money;
  refunded_money?: Money;
  refund_ids?: string[];
};
type AnsweredRefund = { status: string; amount_money: Money };

/** How the books call the states of a refund. */
const REFUND_STATES: Readonly<Record<string, string>> = {
  PENDING: 'pending',
  COMPLETED: 'succeeded',
  REJECTED: 'failed',
  FAILED: 'failed',
};

function comparePayment(
  account: Account,
  payment: Payment,
  book: PaymentBook,
  differences: string[],
): void {
  const answered = presentPayment(payment, account.applicationId) as AnsweredPayment;
  const differ = (id: string, what: string, api: Answered, journal: Answered): void => {
    if (api !== journal)
      differences.push(`${id}: ${what} is ${String(api)} but the journal says ${String(journal)}`);
  };
  const [charge] = book.charges;
  if (charge === undefined || book.charges.length !== 1) {
    differences.push(`${payment.id}: ${book.charges.length} charges`);
    return;
  }
  const isTaken = answered.status === 'COMPLETED';
  differ(payment.id, 'the status', chargeStatus(answered.status), charge.status);
  differ(
    payment.id,
    'what was captured',
    isTaken ? answered.total_money.amount : 0,
    charge.captured,
  );
  const held = answered.status === 'FAILED' ? answered.amount_money : answered.approved_money;
  differ(payment.id, 'what was approved', held.amount, charge.amount);
  const returned = charge.refunded + charge.refundPending;
  differ(payment.id, 'what was refunded', answered.refunded_money?.amount ?? 0, returned);
  differ(
    payment.id,
    'the number of refunds',
    answered.refund_ids?.length ?? 0,
    book.refunds.length,
  );
  for (const refund of payment.refunds) {
    const shown = presentRefund(refund) as AnsweredRefund;
    const entry = book.refunds.find((one) => one.id === refund.id);
    differ(refund.id, 'amount', shown.amount_money.amount, entry?.amount);
    differ(refund.id, 'status', REFUND_STATES[shown.status], entry?.status);
  }
  compareDisputes(account, payment, charge, differ);
  checkLimits(charge, differences);
}

function chargeStatus(status: string): string {
  if (status === 'FAILED') return 'failed';
  return status === 'CANCELED' ? 'canceled' : 'live';
}

function compareDisputes(
  account: Account,
  payment: Payment,
  charge: ChargeBook,
  differ: (id: string, what: string, api: Answered, journal: Answered) => void,
): void {
  const disputes = payment.dispute === null ? [] : account.disputes.all();
  const own = disputes.filter((dispute) => dispute.payment === payment);
  const sum = (states: readonly Dispute['state'][]): number =>
    own
      .filter((dispute) => states.includes(dispute.state))
      .reduce((total, dispute) => total + Number(dispute.amount), 0);
  differ(payment.id, 'what is disputed', sum(['EVIDENCE_REQUIRED', 'PROCESSING']), charge.disputed);
  differ(payment.id, 'what disputes took', sum(['LOST', 'ACCEPTED']), charge.disputedLost);
}

/** Money is neither made nor lost: what goes out was taken, and what was taken had been approved. */
function checkLimits(entry: ChargeBook, differences: string[]): void {
  const { refunded, refundPending, disputed, disputedLost, captured, released, amount } = entry;
  if (refunded + refundPending + disputed + disputedLost > captured) {
    differences.push(`${entry.id}: paid back more than was captured`);
  }
  if (captured + released > amount) {
    differences.push(`${entry.id}: captured and released more than was approved`);
  }
}
