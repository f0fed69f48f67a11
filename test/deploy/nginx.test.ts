import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { connect as connectTls } from 'node:tls';
import { request as requestHttp, type IncomingMessage } from 'node:http';
import { once } from 'node:events';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ADMIN_TOKEN } from '../support/as-operator.ts';
import { VISA } from '../support/checkout.ts';
import { eventually } from '../support/eventually.ts';
import { freePorts } from '../support/free-ports.ts';
import { expectSameBooks } from '../support/same-books.ts';
import { signStripe } from '../support/stripe-webhook.ts';
import {
  START_TIMEOUT_MS,
  startTenderProcesses,
  TenderProcess,
  type TenderProcesses,
} from '../support/tender-processes.ts';
import { CHECKOUT } from './support/files.ts';
import { HOST, startNginx, type Nginx, type NginxAnswer } from './support/nginx.ts';
import { restartInTurn } from './support/rolling-restart.ts';
import { unrelatedEvent } from './support/unrelated-event.ts';

/** `npm run rolling-restarts` does more of them. */
const RESTARTS = Number(process.env['ROLLING_RESTARTS'] ?? 2);
const WEBHOOK = '/api/v1/payments/webhook/stripe';
const ENV = {
  TENDER_ADMIN_TOKEN: ADMIN_TOKEN,
  PAYMENT_TRUSTED_PROXIES: '127.0.0.1',
  // The gateway must not be what fails where the machine is busy.
  PAYMENT_GATEWAY_TIMEOUT_SECONDS: '15',
  PAYMENT_LEASE_SECONDS: '20',
};

let tender: TenderProcesses;
let second: TenderProcess;
let nginx: Nginx;

beforeAll(async () => {
  tender = await startTenderProcesses({ env: ENV });
  const [port, metricsPort, deadPort] = await freePorts(3);
  second = new TenderProcess('api', {
    ...tender.env,
    PAYMENT_PORT: String(port),
    PAYMENT_PROMETHEUS_PORT: String(metricsPort),
  });
  await second.start();
  const first = new URL(tender.apiUrl).host;
  const servers = [first, `127.0.0.1:${port}`, `127.0.0.1:${deadPort}`] as const;
  nginx = await startNginx(servers, '127.0.0.1 1;\n');
}, START_TIMEOUT_MS);
afterAll(async () => {
  await nginx.close();
  await second.stop();
  await tender.close();
});

const authorized = () => ({ authorization: `Bearer ${tender.apiKey}` });

function pay(from?: string): Promise<NginxAnswer> {
  return nginx.send('POST', '/api/v1/payments', {
    headers: {
      ...authorized(),
      'content-type': 'application/json',
      'idempotency-key': crypto.randomUUID(),
    },
    body: JSON.stringify(VISA),
    ...(from === undefined ? {} : { from }),
  });
}

/** An event that is about nothing of ours, signed as it should be. */
function deliverEvent(id: string, padding = ''): Promise<NginxAnswer> {
  const body = unrelatedEvent(id, padding);
  return nginx.send('POST', WEBHOOK, {
    headers: { 'content-type': 'application/json', 'stripe-signature': signStripe(body) },
    body,
  });
}

test('a payment goes through although one of the three servers is dead, and without a redirect', async () => {
  const answers = await Promise.all(Array.from({ length: 12 }, () => pay()));
  expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 201));
});

test('every answer has the security headers once: those of Tender, and those of nginx itself', async () => {
  const answers = [
    await nginx.send('GET', '/health'),
    await nginx.send('GET', '/api/v1/payments', { headers: authorized() }),
    await nginx.send('GET', '/nowhere'),
  ];
  expect(answers.map(({ status }) => status)).toEqual([200, 200, 404]);
  for (const { headers } of answers) {
    expect(headers).toMatchObject({
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
      'strict-transport-security': 'max-age=31536000; includeSubDomains',
      'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
      'cache-control': 'no-store',
    });
    expect(headers['x-xss-protection']).toBeUndefined();
  }
  const { headers, status } = await nginx.send('GET', '/docs');
  expect(status).toBe(200);
  expect(headers['content-security-policy']).toContain("script-src 'self'");
});

test('only what the internet may see is there', async () => {
  for (const path of ['/metrics', '/', '/admin']) {
    const { status, headers, text } = await nginx.send('GET', path);
    expect([path, status]).toEqual([path, 404]);
    expect(headers['content-type']).toBe('application/problem+json');
    expect(JSON.parse(text)).toMatchObject({ code: 'route_not_found', status: 404 });
  }
});

test('plain HTTP is sent to HTTPS, old TLS and unknown names get nothing, HTTP/2 is spoken', async () => {
  const plain = requestHttp({ port: nginx.httpPort, path: '/health', headers: { host: HOST } });
  plain.end();
  const [answer] = (await once(plain, 'response')) as [IncomingMessage];
  answer.resume();
  expect([answer.statusCode, answer.headers.location]).toEqual([308, `https://${HOST}/health`]);
  const base = { port: nginx.httpsPort, host: '127.0.0.1', ca: nginx.certificate };
  const modern = connectTls({ ...base, servername: HOST, ALPNProtocols: ['h2', 'http/1.1'] });
  await once(modern, 'secureConnect');
  expect(modern.alpnProtocol).toBe('h2');
  modern.destroy();
  const unknown = connectTls({ ...base, servername: 'another.company.com' });
  await expect(once(unknown, 'secureConnect')).rejects.toThrow(/unrecognized name/);
  const old = connectTls({ ...base, servername: HOST, minVersion: 'TLSv1', maxVersion: 'TLSv1.1' });
  await expect(once(old, 'secureConnect')).rejects.toThrow();
});

test('whoever asks too often from one address gets 429 as a problem document; shops and webhooks do not', async () => {
  const burst = (from?: string) =>
    Promise.all(
      Array.from({ length: 60 }, () =>
        nginx.send('GET', '/api/v1/payments?limit=1', {
          headers: authorized(),
          ...(from === undefined ? {} : { from }),
        }),
      ),
    );
  const stranger = await burst('127.0.0.2');
  const refused = stranger.filter(({ status }) => status === 429);
  expect(refused.length).toBeGreaterThan(20);
  expect(stranger.filter(({ status }) => status === 200).length).toBeGreaterThanOrEqual(20);
  expect(refused[0]?.headers).toMatchObject({
    'retry-after': '1',
    'content-type': 'application/problem+json',
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY',
  });
  expect(JSON.parse(refused[0]?.text ?? '')).toMatchObject({ code: 'rate_limited' });
  expect((await burst()).every(({ status }) => status === 200)).toBe(true);
  const events = Array.from({ length: 60 }, (_, index) =>
    nginx.send('POST', WEBHOOK, {
      headers: { 'content-type': 'application/json' },
      body: `{"unsigned":${index}}`,
      from: '127.0.0.2',
    }),
  );
  const statuses = (await Promise.all(events)).map(({ status }) => status);
  expect(statuses).toEqual(statuses.map(() => 400));
});

test('Tender learns the address of the caller, whatever the caller claims', async () => {
  const created = await nginx.send('POST', '/api/v1/admin/api-keys', {
    headers: {
      authorization: `Bearer ${ADMIN_TOKEN}`,
      'content-type': 'application/json',
      'x-forwarded-for': '198.51.100.9',
    },
    body: JSON.stringify({ name: 'through the proxy' }),
    from: '127.0.0.3',
  });
  expect([created.status, created.text]).toEqual([201, expect.any(String)]);
  const { text } = await nginx.send('GET', '/api/v1/admin/audit-log', {
    headers: { authorization: `Bearer ${ADMIN_TOKEN}` },
  });
  const { data } = JSON.parse(text) as { data: { address: string | null }[] };
  expect(data.map(({ address }) => address)).toContain('127.0.0.3');
  expect(text).not.toContain('198.51.100.9');
});

test('bodies end at 64 KiB, those of webhooks at 1 MiB', async () => {
  const send = (path: string, bytes: number) =>
    nginx.send('POST', path, {
      headers: { ...authorized(), 'content-type': 'application/json', 'idempotency-key': 'large' },
      body: JSON.stringify({ description: 'x'.repeat(bytes) }),
    });
  const tooLarge = await send('/api/v1/payments', 65 * 1024);
  expect([tooLarge.status, JSON.parse(tooLarge.text).code]).toEqual([413, 'body_too_large']);
  expect((await send('/api/v1/payments', 60 * 1024)).status).toBe(422);
  expect((await deliverEvent('large', 'x'.repeat(900 * 1024))).status).toBe(200);
  expect((await send(WEBHOOK, 1_100 * 1024)).status).toBe(413);
});

test('the smoke test finds everything in order, and says what is not', async () => {
  const run = (flags: string[]) =>
    promisify(execFile)(join(CHECKOUT, 'scripts', 'smoke-test-production.sh'), [
      ...['--base-url', `https://${HOST}`, '--connect-to', `127.0.0.1:${nginx.httpsPort}`],
      ...['--ca-file', nginx.certificateFile],
      ...flags,
    ]);
  const { stdout } = await run([
    ...['--metrics-url', `${tender.api.metricsUrl}/metrics`],
    ...['--metrics-url', `${tender.worker.metricsUrl}/metrics`],
  ]);
  expect(stdout.match(/ ok/g)).toHaveLength(13);
  await expect(run(['--min-days', '4000'])).rejects.toThrow(/expected: one that lasts 4000 days/);
  await expect(run(['--metrics-url', `${tender.apiUrl}/metrics`])).rejects.toThrow(/came: +404/);
});

test('whatever nginx may send to a second server acts once: it has an Idempotency-Key, or is only looked up', async () => {
  const { text } = await nginx.send('GET', '/openapi.json');
  const { paths } = JSON.parse(text) as {
    paths: Record<string, Record<string, { parameters?: { name: string; required?: boolean }[] }>>;
  };
  const repeated = Object.entries(paths)
    .filter(([path]) => !path.startsWith('/api/v1/admin/') && !path.includes('/webhook/'))
    .flatMap(([path, { post }]) => (post ? [{ path, post }] : []));
  expect(repeated.length).toBeGreaterThan(5);
  const without = repeated.filter(
    ({ post: { parameters = [] } }) =>
      !parameters.some(
        ({ name, required }) => name.toLowerCase() === 'idempotency-key' && required === true,
      ),
  );
  expect(without.map(({ path }) => path)).toEqual(['/api/v1/payments/{id}/sync']);
});

test('neither keys nor queries are in the access log', async () => {
  await nginx.send('GET', '/api/v1/payments?limit=7', { headers: authorized() });
  const log = await eventually(async () => {
    const text = await nginx.accessLog();
    expect(text).toContain('"url.path":"/api/v1/payments"');
    return text;
  });
  expect(log).not.toContain('limit=7');
  expect(log).not.toContain(tender.apiKey);
  for (const line of log.trim().split('\n')) JSON.parse(line);
});

test('when a server is killed, the other one takes over, and a payment is charged once', async () => {
  await second.kill();
  const answers = await Promise.all(Array.from({ length: 12 }, () => pay()));
  expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 201));
  await second.start();
  await tender.settled();
  await expectSameBooks(tender);
});

test(
  `${RESTARTS} rolling restarts under load fail no request, and lose no webhook`,
  async () => {
    const report = await restartInTurn({
      apis: [tender.api, second],
      restarts: RESTARTS,
      requests: [
        { name: 'payment', send: () => pay(), expected: 201 },
        { name: 'payment', send: () => pay(), expected: 201 },
        {
          name: 'list',
          send: () => nginx.send('GET', '/api/v1/payments?limit=1', { headers: authorized() }),
          expected: 200,
        },
        {
          name: 'webhook',
          send: () => deliverEvent(`restart_${crypto.randomUUID()}`),
          expected: 200,
        },
      ],
    });
    const { answered, failed } = report;
    process.stdout.write(`${RESTARTS} restarts: ${answered} requests, ${failed.length} failed\n`);
    expect(report.failed.slice(0, 5)).toEqual([]);
    expect(report.answered).toBeGreaterThan(RESTARTS * 10);
    await tender.settled();
    await expectSameBooks(tender);
    const [row] = await tender.db.sql<{ count: number }[]>`
      SELECT count(*)::int FROM webhook_receipts WHERE event_id LIKE 'evt_restart_%'`;
    expect(row?.count).toBe(report.answeredByName.get('webhook'));
  },
  60_000 + RESTARTS * 30_000,
);
