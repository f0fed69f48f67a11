import type { Account, Work } from './account.ts';
import { emitCharge } from './events.ts';
import type { BalanceTransaction, Charge, Dispute, Refund } from './model.ts';

const SECONDS_PER_DAY = 86_400;
const PENDING_SECONDS = 2 * SECONDS_PER_DAY;

/**
 * Stripe's standard fee on `amount` minor units: 2.9 %, halves rounded up, and 30 minor units.
 * Source: https://stripe.com/pricing
 */
export function processingFee(amount: bigint): bigint {
  return (amount * 29n + 500n) / 1000n + 30n;
}

/** Books what was captured of a charge, less the fee. */
export function bookCharge(account: Account, charge: Charge): void {
  const amount = charge.amountCaptured;
  charge.balanceTransaction = add(account, charge, 'charge', amount, processingFee(amount));
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
    bookCharge(work.account, charge);
    emitCharge(work, 'charge.updated', charge);
  }
}

function add(
  account: Account,
  source: BalanceTransaction['source'],
  type: BalanceTransaction['type'],
  amount: bigint,
  fee: bigint,
): BalanceTransaction {
  const created = account.clock.nowSeconds();
  const charge = 'charge' in source ? source.charge : source;
  const isAvailable = charge.paymentMethod.card.funds === 'available';
  const transaction: BalanceTransaction = {
    id: account.newId('txn_', 24),
    created,
    availableOn: isAvailable ? created : created + PENDING_SECONDS,
    type,
    amount,
    fee,
    currency: charge.currency,
    description: charge.description,
    source,
  };
  account.balanceTransactions.add(transaction);
  return transaction;
}
