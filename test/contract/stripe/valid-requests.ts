import type { Form, RecordedSandbox } from './recorded-sandbox.ts';

/** A request that the sandbox grants, with as many parameters at once as go together. */
export interface ValidRequest {
  name: string;
  method: 'GET' | 'POST';
  path: string;
  parameters: Form;
}

const EXPAND_INTENT = { expand: ['latest_charge', 'payment_method'] };
const METADATA = { metadata: { order: '17', note: 'tea' } };
const CARD_OPTIONS: Form = {
  payment_method_options: {
    card: {
      capture_method: 'manual',
      network: 'visa',
      request_three_d_secure: 'any',
      setup_future_usage: 'off_session',
    },
  },
};
const NO_REDIRECTS: Form = {
  automatic_payment_methods: { enabled: 'true', allow_redirects: 'never' },
};
const CONFIRMATION: Form = {
  off_session: 'true',
  payment_method: 'pm_card_visa',
  return_url: 'https://shop.test/back',
  use_stripe_sdk: 'true',
  error_on_requires_action: 'true',
};
const DETAILS: Form = {
  customer: 'cus_1',
  description: 'Tea',
  receipt_email: 'a@shop.test',
  setup_future_usage: 'off_session',
  statement_descriptor_suffix: 'ORDER 17',
  transfer_group: 'group',
};
const PERSON: Form = { description: 'A reader', email: 'a@shop.test', name: 'Ada' };
const PAGE: Form = {
  limit: '3',
  created: { gt: '0', gte: '0', lt: '4000000000', lte: '4000000000' },
};

/** One or more valid requests for each operation of the sandbox, each with an object of its own to work on. */
export async function prepareValidRequests({
  post,
  get,
  sandbox,
}: RecordedSandbox): Promise<ValidRequest[]> {
  const intents = '/v1/payment_intents';
  const make = async (form: Form) => {
    const whole = { amount: '2000', currency: 'usd', ...NO_REDIRECTS, ...form };
    return (await post(intents, whole)).body;
  };
  const paid: Form = { confirm: 'true', payment_method: 'pm_card_visa' };
  const [open, bare, changing, canceling] = [
    await make({}),
    await make({}),
    await make({}),
    await make({}),
  ];
  const held = await make({ ...paid, capture_method: 'manual' });
  const [charged, refunding] = [await make(paid), await make(paid)];
  const { body: refund } = await post('/v1/refunds', { payment_intent: charged.id, amount: '100' });
  const { body: method } = await post('/v1/payment_methods', {
    type: 'card',
    card: { number: '4242424242424242', exp_month: '12', exp_year: '2040' },
  });
  const { body: customer } = await post('/v1/customers', PERSON);
  const { body: attached } = await post('/v1/payment_methods/pm_card_visa/attach', {
    customer: customer.id,
  });
  const disputed = await make(paid);
  const opened = await fetch(`${sandbox.url}/__sandbox/disputes`, {
    method: 'POST',
    body: JSON.stringify({ payment: disputed.id }),
  });
  const { body: setup } = await post('/v1/setup_intents', { customer: customer.id });
  const dispute = (await opened.json()) as { id: string };
  const { body: transactions } = await get('/v1/balance_transactions', { limit: '1' });
  const { body: events } = await get('/v1/events', { limit: '1' });
  const [transaction, event] = [transactions.data[0], events.data[0]];
  if (transaction === undefined || event === undefined) throw new Error('Nothing happened');
  const request = (method: 'GET' | 'POST', path: string, parameters: Form): ValidRequest => ({
    name: `${method} ${path.replaceAll(/[a-z]+_[0-9A-Za-z]{14,}/g, '{id}')} with ${Object.keys(parameters).join(', ')}`,
    method,
    path,
    parameters,
  });
  const list = (path: string, cursor: string, filters: Form): ValidRequest[] => [
    request('GET', path, { ...PAGE, ...filters }),
    request('GET', path, { created: '1', starting_after: cursor }),
    request('GET', path, { created: '1', ending_before: cursor }),
  ];
  const listOfMethods = (customerId: string, cursor: string): ValidRequest[] => {
    const path = `/v1/customers/${customerId}/payment_methods`;
    return [
      request('GET', path, { limit: '3', type: 'card', expand: ['data.customer'] }),
      request('GET', path, { starting_after: cursor }),
      request('GET', path, { ending_before: cursor }),
    ];
  };
  return [
    request('POST', intents, {
      ...{ amount: '2000', currency: 'usd', confirm: 'true', capture_method: 'manual' },
      ...{
        ...NO_REDIRECTS,
        ...CONFIRMATION,
        ...DETAILS,
        ...CARD_OPTIONS,
        ...METADATA,
        ...EXPAND_INTENT,
      },
      confirmation_method: 'automatic',
    }),
    request('POST', intents, {
      ...{ amount: '2000', currency: 'usd', payment_method_types: ['card'] },
      statement_descriptor: 'SHOP',
    }),
    request('POST', `${intents}/${changing.id}`, {
      ...{
        amount: '2500',
        currency: 'eur',
        capture_method: 'manual',
        payment_method: 'pm_card_visa',
      },
      ...{
        ...DETAILS,
        ...CARD_OPTIONS,
        ...METADATA,
        ...EXPAND_INTENT,
        payment_method_types: ['card'],
      },
    }),
    request('POST', `${intents}/${bare.id}`, { statement_descriptor: 'SHOP' }),
    request('POST', `${intents}/${open.id}/confirm`, {
      ...{ ...CONFIRMATION, ...CARD_OPTIONS, ...EXPAND_INTENT, capture_method: 'automatic' },
      ...{
        payment_method_types: ['card'],
        receipt_email: 'b@shop.test',
        setup_future_usage: 'off_session',
      },
      client_secret: open.client_secret,
    }),
    request('POST', `${intents}/${held.id}/capture`, {
      ...{ amount_to_capture: '1500', statement_descriptor_suffix: 'ORDER 17', ...METADATA },
      ...EXPAND_INTENT,
    }),
    request('POST', `${intents}/${canceling.id}/cancel`, {
      ...{ cancellation_reason: 'abandoned', ...EXPAND_INTENT },
    }),
    request('POST', '/v1/payment_methods', {
      type: 'card',
      card: { number: '4242424242424242', exp_month: '12', exp_year: '2040', cvc: '123' },
      billing_details: {
        ...{ email: 'a@shop.test', name: 'Ada', phone: '1' },
        address: {
          city: 'Ulm',
          country: 'DE',
          line1: 'A 1',
          line2: 'B',
          postal_code: '89073',
          state: 'BW',
        },
      },
      ...METADATA,
      expand: ['customer'],
    }),
    request('POST', '/v1/customers', { ...PERSON, ...METADATA, expand: ['default_source'] }),
    request('GET', `/v1/customers/${customer.id}`, { expand: ['default_source'] }),
    request('POST', `/v1/customers/${customer.id}`, {
      ...{ ...PERSON, ...METADATA, expand: ['default_source'] },
    }),
    ...list('/v1/customers', customer.id, {
      ...{ email: 'a@shop.test', expand: ['data.default_source'] },
    }),
    ...listOfMethods(customer.id, attached.id),
    request('POST', `/v1/payment_methods/${method.id}/attach`, { customer: customer.id }),
    request('POST', `/v1/payment_methods/${attached.id}/detach`, { expand: ['customer'] }),
    request('POST', '/v1/setup_intents', {
      ...{ ...NO_REDIRECTS, ...METADATA, confirm: 'true', customer: customer.id },
      ...{ payment_method: 'pm_card_visa', return_url: 'https://shop.test/back' },
      ...{ usage: 'off_session', expand: ['payment_method'] },
    }),
    request('GET', `/v1/setup_intents/${setup.id}`, { expand: ['payment_method'] }),
    request('GET', `/v1/disputes/${dispute.id}`, { expand: ['charge'] }),
    ...list('/v1/disputes', dispute.id, {
      ...{ charge: disputed.latest_charge, payment_intent: disputed.id },
      expand: ['data.charge'],
    }),
    request('POST', '/v1/refunds', {
      ...{ payment_intent: refunding.id, amount: '100', reason: 'fraudulent', ...METADATA },
      expand: ['charge'],
    }),
    request('POST', '/v1/refunds', { charge: refunding.latest_charge, amount: '100' }),
    request('POST', `/v1/refunds/${refund.id}`, { ...METADATA, expand: ['charge'] }),
    request('GET', `${intents}/${open.id}`, {
      client_secret: open.client_secret,
      ...EXPAND_INTENT,
    }),
    request('GET', `/v1/payment_methods/${method.id}`, { expand: ['customer'] }),
    request('GET', `/v1/charges/${charged.latest_charge}`, { expand: ['refunds'] }),
    request('GET', `/v1/refunds/${refund.id}`, { expand: ['charge'] }),
    request('GET', `/v1/balance_transactions/${transaction.id}`, { expand: ['source'] }),
    request('GET', `/v1/events/${event.id}`, {}),
    ...list(intents, charged.id, { customer: 'cus_1', expand: ['data.latest_charge'] }),
    ...list('/v1/charges', charged.latest_charge, {
      ...{ customer: 'cus_1', payment_intent: charged.id, transfer_group: 'group' },
      expand: ['data.refunds'],
    }),
    ...list('/v1/refunds', refund.id, {
      ...{ payment_intent: charged.id, charge: charged.latest_charge },
      expand: ['data.charge'],
    }),
    ...list('/v1/balance_transactions', transaction.id, {
      ...{ currency: 'usd', payout: 'po_1', type: 'charge' },
      expand: ['data.source'],
    }),
    request('GET', '/v1/balance_transactions', { source: charged.latest_charge }),
    ...list('/v1/events', event.id, { types: ['charge.succeeded'], delivery_success: 'true' }),
    request('GET', '/v1/events', { limit: '1', type: 'charge.*' }),
  ];
}
