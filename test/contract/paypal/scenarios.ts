import { eventTypes } from '../../../src/sandbox/paypal/make-event.ts';
import {
  authorizationOf,
  captureOf,
  EXPERIENCE,
  VAULTING,
  type Answer,
} from '../../../src/sandbox/paypal/test-client.ts';
import { WEBHOOK_ID, type RecordedSandbox } from './recorded-sandbox.ts';

/**
 * What happens to orders, told as calls to the sandbox. Together the scenarios are to lead through every operation,
 * state and error that it has; the tests hold what was recorded against that.
 */
export type Scenario = (recorded: RecordedSandbox) => Promise<void>;

const ORDERS = '/v2/checkout/orders';
const PAYMENTS = '/v2/payments';
const TOKENS = '/v3/vault/payment-tokens';
const DISPUTES = '/v1/customer/disputes';
const ALL = { prefer: 'return=representation' };
const DAY_SECONDS = 86_400;

const usd = (value: string) => ({ currency_code: 'USD', value });

const UNIT = {
  amount: usd('20.00'),
  reference_id: 'cart-1',
  description: 'Tea',
  custom_id: 'pay_1.attempt_1',
  soft_descriptor: 'TEA SHOP',
};

async function order({ call }: RecordedSandbox, more: object = {}, unit: object = {}) {
  const created = await call('POST', ORDERS, {
    intent: 'CAPTURE',
    purchase_units: [{ ...UNIT, ...unit }],
    payment_source: { paypal: { experience_context: EXPERIENCE } },
    ...more,
  });
  return created.body;
}

async function pay(recorded: RecordedSandbox, more: object = {}, unit: object = {}) {
  const created = await order(recorded, more, unit);
  await recorded.decide(created, 'approve');
  const action = 'intent' in more ? 'authorize' : 'capture';
  return (await recorded.call('POST', `${ORDERS}/${created.id}/${action}`)).body;
}

const hold = async (recorded: RecordedSandbox): Promise<string> =>
  authorizationOf(await pay(recorded, { intent: 'AUTHORIZE' })).id;

/** An order in each of its states, with whole answers and brief ones, and each way to change it. */
const orders: Scenario = async (recorded) => {
  const { call, decide } = recorded;
  const at = (field: string) => `/purchase_units/@reference_id=='cart-1'/${field}`;
  const created = await order(recorded, { payment_source: undefined });
  const path = `${ORDERS}/${created.id}`;
  await call('PATCH', path, [{ op: 'replace', path: at('amount'), value: usd('21.00') }]);
  await call('PATCH', path, [{ op: 'replace', path: '/intent', value: 'AUTHORIZE' }]);
  await call('PATCH', path, [{ op: 'replace', path: at('custom_id') }]);
  await call('PATCH', path, [{ op: 'nothing', path: at('custom_id') }]);
  await call('POST', `${path}/capture`);
  await call('POST', `${path}/authorize`);
  const source = { payment_source: { paypal: { experience_context: EXPERIENCE } } };
  await call('POST', `${path}/capture`, source);
  await call('POST', `${path}/confirm-payment-source`, { payment_source: {} });
  const confirmed = await call('POST', `${path}/confirm-payment-source`, source, ALL);
  await call('GET', path);
  await decide(confirmed.body, 'cancel');
  await decide(confirmed.body, 'approve-declined');
  await call('POST', `${path}/confirm-payment-source`, source);
  await call('POST', `${path}/capture`);
  await decide(confirmed.body, 'approve');
  await call('GET', `${path}?fields=payment_source`);
  await call('POST', `${path}/capture`, undefined, ALL);
  await call('POST', `${path}/capture`);
  await call('PATCH', path, [{ op: 'remove', path: at('custom_id') }]);
  await call('POST', `${path}/confirm-payment-source`, source);
  await order(recorded, {}, { amount: { currency_code: 'JPY', value: '500' } });
  await pay(recorded, {}, { invoice_id: 'invoice-1' });
  const twice = await order(recorded, {}, { invoice_id: 'invoice-1' });
  await decide(twice, 'approve');
  await call('POST', `${ORDERS}/${twice.id}/capture`);
};

/** Authorizations that are captured in parts, voided, renewed, and too late. */
const authorizations: Scenario = async (recorded) => {
  const { call, sandbox } = recorded;
  const path = (id: string) => `${PAYMENTS}/authorizations/${id}`;
  const first = await hold(recorded);
  await call('GET', path(first));
  await call('POST', `${path(first)}/capture`, { amount: usd('5.00') }, ALL);
  await call('POST', `${path(first)}/capture`, { amount: usd('50.00') });
  await call('POST', `${path(first)}/capture`, { amount: usd('5.001') });
  await call('GET', path(first));
  await call('POST', `${path(first)}/capture`, { final_capture: true });
  await call('GET', path(first));
  await call('POST', `${path(first)}/capture`);
  await call('POST', `${path(first)}/void`);
  const second = await hold(recorded);
  await call('POST', `${path(second)}/reauthorize`);
  await call('POST', `${path(second)}/void`, undefined, ALL);
  await call('POST', `${path(second)}/void`);
  await call('POST', `${path(await hold(recorded))}/void`);
  const [third, fourth] = [await hold(recorded), await hold(recorded)];
  sandbox.advance(4 * DAY_SECONDS);
  await call('GET', path(third));
  await recorded.renewToken();
  const renewed = await call('POST', `${path(third)}/reauthorize`, { amount: usd('20.00') }, ALL);
  await call('POST', `${path(fourth)}/reauthorize`);
  await call('POST', `${path(renewed.body.id)}/void`);
  sandbox.advance(29 * DAY_SECONDS);
  await recorded.renewToken();
  await call('POST', `${path(renewed.body.id)}/capture`);
};

/** Captures and refunds in each of their states. */
const refunds: Scenario = async (recorded) => {
  const { call, sandbox } = recorded;
  const refund = (id: string, body?: object, headers = {}) =>
    call('POST', `${PAYMENTS}/captures/${id}/refund`, body, headers);
  const { id } = captureOf(await pay(recorded));
  await call('GET', `${PAYMENTS}/captures/${id}`);
  const about = { custom_id: 're-1', note_to_payer: 'sorry', invoice_id: 'credit-1' };
  await refund(id, { amount: usd('5.00'), ...about }, ALL);
  await call('GET', `${PAYMENTS}/captures/${id}`);
  await refund(id, { amount: usd('50.00') });
  sandbox.faults.add({ behaviour: 'refunds_pending', times: 2 });
  const pending = await refund(id, { amount: usd('1.00') });
  await call('GET', `${PAYMENTS}/refunds/${pending.body.id}`);
  sandbox.completeRefund(pending.body.id);
  const failing = await refund(id, { amount: usd('1.00') });
  sandbox.failRefund(failing.body.id);
  await call('GET', `${PAYMENTS}/refunds/${failing.body.id}`);
  await refund(id);
  await call('GET', `${PAYMENTS}/captures/${id}`);
  await refund(id);
  await refund(id, { amount: usd('0.00') });
  sandbox.faults.add({ behaviour: 'captures_pending', times: 2 });
  const waiting = [captureOf(await pay(recorded)).id, captureOf(await pay(recorded)).id];
  for (const one of waiting) await call('GET', `${PAYMENTS}/captures/${one}`);
  await refund(waiting[0] ?? '');
  sandbox.completeCapture(waiting[0] ?? '');
  sandbox.declineCapture(waiting[1] ?? '');
  await call('GET', `${PAYMENTS}/captures/${waiting[1]}`);
  await refund(waiting[1] ?? '');
  sandbox.faults.add({ behaviour: 'captures_declined', times: 1 });
  await pay(recorded);
};

/** Wallets that are saved by themselves and with a payment, charged, and deleted. */
const vault: Scenario = async (recorded) => {
  const { call, decide, sandbox } = recorded;
  const setUp = async (): Promise<Answer> => {
    const paypal = {
      description: 'Tea each month',
      usage_type: 'MERCHANT',
      experience_context: EXPERIENCE,
    };
    const customer = { id: 'customer_1' };
    const body = { customer, payment_source: { paypal } };
    return (await call('POST', '/v3/vault/setup-tokens', body)).body;
  };
  const exchange = (id: string) =>
    call('POST', TOKENS, { payment_source: { token: { id, type: 'SETUP_TOKEN' } } });
  const setup = await setUp();
  await exchange(setup.id);
  await exchange('NOTHING0HERE');
  await decide(setup, 'approve');
  await call('GET', `/v3/vault/setup-tokens/${setup.id}`);
  const { id } = (await exchange(setup.id)).body;
  await exchange(setup.id);
  await call('GET', `${TOKENS}/${id}`);
  await call('GET', `${TOKENS}?customer_id=customer_1&page_size=2&page=1&total_required=true`);
  await call('GET', `${TOKENS}?customer_id=customer_1`);
  for (const intent of ['CAPTURE', 'AUTHORIZE']) {
    await order(recorded, { intent, payment_source: { paypal: { vault_id: id } } });
  }
  const open = await order(recorded, { payment_source: undefined });
  const saved = { payment_source: { token: { id, type: 'PAYMENT_METHOD_TOKEN' } } };
  await call('POST', `${ORDERS}/${open.id}/capture`, saved);
  const failing = await setUp();
  await decide(failing, 'approve-declined');
  const declining = (await exchange(failing.id)).body.id;
  await order(recorded, { payment_source: { paypal: { vault_id: declining } } });
  const held = await order(recorded, { intent: 'AUTHORIZE', payment_source: undefined });
  await call('POST', `${ORDERS}/${held.id}/authorize`, {
    payment_source: { paypal: { vault_id: declining } },
  });
  await pay(recorded, VAULTING);
  sandbox.faults.add({ behaviour: 'vaulting_late', times: 1 });
  await pay(recorded, VAULTING);
  await call('DELETE', `${TOKENS}/${id}`);
  await call('GET', `${TOKENS}/${id}`);
  await call('GET', `${TOKENS}/x?y=z`);
  await order(recorded, { payment_source: { paypal: { vault_id: id } } });
};

/** Disputes that are won, lost and given in to. */
const disputes: Scenario = async (recorded) => {
  const { call, control } = recorded;
  await call('GET', DISPUTES);
  const open = async (reason: string) => {
    const { id } = captureOf(await pay(recorded));
    return { capture: id, ...(await control('disputes', { payment: id, reason })) };
  };
  const won = await open('UNAUTHORISED');
  await call('GET', `${DISPUTES}/${won.id}`);
  await call('POST', `${PAYMENTS}/captures/${won.capture}/refund`);
  await control(`disputes/${won.id}/win`);
  await call('GET', `${DISPUTES}/${won.id}`);
  const lost = await open('MERCHANDISE_OR_SERVICE_NOT_RECEIVED');
  await control(`disputes/${lost.id}/lose`);
  await call('GET', `${DISPUTES}/${lost.id}`);
  await call('POST', `${PAYMENTS}/captures/${lost.capture}/refund`);
  const given = await open('DUPLICATE_TRANSACTION');
  await call('POST', `${DISPUTES}/${given.id}/accept-claim`);
  await call('POST', `${DISPUTES}/${given.id}/accept-claim`);
  await call('GET', `${DISPUTES}/${given.id}`);
  await call('GET', `${DISPUTES}?page_size=2`);
  await call('GET', `${DISPUTES}?dispute_state=LOST`);
  await call('GET', `${DISPUTES}/PP-D-NONE`);
};

/** The report of what moved on the account, page by page; comes when something has. */
const transactions: Scenario = async ({ call, control }) => {
  const path = '/v1/reporting/transactions';
  await control('payouts');
  const day = 86_400_000;
  const date = (at: number): string => new Date(at).toISOString();
  const span = `start_date=${date(Date.now() - day)}&end_date=${date(Date.now() + 29 * day)}`;
  await call('GET', `${path}?${span}`);
  await call('GET', `${path}?${span}&page_size=2&page=2`);
  await call('GET', `${path}?${span}&transaction_type=T1107&transaction_currency=USD`);
  await call('GET', `${path}?start_date=${date(0)}&end_date=${date(Date.now())}`);
  await call('GET', `${path}?start_date=${date(0)}`);
};

/** Every error that is not a matter of state. */
const errors: Scenario = async (recorded) => {
  const { call, sandbox } = recorded;
  await order(recorded, {}, { amount: { currency_code: 'KWD', value: '1.000' } });
  await order(recorded, { intent: 'SALE', extra: true });
  await order(recorded, { purchase_units: [] });
  await order(recorded, { purchase_units: [UNIT, UNIT] });
  const body = { intent: 'CAPTURE', purchase_units: [UNIT] };
  const key = { 'paypal-request-id': 'used' };
  await call('POST', ORDERS, body, key);
  await call('POST', ORDERS, body, key);
  await call('POST', ORDERS, { ...body, intent: 'AUTHORIZE' }, key);
  sandbox.faults.add({ fault: { kind: 'delay', ms: 200 }, times: 1 });
  const flying = { 'paypal-request-id': 'flying' };
  const slow = call('POST', ORDERS, body, flying);
  while (sandbox.faults.list().length > 0) await new Promise(setImmediate);
  await call('POST', ORDERS, body, flying);
  await slow;
  await call('GET', `${ORDERS}/NOTHING0HERE`);
  await call('GET', `${PAYMENTS}/refunds/NOTHING0HERE`);
  await call('POST', `${PAYMENTS}/captures/NOTHING0HERE/refund`, { amount: 'all' });
  await call('POST', ORDERS, body, { 'content-type': 'text/plain' });
  await call('POST', ORDERS, body, { authorization: 'Bearer lapsed' });
  await call('GET', `${PAYMENTS}/refunds/X`, undefined, { authorization: 'Bearer lapsed' });
  for (const status of [403, 500, 503]) {
    sandbox.faults.add({ fault: { kind: 'status', status }, times: 1 });
    await call('GET', `${ORDERS}/NOTHING0HERE`);
  }
};

/** Webhooks that are checked by the API, an approval that lapses, and every event that can be asked for. */
const events: Scenario = async (recorded) => {
  const { call, control, decide, deliveries, sandbox } = recorded;
  const late = await order(recorded);
  await decide(late, 'approve');
  sandbox.advance(3 * 3_600);
  await recorded.renewToken();
  await call('GET', `${ORDERS}/${late.id}`);
  for (const type of eventTypes()) await control('events', { type });
  await sandbox.webhooks.idle();
  const { headers = {}, body = '' } = deliveries[0] ?? {};
  const asked = {
    auth_algo: headers['paypal-auth-algo'],
    cert_url: headers['paypal-cert-url'],
    transmission_id: headers['paypal-transmission-id'],
    transmission_sig: headers['paypal-transmission-sig'],
    transmission_time: headers['paypal-transmission-time'],
    webhook_id: WEBHOOK_ID,
    webhook_event: JSON.parse(body) as unknown,
  };
  await call('POST', '/v1/notifications/verify-webhook-signature', asked);
  const foreign = { ...asked, webhook_id: 'ANOTHER' };
  await call('POST', '/v1/notifications/verify-webhook-signature', foreign);
};

export const SCENARIOS: Readonly<Record<string, Scenario>> = {
  orders,
  authorizations,
  refunds,
  vault,
  disputes,
  transactions,
  errors,
  events,
};
