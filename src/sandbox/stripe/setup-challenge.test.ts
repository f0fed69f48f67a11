import { expect, test } from 'vitest';
import { openSandbox } from './test-client.ts';
import type { Client } from './test-client.ts';

const RETURN_URL = 'https://shop.test/back';

/** A setup intent whose customer has to authenticate, and where. */
async function begin({ post }: Client) {
  const { body: customer } = await post('/v1/customers');
  const { body: setup } = await post('/v1/setup_intents', {
    customer: customer.id,
    confirm: 'true',
    payment_method: 'pm_card_authenticationRequired',
    return_url: RETURN_URL,
  });
  expect(setup.status).toBe('requires_action');
  const url = setup.next_action?.redirect_to_url?.url ?? '';
  const decide = (result: string) =>
    fetch(url, { method: 'POST', body: new URLSearchParams({ result }), redirect: 'manual' });
  return { customer, setup, url, decide };
}

test('a customer who authenticates is led back, and the card is kept', async () => {
  const client = await openSandbox();
  const { customer, setup, url, decide } = await begin(client);
  expect(await (await fetch(url)).text()).toContain('Keep this card');
  expect((await decide('perhaps')).status).toBe(400);
  for (let times = 0; times < 2; times += 1) {
    const back = new URL((await decide('complete')).headers.get('location') ?? '');
    expect(back.origin + back.pathname).toBe(RETURN_URL);
    expect(Object.fromEntries(back.searchParams)).toEqual({
      setup_intent: setup.id,
      setup_intent_client_secret: setup.client_secret,
      redirect_status: 'succeeded',
    });
  }
  const expanded = { 'expand[]': 'payment_method' };
  const { body: told } = await client.get(`/v1/setup_intents/${setup.id}`, expanded);
  expect(told).toMatchObject({ status: 'succeeded', payment_method: { customer: customer.id } });
  const kept = await client.get(`/v1/customers/${customer.id}/payment_methods`);
  expect(kept.body.data).toHaveLength(1);
});

test('a customer who fails to authenticate keeps nothing, and the setup says why', async () => {
  const client = await openSandbox();
  const { customer, setup, decide } = await begin(client);
  expect((await decide('fail')).headers.get('location')).toContain('redirect_status=failed');
  const { body: told } = await client.get(`/v1/setup_intents/${setup.id}`);
  expect(told).toMatchObject({
    status: 'requires_payment_method',
    payment_method: null,
    last_setup_error: { code: 'setup_intent_authentication_failure' },
  });
  const kept = await client.get(`/v1/customers/${customer.id}/payment_methods`);
  expect(kept.body.data).toEqual([]);
});

test('the page opens only with the secret of its setup', async () => {
  const client = await openSandbox();
  const { url } = await begin(client);
  expect((await fetch(`${url}x`)).status).toBe(404);
  expect((await client.get('/v1/setup_intents/seti_none')).status).toBe(404);
});
