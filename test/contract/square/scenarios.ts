import { eventTypes } from '../../../src/sandbox/square/subjects.ts';
import { testSources } from '../../../src/sandbox/square/test-sources.ts';
import type { RecordedSandbox, Reply } from './recorded-sandbox.ts';

/**
 * What happens to payments, told as calls to the sandbox. Together the scenarios are to lead through every operation,
 * test source and state that it has; the tests hold what was recorded against that.
 */
export type Scenario = (recorded: RecordedSandbox) => Promise<void>;

const PAYMENTS = '/v2/payments';
const usd = (amount: number) => ({ amount, currency: 'USD' });

const DETAILS = {
  billing_address: { address_line_1: '1 Long Acre', locality: 'London', country: 'GB' },
  buyer_email_address: 'ada@shop.test',
  buyer_phone_number: '+44 20 7946 0000',
  note: 'Tea',
  reference_id: 'pay_1',
  shipping_address: { postal_code: '94103', country: 'US', first_name: 'Ada' },
  statement_description_identifier: 'ORDER 17',
};

async function pay(
  { call, newKey }: RecordedSandbox,
  source: string,
  more: object = {},
): Promise<Reply> {
  const body = { source_id: source, idempotency_key: newKey(), amount_money: usd(2000), ...more };
  return call('POST', PAYMENTS, body);
}

async function held(recorded: RecordedSandbox, more: object = {}): Promise<string> {
  const reply = await pay(recorded, 'cnon:card-nonce-ok', { autocomplete: false, ...more });
  return reply.body.payment.id;
}

/** Every test source, at every location, with and without details. */
const everySource: Scenario = async (recorded) => {
  const { locations } = (await recorded.call('GET', '/v2/locations')).body;
  for (const source of testSources()) {
    await pay(recorded, source, DETAILS);
    await pay(recorded, source, {
      verification_token: 'verf:test',
      accept_partial_authorization: true,
      autocomplete: false,
    });
  }
  for (const { id, currency } of locations) {
    await recorded.call('GET', `/v2/locations/${id}`);
    const amount_money = { amount: 1500, currency };
    await pay(recorded, 'cnon:card-nonce-ok', { location_id: id, amount_money });
    const waiting = { location_id: id, amount_money, autocomplete: false };
    await pay(recorded, 'cnon:card-nonce-ok', waiting);
  }
  for (const amount of [2222, 3333, 8801]) {
    await pay(recorded, 'cnon:card-nonce-ok', { amount_money: usd(amount) });
  }
};

/** Approved payments that are changed, completed, canceled, canceled by key, or run out. */
const delayed: Scenario = async (recorded) => {
  const { call, newKey, sandbox } = recorded;
  const changed = await held(recorded, DETAILS);
  await call('PUT', `${PAYMENTS}/${changed}`, {
    idempotency_key: newKey(),
    payment: { amount_money: usd(700), delay_action: 'COMPLETE' },
  });
  await call('POST', `${PAYMENTS}/${changed}/complete`, {});
  const canceled = await held(recorded);
  await call('POST', `${PAYMENTS}/${canceled}/cancel`);
  const key = newKey();
  await pay(recorded, 'cnon:card-nonce-ok', { idempotency_key: key, autocomplete: false });
  await call('POST', `${PAYMENTS}/cancel`, { idempotency_key: key });
  const late = await held(recorded, { delay_duration: 'PT1H' });
  sandbox.advance(7200);
  for (const id of [changed, canceled, late]) {
    await call('GET', `${PAYMENTS}/${id}`);
    await call('POST', `${PAYMENTS}/${id}/complete`, {});
    await call('POST', `${PAYMENTS}/${id}/cancel`);
  }
};

/** Refunds that complete, stay pending, are rejected or fail. */
const refunds: Scenario = async (recorded) => {
  const { call, newKey, sandbox } = recorded;
  const { id } = (await pay(recorded, 'cnon:card-nonce-ok')).body.payment;
  const refund = async (amount: number): Promise<string> => {
    const { body } = await call('POST', '/v2/refunds', {
      idempotency_key: newKey(),
      payment_id: id,
      amount_money: usd(amount),
      reason: 'Broken cup',
    });
    return body.refund.id;
  };
  const completed = await refund(100);
  sandbox.advance(1);
  sandbox.faults.add({ behaviour: 'refunds_rejected', times: 1 });
  const rejected = await refund(100);
  sandbox.advance(1);
  sandbox.faults.add({ behaviour: 'refunds_pending' });
  const failed = await refund(100);
  sandbox.failRefund(failed);
  const pending = await refund(100);
  for (const one of [completed, rejected, failed, pending]) await call('GET', `/v2/refunds/${one}`);
  await call('GET', `${PAYMENTS}/${id}`);
  sandbox.advance(1);
  sandbox.faults.clear();
};

/** A customer with cards, from the first to the last day. */
const customers: Scenario = async (recorded) => {
  const { call, newKey } = recorded;
  const { customer } = (
    await call('POST', '/v2/customers', {
      given_name: 'Ada',
      family_name: 'Lovelace',
      company_name: 'Engines',
      nickname: 'A',
      email_address: 'ada@shop.test',
      phone_number: '+44 20 7946 0000',
      reference_id: 'cus_1',
      note: 'Tea',
      birthday: '1815-12-10',
      address: { locality: 'London', country: 'GB' },
    })
  ).body;
  const path = `/v2/customers/${customer.id}`;
  const card = { customer_id: customer.id, cardholder_name: 'Ada', reference_id: 'pm_1' };
  for (const source of ['cnon:card-nonce-ok', 'cnon:card-nonce-rejected-cvv']) {
    await call('POST', '/v2/cards', { idempotency_key: newKey(), source_id: source, card });
  }
  const { cards = [] } = (await call('GET', `/v2/cards?customer_id=${customer.id}`)).body;
  for (const { id } of cards) {
    await call('GET', `/v2/cards/${id}`);
    await pay(recorded, id, { customer_id: customer.id });
    await call('POST', `/v2/cards/${id}/disable`);
    await pay(recorded, id, { customer_id: customer.id });
  }
  await call('POST', '/v2/customers/search', {
    count: true,
    query: { filter: { reference_id: { exact: 'cus_1' } } },
  });
  await call('PUT', path, { note: null, given_name: 'Augusta', version: 0 });
  await call('PUT', path, { note: 'Late', version: 0 });
  await call('GET', path);
  await call('DELETE', path);
  await call('GET', path);
};

/** Disputes that are won, lost, accepted and answered. */
const disputes: Scenario = async (recorded) => {
  const { call, control, newKey } = recorded;
  const open = async (): Promise<string> => {
    await pay(recorded, 'cnon:card-nonce-ok');
    const { id } = await control('disputes');
    return id;
  };
  const [won, lost, accepted, answered] = [await open(), await open(), await open(), await open()];
  await control(`disputes/${won}/win`);
  await control(`disputes/${lost}/lose`);
  await call('POST', `/v2/disputes/${accepted}/accept`);
  const path = `/v2/disputes/${answered}`;
  for (const evidence_type of ['RECEIPT', 'TRACKING_NUMBER']) {
    const body = { idempotency_key: newKey(), evidence_type, evidence_text: 'No 17' };
    await call('POST', `${path}/evidence-text`, body);
  }
  const { evidence } = (await call('GET', `${path}/evidence`)).body;
  await call('GET', `${path}/evidence/${evidence[0]?.id}`);
  await call('DELETE', `${path}/evidence/${evidence[0]?.id}`);
  await call('POST', `${path}/submit-evidence`);
  for (const id of [won, lost, accepted, answered]) await call('GET', `/v2/disputes/${id}`);
  await call('POST', `${path}/accept`);
};

/** Payouts and what they consist of. */
const payouts: Scenario = async (recorded) => {
  const { call, control } = recorded;
  await call('GET', '/v2/payouts');
  await pay(recorded, 'cnon:card-nonce-ok');
  recorded.sandbox.advance(1);
  await control('payouts');
  const { payouts: made } = (await call('GET', '/v2/payouts')).body;
  for (const { id } of made) {
    await call('GET', `/v2/payouts/${id}`);
    const { cursor } = (await call('GET', `/v2/payouts/${id}/payout-entries?limit=2`)).body;
    if (cursor === undefined) continue;
    await call('GET', `/v2/payouts/${id}/payout-entries?limit=2&cursor=${cursor}`);
  }
  await call('GET', '/v2/payouts/po_none');
  await call('GET', '/v2/payouts?limit=1&sort_order=ASC&status=FAILED');
};

/** Lists of everything, page by page. Comes late, when there is something to list. */
const lists: Scenario = async ({ call }) => {
  for (const name of ['payments', 'refunds', 'cards', 'customers', 'disputes', 'locations']) {
    await call('GET', `/v2/${name}`);
  }
  for (const name of ['payments', 'refunds']) {
    const { cursor } = (await call('GET', `/v2/${name}?limit=2&sort_order=ASC`)).body;
    await call('GET', `/v2/${name}?limit=2&sort_order=ASC&cursor=${cursor}`);
    await call('GET', `/v2/${name}?begin_time=2001-01-01T00:00:00Z&status=NONE`);
  }
  await call('GET', '/v2/customers?count=true&limit=1');
};

/** What goes wrong before a card comes into it. */
const errors: Scenario = async (recorded) => {
  const { call, newKey, sandbox } = recorded;
  await call('GET', '/v2/locations', undefined, 'wrong');
  await call('POST', PAYMENTS, {});
  await pay(recorded, 'cnon:unknown');
  await pay(recorded, 'cnon:card-nonce-already-used');
  await pay(recorded, 'cnon:card-nonce-ok', { amount_money: { amount: 5, currency: 'EUR' } });
  for (const name of ['payments', 'refunds', 'cards', 'customers', 'disputes']) {
    await call('GET', `/v2/${name}/none`);
  }
  const same = { idempotency_key: newKey(), autocomplete: false };
  const { id } = (await pay(recorded, 'cnon:card-nonce-ok', same)).body.payment;
  await pay(recorded, 'cnon:card-nonce-ok', { ...same, note: 'Another' });
  await call('POST', `${PAYMENTS}/${id}/complete`, { version_token: 'stale' });
  for (const status of [400, 401, 403, 408, 409, 418, 429, 500, 501, 502, 503, 504]) {
    sandbox.faults.add({ match: { method: 'POST' }, fault: { kind: 'status', status }, times: 1 });
    await pay(recorded, 'cnon:card-nonce-ok');
  }
};

/** Every event that can be asked for. */
const events: Scenario = async ({ control }) => {
  for (const type of eventTypes()) await control('events', { type });
};

/** All of them, in an order in which each finds what it needs; the first with nothing there yet. */
export const SCENARIOS: Readonly<Record<string, Scenario>> = {
  eventsFromNothing: events,
  everySource,
  delayed,
  refunds,
  customers,
  disputes,
  payouts,
  lists,
  errors,
  events,
};
