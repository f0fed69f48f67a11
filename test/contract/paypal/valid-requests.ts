import { authorizationOf, captureOf, EXPERIENCE } from '../../../src/sandbox/paypal/test-client.ts';
import type { Parameters } from '../support/flaws.ts';
import { WEBHOOK_ID, type RecordedSandbox } from './recorded-sandbox.ts';

/** A request that the sandbox grants, with as many parameters at once as go together. */
export type ValidRequest = { method: string; path: string } & (
  | { body: Record<string, unknown> }
  | { query: Parameters }
);

const ORDERS = '/v2/checkout/orders';
const usd = (value: string) => ({ currency_code: 'USD', value });

const UNIT = {
  amount: usd('20.00'),
  reference_id: 'cart-1',
  description: 'Tea',
  custom_id: 'pay_1',
  soft_descriptor: 'TEA SHOP',
};

const CONTEXT = {
  ...EXPERIENCE,
  brand_name: 'Tea Shop',
  locale: 'en-GB',
  shipping_preference: 'NO_SHIPPING',
};

const WALLET = {
  paypal: {
    attributes: {
      customer: { id: 'cus_1' },
      vault: {
        store_in_vault: 'ON_SUCCESS',
        usage_type: 'MERCHANT',
        usage_pattern: 'DEFERRED',
        customer_type: 'CONSUMER',
        description: 'Tea each month',
        permit_multiple_payment_tokens: true,
      },
    },
    experience_context: {
      ...CONTEXT,
      landing_page: 'LOGIN',
      payment_method_preference: 'IMMEDIATE_PAYMENT_REQUIRED',
      user_action: 'PAY_NOW',
    },
  },
};

/** One or more valid requests for each operation of the sandbox that takes any parameter. */
export async function prepareValidRequests(recorded: RecordedSandbox): Promise<ValidRequest[]> {
  const { call, decide, control } = recorded;
  const order = async (more: object = {}) => {
    const body = {
      intent: 'CAPTURE',
      purchase_units: [UNIT],
      payment_source: { paypal: { experience_context: EXPERIENCE } },
      ...more,
    };
    return (await call('POST', ORDERS, body)).body;
  };
  const pay = async (more: object = {}) => {
    const created = await order(more);
    await decide(created, 'approve');
    const action = 'intent' in more ? 'authorize' : 'capture';
    return (await call('POST', `${ORDERS}/${created.id}/${action}`)).body;
  };
  const setUp = async () => {
    const source = { paypal: { experience_context: EXPERIENCE } };
    const { body } = await call('POST', '/v3/vault/setup-tokens', { payment_source: source });
    await decide(body, 'approve');
    return body.id;
  };
  const exchange = async () => {
    const source = { token: { id: await setUp(), type: 'SETUP_TOKEN' } };
    const { body } = await call('POST', '/v3/vault/payment-tokens', { payment_source: source });
    return body;
  };
  const saved = await exchange();
  const hold = async () => authorizationOf(await pay({ intent: 'AUTHORIZE' })).id;
  const [toCapture, toRenew] = [await hold(), await hold()];
  const capture = captureOf(await pay());
  await control('disputes', { payment: captureOf(await pay()).id });
  const signed = await signedEvent(recorded);
  recorded.sandbox.advance(4 * 86_400);
  await recorded.renewToken();
  const bySaved = { payment_source: { paypal: { vault_id: saved.id } } };
  const open = (intent: string) => order({ intent, payment_source: undefined });
  const [first, second, third] = [
    await open('CAPTURE'),
    await open('CAPTURE'),
    await open('AUTHORIZE'),
  ];
  return [
    {
      method: 'POST',
      path: ORDERS,
      body: { intent: 'CAPTURE', purchase_units: [UNIT], payment_source: WALLET },
    },
    {
      method: 'POST',
      path: ORDERS,
      body: {
        intent: 'CAPTURE',
        purchase_units: [{ ...UNIT, invoice_id: 'invoice-9' }],
        application_context: { ...CONTEXT, landing_page: 'BILLING', user_action: 'CONTINUE' },
      },
    },
    {
      method: 'POST',
      path: `${ORDERS}/${first.id}/confirm-payment-source`,
      body: { payment_source: WALLET, application_context: withoutShipping() },
    },
    { method: 'POST', path: `${ORDERS}/${second.id}/capture`, body: bySaved },
    { method: 'POST', path: `${ORDERS}/${third.id}/authorize`, body: bySaved },
    { method: 'GET', path: `${ORDERS}/${second.id}`, query: { fields: 'payment_source' } },
    {
      method: 'POST',
      path: `/v2/payments/authorizations/${toCapture}/capture`,
      body: {
        amount: usd('5.00'),
        final_capture: true,
        invoice_id: 'invoice-10',
        note_to_payer: 'Thanks',
        soft_descriptor: 'TEA',
      },
    },
    {
      method: 'POST',
      path: `/v2/payments/authorizations/${toRenew}/reauthorize`,
      body: { amount: usd('20.00') },
    },
    {
      method: 'POST',
      path: `/v2/payments/captures/${capture.id}/refund`,
      body: {
        amount: usd('5.00'),
        custom_id: 're-1',
        invoice_id: 'credit-1',
        note_to_payer: 'Sorry',
      },
    },
    {
      method: 'POST',
      path: '/v3/vault/setup-tokens',
      body: {
        customer: { id: 'cus_1' },
        payment_source: {
          paypal: {
            description: 'Tea each month',
            usage_type: 'MERCHANT',
            customer_type: 'CONSUMER',
            permit_multiple_payment_tokens: false,
            experience_context: { ...CONTEXT, vault_instruction: 'ON_PAYER_APPROVAL' },
          },
        },
      },
    },
    {
      method: 'POST',
      path: '/v3/vault/payment-tokens',
      body: { payment_source: { token: { id: await setUp(), type: 'SETUP_TOKEN' } } },
    },
    {
      method: 'GET',
      path: '/v3/vault/payment-tokens',
      query: {
        customer_id: saved.customer.id,
        page: '1',
        page_size: '5',
        total_required: 'true',
      },
    },
    {
      method: 'GET',
      path: '/v1/customer/disputes',
      query: {
        dispute_state: 'REQUIRED_ACTION',
        page_size: '5',
        update_time_after: '2020-01-01T00:00:00Z',
        update_time_before: '2099-01-01T00:00:00.000Z',
        start_time: '2020-01-01T00:00:00Z',
        disputed_transaction_id: capture.id,
      },
    },
    {
      method: 'GET',
      path: '/v1/reporting/transactions',
      query: {
        start_date: '2026-01-01T00:00:00Z',
        end_date: '2026-01-31T00:00:00.000Z',
        balance_affecting_records_only: 'Y',
        fields: 'transaction_info',
        page: '1',
        page_size: '500',
        transaction_currency: 'USD',
        transaction_id: capture.id,
        transaction_status: 'S',
        transaction_type: 'T0006',
      },
    },
    { method: 'POST', path: '/v1/notifications/verify-webhook-signature', body: signed },
  ];
}

function withoutShipping(): object {
  const { brand_name, locale, return_url, cancel_url } = CONTEXT;
  return { brand_name, locale, return_url, cancel_url };
}

/** A webhook as the API is asked to check it. */
async function signedEvent({ sandbox, deliveries }: RecordedSandbox) {
  await sandbox.webhooks.idle();
  const { headers = {}, body = '' } = deliveries[0] ?? {};
  return {
    auth_algo: headers['paypal-auth-algo'],
    cert_url: headers['paypal-cert-url'],
    transmission_id: headers['paypal-transmission-id'],
    transmission_sig: headers['paypal-transmission-sig'],
    transmission_time: headers['paypal-transmission-time'],
    webhook_id: WEBHOOK_ID,
    webhook_event: JSON.parse(body) as unknown,
  };
}
