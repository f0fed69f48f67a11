import { expect, test } from 'vitest';
import { cardOfToken, testTokens } from './cards.ts';
import { openSandbox } from './test-client.ts';

const declines = [
  ['pm_card_chargeDeclined', 'card_declined', 'generic_decline'],
  ['pm_card_visa_chargeDeclined', 'card_declined', 'generic_decline'],
  ['pm_card_chargeDeclinedInsufficientFunds', 'card_declined', 'insufficient_funds'],
  ['pm_card_chargeDeclinedLostCard', 'card_declined', 'lost_card'],
  ['pm_card_chargeDeclinedStolenCard', 'card_declined', 'stolen_card'],
  ['pm_card_chargeDeclinedVelocityLimitExceeded', 'card_declined', 'card_velocity_exceeded'],
  ['pm_card_chargeDeclinedExpiredCard', 'expired_card', 'expired_card'],
  ['pm_card_chargeDeclinedIncorrectCvc', 'incorrect_cvc', 'incorrect_cvc'],
  ['pm_card_chargeDeclinedProcessingError', 'processing_error', 'processing_error'],
  ['pm_card_chargeCustomerFail', 'card_declined', 'generic_decline'],
  ['pm_card_radarBlock', 'card_declined', 'fraudulent'],
] as const;

test.each(declines)('%s is declined with %s / %s', async (token, code, declineCode) => {
  const { pay, get, sandbox } = await openSandbox();
  const { status, body } = await pay(token);
  const { error } = body;
  expect(status).toBe(402);
  expect(error).toMatchObject({ type: 'card_error', code, decline_code: declineCode });
  const intent = error.payment_intent;
  expect(intent).toMatchObject({
    status: 'requires_payment_method',
    payment_method: null,
    amount_received: 0,
    last_payment_error: { code, decline_code: declineCode, charge: error.charge },
  });
  const charge = await get(`/v1/charges/${error.charge}`);
  expect(charge.body).toMatchObject({ status: 'failed', payment_intent: intent.id });
  expect(sandbox.books().totals.liveCharges).toBe(0);
  expect(sandbox.checkBooks()).toEqual([]);
});

test('a blocked card is not sent to the network, a declined one is', async () => {
  const { pay, get } = await openSandbox();
  const outcomeOf = async (token: string) =>
    (await get(`/v1/charges/${(await pay(token)).body.error.charge}`)).body.outcome;
  expect(await outcomeOf('pm_card_radarBlock')).toMatchObject({
    type: 'blocked',
    network_status: 'not_sent_to_network',
  });
  expect(await outcomeOf('pm_card_chargeDeclined')).toMatchObject({
    type: 'issuer_declined',
    network_status: 'declined_by_network',
  });
});

const accepted = testTokens().filter((token) => {
  const card = cardOfToken(token);
  return card?.decline === null && ['never', 'on_request'].includes(card.authentication);
});

test.each(accepted)('%s is charged', async (token) => {
  const { pay, sandbox } = await openSandbox();
  const { status, body } = await pay(token, { 'expand[]': 'latest_charge' });
  expect(status).toBe(200);
  expect(body).toMatchObject({ status: 'succeeded', amount_received: 2000 });
  expect(body.latest_charge.payment_method_details.card).toMatchObject({
    brand: cardOfToken(token)?.brand,
    last4: cardOfToken(token)?.number.slice(-4),
  });
  expect(sandbox.checkBooks()).toEqual([]);
});

const challenged = testTokens().filter((token) => cardOfToken(token)?.authentication === 'always');

test.each(challenged)('%s wants the customer, and is declined when absent', async (token) => {
  const { pay, sandbox } = await openSandbox();
  const present = await pay(token, { return_url: 'https://shop.test/back' });
  expect(present.body).toMatchObject({
    status: 'requires_action',
    next_action: { type: 'redirect_to_url' },
  });
  for (const absence of ['off_session', 'error_on_requires_action']) {
    const { status, body } = await pay(token, { [absence]: 'true' });
    expect(status).toBe(402);
    expect(body.error).toMatchObject({
      code: 'authentication_required',
      payment_intent: { status: 'requires_payment_method' },
    });
  }
  expect(sandbox.books().totals.liveCharges).toBe(0);
});

test('a card set up for absent customers wants only present ones to authenticate', async () => {
  const { pay } = await openSandbox();
  const token = 'pm_card_authenticationRequiredSetupForOffSession';
  expect((await pay(token)).body.status).toBe('requires_action');
  expect((await pay(token, { off_session: 'true' })).body.status).toBe('succeeded');
});

test('an optional authentication happens when it is asked for', async () => {
  const { pay } = await openSandbox();
  const asked = await pay('pm_card_threeDSecureOptional', {
    'payment_method_options[card][request_three_d_secure]': 'any',
  });
  expect(asked.body.status).toBe('requires_action');
});

test('an unknown token is missing and creates nothing', async () => {
  const { pay, sandbox } = await openSandbox();
  const { status, body } = await pay('pm_card_nonsense');
  expect(status).toBe(400);
  expect(body.error).toMatchObject({ code: 'resource_missing', param: 'payment_method' });
  expect(sandbox.books().payments).toEqual([]);
});

test('a browser makes a payment method of a test card, and the server charges it', async () => {
  const { post, pay, get } = await openSandbox();
  const card = {
    type: 'card',
    'card[number]': '5555 5555 5555 4444',
    'card[exp_month]': '12',
    'card[exp_year]': '34',
    'card[cvc]': '123',
  };
  const made = await post('/v1/payment_methods', card, { key: 'pk_test_sandbox' });
  expect(made.body).toMatchObject({ object: 'payment_method', card: { brand: 'mastercard' } });
  expect((await get(`/v1/payment_methods/${made.body.id}`)).body.id).toBe(made.body.id);
  expect((await pay(made.body.id)).body.status).toBe('succeeded');
});

test('a number that is no test card is refused without being repeated', async () => {
  const { post } = await openSandbox();
  const { status, text } = await post('/v1/payment_methods', {
    type: 'card',
    'card[number]': '4111111111111111',
    'card[exp_month]': '12',
    'card[exp_year]': '2034',
  });
  expect(status).toBe(402);
  expect(text).not.toContain('4111');
});
