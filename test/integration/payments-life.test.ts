import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  act,
  askStripe,
  authenticate,
  CHALLENGED,
  DRAFT,
  HELD,
  liveCharges,
  PATIENT,
  pay,
  read,
  until,
  VISA,
} from '../support/checkout.ts';
import { expectSameBooks } from '../support/same-books.ts';
import { startTender, type Tender } from '../support/tender.ts';

let tender: Tender;
beforeAll(async () => {
  tender = await startTender({ env: PATIENT });
});
afterAll(async () => {
  await tender.settled();
  await expectSameBooks(tender);
  await tender.close();
});

describe('created and confirmed', () => {
  test('a payment that is not confirmed tells a browser what it needs, and charges nobody', async () => {
    const { status, json } = await pay(tender, { ...DRAFT, order_id: 'A-1', metadata: { a: 'b' } });
    expect(status).toBe(201);
    expect(json).toMatchObject({
      status: 'requires_payment_method',
      amount_captured: 0,
      order_id: 'A-1',
      metadata: { a: 'b' },
      client_secret: expect.stringMatching(/^pi_\w+_secret_\w+$/),
      publishable_key: expect.stringMatching(/^pk_test_/),
    });
    expect(liveCharges(tender, json.id)).toEqual([]);
  });

  test('the server confirms it with a payment method', async () => {
    const { json: draft } = await pay(tender, DRAFT);
    const confirmed = await act(tender, draft.id, 'confirm', { payment_method: 'pm_card_visa' });
    expect(confirmed.status).toBe(200);
    expect(confirmed.json).toMatchObject({
      id: draft.id,
      status: 'succeeded',
      amount_captured: 10_000,
      payment_method: { type: 'card', brand: 'visa', last4: '4242' },
    });
  });

  test('a browser confirms it at the gateway, and the webhook tells Tender', async () => {
    const { json: draft } = await pay(tender, DRAFT);
    await askStripe(
      tender,
      draft.publishable_key,
      `/v1/payment_intents/${draft.gateway_payment_id}/confirm`,
      { client_secret: draft.client_secret, payment_method: 'pm_card_visa' },
    );
    await until(tender, draft.id, { status: 'succeeded', amount_captured: 10_000 });
  });

  test('a payment that succeeded is neither confirmed nor canceled any more', async () => {
    const { json: payment } = await pay(tender);
    const again = await act(tender, payment.id, 'confirm', { payment_method: 'pm_card_visa' });
    expect(again).toMatchObject({ status: 409, json: { code: 'payment_state_conflict' } });
    const canceled = await act(tender, payment.id, 'cancel');
    expect(canceled).toMatchObject({ status: 409, json: { code: 'payment_state_conflict' } });
    expect(liveCharges(tender, payment.id)).toHaveLength(1);
  });

  test('a currency without decimals and one with three are charged as they are written', async () => {
    const yen = await pay(tender, { ...VISA, amount: 500, currency: 'jpy' });
    const dinar = await pay(tender, { ...VISA, amount: 1_500, currency: 'KWD' });
    expect(yen.json).toMatchObject({ currency: 'JPY', amount_captured: 500 });
    expect(dinar.json).toMatchObject({ currency: 'KWD', amount_captured: 1_500 });
    expect(liveCharges(tender, yen.json.id)[0]).toMatchObject({ captured: 500 });
  });
});

describe('authorized and captured later', () => {
  test('an authorization is captured in full, and says until when it could have been', async () => {
    const { json: held } = await pay(tender, HELD);
    expect(held).toMatchObject({
      status: 'requires_capture',
      amount_capturable: 10_000,
      amount_captured: 0,
      capture_before: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
    });
    const captured = await act(tender, held.id, 'capture');
    expect(captured.status).toBe(200);
    expect(captured.json).toMatchObject({
      status: 'succeeded',
      amount_capturable: 0,
      amount_captured: 10_000,
    });
  });

  test('what is not captured is released', async () => {
    const { json: held } = await pay(tender, HELD);
    const captured = await act(tender, held.id, 'capture', { amount: 4_000 });
    expect(captured.json).toMatchObject({
      status: 'succeeded',
      amount_capturable: 0,
      amount_captured: 4_000,
      amount_refunded: 0,
    });
    expect(liveCharges(tender, held.id)).toMatchObject([{ captured: 4_000, released: 6_000 }]);
  });

  test('nothing is captured twice, above what was authorized, or without an authorization', async () => {
    const { json: held } = await pay(tender, HELD);
    const tooMuch = await act(tender, held.id, 'capture', { amount: 10_001 });
    expect(tooMuch).toMatchObject({ status: 422, json: { code: 'capture_exceeds_authorized' } });
    const twice = await Promise.all([
      act(tender, held.id, 'capture', { amount: 6_000 }),
      act(tender, held.id, 'capture', { amount: 6_000 }),
    ]);
    expect(twice.map(({ status }) => status).sort()).toEqual([200, 409]);
    const third = await act(tender, held.id, 'capture', { amount: 1_000 });
    expect(third).toMatchObject({ status: 409, json: { code: 'payment_state_conflict' } });
    expect(liveCharges(tender, held.id)).toMatchObject([{ captured: 6_000 }]);
    const { json: draft } = await pay(tender, DRAFT);
    const early = await act(tender, draft.id, 'capture');
    expect(early).toMatchObject({ status: 409, json: { code: 'payment_state_conflict' } });
  });

  test('a canceled authorization is released, and cannot be captured', async () => {
    const { json: held } = await pay(tender, HELD);
    const canceled = await act(tender, held.id, 'cancel', { reason: 'duplicate' });
    expect(canceled.status).toBe(200);
    expect(canceled.json).toMatchObject({ status: 'canceled', amount_capturable: 0 });
    expect(liveCharges(tender, held.id)).toEqual([]);
    const captured = await act(tender, held.id, 'capture');
    expect(captured).toMatchObject({ status: 409, json: { code: 'payment_state_conflict' } });
  });
});

test('a payment is canceled before anybody paid, once', async () => {
  const { json: draft } = await pay(tender, DRAFT);
  expect((await act(tender, draft.id, 'cancel')).json.status).toBe('canceled');
  const again = await act(tender, draft.id, 'cancel');
  expect(again).toMatchObject({ status: 409, json: { code: 'payment_state_conflict' } });
  const confirmed = await act(tender, draft.id, 'confirm', { payment_method: 'pm_card_visa' });
  expect(confirmed).toMatchObject({ status: 409, json: { code: 'payment_state_conflict' } });
});

describe('customers who have to authenticate', () => {
  test('one who does has paid', async () => {
    const { status, json: waiting } = await pay(tender, CHALLENGED);
    expect(status).toBe(201);
    expect(waiting).toMatchObject({
      status: 'requires_action',
      next_action: { type: 'redirect_to_url', url: expect.stringContaining('/3ds/') },
    });
    expect(liveCharges(tender, waiting.id)).toEqual([]);
    await authenticate(waiting, 'complete');
    const paid = await until(tender, waiting.id, { status: 'succeeded', amount_captured: 10_000 });
    expect(paid.next_action).toBeNull();
  });

  test('one who fails may pay the same payment with another card', async () => {
    const { json: waiting } = await pay(tender, CHALLENGED);
    await authenticate(waiting, 'fail');
    const failed = await until(tender, waiting.id, { status: 'requires_payment_method' });
    expect(failed).toMatchObject({
      next_action: null,
      last_error: {
        code: 'authentication_failed',
        gateway_code: 'payment_intent_authentication_failure',
      },
    });
    const paid = await act(tender, waiting.id, 'confirm', {
      payment_method: 'pm_card_visa',
      return_url: 'https://shop.example/back',
    });
    expect(paid).toMatchObject({ status: 200, json: { status: 'succeeded', last_error: null } });
    expect(liveCharges(tender, waiting.id)).toHaveLength(1);
  });

  test('one who is absent is declined with authentication_required, and comes back to pay', async () => {
    const absent = await pay(tender, { ...CHALLENGED, off_session: true });
    expect(absent).toMatchObject({
      status: 402,
      json: {
        code: 'payment_declined',
        decline_code: 'authentication_required',
        payment: { status: 'requires_payment_method' },
      },
    });
    const { id } = absent.json.payment;
    const { payment_method, return_url } = CHALLENGED;
    const back = await act(tender, id, 'confirm', { payment_method, return_url });
    expect(back.json.status).toBe('requires_action');
    await authenticate(back.json, 'complete');
    await until(tender, id, { status: 'succeeded' });
  });

  test('a payment that waits for its customer is neither confirmed anew nor captured, but may be canceled', async () => {
    const { json: waiting } = await pay(tender, CHALLENGED);
    const confirmed = await act(tender, waiting.id, 'confirm', { payment_method: 'pm_card_visa' });
    expect(confirmed).toMatchObject({ status: 409, json: { code: 'payment_state_conflict' } });
    const canceled = await act(tender, waiting.id, 'cancel');
    expect(canceled.json).toMatchObject({ status: 'canceled', next_action: null });
    await authenticate(waiting, 'complete');
    expect(liveCharges(tender, waiting.id)).toEqual([]);
  });
});

describe('declines', () => {
  test.for([
    ['pm_card_chargeDeclined', 'generic_decline', 'card_declined'],
    ['pm_card_chargeDeclinedInsufficientFunds', 'insufficient_funds', 'insufficient_funds'],
    ['pm_card_chargeDeclinedExpiredCard', 'expired_card', 'expired_card'],
    ['pm_card_chargeDeclinedIncorrectCvc', 'incorrect_cvc', 'incorrect_cvc'],
    ['pm_card_chargeDeclinedFraudulent', 'fraudulent', 'fraud_suspected'],
    ['pm_card_chargeDeclinedLostCard', 'lost_card', 'lost_or_stolen_card'],
    ['pm_card_chargeDeclinedProcessingError', 'processing_error', 'processing_error'],
    ['pm_card_chargeDeclinedVelocityLimitExceeded', 'card_velocity_exceeded', 'limit_exceeded'],
  ])('%s keeps the code %s and becomes %s', async ([card, gatewayCode, code]) => {
    const declined = await pay(tender, { ...VISA, payment_method: card });
    expect(declined.status).toBe(402);
    expect(declined.headers.get('content-type')).toMatch(/^application\/problem\+json\b/);
    expect(declined.json).toMatchObject({ code: 'payment_declined', decline_code: code });
    const { id } = declined.json.payment;
    expect(await read(tender, id)).toMatchObject({
      status: 'requires_payment_method',
      amount_captured: 0,
      last_error: { code, gateway_code: gatewayCode },
    });
  });

  test('after a decline the same payment is confirmed with another card', async () => {
    const declined = await pay(tender, { ...VISA, payment_method: 'pm_card_chargeDeclined' });
    const { id } = declined.json.payment;
    const confirmed = await act(tender, id, 'confirm', { payment_method: 'pm_card_visa' });
    expect(confirmed.json).toMatchObject({ id, status: 'succeeded', last_error: null });
    expect(liveCharges(tender, id)).toHaveLength(1);
  });

  test('what the gateway refuses can be confirmed with what it knows, or given up', async () => {
    const unknown = { ...VISA, payment_method: 'pm_of_somebody_else' };
    const refused = await pay(tender, unknown);
    expect(refused).toMatchObject({ status: 422, json: { code: 'gateway_refused' } });
    const { id } = refused.json.payment;
    const confirmed = await act(tender, id, 'confirm', { payment_method: 'pm_card_visa' });
    expect(confirmed.json.status).toBe('succeeded');
    const given = (await pay(tender, unknown)).json.payment;
    expect((await act(tender, given.id, 'cancel')).json.status).toBe('canceled');
  });
});

test('sync takes over what happened at the gateway while its webhooks were withheld', async () => {
  const { json: draft } = await pay(tender, DRAFT);
  const { id: fault } = tender.sandbox.faults.add({ webhook: { kind: 'withhold' } });
  await askStripe(
    tender,
    draft.publishable_key,
    `/v1/payment_intents/${draft.gateway_payment_id}/confirm`,
    { client_secret: draft.client_secret, payment_method: 'pm_card_visa' },
  );
  expect((await read(tender, draft.id)).status).toBe('requires_payment_method');
  const synced = await tender.call('POST', `/api/v1/payments/${draft.id}/sync`, { key: null });
  expect(synced).toMatchObject({
    status: 200,
    json: { status: 'succeeded', amount_captured: 10_000 },
  });
  tender.sandbox.faults.clear(fault);
  tender.sandbox.webhooks.release();
  await tender.settled();
  expect(await read(tender, draft.id)).toMatchObject({ amount_captured: 10_000 });
});

test('payments are listed page by page, each once, and found by order, status and time', async () => {
  const from = new Date().toISOString();
  const made: string[] = [];
  for (let n = 0; n < 5; n += 1) {
    made.unshift((await pay(tender, { ...DRAFT, order_id: 'a whole order' })).json.id);
  }
  const listed: string[] = [];
  let cursor = '';
  do {
    const query = `limit=2&order_id=a%20whole%20order&created_from=${from}&status=requires_payment_method`;
    const { json } = await tender.call('GET', `/api/v1/payments?${query}${cursor}`);
    listed.push(...json.data.map(({ id }: { id: string }) => id));
    expect(json.has_more).toBe(json.next_cursor !== null);
    cursor = json.next_cursor === null ? '' : `&cursor=${json.next_cursor}`;
  } while (cursor !== '');
  expect(listed).toEqual(made);
  const before = await tender.call('GET', `/api/v1/payments?created_before=${from}&order_id=none`);
  expect(before.json.data).toEqual([]);
});
