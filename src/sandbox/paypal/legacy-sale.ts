import { formatMoney } from './currencies.ts';
import type { EventContent } from './events.ts';
import type { Capture } from './model.ts';
import { moneyOf } from './model.ts';
import { link, presentTime } from './present.ts';

/**
 * A sale as version 1 of the API told of it, with `state` and `amount.total`. Accounts that were
 * opened for that version still get such events.
 * Source: https://developer.paypal.com/api/rest/webhooks/event-names/#sales
 */
export function legacySale(capture: Capture, state: string, baseUrl: string): EventContent {
  const { id, customId, invoiceId } = capture;
  const self = `${baseUrl}/v1/payments/sale/${id}`;
  return {
    resourceType: 'sale',
    resourceVersion: null,
    summary: `A sale was ${state}.`,
    resource: {
      id,
      state,
      amount: { total: formatMoney(moneyOf(capture)), currency: capture.currency },
      payment_mode: 'INSTANT_TRANSFER',
      parent_payment: `PAYID-${capture.order.id}`,
      ...(customId !== null && { custom: customId }),
      ...(invoiceId !== null && { invoice_number: invoiceId }),
      create_time: presentTime(capture.created),
      update_time: presentTime(capture.updated),
      links: [link(self, 'self'), link(`${self}/refund`, 'refund', 'POST')],
    },
  };
}
