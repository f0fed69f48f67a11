import { setImmediate } from 'node:timers/promises';
import { expect, test } from 'vitest';
import type { Exchange, GatewayRequest } from '../transport.ts';
import { createAccessTokens } from './access-tokens.ts';

/** A source of tokens whose clock and answers the test holds. */
function tokensWith(answer: (n: number) => Exchange | Promise<Exchange>) {
  const requests: GatewayRequest[] = [];
  const clock = { ms: 0 };
  const tokens = createAccessTokens({
    clientId: 'client',
    clientSecret: 'secret',
    apiUrl: 'https://api-m.paypal.com',
    now: () => clock.ms,
    transport: {
      close: async () => undefined,
      send: async (request) => answer(requests.push(request)),
    },
  });
  return { tokens, requests, clock };
}

function granted(n: number, expires_in = 1_000): Exchange {
  const body = JSON.stringify({ access_token: `token-${n}`, expires_in, token_type: 'Bearer' });
  return { kind: 'answered', status: 200, headers: {}, body };
}

const token = (n: number) => ({ kind: 'token', token: `token-${n}` });

test('a token is asked for once, however many calls wait for it, and used until it lapses', async () => {
  const { tokens, requests, clock } = tokensWith((n) => granted(n));
  expect(await Promise.all([tokens.get(), tokens.get(), tokens.get()])).toEqual([
    token(1),
    token(1),
    token(1),
  ]);
  clock.ms = 899_999;
  expect(await tokens.get()).toEqual(token(1));
  expect(requests).toEqual([
    {
      origin: 'https://api-m.paypal.com',
      method: 'POST',
      path: '/v1/oauth2/token',
      headers: {
        authorization: `Basic ${Buffer.from('client:secret').toString('base64')}`,
        'content-type': 'application/x-www-form-urlencoded',
        accept: 'application/json',
      },
      body: 'grant_type=client_credentials',
    },
  ]);
});

test('an old token serves on while the next one is fetched, once', async () => {
  const arrivals: ((exchange: Exchange) => void)[] = [];
  const { tokens, requests, clock } = tokensWith((n) =>
    n === 1 ? granted(n) : new Promise((resolve) => arrivals.push(resolve)),
  );
  await tokens.get();
  clock.ms = 900_000;
  expect(await tokens.get()).toEqual(token(1));
  expect(await tokens.get()).toEqual(token(1));
  expect(requests).toHaveLength(2);
  clock.ms = 1_000_000;
  const late = tokens.get();
  arrivals[0]?.(granted(2));
  expect(await late).toEqual(token(2));
  expect(requests).toHaveLength(2);
});

test('a refresh that fails costs nothing as long as the old token holds', async () => {
  const { tokens, clock } = tokensWith((n) =>
    n === 2 ? { kind: 'no_answer', code: 'timeout', message: 'none' } : granted(n),
  );
  await tokens.get();
  clock.ms = 950_000;
  expect(await tokens.get()).toEqual(token(1));
  await setImmediate();
  clock.ms = 1_000_000;
  expect(await tokens.get()).toEqual(token(3));
});

test('a token that was refused is forgotten, but not the one that came after it', async () => {
  const { tokens } = tokensWith((n) => granted(n));
  await tokens.get();
  tokens.forget('token-1');
  expect(await tokens.get()).toEqual(token(2));
  tokens.forget('token-1');
  expect(await tokens.get()).toEqual(token(2));
});

test('without a token the call was never sent, whatever became of the request for it', async () => {
  const answered = (status: number, body: string): Exchange => ({
    kind: 'answered',
    status,
    headers: {},
    body,
  });
  for (const [answer, category] of [
    [{ kind: 'not_sent', code: 'ECONNREFUSED', message: '' }, 'unreachable'],
    [{ kind: 'no_answer', code: 'timeout', message: '' }, 'unreachable'],
    [answered(500, 'oops'), 'unreachable'],
    [answered(200, 'oops'), 'unreachable'],
    [answered(200, '{"access_token":"a b","expires_in":1}'), 'unreachable'],
    [answered(401, '{"error":"invalid_client"}'), 'authentication'],
    [answered(429, ''), 'rate_limited'],
  ] as const) {
    const { tokens } = tokensWith((n) => (n === 1 ? answer : granted(n)));
    expect(await tokens.get()).toMatchObject({ kind: 'none', error: { category } });
    expect(await tokens.get()).toEqual(token(2));
  }
});
