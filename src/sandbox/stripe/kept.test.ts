import { expect, test } from 'vitest';
import { startStripeSandbox } from './start.ts';

const KEYS = { secretKey: 'sk_test_kept', publishableKey: 'pk_test_kept' };

async function open() {
  const sandbox = await startStripeSandbox({ port: 0, ...KEYS });
  const call = async (method: string, path: string, form: Record<string, string> = {}) => {
    const body = new URLSearchParams(form);
    const response = await fetch(`${sandbox.url}${path}`, {
      method,
      headers: { authorization: `Bearer ${KEYS.secretKey}` },
      ...(method === 'POST' ? { body } : {}),
    });
    return { status: response.status, body: (await response.json()) as Record<string, unknown> };
  };
  const steer = async (path: string, body: object = {}) => {
    const response = await fetch(`${sandbox.url}/__sandbox/${path}`, {
      method: 'POST',
      body: JSON.stringify(body),
    });
    return { status: response.status, body: (await response.json()) as Record<string, unknown> };
  };
  const pay = (form: Record<string, string>) =>
    call('POST', '/v1/payment_intents', {
      amount: '2000',
      currency: 'eur',
      confirm: 'true',
      'automatic_payment_methods[enabled]': 'true',
      'automatic_payment_methods[allow_redirects]': 'never',
      ...form,
    });
  return { sandbox, call, steer, pay };
}

test('a method that is saved with a payment belongs to the customer, and to nobody else', async () => {
  const { sandbox, call, pay } = await open();
  const { body: ada } = await call('POST', '/v1/customers', { name: 'Ada' });
  const { body: bob } = await call('POST', '/v1/customers', { name: 'Bob' });
  const saving = { customer: String(ada.id), setup_future_usage: 'off_session' };
  const { body: paid } = await pay({ ...saving, payment_method: 'pm_card_visa' });
  const method = String(paid.payment_method);
  const again = (customer: string) =>
    pay({ customer, payment_method: method, off_session: 'true' });
  expect((await again(String(ada.id))).body.status).toBe('succeeded');
  expect((await again(String(bob.id))).status).toBe(400);
  const { body: list } = await call('GET', `/v1/customers/${String(ada.id)}/payment_methods`);
  expect(list.data).toMatchObject([{ id: method, customer: ada.id }]);

  expect((await call('POST', `/v1/payment_methods/${method}/detach`)).status).toBe(200);
  expect((await again(String(ada.id))).status).toBe(400);
  expect((await call('POST', `/v1/payment_methods/${method}/detach`)).status).toBe(400);
  await sandbox.close();
});

test('a payment that saves nothing leaves its method to nobody', async () => {
  const { sandbox, call, pay } = await open();
  const { body: ada } = await call('POST', '/v1/customers');
  await pay({ customer: String(ada.id), payment_method: 'pm_card_visa' });
  const { body: list } = await call('GET', `/v1/customers/${String(ada.id)}/payment_methods`);
  expect(list.data).toEqual([]);
  await sandbox.close();
});

test('a customer who was deleted still says so, and nothing is charged for them any more', async () => {
  const { sandbox, call, pay } = await open();
  const { body: ada } = await call('POST', '/v1/customers');
  const customer = String(ada.id);
  expect((await call('DELETE', `/v1/customers/${customer}`)).body).toMatchObject({ deleted: true });
  expect((await call('GET', `/v1/customers/${customer}`)).body).toMatchObject({ deleted: true });
  expect((await call('DELETE', `/v1/customers/${customer}`)).status).toBe(404);
  expect((await pay({ customer, payment_method: 'pm_card_visa' })).status).toBe(400);
  await sandbox.close();
});

test('a setup intent keeps a method, is declined, or has the customer authenticate', async () => {
  const { sandbox, call } = await open();
  const { body: ada } = await call('POST', '/v1/customers');
  const setUp = (payment_method: string) =>
    call('POST', '/v1/setup_intents', {
      customer: String(ada.id),
      confirm: 'true',
      payment_method,
    });
  expect((await setUp('pm_card_visa')).body.status).toBe('succeeded');
  expect((await setUp('pm_card_chargeDeclined')).status).toBe(402);
  expect((await setUp('pm_card_threeDSecure2Required')).body).toMatchObject({
    status: 'requires_action',
    next_action: { type: 'use_stripe_sdk' },
  });
  const { body: list } = await call('GET', `/v1/customers/${String(ada.id)}/payment_methods`);
  expect(list.data).toHaveLength(1);
  await sandbox.close();
});

test('a disputed payment cannot be refunded, and what is lost stands in the books', async () => {
  const { sandbox, call, steer, pay } = await open();
  const { body: paid } = await pay({ payment_method: 'pm_card_visa' });
  const { body: dispute } = await steer('disputes', { payment: paid.id });
  expect(dispute).toMatchObject({ status: 'needs_response', amount: 2000 });
  expect((await steer('disputes', { payment: paid.id })).status).toBe(400);
  const refund = () => call('POST', '/v1/refunds', { payment_intent: String(paid.id) });
  expect((await refund()).body).toMatchObject({ error: { code: 'charge_disputed' } });
  await steer(`disputes/${String(dispute.id)}/lose`);
  expect((await steer(`disputes/${String(dispute.id)}/win`)).status).toBe(400);
  expect((await refund()).status).toBe(400);
  const { payments } = sandbox.books({ payment: String(paid.id) });
  expect(payments[0]?.charges).toMatchObject([{ disputedLost: 2000 }]);
  expect(sandbox.checkBooks()).toEqual([]);
  await sandbox.close();
});

test('a payment whose dispute was won can be refunded', async () => {
  const { sandbox, call, steer, pay } = await open();
  const { body: paid } = await pay({ payment_method: 'pm_card_visa' });
  const { body: dispute } = await steer('disputes');
  await steer(`disputes/${String(dispute.id)}/win`);
  const refund = await call('POST', '/v1/refunds', { payment_intent: String(paid.id) });
  expect(refund.body).toMatchObject({ status: 'succeeded', amount: 2000 });
  expect(sandbox.checkBooks()).toEqual([]);
  await sandbox.close();
});

test('an event on demand is about what is there, except for what is set', async () => {
  const { sandbox, call, steer, pay } = await open();
  expect((await steer('events', { type: 'charge.succeeded' })).body).toMatchObject({
    error: expect.stringContaining('no charge yet') as unknown,
  });
  await pay({ payment_method: 'pm_card_visa' });
  const set = { 'data.object.amount': 7 };
  const { body: event } = await steer('events', { type: 'payment_intent.succeeded', set });
  const { body: told } = await call('GET', `/v1/events/${String(event.id)}`);
  expect(told).toMatchObject({ type: 'payment_intent.succeeded', data: { object: { amount: 7 } } });
  expect((await steer('events', { type: 'charge.forgotten' })).status).toBe(400);
  await sandbox.close();
});
