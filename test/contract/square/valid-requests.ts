import type { Parameters } from '../support/flaws.ts';
import type { RecordedSandbox } from './recorded-sandbox.ts';

/** A request that the sandbox grants, with as many parameters at once as go together. */
export type ValidRequest = { method: string; path: string } & (
  | { body: Record<string, unknown> }
  | { query: Parameters }
);

const ADDRESS = {
  address_line_1: '500 Electric Ave',
  address_line_2: 'Suite 600',
  address_line_3: null,
  locality: 'New York',
  sublocality: 'Brooklyn',
  sublocality_2: 'Dumbo',
  sublocality_3: 'Water Street',
  administrative_district_level_1: 'NY',
  administrative_district_level_2: 'Kings',
  administrative_district_level_3: 'One',
  postal_code: '10003',
  country: 'US',
  first_name: 'Ada',
  last_name: 'Lovelace',
};
const CUSTOMER = {
  given_name: 'Ada',
  family_name: 'Lovelace',
  company_name: 'Engines',
  nickname: 'A',
  email_address: 'ada@shop.test',
  phone_number: '+44 20 7946 0000',
  reference_id: 'cus_1',
  note: 'Tea',
  birthday: '1815-12-10',
  address: ADDRESS,
};
const TIMES = {
  begin_time: '2020-01-01T00:00:00Z',
  end_time: '2099-01-01T00:00:00.000Z',
  updated_at_begin_time: '2020-01-01T00:00:00+02:00',
  updated_at_end_time: '2099-01-01T00:00:00Z',
  limit: '3',
  location_id: 'LSANDBOXUSD00',
  sort_order: 'ASC',
  sort_field: 'CREATED_AT',
};

const usd = (amount: number) => ({ amount, currency: 'USD' });

/** One or more valid requests for each operation of the sandbox, each with an object of its own to work on. */
export async function prepareValidRequests(recorded: RecordedSandbox): Promise<ValidRequest[]> {
  const { call, control, newKey } = recorded;
  const pay = async (more: object): Promise<string> => {
    const source = { source_id: 'cnon:card-nonce-ok', idempotency_key: newKey() };
    const { body } = await call('POST', '/v2/payments', {
      ...source,
      amount_money: usd(2000),
      ...more,
    });
    return body.payment.id;
  };
  const customer = async (): Promise<string> =>
    (await call('POST', '/v2/customers', { given_name: 'Ada' })).body.customer.id;
  const [buyer, changing, leaving] = [await customer(), await customer(), await customer()];
  const stored = await call('POST', '/v2/cards', {
    idempotency_key: newKey(),
    source_id: 'cnon:card-nonce-ok',
    card: { customer_id: buyer },
  });
  const card = stored.body.card.id;
  const waits = { autocomplete: false };
  const [lowered, completed, canceled] = [await pay(waits), await pay(waits), await pay(waits)];
  const token = async (id: string): Promise<string> =>
    (await call('GET', `/v2/payments/${id}`)).body.payment.version_token;
  const paid = await pay({});
  const refunded = await call('POST', '/v2/refunds', {
    idempotency_key: newKey(),
    payment_id: paid,
    amount_money: usd(5),
  });
  recorded.sandbox.advance(1);
  const dispute = async (): Promise<string> => {
    await pay({});
    return (await control('disputes')).id;
  };
  const [accepted, answered] = [await dispute(), await dispute()];
  const evidence = await call('POST', `/v2/disputes/${answered}/evidence-text`, {
    idempotency_key: newKey(),
    evidence_text: 'A receipt',
  });
  recorded.sandbox.advance(1);
  await control('payouts');
  const [payout] = (await call('GET', '/v2/payouts')).body.payouts;
  const answering = `/v2/disputes/${answered}`;
  return [
    post('/v2/payments', {
      source_id: 'cnon:card-nonce-ok',
      idempotency_key: newKey(),
      amount_money: usd(2000),
      accept_partial_authorization: true,
      autocomplete: false,
      billing_address: ADDRESS,
      buyer_email_address: 'ada@shop.test',
      buyer_phone_number: '+1 (415) 555-0100',
      customer_details: { customer_initiated: true, seller_keyed_in: false },
      customer_id: buyer,
      delay_action: 'CANCEL',
      delay_duration: 'P2DT3H',
      location_id: 'LSANDBOXUSD00',
      note: 'Tea',
      reference_id: 'pay_1',
      shipping_address: ADDRESS,
      statement_description_identifier: 'ORDER 17',
      verification_token: 'verf:test',
    }),
    post('/v2/payments/cancel', { idempotency_key: 'never-used' }),
    put(`/v2/payments/${lowered}`, {
      idempotency_key: newKey(),
      payment: {
        amount_money: usd(700),
        delay_action: 'COMPLETE',
        version_token: await token(lowered),
      },
    }),
    post(`/v2/payments/${completed}/complete`, { version_token: await token(completed) }),
    bare('POST', `/v2/payments/${canceled}/cancel`),
    get('/v2/payments', {
      ...TIMES,
      card_brand: 'VISA',
      last_4: '1111',
      total: '2000',
      is_offline_payment: 'false',
    }),
    get(`/v2/payments/${paid}`),
    post('/v2/refunds', {
      idempotency_key: newKey(),
      payment_id: paid,
      amount_money: usd(500),
      payment_version_token: await token(paid),
      reason: 'Broken cup',
      unlinked: false,
    }),
    get('/v2/refunds', { ...TIMES, source_type: 'CARD', status: 'COMPLETED' }),
    get(`/v2/refunds/${refunded.body.refund.id}`),
    post('/v2/cards', {
      idempotency_key: newKey(),
      source_id: 'cnon:card-nonce-requires-verification',
      verification_token: 'verf:test',
      card: {
        customer_id: buyer,
        billing_address: ADDRESS,
        cardholder_name: 'Ada Lovelace',
        exp_month: 11,
        exp_year: 2034,
        reference_id: 'pm_1',
      },
    }),
    get('/v2/cards', {
      customer_id: buyer,
      include_disabled: 'true',
      reference_id: 'pm_1',
      sort_order: 'ASC',
    }),
    get(`/v2/cards/${card}`),
    bare('POST', `/v2/cards/${card}/disable`),
    post('/v2/customers', { ...CUSTOMER, idempotency_key: newKey() }),
    get('/v2/customers', {
      count: 'true',
      limit: '3',
      sort_field: 'CREATED_AT',
      sort_order: 'DESC',
    }),
    post('/v2/customers/search', {
      count: true,
      limit: 3,
      query: {
        filter: {
          email_address: { exact: 'ada@shop.test' },
          phone_number: { exact: '+44 20 7946 0000' },
          reference_id: { exact: 'cus_1' },
        },
        sort: { field: 'DEFAULT', order: 'ASC' },
      },
    }),
    get(`/v2/customers/${buyer}`),
    put(`/v2/customers/${changing}`, { ...CUSTOMER, version: 0 }),
    { method: 'DELETE', path: `/v2/customers/${leaving}`, query: { version: '0' } },
    get('/v2/disputes', { location_id: 'LSANDBOXUSD00', states: 'WON' }),
    get(answering),
    bare('POST', `/v2/disputes/${accepted}/accept`),
    get(`${answering}/evidence`),
    get(`${answering}/evidence/${evidence.body.evidence.id}`),
    post(`${answering}/evidence-text`, {
      idempotency_key: newKey(),
      evidence_text: 'Another receipt',
      evidence_type: 'RECEIPT',
    }),
    bare('DELETE', `${answering}/evidence/${evidence.body.evidence.id}`),
    bare('POST', `${answering}/submit-evidence`),
    get('/v2/payouts', {
      begin_time: '2020-01-01T00:00:00Z',
      end_time: '2099-01-01T00:00:00Z',
      limit: '3',
      location_id: 'LSANDBOXUSD00',
      sort_order: 'ASC',
      status: 'PAID',
    }),
    get(`/v2/payouts/${payout?.id}`),
    get(`/v2/payouts/${payout?.id}/payout-entries`, { limit: '3', sort_order: 'DESC' }),
    get('/v2/locations'),
    get('/v2/locations/LSANDBOXUSD00'),
  ];
}

const post = (path: string, body: Record<string, unknown>) => ({ method: 'POST', path, body });
const put = (path: string, body: Record<string, unknown>) => ({ method: 'PUT', path, body });
const get = (path: string, query: Parameters = {}) => ({ method: 'GET', path, query });
const bare = (method: string, path: string) => ({ method, path, query: {} });
