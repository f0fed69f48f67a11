import { expect, test } from 'vitest';
import { openSandbox } from './test-client.ts';
import type { Answer, Form } from './test-client.ts';

const TOKEN = 'pm_card_threeDSecure2Required';
const RETURN = { return_url: 'https://shop.test/back?order=7' };

const challengeUrl = (intent: Answer) => intent.next_action?.redirect_to_url?.url ?? '';

const decide = (url: string, form: Form) =>
  fetch(url, { method: 'POST', body: new URLSearchParams(form), redirect: 'manual' });

test('the page shows the amount, the card and two labelled buttons', async () => {
  const { pay } = await openSandbox();
  const { body } = await pay(TOKEN, RETURN);
  const page = await fetch(challengeUrl(body));
  const html = await page.text();
  expect(page.headers.get('content-type')).toContain('text/html');
  for (const text of ['USD 20.00', '3220', 'Complete authentication', 'Fail authentication']) {
    expect(html).toContain(text);
  }
  expect(html).toContain('<html lang="en">');
});

test('completing it charges the card and leads back with the parameters of Stripe', async () => {
  const { pay, get, sandbox } = await openSandbox();
  const { body } = await pay(TOKEN, RETURN);
  expect(sandbox.books().totals.liveCharges).toBe(0);
  const answer = await decide(challengeUrl(body), { result: 'complete' });
  expect(answer.status).toBe(303);
  const back = new URL(answer.headers.get('location') ?? '');
  expect(Object.fromEntries(back.searchParams)).toEqual({
    order: '7',
    payment_intent: body.id,
    payment_intent_client_secret: body.client_secret,
    redirect_status: 'succeeded',
  });
  const intent = await get(`/v1/payment_intents/${body.id}`, { 'expand[]': 'latest_charge' });
  expect(intent.body).toMatchObject({ status: 'succeeded', next_action: null });
  expect(intent.body.latest_charge.payment_method_details.card.three_d_secure).toMatchObject({
    result: 'authenticated',
  });
  expect(sandbox.books().totals.liveCharges).toBe(1);
});

test('completing a manually captured payment only holds the money', async () => {
  const { pay, get } = await openSandbox();
  const { body } = await pay(TOKEN, { ...RETURN, capture_method: 'manual' });
  await decide(challengeUrl(body), { result: 'complete' });
  const intent = await get(`/v1/payment_intents/${body.id}`);
  expect(intent.body).toMatchObject({ status: 'requires_capture', amount_capturable: 2000 });
});

test('failing it charges nothing, and the payment can be tried with another card', async () => {
  const { pay, get, post, sandbox } = await openSandbox();
  const { body } = await pay(TOKEN, RETURN);
  const answer = await decide(challengeUrl(body), { result: 'fail' });
  expect(answer.headers.get('location')).toContain('redirect_status=failed');
  const failed = await get(`/v1/payment_intents/${body.id}`);
  expect(failed.body).toMatchObject({
    status: 'requires_payment_method',
    payment_method: null,
    last_payment_error: { code: 'payment_intent_authentication_failure' },
  });
  expect(sandbox.books().totals.liveCharges).toBe(0);
  const retried = await post(`/v1/payment_intents/${body.id}/confirm`, {
    payment_method: 'pm_card_visa',
    ...RETURN,
  });
  expect(retried.body.status).toBe('succeeded');
});

test('a card that passes the challenge may still be declined', async () => {
  const { pay, get } = await openSandbox();
  const { body } = await pay('pm_card_threeDSecureRequiredChargeDeclined', RETURN);
  const answer = await decide(challengeUrl(body), { result: 'complete' });
  expect(answer.headers.get('location')).toContain('redirect_status=failed');
  const intent = await get(`/v1/payment_intents/${body.id}`);
  expect(intent.body.last_payment_error?.code).toBe('card_declined');
});

test('sending the page twice charges once and leads on twice', async () => {
  const { pay, sandbox } = await openSandbox();
  const { body } = await pay(TOKEN, RETURN);
  const answers = await Promise.all([
    decide(challengeUrl(body), { result: 'complete' }),
    decide(challengeUrl(body), { result: 'complete' }),
    decide(challengeUrl(body), { result: 'fail' }),
  ]);
  for (const answer of answers) {
    expect(answer.headers.get('location')).toContain('redirect_status=succeeded');
  }
  expect(sandbox.books().totals.liveCharges).toBe(1);
});

test('a canceled payment cannot be completed by an old page', async () => {
  const { pay, post, get, sandbox } = await openSandbox();
  const { body } = await pay(TOKEN, RETURN);
  await post(`/v1/payment_intents/${body.id}/cancel`);
  await decide(challengeUrl(body), { result: 'complete' });
  expect((await get(`/v1/payment_intents/${body.id}`)).body.status).toBe('canceled');
  expect(sandbox.books().totals.liveCharges).toBe(0);
});

test('without a return_url the script of the page is told where to go', async () => {
  const { pay } = await openSandbox();
  const { body } = await pay(TOKEN);
  expect(body.next_action?.type).toBe('use_stripe_sdk');
  const url = body.next_action?.use_stripe_sdk?.stripe_js ?? '';
  const answer = await decide(url, { result: 'complete' });
  expect(answer.status).toBe(200);
  expect(await answer.text()).toContain('succeeded');
});

test('the page belongs to who holds the client secret', async () => {
  const { pay, sandbox } = await openSandbox();
  const { body } = await pay(TOKEN, RETURN);
  const answer = await decide(`${sandbox.url}/3ds/${body.id}?client_secret=guess`, {
    result: 'complete',
  });
  expect(answer.status).toBe(404);
  expect(sandbox.books().totals.liveCharges).toBe(0);
});

test('an answer that is neither decides nothing', async () => {
  const { pay, get } = await openSandbox();
  const { body } = await pay(TOKEN, RETURN);
  expect((await decide(challengeUrl(body), { result: 'maybe' })).status).toBe(400);
  expect((await get(`/v1/payment_intents/${body.id}`)).body.status).toBe('requires_action');
});

test('a payment that is confirmed by hand waits for the server after the customer', async () => {
  const { pay, get, post } = await openSandbox();
  const { body } = await pay(TOKEN, { ...RETURN, confirmation_method: 'manual' });
  await decide(challengeUrl(body), { result: 'complete' });
  const waiting = await get(`/v1/payment_intents/${body.id}`);
  expect(waiting.body.status).toBe('requires_confirmation');
  const confirmed = await post(`/v1/payment_intents/${body.id}/confirm`, RETURN);
  expect(confirmed.body.status).toBe('succeeded');
});

test('an authentication does not cover an amount that is changed after it', async () => {
  const { pay, post } = await openSandbox();
  const { body } = await pay(TOKEN, { ...RETURN, confirmation_method: 'manual' });
  await decide(challengeUrl(body), { result: 'complete' });
  await post(`/v1/payment_intents/${body.id}`, { amount: '9000' });
  const confirmed = await post(`/v1/payment_intents/${body.id}/confirm`, RETURN);
  expect(confirmed.body.status).toBe('requires_action');
});

test('a page of another origin may call with the publishable key', async () => {
  const { sandbox } = await openSandbox();
  const { status, headers } = await fetch(`${sandbox.url}/v1/payment_methods`, {
    method: 'OPTIONS',
  });
  expect(status).toBe(204);
  expect(headers.get('access-control-allow-origin')).toBe('*');
  expect(headers.get('access-control-allow-headers')).toContain('Authorization');
});

test('a browser confirms with the publishable key and the client secret, and only then', async () => {
  const { post, sandbox } = await openSandbox();
  const created = await post('/v1/payment_intents', {
    amount: '2000',
    currency: 'usd',
    'payment_method_types[]': 'card',
  });
  const path = `/v1/payment_intents/${created.body.id}/confirm`;
  const form = { payment_method: 'pm_card_visa' };
  const key = { key: 'pk_test_sandbox' };
  expect((await post(path, form, key)).body.error.param).toBe('client_secret');
  expect((await post(path, { ...form, client_secret: 'guess' }, key)).status).toBe(400);
  expect((await post('/v1/refunds', {}, key)).status).toBe(401);
  expect(sandbox.books().totals.liveCharges).toBe(0);
  const confirmed = await post(path, { ...form, client_secret: created.body.client_secret }, key);
  expect(confirmed.body.status).toBe('succeeded');
});
