import type { Account, Work } from './account.ts';
import { writableFee } from './currencies.ts';
import { emitCharge } from './events.ts';
import type { BalanceTransaction, Charge, Dispute, Payout, Refund } from './model.ts';

const SECONDS_PER_DAY = 86_400;
const PENDING_SECONDS = 2 * SECONDS_PER_DAY;

/**
 * Stripe's standard fee on `amount` minor units: 2.9 %, halves rounded up, and 30 minor units.
 * Source: https://stripe.com/pricing
 */
export function processingFee(amount: bigint): bigint {
  return (amount * 29n + 500n) / 1000n + 30n;
}

/** What a charge costs more with `fees_raised`, in minor units. */
const RAISED_BY = 7n;

/** Books what was captured of a charge, less the fee. */
export function bookCharge(work: Work, charge: Charge): void {
  const amount = charge.amountCaptured;
  const usual = processingFee(amount);
  const charged = work.feesAreRaised() ? usual + RAISED_BY : usual;
  const fee = writableFee(charged, charge.currency);
  charge.balanceTransaction = add(work.account, charge, 'charge', amount, fee);
}

/** Books money paid back; the fee of the charge is kept, as at Stripe. */
export function bookRefund(account: Account, refund: Refund): void {
  refund.balanceTransaction = add(account, refund, 'refund', -refund.amount, 0n);
}

/** Books the return of a refund that failed after it had been paid. */
export function bookRefundFailure(account: Account, refund: Refund): void {
  refund.failureBalanceTransaction = add(account, refund, 'refund_failure', refund.amount, 0n);
}

/**
 * What a dispute costs, in minor units, however it ends.
 * Source: https://stripe.com/pricing
 */
const DISPUTE_FEE = 1500n;

/** Books what a dispute withdraws, with its fee. */
export function bookDispute(account: Account, dispute: Dispute): void {
  dispute.balanceTransactions.push(
    add(account, dispute, 'adjustment', -dispute.amount, DISPUTE_FEE),
  );
}

/** Books what a dispute that was won gives back; the fee is kept. */
export function bookDisputeReversal(account: Account, dispute: Dispute): void {
  dispute.balanceTransactions.push(add(account, dispute, 'adjustment', dispute.amount, 0n));
}

/** Books the charges that were captured asynchronously, and tells that they changed. */
export function settleCharges(work: Work): void {
  for (const charge of work.account.unsettled.splice(0)) {
    bookCharge(work, charge);
    emitCharge(work, 'charge.updated', charge);
  }
}

/** Books a payout of everything that was not paid out before, one for each currency in which that is more than nothing. */
export function payOut(account: Account): Payout[] {
  const unpaid = account.balanceTransactions
    .all()
    .filter(({ payout, type }) => payout === null && type !== 'payout');
  return [...new Set(unpaid.map(({ currency }) => currency))].flatMap((currency) => {
    const contents = unpaid.filter((transaction) => transaction.currency === currency);
    const amount = contents.reduce((sum, { amount: gross, fee }) => sum + gross - fee, 0n);
    if (amount <= 0n) return [];
    const created = account.clock.nowSeconds();
    const id = account.newId('po_', 24);
    const payout: Payout = { id, created, amount, currency, isPayout: true };
    for (const transaction of contents) transaction.payout = payout;
    addLine(account, {
      availableOn: created,
      type: 'payout',
      amount: -amount,
      fee: 0n,
      currency,
      description: 'STRIPE PAYOUT',
      source: payout,
    });
    return [payout];
  });
}

function add(
  account: Account,
  source: Charge | Refund | Dispute,
  type: BalanceTransaction['type'],
  amount: bigint,
  fee: bigint,
): BalanceTransaction {
  const created = account.clock.nowSeconds();
  const charge = 'charge' in source ? source.charge : source;
  const isAvailable = charge.paymentMethod.card.funds === 'available';
  const availableOn = isAvailable ? created : created + PENDING_SECONDS;
  const { currency, description } = charge;
  return addLine(account, { availableOn, type, amount, fee, currency, description, source });
}

function addLine(
  account: Account,
  line: Omit<BalanceTransaction, 'id' | 'created' | 'payout'>,
): BalanceTransaction {
  const created = account.clock.nowSeconds();
  const transaction = { id: account.newId('txn_', 24), created, payout: null, ...line };
  account.balanceTransactions.add(transaction);
  return transaction;
}
