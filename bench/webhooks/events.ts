import { randomBytes } from 'node:crypto';
import { webhookHeaders } from '../../src/sandbox/stripe/signature.ts';
import type { LoadRequest } from '../load/http-client.ts';

/** An event with its id, signed and ready to be sent. */
export interface SignedEvent {
  id: string;
  request: LoadRequest;
}

/** An event of about 2 KB, as Stripe sends one for a card payment, signed a moment ago. */
export function signEvent(path: string, secret: string): SignedEvent {
  const unique = randomBytes(12).toString('hex');
  const now = Date.now();
  const body = JSON.stringify(paymentIntentSucceeded(unique, Math.floor(now / 1_000)));
  return {
    id: `evt_${unique}`,
    request: { path, headers: webhookHeaders(body, secret, now), body },
  };
}

function paymentIntentSucceeded(unique: string, created: number) {
  return {
    id: `evt_${unique}`,
    object: 'event',
    api_version: '2026-10-28.endive',
    created,
    data: {
      object: {
        id: `pi_${unique}`,
        object: 'payment_intent',
        amount: 1250,
        amount_capturable: 0,
        amount_details: { tip: {} },
        amount_received: 1250,
        application: null,
        application_fee_amount: null,
        automatic_payment_methods: { allow_redirects: 'never', enabled: true },
        canceled_at: null,
        cancellation_reason: null,
        capture_method: 'automatic',
        client_secret: `pi_${unique}_secret_${unique}`,
        confirmation_method: 'automatic',
        created,
        currency: 'eur',
        customer: `cus_${unique}`,
        description: 'Order 100234, two tickets for the evening performance',
        excluded_payment_method_types: null,
        last_payment_error: null,
        latest_charge: `ch_${unique}`,
        livemode: false,
        metadata: {
          tender_payment_id: `pay_${unique}`,
          tender_attempt_id: `att_${unique}`,
          order_id: 'order-100234',
          channel: 'web',
        },
        next_action: null,
        on_behalf_of: null,
        payment_method: `pm_${unique}`,
        payment_method_configuration_details: { id: `pmc_${unique}`, parent: null },
        payment_method_options: {
          card: { installments: null, network: null, request_three_d_secure: 'automatic' },
          link: { persistent_token: null },
        },
        payment_method_types: ['card', 'link'],
        processing: null,
        receipt_email: 'customer@example.com',
        setup_future_usage: null,
        shipping: {
          address: {
            city: 'Vienna',
            country: 'AT',
            line1: 'Musterstrasse 12',
            line2: null,
            postal_code: '1010',
            state: null,
          },
          carrier: null,
          name: 'Maria Muster',
          phone: null,
          tracking_number: null,
        },
        source: null,
        statement_descriptor: null,
        statement_descriptor_suffix: 'ORDER 100234',
        status: 'succeeded',
        transfer_data: null,
        transfer_group: null,
      },
    },
    livemode: false,
    pending_webhooks: 1,
    request: { id: `req_${unique}`, idempotency_key: unique },
    type: 'payment_intent.succeeded',
  };
}
