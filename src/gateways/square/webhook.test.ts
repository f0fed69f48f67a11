import { createHmac } from 'node:crypto';
import { expect, test } from 'vitest';
import { squarePayment, squareRefund, usd } from './square.fixture.ts';
import { translateWebhook, verifyWebhook } from './webhook.ts';

const KEY = 'signature-key';
const URL = 'https://pay.example.com/api/v1/payments/webhook/square';
const BODY = Buffer.from('{\n "event_id": "event-1", "type": "payment.updated" }');

const sign = (body: Uint8Array, key = KEY, url = URL) =>
  createHmac('sha256', key).update(url).update(body).digest('base64');

const verify = (
  signature: string | string[] | undefined,
  rawBody: Uint8Array = BODY,
  signatureKeys: string[] = [KEY],
) =>
  verifyWebhook(
    { signatureKeys, url: URL },
    {
      headers: { 'x-square-hmacsha256-signature': signature, host: 'elsewhere.example' },
      rawBody,
      receivedAt: new Date(),
    },
  );

const reason = (...delivery: Parameters<typeof verify>) => {
  const verdict = verify(...delivery);
  return verdict.kind === 'rejected' ? verdict.reason : verdict.kind;
};

test('a delivery that is signed over our URL is verified, and tells what it is', () => {
  expect(verify(sign(BODY))).toEqual({
    kind: 'verified',
    eventId: 'event-1',
    eventType: 'payment.updated',
  });
});

test('the signature of a worked example is the one that Square would send', () => {
  const url = 'https://example.com/webhook';
  const body = Buffer.from('{"hello":"world","event_id":"e","type":"t"}');
  // Computed with `openssl dgst -sha256 -hmac asdf1234 -binary | base64` over the URL and the body.
  const signature = '47kfLGUtX/qblaN5+5CY+w0HM64NXSPjQaf/6fUo/rU=';
  const verdict = verifyWebhook(
    { signatureKeys: ['asdf1234'], url },
    {
      headers: { 'x-square-hmacsha256-signature': signature },
      rawBody: body,
      receivedAt: new Date(),
    },
  );
  expect(verdict.kind).toBe('verified');
});

test('while one key replaces another, either is good', () => {
  expect(reason(sign(BODY, 'old'), BODY, [KEY, 'old'])).toBe('verified');
  expect(reason(sign(BODY), BODY, [KEY, 'old'])).toBe('verified');
});

test.for([
  ['another key', sign(BODY, 'other')],
  ['another URL', sign(BODY, KEY, 'https://elsewhere.example/api/v1/payments/webhook/square')],
  ['the same URL with a slash more', sign(BODY, KEY, `${URL}/`)],
  ['http in place of https', sign(BODY, KEY, URL.replace('https', 'http'))],
  ['the body alone', sign(BODY, KEY, '')],
  ['another body', sign(Buffer.from(BODY.toString().replace('1', '2')))],
  ['the body without its spaces', sign(Buffer.from(JSON.stringify(JSON.parse(String(BODY)))))],
] as const)('a signature over %s does not fit', ([, signature]) => {
  expect(reason(signature)).toBe('signature_mismatch');
});

test('without a key nothing is genuine', () => {
  expect(reason(sign(BODY), BODY, [])).toBe('signature_mismatch');
});

test.for([
  ['in hexadecimal', createHmac('sha256', KEY).update(URL).update(BODY).digest('hex')],
  ['that is cut off', sign(BODY).slice(0, -2)],
  ['with a space', `${sign(BODY)} `],
  ['twice', [sign(BODY), sign(BODY)]],
  ['that is empty', ''],
] as const)('a signature %s is none', ([, signature]) => {
  expect(reason(typeof signature === 'string' ? signature : [...signature])).toBe(
    'signature_malformed',
  );
});

test('a delivery without a signature or a body is told so', () => {
  expect(reason(undefined)).toBe('signature_missing');
  expect(reason(sign(Buffer.alloc(0)), Buffer.alloc(0))).toBe('body_empty');
});

test.for(['no JSON', '[]', '{"event_id": "e"}', '{"type": "t", "event_id": ""}', '{"type": 1}'])(
  'a signed body that is %s is told as malformed',
  (text) => {
    const body = Buffer.from(text);
    expect(reason(sign(body), body)).toBe('body_malformed');
  },
);

const CREATED_AT = '2026-11-20T12:00:00.123Z';

const translate = (type: string, object: object) => {
  const event = { merchant_id: 'M1', type, event_id: 'event-1', created_at: CREATED_AT };
  return translateWebhook(Buffer.from(JSON.stringify({ ...event, data: { id: 'X', object } })));
};

test.for(['payment.created', 'payment.updated'])('%s tells of the payment', (type) => {
  expect(translate(type, { payment: squarePayment() })).toMatchObject({
    id: 'event-1',
    type,
    createdAt: new Date(CREATED_AT),
    subject: {
      kind: 'payment',
      report: {
        gatewayPaymentId: 'PAYMENT1',
        status: 'succeeded',
        reference: { paymentId: null, attemptId: 'att_1' },
      },
    },
  });
});

test('a payment that failed is told of as declined', () => {
  const payment = squarePayment({ status: 'FAILED' });
  expect(translate('payment.updated', { payment }).subject).toMatchObject({
    kind: 'payment',
    report: { status: 'declined', decline: { code: 'card_declined' } },
  });
});

test.for(['refund.created', 'refund.updated'])('%s tells of the refund', (type) => {
  expect(translate(type, { refund: squareRefund({ status: 'COMPLETED' }) }).subject).toMatchObject({
    kind: 'refund',
    report: { gatewayRefundId: 'REFUND1', status: 'succeeded', refundId: 'ref_1' },
  });
});

test('money that is given back without a payment is nothing that is kept here', () => {
  for (const payment_id of [undefined, null]) {
    const refund = squareRefund({ unlinked: true, payment_id });
    expect(translate('refund.created', { refund }).subject).toEqual({ kind: 'none' });
  }
});

test.for(['dispute.created', 'dispute.state.updated', 'dispute.state.changed'])(
  '%s tells of the dispute, under either name of it',
  (type) => {
    const dispute = {
      id: 'DISPUTE1',
      state: 'LOST',
      reason: 'DUPLICATE',
      amount_money: usd(2000),
      created_at: CREATED_AT,
      disputed_payment: { payment_id: 'PAYMENT1' },
    };
    const subject = { kind: 'dispute', report: { status: 'lost', amountLost: 2000n } };
    expect(translate(type, { dispute }).subject).toMatchObject(subject);
    expect(translate(type, { object: dispute }).subject).toMatchObject(subject);
  },
);

test.for(['card.disabled', 'card.forgotten'])('%s tells that a saved card is gone', (type) => {
  expect(translate(type, { card: { id: 'ccof:1' } }).subject).toEqual({
    kind: 'method_detached',
    gatewayMethodId: 'ccof:1',
  });
});

test.for([
  'card.created',
  'card.updated',
  'card.automatically_updated',
  'customer.created',
  'customer.updated',
  'customer.deleted',
  'dispute.evidence.added',
  'dispute.evidence.created',
  'dispute.evidence.deleted',
  'dispute.evidence.removed',
  'payout.sent',
  'payout.paid',
  'payout.failed',
  'event.of.tomorrow',
])('%s says nothing that is kept here', (type) => {
  expect(translate(type, {}).subject).toEqual({ kind: 'none' });
});

test('a handled event whose object is not in the format is not guessed at', () => {
  expect(() => translate('payment.updated', {})).toThrow();
  expect(() => translate('refund.updated', { refund: { id: 'REFUND1' } })).toThrow();
  expect(() => translate('dispute.created', {})).toThrow();
  expect(() => translate('card.disabled', { card: {} })).toThrow();
});
