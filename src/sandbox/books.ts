import type { Journal, Movement } from './journal.ts';

/** What the books need to know of a payment that is not money. `amount` is in minor units. */
export type PaymentSubject = {
  id: string;
  amount: bigint;
  currency: string;
  status: string;
  metadata: Record<string, string>;
};

/** A charge as its movements tell it; amounts in minor units, as the JSON answer carries them. */
export type ChargeBook = {
  id: string;
  amount: number;
  captured: number;
  released: number;
  refunded: number;
  refundPending: number;
  /** What disputes contest that are still open. */
  disputed: number;
  /** What was withdrawn by disputes that were lost. */
  disputedLost: number;
  /** `live` holds or took the customer's money, `canceled` let all of it go before capture. */
  status: 'live' | 'canceled' | 'failed';
};

export type RefundBook = {
  id: string;
  charge: string;
  amount: number;
  status: 'pending' | 'succeeded' | 'failed';
};

export type PaymentBook = Omit<PaymentSubject, 'amount'> & {
  amount: number;
  charges: ChargeBook[];
  refunds: RefundBook[];
};

export type CurrencyTotals = {
  liveCharges: number;
  captured: number;
  refunded: number;
  refundPending: number;
  disputedLost: number;
};

/** What a sandbox believes of every payment, and the sums over them. */
export type Books = {
  payments: PaymentBook[];
  totals: { liveCharges: number; currencies: Record<string, CurrencyTotals> };
};

/** Which payments to show: one by its id, or those that carry all of `metadata`. */
export type BooksFilter = { payment?: string; metadata?: Record<string, string> };

/** Whether `metadata` holds every pair of `wanted`. */
export function holdsMetadata(
  metadata: Record<string, string>,
  wanted: Record<string, string>,
): boolean {
  for (const key of Object.keys(wanted)) if (metadata[key] !== wanted[key]) return false;
  return true;
}

/** Folds the journal into books, one entry for each of `subjects`. */
export function keepBooks(journal: Journal, subjects: Iterable<PaymentSubject>): Books {
  const payments: PaymentBook[] = [];
  const currencies: Record<string, CurrencyTotals> = {};
  let liveCharges = 0;
  for (const subject of subjects) {
    const { charges, refunds } = foldMovements(journal.of(subject.id));
    const { id, currency, status, metadata } = subject;
    const amount = Number(subject.amount);
    payments.push({ id, amount, currency, status, metadata, charges, refunds });
    if (charges.length === 0) continue;
    const totals = (currencies[currency] ??= {
      liveCharges: 0,
      captured: 0,
      refunded: 0,
      refundPending: 0,
      disputedLost: 0,
    });
    for (const charge of charges) {
      if (charge.status === 'live') {
        liveCharges += 1;
        totals.liveCharges += 1;
      }
      totals.captured += charge.captured;
      totals.refunded += charge.refunded;
      totals.refundPending += charge.refundPending;
      totals.disputedLost += charge.disputedLost;
    }
  }
  return { payments, totals: { liveCharges, currencies } };
}

function foldMovements(movements: readonly Movement[]): {
  charges: ChargeBook[];
  refunds: RefundBook[];
} {
  const charges = new Map<string, ChargeBook>();
  const refunds = new Map<string, RefundBook>();
  for (const movement of movements) {
    const amount = Number(movement.amount);
    const charge = charges.get(movement.charge) ?? emptyCharge(movement.charge);
    charges.set(charge.id, charge);
    switch (movement.kind) {
      case 'authorize':
        charge.amount = amount;
        break;
      case 'decline':
        charge.amount = amount;
        charge.status = 'failed';
        break;
      case 'capture':
        charge.captured += amount;
        break;
      case 'release':
        charge.released += amount;
        if (charge.released === charge.amount) charge.status = 'canceled';
        break;
      case 'refund_pending':
        enterRefund(refunds, movement, 'pending');
        break;
      case 'refund_succeeded':
        enterRefund(refunds, movement, 'succeeded');
        break;
      case 'refund_failed':
        enterRefund(refunds, movement, 'failed');
        break;
      case 'dispute_opened':
        charge.disputed += amount;
        break;
      case 'dispute_won':
        charge.disputed -= amount;
        break;
      case 'dispute_lost':
        charge.disputed -= amount;
        charge.disputedLost += amount;
        break;
    }
  }
  for (const refund of refunds.values()) {
    const charge = charges.get(refund.charge);
    if (charge === undefined) continue;
    if (refund.status === 'succeeded') charge.refunded += refund.amount;
    if (refund.status === 'pending') charge.refundPending += refund.amount;
  }
  return { charges: [...charges.values()], refunds: [...refunds.values()] };
}

function emptyCharge(id: string): ChargeBook {
  return {
    id,
    amount: 0,
    captured: 0,
    released: 0,
    refunded: 0,
    refundPending: 0,
    disputed: 0,
    disputedLost: 0,
    status: 'live',
  };
}

function enterRefund(
  refunds: Map<string, RefundBook>,
  movement: Movement,
  status: RefundBook['status'],
): void {
  const id = movement.refund ?? '';
  refunds.set(id, { id, charge: movement.charge, amount: Number(movement.amount), status });
}
