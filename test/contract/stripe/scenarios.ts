import { testTokens } from '../../../src/sandbox/stripe/cards.ts';
import type { Answer } from '../../../src/sandbox/stripe/test-client.ts';
import type { Form, RecordedSandbox } from './recorded-sandbox.ts';
import { PUBLISHABLE_KEY } from './recorded-sandbox.ts';

/**
 * What happens to payments, told as calls to the sandbox. Together the scenarios are to lead through every operation,
 * test card and state that it has; the tests hold what was recorded against that.
 */
export type Scenario = (recorded: RecordedSandbox) => Promise<void>;

const INTENTS = '/v1/payment_intents';
const NO_REDIRECTS: Form = {
  automatic_payment_methods: { enabled: 'true', allow_redirects: 'never' },
};
const ORDER: Form = { amount: '2000', currency: 'usd' };

const CAPTURE_METHODS = ['automatic', 'automatic_async', 'manual'];
/** Ways to confirm; a card may answer each with a charge, a decline or a challenge. */
const TERMS: Form[] = [
  NO_REDIRECTS,
  { ...NO_REDIRECTS, off_session: 'true' },
  { return_url: 'https://shop.test/back', statement_descriptor_suffix: 'ORDER 17' },
  { return_url: 'https://shop.test/back', use_stripe_sdk: 'true', receipt_email: 'a@shop.test' },
  { ...NO_REDIRECTS, payment_method_options: { card: { request_three_d_secure: 'any' } } },
];

/** Every test card, captured and confirmed in every way, up to the refund. */
const everyCard: Scenario = async (recorded) => {
  const expand = ['latest_charge', 'payment_method'];
  for (const [round, terms] of TERMS.entries()) {
    const capture_method = CAPTURE_METHODS[round % CAPTURE_METHODS.length] ?? '';
    const parameters = { ...ORDER, ...terms, capture_method, confirm: 'true', expand };
    const payments = testTokens().map(async (payment_method) => {
      const { status, body } = await recorded.post(INTENTS, { ...parameters, payment_method });
      await proceed(recorded, status === 402 ? body.error.payment_intent : body, round);
    });
    await Promise.all(payments);
  }
};

async function proceed(recorded: RecordedSandbox, begun: Answer, round: number): Promise<void> {
  const { post, get } = recorded;
  const path = `${INTENTS}/${begun.id}`;
  if (begun.status === 'requires_action') {
    await recorded.decide(begun, round % 4 === 3 ? 'fail' : 'complete');
  }
  const { body: intent } = await get(path, { expand: ['latest_charge.balance_transaction'] });
  switch (intent.status) {
    case 'requires_payment_method':
      await post(`${path}/confirm`, {
        payment_method: 'pm_card_visa',
        return_url: 'https://shop.test',
      });
      return;
    case 'requires_capture':
      await post(`${path}/capture`, {
        amount_to_capture: '1500',
        expand: ['latest_charge.refunds'],
      });
      await refund(recorded, intent, ['500', '1500', '1000', '1']);
      return;
    case 'succeeded':
      await refund(recorded, intent, ['2000', '1']);
      return;
  }
}

async function refund(recorded: RecordedSandbox, intent: Answer, amounts: string[]): Promise<void> {
  for (const amount of amounts) {
    await recorded.post('/v1/refunds', { payment_intent: intent.id, amount, reason: 'duplicate' });
  }
}

/** An intent that is made without a card, changed, and confirmed later, also by a browser. */
const stepByStep: Scenario = async (recorded) => {
  const { post, get } = recorded;
  const whole = {
    ...ORDER,
    ...NO_REDIRECTS,
    metadata: { a: '1', b: '2' },
    description: 'Tea',
    customer: 'cus_1',
  };
  const { body: bare } = await post(INTENTS, {
    ...whole,
    transfer_group: 'g',
    setup_future_usage: 'off_session',
  });
  await post(`${INTENTS}/${bare.id}`, { amount: '3000', metadata: { a: '' }, description: '' });
  await post(`${INTENTS}/${bare.id}`, { payment_method: 'pm_card_mastercard', metadata: '' });
  const { client_secret } = bare;
  await get(`${INTENTS}/${bare.id}`, { client_secret }, { key: PUBLISHABLE_KEY });
  const browser = { key: PUBLISHABLE_KEY };
  const card = { number: '4242424242424242', exp_month: '12', exp_year: '40', cvc: '123' };
  const billing_details = { name: 'Ada', email: '', address: { city: 'Ulm', country: 'DE' } };
  const { body: method } = await post(
    '/v1/payment_methods',
    { type: 'card', card, billing_details },
    browser,
  );
  await get(`/v1/payment_methods/${method.id}`);
  await post(
    `${INTENTS}/${bare.id}/confirm`,
    { client_secret, payment_method: method.id },
    browser,
  );

  const { body: manual } = await post(INTENTS, {
    ...ORDER,
    confirmation_method: 'manual',
    payment_method: 'pm_card_threeDSecure2Required',
    payment_method_types: ['card'],
  });
  const { body: asked } = await post(`${INTENTS}/${manual.id}/confirm`, {
    payment_method_options: {
      card: { network: 'visa', setup_future_usage: 'none', capture_method: 'manual' },
    },
  });
  await recorded.decide(asked, 'complete');
  await get(`${INTENTS}/${manual.id}`);
  await post(`${INTENTS}/${manual.id}/confirm`);
  await post(`${INTENTS}/${manual.id}/capture`);
};

/** Cancellations, with each reason and from each state; and authorizations that lapse. */
const letGo: Scenario = async (recorded) => {
  const { post, get } = recorded;
  for (const cancellation_reason of [
    'abandoned',
    'duplicate',
    'fraudulent',
    'requested_by_customer',
  ]) {
    for (const payment_method of ['pm_card_visa', 'pm_card_threeDSecureRequired']) {
      const form = {
        ...ORDER,
        ...NO_REDIRECTS,
        capture_method: 'manual',
        confirm: 'true',
        payment_method,
      };
      const { body } = await post(INTENTS, form);
      await post(`${INTENTS}/${body.id}/cancel`, {
        cancellation_reason,
        expand: ['latest_charge'],
      });
      await post(`${INTENTS}/${body.id}/cancel`);
    }
  }
  const { body: held } = await post(INTENTS, {
    ...ORDER,
    ...NO_REDIRECTS,
    capture_method: 'manual',
    confirm: 'true',
    payment_method: 'pm_card_visa',
  });
  recorded.sandbox.advance(8 * 86_400);
  await get(`${INTENTS}/${held.id}`, { expand: ['latest_charge.refunds'] });
  await post(`${INTENTS}/${held.id}/capture`);
};

/** Refunds that stay pending, fail, or fail after they had succeeded. */
const refunds: Scenario = async (recorded) => {
  const { post, get, sandbox } = recorded;
  const form = {
    ...ORDER,
    ...NO_REDIRECTS,
    confirm: 'true',
    payment_method: 'pm_card_pendingRefund',
  };
  const { body: intent } = await post(INTENTS, form);
  const ask = (amount: string) =>
    post('/v1/refunds', { charge: intent.latest_charge, amount, metadata: { why: 'late' } });
  const [{ body: paid }, { body: failing }, { body: open }] = [
    await ask('300'),
    await ask('200'),
    await ask('100'),
  ];
  sandbox.completeRefund(paid.id);
  sandbox.failRefund(failing.id);
  const both = { expand: ['balance_transaction', 'failure_balance_transaction'] };
  await get(`/v1/refunds/${paid.id}`, both);
  sandbox.failRefund(paid.id);
  for (const { id } of [paid, failing, open]) {
    await get(`/v1/refunds/${id}`, both);
    await post(`/v1/refunds/${id}`, { metadata: { seen: 'yes' } });
  }
  await get(`/v1/charges/${intent.latest_charge}`, { expand: ['refunds'] });
};

/** A payout, what it consists of, and records that say something wrong. */
const settlement: Scenario = async ({ post, get, sandbox }) => {
  const PATH = '/v1/balance_transactions';
  const paid = { ...ORDER, ...NO_REDIRECTS, confirm: 'true', payment_method: 'pm_card_visa' };
  const { body: intent } = await post(INTENTS, paid);
  const made = await fetch(`${sandbox.url}/__sandbox/payouts`, { method: 'POST' });
  const { payouts } = (await made.json()) as { payouts: { id: string }[] };
  for (const { id } of payouts) await get(PATH, { payout: id, limit: '3' });
  await get(PATH, { type: 'payout' });
  const { latest_charge: source } = intent;
  for (const settled of [
    { kind: 'doubled' },
    { kind: 'late', seconds: 1 },
    { kind: 'amount', by: -1 },
    { kind: 'fee', by: 1 },
    { kind: 'currency', currency: 'eur' },
    { kind: 'missing' },
  ] as const) {
    sandbox.faults.add({ match: { source }, settlement: settled });
    await get(PATH, { limit: '2' });
    sandbox.faults.clear();
  }
  await post(INTENTS, paid);
};

/** Lists of everything, page by page, and their items one by one. Comes last, when there is something to list. */
const lists: Scenario = async ({ get }) => {
  const filters: Form[] = [{}, { created: { gte: '0' } }, { created: '1' }, { limit: '3' }];
  const names = ['payment_intents', 'charges', 'refunds', 'balance_transactions', 'events'];
  for (const name of [...names, 'customers', 'disputes']) {
    for (const filter of filters) await get(`/v1/${name}`, filter);
    const { body: first } = await get(`/v1/${name}`, { limit: '5' });
    for (const item of first.data) await get(`/v1/${name}/${item.id}`);
    const last = first.data.at(-1)?.id ?? '';
    await get(`/v1/${name}`, { starting_after: last });
    await get(`/v1/${name}`, { ending_before: last, limit: '2' });
  }
  await get('/v1/refunds', { limit: '3', expand: ['data.charge', 'data.payment_intent'] });
  await get('/v1/payment_intents', {
    limit: '3',
    expand: ['data.latest_charge.balance_transaction'],
  });
  await get('/v1/balance_transactions', { limit: '3', expand: ['data.source'], type: 'refund' });
  await get('/v1/events', { types: ['charge.*', 'refund.created'], delivery_success: 'true' });
};

/** What goes wrong before a card comes into it. */
const errors: Scenario = async (recorded) => {
  const { post, get, sandbox } = recorded;
  await get(INTENTS, {}, { key: 'sk_test_wrong' });
  await get('/v1/refunds', {}, { key: PUBLISHABLE_KEY });
  await post('/v1/refunds', {});
  await post('/v1/refunds', { payment_intent: 'pi_none' });
  await post(INTENTS, { ...ORDER, amount: '1' });
  await post(INTENTS, { ...ORDER, customer: 'cus_1', colour: 'red' });
  await post(INTENTS, { ...ORDER, confirm: 'true', payment_method: 'pm_none', ...NO_REDIRECTS });
  await post('/v1/payment_methods', {
    type: 'card',
    card: { number: '1', exp_month: '1', exp_year: '40' },
  });
  const names = [
    'payment_intents',
    'charges',
    'refunds',
    'balance_transactions',
    'events',
    'payment_methods',
    'customers',
    'disputes',
  ];
  for (const name of names) await get(`/v1/${name}/none`);
  const { body: fresh } = await post(INTENTS, ORDER, { idempotencyKey: 'one' });
  await post(INTENTS, ORDER, { idempotencyKey: 'one' });
  await post(INTENTS, { ...ORDER, amount: '2001' }, { idempotencyKey: 'one' });
  await post(`${INTENTS}/${fresh.id}/capture`);
  await post('/v1/refunds', { payment_intent: fresh.id });
  for (const status of [400, 409, 429, 500, 502, 503]) {
    sandbox.faults.add({ match: { method: 'POST' }, fault: { kind: 'status', status }, times: 1 });
    await post(INTENTS, ORDER);
  }
  sandbox.faults.add({ match: { method: 'POST' }, fault: { kind: 'delay', ms: 100 }, times: 1 });
  const late = post(INTENTS, ORDER, { idempotencyKey: 'two' });
  await Promise.race([late, post(INTENTS, ORDER, { idempotencyKey: 'two' })]);
  await late;
};

/** Customers, what is kept for them, and disputes that end in either way. */
const kept: Scenario = async ({ post, get, del, decide, sandbox }) => {
  const person = { email: 'ada@shop.test', name: 'Ada', metadata: { a: '1' }, description: 'D' };
  const { body: customer } = await post('/v1/customers', person);
  await get(`/v1/customers/${customer.id}`);
  const setUp = (payment_method: string, terms: Form = NO_REDIRECTS) =>
    post('/v1/setup_intents', {
      ...terms,
      confirm: 'true',
      customer: customer.id,
      payment_method,
      expand: ['payment_method'],
    });
  await post('/v1/setup_intents', { customer: customer.id });
  await setUp('pm_card_visa');
  await setUp('pm_card_chargeDeclined');
  await setUp('pm_card_threeDSecure2Required');
  for (const result of ['complete', 'fail'] as const) {
    const sentAway = { return_url: 'https://shop.test/back' };
    const { body: setup } = await setUp('pm_card_authenticationRequired', sentAway);
    await decide(setup, result);
    await get(`/v1/setup_intents/${setup.id}`, { expand: ['payment_method'] });
  }
  const { body: method } = await post('/v1/payment_methods/pm_card_mastercard/attach', {
    customer: customer.id,
  });
  await get(`/v1/customers/${customer.id}/payment_methods`);
  await post(`/v1/payment_methods/${method.id}/detach`);
  for (const end of ['win', 'lose']) {
    const { body: paid } = await post(INTENTS, {
      ...ORDER,
      ...NO_REDIRECTS,
      confirm: 'true',
      customer: customer.id,
      payment_method: 'pm_card_visa',
      setup_future_usage: 'off_session',
    });
    const opened = await fetch(`${sandbox.url}/__sandbox/disputes`, {
      method: 'POST',
      body: JSON.stringify({ payment: paid.id }),
    });
    const { id } = (await opened.json()) as { id: string };
    await get(`/v1/disputes/${id}`);
    await get(`/v1/charges/${paid.latest_charge}`);
    await post('/v1/refunds', { payment_intent: paid.id });
    await fetch(`${sandbox.url}/__sandbox/disputes/${id}/${end}`, { method: 'POST' });
    await get(`/v1/disputes/${id}`);
  }
  for (const expand of ['balance_transactions.source', 'charge', 'payment_intent']) {
    await get('/v1/disputes', { limit: '2', expand: [`data.${expand}`] });
  }
  await get('/v1/balance_transactions', { type: 'adjustment', expand: ['data.source.charge'] });
  await post(`/v1/customers/${customer.id}`, { name: 'Ada L.', email: '', metadata: { a: '' } });
  await get('/v1/customers', { email: 'bob@shop.test' });
  await post('/v1/customers', { email: 'bob@shop.test' });
  await del(`/v1/customers/${customer.id}`);
  await get(`/v1/customers/${customer.id}`);
};

/** All of them, in an order in which each finds what it needs. */
export const SCENARIOS: Readonly<Record<string, Scenario>> = {
  everyCard,
  stepByStep,
  letGo,
  refunds,
  errors,
  settlement,
  kept,
  lists,
};
