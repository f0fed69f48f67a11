import { newResourceId, openAccount } from './account.ts';
import type { Account, Work } from './account.ts';
import { payOrder } from './complete-order.ts';
import { openDispute } from './disputes.ts';
import type { Capture, Dispute, Intent, Refund } from './model.ts';
import { refundableOf } from './money-taken.ts';
import { approveOrder } from './orders-held.ts';
import { createOrder } from './orders.ts';
import { openRefund } from './refunds.ts';

/**
 * An account in which everything happened once: an event about a thing that the real account has
 * not speaks of the one in here. It is made by the same code, so that nothing of it is incomplete.
 */
export function exampleAccount(work: Work): Account {
  const account = openAccount(work.account.clock, work.account.newId);
  const aside: Work = {
    ...work,
    account,
    requestId: 'example',
    hasBehaviour: () => false,
    deliver: () => undefined,
  };
  payExample(aside, 'AUTHORIZE');
  payExample(aside, 'CAPTURE');
  const [capture] = account.captures.all();
  if (capture === undefined) throw new Error('The example order was not captured.');
  openRefund(aside, capture, capture.amount / 5n, undefined);
  openDispute(aside, capture, refundableOf(capture), 'UNAUTHORISED');
  return account;
}

/** A refund of all that is left of a capture, which nobody has made. */
export function imaginedRefund(account: Account, capture: Capture): Refund {
  const created = account.clock.nowSeconds();
  return {
    id: newResourceId(account),
    created,
    updated: created,
    capture,
    amount: refundableOf(capture),
    customId: capture.customId,
    invoiceId: capture.invoiceId,
    noteToPayer: null,
    status: 'COMPLETED',
    totalRefunded: capture.amount,
  };
}

/** A dispute over a capture, which nobody has opened. */
export function imaginedDispute(account: Account, capture: Capture): Dispute {
  const created = account.clock.nowSeconds();
  return {
    id: `PP-D-${newResourceId(account).slice(0, 10)}`,
    created,
    updated: created,
    capture,
    amount: capture.amount,
    reason: 'UNAUTHORISED',
    respondBy: created + 86_400,
    outcome: null,
  };
}

function payExample(aside: Work, intent: Intent): void {
  createOrder(aside, {
    intent,
    purchase_units: [
      {
        amount: { currency_code: 'USD', value: '10.00' },
        custom_id: `example-${intent.toLowerCase()}`,
      },
    ],
    payment_source: {
      paypal: {
        attributes: { vault: { store_in_vault: 'ON_SUCCESS', usage_type: 'MERCHANT' } },
        experience_context: {
          return_url: 'https://shop.example.com/return',
          cancel_url: 'https://shop.example.com/cancel',
        },
      },
    },
  });
  const order = aside.account.orders.all().at(-1);
  if (order === undefined) throw new Error('The example order was refused.');
  approveOrder(aside, order, 'good');
  payOrder(aside, order, 'good');
}
