import { expect, test } from 'vitest';
import { openSandbox } from './test-client.ts';

const MANUAL = { capture_method: 'manual' };
const SEVEN_DAYS = 7 * 86_400;

test('a payment is created, given a card, and confirmed', async () => {
  const { post } = await openSandbox();
  const created = await post('/v1/payment_intents', {
    amount: '2000',
    currency: 'usd',
    'payment_method_types[]': 'card',
    'metadata[order]': '7',
  });
  expect(created.body).toMatchObject({ status: 'requires_payment_method', latest_charge: null });
  const path = `/v1/payment_intents/${created.body.id}`;
  const updated = await post(path, { payment_method: 'pm_card_visa', amount: '2500' });
  expect(updated.body).toMatchObject({ status: 'requires_confirmation', amount: 2500 });
  const confirmed = await post(`${path}/confirm`, { 'expand[]': 'latest_charge' });
  expect(confirmed.body).toMatchObject({ status: 'succeeded', amount_received: 2500 });
  expect(confirmed.body.latest_charge).toMatchObject({
    amount: 2500,
    captured: true,
    metadata: { order: '7' },
  });
});

test('metadata is merged, an empty value removes a key, and the charge keeps its copy', async () => {
  const { pay, post, get } = await openSandbox();
  const { body } = await pay('pm_card_visa', { 'metadata[a]': '1', 'metadata[b]': '2' });
  const updated = await post(`/v1/payment_intents/${body.id}`, {
    'metadata[a]': '',
    'metadata[c]': '3',
  });
  expect(updated.body.metadata).toEqual({ b: '2', c: '3' });
  const cleared = await post(`/v1/payment_intents/${body.id}`, { metadata: '' });
  expect(cleared.body.metadata).toEqual({});
  const charge = await get(`/v1/charges/${body.latest_charge}`);
  expect(charge.body.metadata).toEqual({ a: '1', b: '2' });
});

test('the amount of a payment that was taken cannot be changed', async () => {
  const { pay, post } = await openSandbox();
  const { body } = await pay('pm_card_visa');
  const { status, body: refused } = await post(`/v1/payment_intents/${body.id}`, { amount: '1' });
  expect(status).toBe(400);
  expect(refused.error).toMatchObject({
    code: 'payment_intent_unexpected_state',
    payment_intent: { id: body.id, status: 'succeeded', amount: 2000 },
  });
});

test('a manual capture holds the money until it is taken, for seven days', async () => {
  const { pay, post, sandbox } = await openSandbox();
  const held = await pay('pm_card_visa', { ...MANUAL, 'expand[]': 'latest_charge' });
  expect(held.body).toMatchObject({
    status: 'requires_capture',
    amount_capturable: 2000,
    amount_received: 0,
  });
  const { captured, created, payment_method_details: details } = held.body.latest_charge;
  expect(captured).toBe(false);
  expect(details.card.capture_before).toBe(created + SEVEN_DAYS);
  const taken = await post(`/v1/payment_intents/${held.body.id}/capture`);
  expect(taken.body).toMatchObject({
    status: 'succeeded',
    amount_capturable: 0,
    amount_received: 2000,
  });
  expect(sandbox.checkBooks()).toEqual([]);
});

test('a partial capture lets go of the rest, which Stripe shows as a refund', async () => {
  const { pay, post, sandbox } = await openSandbox();
  const held = await pay('pm_card_visa', MANUAL);
  const taken = await post(`/v1/payment_intents/${held.body.id}/capture`, {
    amount_to_capture: '1500',
    'expand[0]': 'latest_charge.refunds',
  });
  expect(taken.body.amount_received).toBe(1500);
  expect(taken.body.latest_charge).toMatchObject({
    amount_captured: 1500,
    amount_refunded: 500,
    refunded: false,
    refunds: { data: [{ amount: 500, balance_transaction: null, status: 'succeeded' }] },
  });
  const [book] = sandbox.books({ payment: held.body.id }).payments;
  expect(book?.charges).toMatchObject([
    { status: 'live', captured: 1500, released: 500, refunded: 0 },
  ]);
  expect(book?.refunds).toEqual([]);
});

test('more than was authorised is never captured, and nothing is captured twice', async () => {
  const { pay, post, sandbox } = await openSandbox();
  const held = await pay('pm_card_visa', MANUAL);
  const path = `/v1/payment_intents/${held.body.id}/capture`;
  const tooMuch = await post(path, { amount_to_capture: '2001' });
  expect(tooMuch.body.error).toMatchObject({
    code: 'amount_too_large',
    param: 'amount_to_capture',
  });
  for (const nothing of ['0', '-1']) {
    expect((await post(path, { amount_to_capture: nothing })).status).toBe(400);
  }
  const answers = await Promise.all([post(path), post(path), post(path)]);
  expect(answers.map((answer) => answer.status).sort()).toEqual([200, 400, 400]);
  expect(sandbox.books().totals.currencies['usd']?.captured).toBe(2000);
});

test('canceling lets go of what is held', async () => {
  const { pay, post, get, sandbox } = await openSandbox();
  const held = await pay('pm_card_visa', MANUAL);
  const canceled = await post(`/v1/payment_intents/${held.body.id}/cancel`, {
    cancellation_reason: 'requested_by_customer',
  });
  expect(canceled.body).toMatchObject({
    status: 'canceled',
    cancellation_reason: 'requested_by_customer',
    amount_capturable: 0,
  });
  const charge = await get(`/v1/charges/${held.body.latest_charge}`);
  expect(charge.body).toMatchObject({ captured: false, refunded: true, amount_refunded: 2000 });
  const { payments, totals } = sandbox.books();
  expect(payments[0]?.charges[0]?.status).toBe('canceled');
  expect(totals.liveCharges).toBe(0);
});

test.each(['confirm', 'capture', 'cancel'])(
  'a taken payment cannot be %sed again',
  async (step) => {
    const { pay, post } = await openSandbox();
    const { body } = await pay('pm_card_visa');
    const refused = await post(`/v1/payment_intents/${body.id}/${step}`);
    expect(refused.status).toBe(400);
    expect(refused.body.error).toMatchObject({
      code: 'payment_intent_unexpected_state',
      payment_intent: { id: body.id, status: 'succeeded' },
    });
  },
);

test('a confirmation without any card is refused, and the payment stays open', async () => {
  const { post } = await openSandbox();
  const created = await post('/v1/payment_intents', {
    amount: '2000',
    currency: 'usd',
    'payment_method_types[]': 'card',
  });
  const refused = await post(`/v1/payment_intents/${created.body.id}/confirm`);
  expect(refused.body.error).toMatchObject({
    code: 'payment_intent_unexpected_state',
    payment_intent: { status: 'requires_payment_method' },
  });
});

test('an authorisation lives for seven days and not a second longer', async () => {
  const { pay, post, get, control } = await openSandbox();
  const expiring = await pay('pm_card_visa', MANUAL);
  const taken = await pay('pm_card_visa', MANUAL);
  await control('POST', 'clock', { advanceSeconds: SEVEN_DAYS - 5 });
  expect((await post(`/v1/payment_intents/${taken.body.id}/capture`)).status).toBe(200);
  await control('POST', 'clock', { advanceSeconds: 5 });
  const refused = await post(`/v1/payment_intents/${expiring.body.id}/capture`);
  expect(refused.body.error.code).toBe('payment_intent_unexpected_state');
  const expired = await get(`/v1/payment_intents/${expiring.body.id}`);
  expect(expired.body).toMatchObject({ status: 'canceled', cancellation_reason: 'automatic' });
  expect((await get(`/v1/payment_intents/${taken.body.id}`)).body.status).toBe('succeeded');
  const refunds = await get('/v1/refunds', { payment_intent: expiring.body.id });
  expect(refunds.body.data).toMatchObject([{ reason: 'expired_uncaptured_charge' }]);
});

test('an authorisation expires by the source clock alone, without a call to do so', async () => {
  let now = new Date('2026-01-01T00:00:00Z');
  const { pay, sandbox } = await openSandbox({ clock: () => now });
  await pay('pm_card_visa', MANUAL);
  expect(sandbox.books().totals.liveCharges).toBe(1);
  now = new Date('2026-01-08T00:00:01Z');
  expect(sandbox.books().totals.liveCharges).toBe(0);
  expect(sandbox.checkBooks()).toEqual([]);
});

test('a card confirmed a second time after a decline makes a second charge', async () => {
  const { pay, post, get } = await openSandbox();
  const { body } = await pay('pm_card_chargeDeclined');
  const { id } = body.error.payment_intent;
  const confirmed = await post(`/v1/payment_intents/${id}/confirm`, {
    payment_method: 'pm_card_visa',
  });
  expect(confirmed.body).toMatchObject({ status: 'succeeded', last_payment_error: null });
  const charges = await get('/v1/charges', { payment_intent: id });
  expect(charges.body.data.map((charge) => charge.status)).toEqual(['succeeded', 'failed']);
});

test('the clock takes only sensible advances', async () => {
  const { control } = await openSandbox();
  for (const advanceSeconds of [-1, 'soon', null, 1e12]) {
    expect((await control('POST', 'clock', { advanceSeconds })).status).toBe(400);
  }
});
