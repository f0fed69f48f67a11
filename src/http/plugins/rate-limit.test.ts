import { expect, test } from 'vitest';
import { AUTHORIZED, buildTestApp, FOR_CALLERS } from '../app.fixture.ts';
import type { RateLimit } from '../rate-limit.ts';

/** A limit that lets `requests` through for each, and never forgets. */
function fixedLimit(requests: number): RateLimit & { counted: string[] } {
  const counted: string[] = [];
  return {
    counted,
    async count(who) {
      counted.push(who);
      const used = counted.filter((each) => each === who).length;
      return {
        quota: { requests, windowSeconds: 10 },
        isWithin: used <= requests,
        remaining: Math.max(0, requests - used),
        resetSeconds: 7,
      };
    },
  };
}

const routes = [
  async (app: Parameters<NonNullable<Parameters<typeof buildTestApp>[0]>[number]>[0]) => {
    app.get('/mine', { config: FOR_CALLERS }, async () => ({}));
    app.get('/probe', { config: { public: true, unlimited: true } }, async () => ({}));
  },
];

test('whoever is within the quota is told what is left, whoever is past it has to wait', async () => {
  const caller = fixedLimit(2);
  const { app } = buildTestApp(routes, { rateLimits: { address: null, caller } });
  const ask = () => app.inject({ url: '/mine', headers: AUTHORIZED });
  const first = await ask();
  expect(first.statusCode).toBe(200);
  expect(first.headers).toMatchObject({
    'ratelimit-policy': '"caller";q=2;w=10',
    ratelimit: '"caller";r=1;t=7',
  });
  await ask();
  const third = await ask();
  expect(third.statusCode).toBe(429);
  expect(third.headers['retry-after']).toBe('7');
  expect(third.json()).toMatchObject({ code: 'rate_limited' });
  expect(caller.counted).toEqual(['key_1', 'key_1', 'key_1']);
});

test('an address is counted before anybody is asked who it is, and with the caller where there is one', async () => {
  const limits = { address: fixedLimit(2), caller: fixedLimit(9) };
  const { app } = buildTestApp(routes, { rateLimits: limits });
  expect((await app.inject('/mine')).statusCode).toBe(401);
  const known = await app.inject({ url: '/mine', headers: AUTHORIZED });
  expect(known.headers.ratelimit).toBe('"address";r=0;t=7, "caller";r=8;t=7');
  expect((await app.inject('/mine')).statusCode).toBe(429);
  expect(limits.caller.counted).toHaveLength(1);
});

test('probes are never counted', async () => {
  const address = fixedLimit(0);
  const { app } = buildTestApp(routes, { rateLimits: { address, caller: null } });
  expect((await app.inject('/probe')).statusCode).toBe(200);
  expect(address.counted).toEqual([]);
});

test('only a trusted proxy is believed where a request comes from', async () => {
  for (const [trustedProxies, counted] of [
    [[], '127.0.0.1'],
    [['127.0.0.0/8'], '203.0.113.7'],
    [['10.0.0.0/8'], '127.0.0.1'],
  ] as const) {
    const address = fixedLimit(9);
    const rateLimits = { address, caller: null };
    const { app } = buildTestApp(routes, { rateLimits, trustedProxies });
    const headers = { ...AUTHORIZED, 'x-forwarded-for': '198.51.100.1, 203.0.113.7' };
    await app.inject({ url: '/mine', headers });
    expect(address.counted).toEqual([counted]);
  }
});

test('pages of a listed origin may ask, those of others are told nothing', async () => {
  const { app } = buildTestApp(routes, { allowedOrigins: ['https://console.example'] });
  const preflight = (origin: string) =>
    app.inject({
      method: 'OPTIONS',
      url: '/mine',
      headers: { origin, 'access-control-request-method': 'GET' },
    });
  const allowed = await preflight('https://console.example');
  expect(allowed.statusCode).toBe(204);
  expect(allowed.headers['access-control-allow-origin']).toBe('https://console.example');
  expect(allowed.headers['access-control-allow-headers']).toContain('traceparent');
  expect(allowed.headers['access-control-allow-credentials']).toBeUndefined();
  const other = await preflight('https://console.example.evil.example');
  expect(other.headers['access-control-allow-origin']).not.toBe(
    'https://console.example.evil.example',
  );
  const asked = await app.inject({
    url: '/mine',
    headers: { ...AUTHORIZED, origin: 'https://console.example' },
  });
  expect(asked.headers['access-control-allow-origin']).toBe('https://console.example');
  for (const name of ['X-Request-Id', 'X-Trace-Id']) {
    expect(asked.headers['access-control-expose-headers']).toContain(name);
  }
});

test('without any listed origin nothing is said of origins', async () => {
  const { app } = buildTestApp(routes);
  const answer = await app.inject({
    url: '/mine',
    headers: { ...AUTHORIZED, origin: 'https://console.example' },
  });
  expect(Object.keys(answer.headers).filter((name) => name.startsWith('access-control'))).toEqual(
    [],
  );
});
