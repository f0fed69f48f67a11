import { isOpen, type Dispute } from './dispute.ts';
import { expectedFeeOf } from './payment-fee.ts';
import type { Payment } from './payment.ts';
import {
  accountOf,
  allPostingsOf,
  positionsOf,
  type Positions,
  type Posting,
  type PostingCause,
} from './posting.ts';
import type { Refund } from './refund.ts';

/** An entry that the ledger has of a payment. */
export interface PaymentEntry extends Posting {
  refundId: string | null;
  disputeId: string | null;
}

/** A payment with its parts and its entries. */
export interface PaymentWithEntries {
  payment: Payment;
  refunds: readonly Pick<Refund, 'id' | 'status' | 'amount'>[];
  disputes: readonly Pick<Dispute, 'id' | 'status' | 'amount' | 'amountLost'>[];
  entries: readonly PaymentEntry[];
}

/** Accounts of an entry and why it was made, without how much. */
type Move = Pick<Posting, 'debit' | 'credit' | 'cause'>;

/**
 * What the ledger lacks of a payment because a version that has no ledger changed it: whole captures, refunds and
 * disputes, and the fee that was expected of the capture.
 *
 * @returns `null` where that is not all: where what there is contradicts the payment, something else has happened, and
 * nothing is to cover it up
 */
export function lackingPostings(known: PaymentWithEntries): PaymentEntry[] | null {
  const lacking = [...ofCapture(known), ...ofRefunds(known), ...ofDisputes(known)];
  const posted = positionsOf([...known.entries, ...lacking]);
  return areEqual(posted, positionsOf(allPostingsOf(known.payment))) ? lacking : null;
}

function ofCapture({ payment, entries }: PaymentWithEntries): PaymentEntry[] {
  if (payment.amountCaptured === 0n || has(entries, 'capture')) return [];
  const whole = allPostingsOf(payment);
  const captured = whole.filter(({ cause }) => cause === 'capture');
  // What the gateway told later was posted as the difference to the fee that was expected.
  const isCorrected = has(entries, 'fee_corrected') && !has(entries, 'fee_expected');
  const fee = isCorrected ? expectedFeePosting(payment) : whole.filter(isFee);
  const isFeePosted = entries.some(isFee) && !isCorrected;
  return [...captured, ...(isFeePosted ? [] : fee)].map((posting) => ({
    ...posting,
    refundId: null,
    disputeId: null,
  }));
}

function expectedFeePosting(payment: Payment): Posting[] {
  const expected = { ...payment, feeActual: null, feeCurrency: null };
  if (!expectedFeeOf(expected)) return [];
  return allPostingsOf(expected).filter(isFee);
}

function ofRefunds({ payment, refunds, entries }: PaymentWithEntries): PaymentEntry[] {
  const move = moveOf(payment, 'refund');
  return refunds
    .filter(({ status }) => status === 'succeeded')
    .filter(({ id }) => !entries.some(({ refundId }) => refundId === id))
    .map(({ id, amount }) => ({
      ...move,
      amount,
      currency: payment.currency,
      refundId: id,
      disputeId: null,
    }));
}

function ofDisputes({ payment, disputes, entries }: PaymentWithEntries): PaymentEntry[] {
  return disputes.flatMap((dispute) => {
    const { id, amount, amountLost } = dispute;
    const own = entries.filter(({ disputeId }) => disputeId === id);
    const opened = sumOf(own, 'dispute_opened');
    // What was lost has been withheld first; what is open may still be lost as a whole.
    const withheld = isOpen(dispute) ? amount : amountLost;
    const moves = [
      { cause: 'dispute_opened' as const, amount: withheld },
      { cause: 'dispute_lost' as const, amount: amountLost },
      { cause: 'dispute_released' as const, amount: opened - withheld },
    ];
    return moves
      .filter((each) => each.amount > 0n && !has(own, each.cause))
      .map((each) => ({
        ...moveOf(payment, each.cause),
        amount: each.amount,
        currency: payment.currency,
        refundId: null,
        disputeId: id,
      }));
  });
}

function moveOf(
  { gateway }: Payment,
  cause: 'refund' | 'dispute_opened' | 'dispute_lost' | 'dispute_released',
): Move {
  const clearing = accountOf('gateway_clearing', gateway);
  switch (cause) {
    case 'refund':
      return { debit: 'merchant_balance', credit: clearing, cause };
    case 'dispute_opened':
      return { debit: 'disputes_held', credit: clearing, cause };
    case 'dispute_lost':
      return { debit: 'merchant_balance', credit: 'disputes_held', cause };
    case 'dispute_released':
      return { debit: clearing, credit: 'disputes_held', cause };
  }
}

const FEES: readonly PostingCause[] = ['fee_expected', 'fee_actual', 'fee_corrected'];

function isFee({ cause }: Posting): boolean {
  return FEES.includes(cause);
}

function has(entries: readonly PaymentEntry[], cause: PostingCause): boolean {
  return entries.some((each) => each.cause === cause);
}

function sumOf(entries: readonly PaymentEntry[], cause: PostingCause): bigint {
  return entries
    .filter((each) => each.cause === cause)
    .reduce((sum, { amount }) => sum + amount, 0n);
}

function areEqual(one: Positions, other: Positions): boolean {
  return [...one.keys(), ...other.keys()].every(
    (key) => (one.get(key) ?? 0n) === (other.get(key) ?? 0n),
  );
}
