import type { Account, Work } from './account.ts';
import { approvalReversed, emit } from './events.ts';
import type { Instrument, Order } from './model.ts';

/**
 * How long the buyer has for approving an order, and the shop for completing it after that. PayPal
 * forgets an order after three hours, and asks shops that need longer to talk to it.
 */
export const ORDER_LIFETIME_SECONDS = 3 * 3_600;

/** An order that is paid or can still be; undefined for one that PayPal would not know any more. */
export function findOrder(account: Account, id: string): Order | undefined {
  const order = account.orders.get(id);
  return order === undefined || hasLapsed(account, order) ? undefined : order;
}

/** Whether the time for paying an order is over. */
export function hasLapsed(account: Account, order: Order): boolean {
  return order.status !== 'COMPLETED' && account.clock.nowSeconds() >= order.expiresAt;
}

/** The buyer consents: from now on the shop can complete the order, for a while. */
export function approveOrder(work: Work, order: Order, instrument: Instrument): void {
  const { account } = work;
  const now = account.clock.nowSeconds();
  order.status = 'APPROVED';
  order.instrument = instrument;
  order.updated = now;
  order.expiresAt = now + ORDER_LIFETIME_SECONDS;
  const { expiresAt } = order;
  account.deadlines.add(expiresAt, () => {
    const isForgotten = order.status === 'APPROVED' && order.expiresAt === expiresAt;
    if (isForgotten) emit(work, 'CHECKOUT.PAYMENT-APPROVAL.REVERSED', approvalReversed(order));
  });
}
