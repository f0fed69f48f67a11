import { sign } from 'node:crypto';
import { getCACertificates } from 'node:tls';
import { crc32 } from 'node:zlib';
import { expect, onTestFinished, test } from 'vitest';
import { createPayPalGateway } from '../../src/gateways/paypal/client.ts';
import { HANDLED_EVENTS } from '../../src/gateways/paypal/webhook-events.ts';
import type { Gateway, WebhookDelivery } from '../../src/gateways/gateway.ts';
import type { Exchange, GatewayRequest } from '../../src/gateways/transport.ts';
import { openReceiver, type Received } from '../../src/sandbox/test-receiver.ts';
import { createAuthority, type Identity } from '../../src/sandbox/paypal/certificates.ts';
import {
  connect,
  creation,
  CREDENTIALS,
  keyed,
  reportOf,
  WEBHOOK_ID,
} from '../support/paypal-adapter.ts';

const DAY_MS = 86_400_000;
const NOW = new Date('2026-11-25T12:00:00Z');
const VALIDITY = { from: new Date(NOW.getTime() - DAY_MS), to: new Date(NOW.getTime() + DAY_MS) };
const LIVE = 'messageverificationcerts.paypal.com';
const CERTIFICATE_URL = 'https://api.paypal.com/v1/notifications/certs/CERT-1';
const BODY = JSON.stringify({ id: 'WH-1', event_type: 'CHECKOUT.ORDER.APPROVED' });

const [AUTHORITY, IMPOSTOR] = await Promise.all([
  createAuthority('Authority', VALIDITY),
  createAuthority('Authority', VALIDITY),
]);
const SIGNER = await AUTHORITY.issue(LIVE, VALIDITY);

/** The adapter for the live API; its transport answers every request with `answer`. */
function liveGateway(
  answer: Exchange | (() => Promise<Exchange>) = file(SIGNER.certificate),
  certificateAuthorities: readonly string[] | null = [AUTHORITY.certificate],
) {
  const requests: GatewayRequest[] = [];
  const gateway = createPayPalGateway({
    ...CREDENTIALS,
    webhookIds: [WEBHOOK_ID],
    apiUrl: 'https://api-m.paypal.com',
    certificateHosts: ['api.paypal.com', 'api-m.paypal.com'],
    certificateAuthorities,
    signatureToleranceMs: 300_000,
    transport: {
      close: async () => undefined,
      send: async (request) => {
        requests.push(request);
        return typeof answer === 'function' ? answer() : answer;
      },
    },
  });
  return { gateway, requests };
}

function file(body: string, status = 200): Exchange {
  return { kind: 'answered', status, headers: {}, body };
}

interface Delivered {
  body?: string;
  signer?: Identity;
  certificateUrl?: string;
  webhookId?: string;
  sentAt?: Date;
  receivedAt?: Date;
  headers?: WebhookDelivery['headers'];
}

function delivery(over: Delivered = {}): WebhookDelivery {
  const { body = BODY, signer = SIGNER, webhookId = WEBHOOK_ID, sentAt = NOW } = over;
  const time = sentAt.toISOString();
  const signed = Buffer.from(`transmission-1|${time}|${webhookId}|${crc32(body)}`);
  return {
    headers: {
      'paypal-auth-algo': 'SHA256withRSA',
      'paypal-cert-url': over.certificateUrl ?? CERTIFICATE_URL,
      'paypal-transmission-id': 'transmission-1',
      'paypal-transmission-sig': sign('sha256', signed, signer.privateKey).toString('base64'),
      'paypal-transmission-time': time,
      ...over.headers,
    },
    rawBody: Buffer.from(body),
    receivedAt: over.receivedAt ?? NOW,
  };
}

const reasonOf = async (gateway: Gateway, over: Delivered = {}): Promise<string> => {
  const verdict = await gateway.verifyWebhook(delivery(over));
  return verdict.kind === 'verified' ? 'verified' : verdict.reason;
};

test('a genuine delivery is verified, and its certificate fetched once', async () => {
  const { gateway, requests } = liveGateway();
  const verdicts = await Promise.all([1, 2, 3].map(async () => gateway.verifyWebhook(delivery())));
  const verified = {
    kind: 'verified',
    eventId: 'WH-1',
    eventType: 'CHECKOUT.ORDER.APPROVED',
  };
  expect([...verdicts, await gateway.verifyWebhook(delivery())]).toEqual(
    Array<unknown>(4).fill(verified),
  );
  expect(requests).toMatchObject([
    { origin: 'https://api.paypal.com', method: 'GET', path: '/v1/notifications/certs/CERT-1' },
  ]);
});

test('a certificate from any other place is not even fetched', async () => {
  const { gateway, requests } = liveGateway();
  const path = '/v1/notifications/certs/CERT-1';
  for (const certificateUrl of [
    `https://evil.example.com${path}`,
    `https://api.paypal.com.evil.example.com${path}`,
    `https://evil.example.com/api.paypal.com${path}`,
    `https://paypal.com${path}`,
    `https://api.sandbox.paypal.com${path}`,
    `https://api-m.sandbox.paypal.com${path}`,
    `http://api.paypal.com${path}`,
    `http://api-m.paypal.com${path}`,
    `ftp://api.paypal.com${path}`,
    `https://api.paypal.com:8443${path}`,
    `https://api.paypal.com:443${path}`,
    `https://user@api.paypal.com${path}`,
    `https://api.paypal.com@evil.example.com${path}`,
    `https://user:password@api.paypal.com${path}`,
    `https://API.PAYPAL.COM${path}`,
    `https://api.paypal.com.${path}`,
    `https:\\\\api.paypal.com${path}`,
    `https://api.paypal.com${path}?url=https://evil.example.com`,
    `https://api.paypal.com${path}#x`,
    `https://api.paypal.com/v1/notifications/certs/../../oauth2/token`,
    `https://api.paypal.com/v1/notifications/certs/%2e%2e/x`,
    `https://api.paypal.com/v1/notifications/certs/a/b`,
    `https://api.paypal.com/v1/notifications/certs/`,
    `https://api.paypal.com/redirect`,
    ` ${CERTIFICATE_URL}`,
    'CERT-1',
  ]) {
    expect(await reasonOf(gateway, { certificateUrl }), certificateUrl).toBe(
      'certificate_untrusted',
    );
  }
  expect(requests).toEqual([]);
});

test('a redirect, a missing file and a file that is none are not trusted', async () => {
  const redirect: Exchange = {
    kind: 'answered',
    status: 302,
    headers: { location: 'https://evil.example.com/cert' },
    body: SIGNER.certificate,
  };
  for (const answer of [redirect, file('', 404), file('no certificate'), file('')]) {
    const { gateway, requests } = liveGateway(answer);
    expect(await reasonOf(gateway)).toBe('certificate_untrusted');
    expect(requests).toHaveLength(1);
  }
});

test('an expired, a future, a foreign or a self-made certificate is not trusted', async () => {
  const [from, to] = [VALIDITY.from, new Date(NOW.getTime() - 1_000)];
  const expired = await AUTHORITY.issue(LIVE, { from, to });
  const future = await AUTHORITY.issue(LIVE, {
    from: new Date(NOW.getTime() + 1_000),
    to: VALIDITY.to,
  });
  const foreign = await IMPOSTOR.issue(LIVE, VALIDITY);
  const otherSubject = await AUTHORITY.issue('shop.example.com', VALIDITY);
  const otherEnvironment = await AUTHORITY.issue(
    'messageverificationcerts.sandbox.paypal.com',
    VALIDITY,
  );
  const notAnAuthority = await AUTHORITY.issue(LIVE, VALIDITY);
  const cases: [string, string, Identity][] = [
    ['expired', expired.certificate, expired],
    ['future', future.certificate, future],
    ['foreign', foreign.certificate, foreign],
    ['foreign, with its authority', foreign.certificate + IMPOSTOR.certificate, foreign],
    ['foreign, with the right authority', foreign.certificate + AUTHORITY.certificate, foreign],
    ['behind the right one', notAnAuthority.certificate + foreign.certificate, foreign],
    ['other subject', otherSubject.certificate, otherSubject],
    ['other environment', otherEnvironment.certificate, otherEnvironment],
    ['the authority itself', AUTHORITY.certificate, AUTHORITY],
    ['the impostor itself', IMPOSTOR.certificate, IMPOSTOR],
  ];
  for (const [name, chain, signer] of cases) {
    const reason = await reasonOf(liveGateway(file(chain)).gateway, { signer });
    const expected =
      name === 'behind the right one' ? 'signature_mismatch' : 'certificate_untrusted';
    expect(reason, name).toBe(expected);
  }
});

test('without authorities of its own the adapter trusts those of the system, and nobody else', async () => {
  expect(getCACertificates('default').length).toBeGreaterThan(50);
  const { gateway } = liveGateway(file(SIGNER.certificate + AUTHORITY.certificate), null);
  expect(await reasonOf(gateway)).toBe('certificate_untrusted');
});

test('what stands beside a certificate in its file vouches for nothing by itself', async () => {
  const between = await AUTHORITY.issue('between.example.com', VALIDITY);
  const { gateway } = liveGateway(file(SIGNER.certificate + between.certificate));
  expect(await reasonOf(gateway)).toBe('verified');
  const chain = file(SIGNER.certificate + between.certificate + AUTHORITY.certificate);
  const other = liveGateway(chain, [IMPOSTOR.certificate]);
  expect(await reasonOf(other.gateway)).toBe('certificate_untrusted');
});

test('an authority that has expired vouches for nobody, and a kept certificate is not used past its end', async () => {
  const { gateway, requests } = liveGateway();
  expect(await reasonOf(gateway)).toBe('verified');
  const receivedAt = new Date(VALIDITY.to.getTime() + 1_000);
  expect(await reasonOf(gateway, { receivedAt, sentAt: receivedAt })).toBe('certificate_untrusted');
  expect(requests).toHaveLength(2);
});

test('what cannot be fetched just now is not rejected for good, and not kept', async () => {
  const away: Exchange[] = [
    { kind: 'not_sent', code: 'ECONNREFUSED', message: 'no connection' },
    { kind: 'no_answer', code: 'timeout', message: 'no answer' },
    file('', 503),
    file('', 429),
  ];
  const answers = [...away, file(SIGNER.certificate)];
  const { gateway } = liveGateway(async () => answers.shift() ?? file('', 404));
  for (const { kind } of away)
    expect(await reasonOf(gateway), kind).toBe('verification_unavailable');
  expect(await reasonOf(gateway)).toBe('verified');
});

test('whoever makes addresses up cannot have fetches without end', async () => {
  const waiting: ((answer: Exchange) => void)[] = [];
  const { gateway, requests } = liveGateway(() => new Promise((resolve) => waiting.push(resolve)));
  const verdicts = Array.from({ length: 20 }, (_, n) =>
    reasonOf(gateway, { certificateUrl: `${CERTIFICATE_URL}${n}` }),
  );
  const [first, ...others] = verdicts;
  expect(await others.at(-1)).toBe('verification_unavailable');
  expect(requests).toHaveLength(4);
  for (const resolve of waiting) resolve(file(SIGNER.certificate));
  expect(await first).toBe('verified');
});

test('a delivery that was changed, for another webhook, or signed otherwise does not verify', async () => {
  const { gateway } = liveGateway();
  const other = await AUTHORITY.issue(LIVE, VALIDITY);
  const tampered = { ...delivery(), rawBody: Buffer.from(`${BODY} `) };
  expect(await gateway.verifyWebhook(tampered)).toMatchObject({ reason: 'signature_mismatch' });
  expect(await reasonOf(gateway, { webhookId: 'WEBHOOK2' })).toBe('signature_mismatch');
  expect(await reasonOf(gateway, { signer: other })).toBe('signature_mismatch');
  const header = async (name: string, value: string | string[] | undefined) =>
    reasonOf(gateway, { headers: { [name]: value } });
  expect(await header('paypal-transmission-id', 'transmission-2')).toBe('signature_mismatch');
  expect(await header('paypal-transmission-time', '2026-11-25T12:00:01Z')).toBe(
    'signature_mismatch',
  );
  expect(await header('paypal-transmission-sig', undefined)).toBe('signature_missing');
  for (const [name, value] of [
    ['paypal-auth-algo', 'SHA1withRSA'],
    ['paypal-auth-algo', undefined],
    ['paypal-transmission-sig', 'not base64!'],
    ['paypal-transmission-sig', ['AA==', 'AA==']],
    ['paypal-transmission-id', 'a|b'],
    ['paypal-transmission-time', 'yesterday'],
    ['paypal-cert-url', undefined],
  ] as const) {
    expect(await header(name, value as string), `${name}: ${String(value)}`).toBe(
      'signature_malformed',
    );
  }
  expect(await reasonOf(gateway, { body: 'no json' })).toBe('body_malformed');
  const empty = { ...delivery(), rawBody: Buffer.alloc(0) };
  expect(await gateway.verifyWebhook(empty)).toMatchObject({ reason: 'body_empty' });
});

test('a delivery may be as late as PayPal goes on trying, and not from the future', async () => {
  const { gateway } = liveGateway();
  const sentAt = (daysAgo: number) => ({ sentAt: new Date(NOW.getTime() - daysAgo * DAY_MS) });
  expect(await reasonOf(gateway, sentAt(3))).toBe('verified');
  expect(await reasonOf(gateway, sentAt(5))).toBe('timestamp_too_old');
  expect(await reasonOf(gateway, sentAt(-0.1))).toBe('timestamp_in_future');
});

/** What the sandbox delivers, once nothing is on its way any more. */
async function connectWithWebhooks() {
  const receiver = await openReceiver();
  const connection = await connect({ webhook: { url: receiver.url, webhookId: WEBHOOK_ID } });
  const deliveries = async () => {
    await connection.sandbox.webhooks.idle();
    return receiver.received.splice(0).map(deliveryOf);
  };
  onTestFinished(() => connection.sandbox.webhooks.idle());
  return { ...connection, deliveries };
}

const deliveryOf = ({ body, headers }: Received): WebhookDelivery => ({
  headers,
  rawBody: Buffer.from(body),
  receivedAt: new Date(),
});

test("every webhook of a payment's life verifies, and names the payment without a word on what became of it", async () => {
  const { sandbox, gateway, pay, deliveries } = await connectWithWebhooks();
  const request = { gatewayCustomerId: 'CUSTOMER-1', savePaymentMethod: true };
  const { gatewayPaymentId } = await pay(request);
  const report = reportOf(
    await gateway.createRefund(
      {
        gatewayPaymentId,
        amount: 500n,
        currency: 'USD',
        reason: null,
        paymentId: 'pay_1',
        refundId: 'ref_1',
      },
      keyed(),
    ),
  );
  sandbox.failRefund(report.gatewayRefundId);
  const reference = { paymentId: 'pay_1', attemptId: 'att_1' };
  const change = { kind: 'change', gatewayPaymentId, reference, amounts: null, hasFee: false };
  const refundChange = {
    kind: 'change',
    gatewayPaymentId: null,
    reference: { paymentId: 'pay_1', attemptId: null },
    amounts: null,
    hasFee: false,
  };
  const subjects: Record<string, unknown> = {};
  for (const one of await deliveries()) {
    expect(await gateway.verifyWebhook(one)).toMatchObject({ kind: 'verified' });
    const { type, subject } = gateway.translateWebhook(one.rawBody);
    subjects[type] = subject;
  }
  expect(subjects).toEqual({
    'CHECKOUT.ORDER.APPROVED': change,
    'CHECKOUT.ORDER.COMPLETED': change,
    'PAYMENT.CAPTURE.COMPLETED': change,
    'PAYMENT.CAPTURE.REFUNDED': refundChange,
    'PAYMENT.REFUND.FAILED': refundChange,
    'VAULT.PAYMENT-TOKEN.CREATED': { ...change, reference: null },
  });
});

test('every event that the sandbox can send is translated, kept or ignored on purpose', async () => {
  const { sandbox, gateway, pay, deliveries } = await connectWithWebhooks();
  await pay({ ...creation(), gatewayCustomerId: 'CUSTOMER-1', savePaymentMethod: true });
  await deliveries();
  const listed = await fetch(`${sandbox.url}/__sandbox/events`, {
    method: 'POST',
    body: JSON.stringify({ type: 'NONE' }),
  });
  const types = [...new Set((await listed.text()).match(/[A-Z]+\.[A-Z-]+\.[A-Z-]+/g))];
  const kinds: Record<string, string[]> = {};
  for (const type of types) {
    const body = JSON.stringify({ type });
    await fetch(`${sandbox.url}/__sandbox/events`, { method: 'POST', body });
    const [one] = await deliveries();
    if (!one) throw new Error(`${type} did not come`);
    let kind: string;
    try {
      kind = gateway.translateWebhook(one.rawBody).subject.kind;
    } catch (error) {
      kind = error instanceof Error ? (error.message.split(':')[0] ?? '') : '';
    }
    (kinds[kind] ??= []).push(type);
  }
  expect(Object.keys(kinds).sort()).toEqual([
    'change',
    'dispute_change',
    'method_detached',
    'none',
    'old_style_resource',
  ]);
  expect(kinds['none']?.sort()).toEqual([
    'CHECKOUT.ORDER.SAVED',
    'VAULT.PAYMENT-TOKEN.DELETION-INITIATED',
  ]);
  expect(kinds['old_style_resource']?.every((type) => type.startsWith('PAYMENT.SALE.'))).toBe(true);
  expect(types).toEqual(expect.arrayContaining([...HANDLED_EVENTS]));
});
