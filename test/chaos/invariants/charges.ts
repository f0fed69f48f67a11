import type { ChargeBook, PaymentBook } from '../../../src/sandbox/books.ts';
import { GATEWAY_NAMES, type GatewayName } from '../world/names.ts';
import type { Evidence, PaymentRow } from './evidence.ts';

/** What one gateway has of a payment. */
export interface GatewaySide {
  gateway: GatewayName;
  book: PaymentBook;
  /** The payment of Tender's that it names; `null` where there is none here. */
  paymentId: string | null;
}

/** Everything at the gateways, by the payment that it names in its gateway's way. */
export function gatewaySides({ books, payments, attempts }: Evidence): GatewaySide[] {
  const known = new Set(payments.map(({ id }) => id));
  const paymentOf = new Map(attempts.map(({ id, paymentId }) => [id, paymentId]));
  return GATEWAY_NAMES.flatMap((gateway) =>
    books[gateway].payments.map((book) => {
      const named = referenceOf(book);
      const paymentId = named && (paymentOf.get(named) ?? named);
      return { gateway, book, paymentId: paymentId && known.has(paymentId) ? paymentId : null };
    }),
  );
}

function referenceOf({ metadata }: PaymentBook): string | null {
  const { tender_payment_id: payment, reference_id: attempt, custom_id: both } = metadata;
  return payment ?? both?.split('.')[0] ?? attempt ?? null;
}

export interface Sums {
  live: number;
  captured: number;
  refunded: number;
  refundPending: number;
  held: number;
}

/** What the charges of one payment at one gateway come to; what was let go of counts for nothing. */
export function sumUp(charges: readonly ChargeBook[]): Sums {
  const sums: Sums = { live: 0, captured: 0, refunded: 0, refundPending: 0, held: 0 };
  for (const charge of charges) {
    if (charge.status !== 'live') continue;
    sums.live += 1;
    sums.captured += charge.captured;
    sums.refunded += charge.refunded;
    sums.refundPending += charge.refundPending;
    sums.held += charge.amount - charge.captured - charge.released;
  }
  return sums;
}

/** The side of a payment on which it is now. */
export function sideOf(payment: PaymentRow, sides: readonly GatewaySide[]): GatewaySide | null {
  return (
    sides.find(
      ({ gateway, book }) => gateway === payment.gateway && book.id === payment.gatewayPaymentId,
    ) ?? null
  );
}
