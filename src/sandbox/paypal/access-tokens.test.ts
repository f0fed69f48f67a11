import { expect, test } from 'vitest';
import { CLIENT_ID, CLIENT_SECRET, openSandbox } from './test-client.ts';
import type { Client } from './test-client.ts';

const basic = (id: string, secret: string) =>
  `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`;

const ask = (client: Client, authorization: string, form = 'grant_type=client_credentials') =>
  client.send(
    'POST',
    '/v1/oauth2/token',
    { authorization, 'content-type': 'application/x-www-form-urlencoded' },
    form,
  );

test('client credentials are granted a bearer token that says how long it holds', async () => {
  const client = await openSandbox();
  const { status, body } = await ask(client, basic(CLIENT_ID, CLIENT_SECRET));
  expect(status).toBe(200);
  expect(body).toMatchObject({ token_type: 'Bearer', expires_in: 32_400 });
  const path = '/v1/customer/disputes';
  const answer = await client.send('GET', path, { authorization: `Bearer ${body.access_token}` });
  expect(answer.status).toBe(200);
});

test('wrong credentials are no client, and other grants are not supported', async () => {
  const client = await openSandbox();
  for (const authorization of [basic(CLIENT_ID, 'wrong'), basic('x', CLIENT_SECRET), 'Basic', '']) {
    const { status, body } = await ask(client, authorization);
    expect([status, body.error]).toEqual([401, 'invalid_client']);
  }
  const right = basic(CLIENT_ID, CLIENT_SECRET);
  expect((await ask(client, right, '')).body.error).toBe('invalid_request');
  expect((await ask(client, right, 'grant_type=password')).body.error).toBe(
    'unsupported_grant_type',
  );
});

test('a token lapses by the clock of the sandbox', async () => {
  const { get, sandbox } = await openSandbox();
  expect((await get('/v1/customer/disputes')).status).toBe(200);
  sandbox.advance(32_400 - 60);
  expect((await get('/v1/customer/disputes')).status).toBe(200);
  sandbox.advance(60);
  const { status, body } = await get('/v1/customer/disputes');
  expect([status, body.name, body.details[0]?.issue]).toEqual([
    401,
    'AUTHENTICATION_FAILURE',
    'INVALID_TOKEN',
  ]);
});

test('tokens can be revoked, and nothing is done for a request without one', async () => {
  const { post, control, send, sandbox } = await openSandbox();
  const order = {
    intent: 'CAPTURE',
    purchase_units: [{ amount: { currency_code: 'USD', value: '1.00' } }],
  };
  expect((await post('/v2/checkout/orders', order)).status).toBe(201);
  expect((await control('POST', 'tokens/revoke')).status).toBe(200);
  expect((await post('/v2/checkout/orders', order)).body.details[0]?.issue).toBe('INVALID_TOKEN');
  const anonymous = await send('POST', '/v2/checkout/orders', {}, JSON.stringify(order));
  expect([anonymous.status, anonymous.body.name]).toEqual([401, 'AUTHENTICATION_FAILURE']);
  expect(sandbox.books().payments).toHaveLength(1);
});
