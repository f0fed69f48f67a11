import { once } from 'node:events';
import net from 'node:net';
import Stripe from 'stripe';
import { afterEach, expect, test } from 'vitest';
import { createTransport, type Exchange, type GatewayRequest } from '../transport.ts';
import { failureOf } from './errors.ts';
import { createStripeSdk } from './sdk.ts';

const KEY = { idempotencyKey: 'key-1' };
const PARAMS = { amount: 1000, currency: 'usd', description: 'a & b' };

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

/** A server that reads a request and then closes the connection without an answer. */
async function closingServer() {
  const served = { port: 0, requests: 0 };
  const server = net.createServer((socket) => {
    socket.on('error', () => undefined);
    socket.on('data', (chunk) => {
      if (chunk.includes('HTTP/1.1')) served.requests += 1;
      socket.resetAndDestroy();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  cleanups.push(() => server.close());
  served.port = (server.address() as net.AddressInfo).port;
  return served;
}

test('a request whose connection is closed is sent once, where the SDK by itself sends it twice', async () => {
  const served = await closingServer();
  const transport = createTransport({ connectTimeoutMs: 1000, totalTimeoutMs: 5000 });
  cleanups.push(() => transport.close());
  const ours = createStripeSdk('sk_test_1', `http://127.0.0.1:${served.port}`, transport);
  await expect(ours.paymentIntents.create(PARAMS, KEY)).rejects.toThrow();
  expect(served.requests).toBe(1);

  const plain = new Stripe('sk_test_1', {
    host: '127.0.0.1',
    port: served.port,
    protocol: 'http',
    maxNetworkRetries: 0,
    telemetry: false,
  });
  await expect(plain.paymentIntents.create(PARAMS, KEY)).rejects.toThrow();
  expect(served.requests).toBe(3);
});

/** A transport that gives one answer to everything, and remembers what it was asked. */
function answering(exchange: Exchange) {
  const requests: GatewayRequest[] = [];
  const sdk = createStripeSdk('sk_test_1', 'https://api.stripe.com', {
    send: async (request) => {
      requests.push(request);
      return exchange;
    },
    close: async () => undefined,
  });
  return { sdk, requests };
}

const answered = (status: number, body: string): Exchange => ({
  kind: 'answered',
  status,
  headers: { 'request-id': 'req_1' },
  body,
});

test('a request carries our key, the pinned version and no telemetry, in the SDK’s encoding', async () => {
  const { sdk, requests } = answering(answered(200, '{"id":"pi_1"}'));
  await sdk.paymentIntents.create(PARAMS, { ...KEY, headers: { 'X-Request-Id': 'req_ours' } });
  await sdk.paymentIntents.create(PARAMS, { ...KEY, headers: { 'X-Request-Id': 'req_ours' } });
  expect(requests[0]).toMatchObject({
    origin: 'https://api.stripe.com',
    method: 'POST',
    path: '/v1/payment_intents',
    body: 'amount=1000&currency=usd&description=a%20%26%20b',
  });
  expect(requests[0]?.headers).toMatchObject({
    Authorization: 'Bearer sk_test_1',
    'Idempotency-Key': 'key-1',
    'Stripe-Version': Stripe.API_VERSION,
    'X-Request-Id': 'req_ours',
  });
  // Telemetry would tell of the first request in the second.
  expect(requests[1]).toEqual(requests[0]);
});

test('a request that may move money does not leave without a key of ours', async () => {
  const { sdk, requests } = answering(answered(200, '{"id":"pi_1"}'));
  for (const options of [undefined, {}, { idempotencyKey: '' }]) {
    const thrown = await sdk.paymentIntents
      .create(PARAMS, options)
      .catch((error: unknown) => error);
    expect(failureOf(thrown)).toMatchObject({
      kind: 'refused',
      error: { category: 'unreachable', code: 'no_idempotency_key' },
    });
  }
  expect(requests).toHaveLength(0);
  await sdk.paymentIntents.retrieve('pi_1');
  expect(requests).toHaveLength(1);
});

test.for([
  [500, '{}'],
  [500, '{"id":"pi_1","object":"payment_intent"}'],
  [502, '<html>Bad Gateway</html>'],
  [503, ''],
  [400, '{"message":"no"}'],
  [401, '<html>login</html>'],
  [403, '{"error":{"message":"a firewall, not Stripe"}}'],
  [404, 'null'],
  [429, '{"error":"slow down"}'],
  [402, '{"error":{"type":"card_error","code":7}}'],
  [301, ''],
  [200, ''],
  [200, 'null'],
  [200, '"succeeded"'],
  [200, '7'],
  [200, '{"id":"pi_1"'],
  [200, '{"error":{"type":"invalid_request_error","code":"x","message":"m"}}'],
  [200, '{"error":null}'],
] as const)(
  'HTTP %s with the body %s is unknown, whatever the SDK thinks of it',
  async ([status, body]) => {
    const { sdk } = answering(answered(status, body));
    const thrown = await sdk.paymentIntents.create(PARAMS, KEY).then(
      () => 'taken for success',
      (error: unknown) => error,
    );
    expect(failureOf(thrown)).toMatchObject({
      kind: 'unknown',
      error: { category: 'gateway_fault', httpStatus: status, gatewayRequestId: 'req_1' },
    });
  },
);

test('every error that Stripe answers with is asked for once', async () => {
  for (const status of [400, 401, 402, 403, 404, 409, 424, 429, 500, 502, 503, 504]) {
    const error = JSON.stringify({ error: { type: 'api_error', message: 'm' } });
    const { sdk, requests } = answering(answered(status, error));
    await expect(sdk.paymentIntents.create(PARAMS, KEY)).rejects.toThrow('m');
    await expect(sdk.paymentIntents.retrieve('pi_1')).rejects.toThrow('m');
    expect(requests).toHaveLength(2);
  }
});

test('a server that asks for a retry does not get one', async () => {
  const { sdk, requests } = answering({
    kind: 'answered',
    status: 503,
    headers: { 'stripe-should-retry': 'true' },
    body: JSON.stringify({ error: { type: 'api_error', message: 'm' } }),
  });
  await expect(sdk.paymentIntents.create(PARAMS, KEY)).rejects.toThrow('m');
  expect(requests).toHaveLength(1);
});
