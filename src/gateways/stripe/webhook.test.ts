import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import Stripe from 'stripe';
import { expect, test } from 'vitest';
import { translateWebhook, verifyWebhook } from './webhook.ts';

const SECRET = 'whsec_current';
const TOLERANCE_MS = 300_000;
const NOW = new Date('2026-11-20T12:00:00Z');
const NOW_SECONDS = NOW.getTime() / 1000;
const BODY = Buffer.from('{\n  "id": "evt_1", "object": "event", "type": "charge.refunded" }');

const sign = (body: Uint8Array, secret = SECRET, timestamp: number | string = NOW_SECONDS) =>
  createHmac('sha256', secret).update(`${timestamp}.`).update(body).digest('hex');

const header = (body: Uint8Array, secret = SECRET, timestamp: number | string = NOW_SECONDS) =>
  `t=${timestamp},v1=${sign(body, secret, timestamp)}`;

const verify = (
  signature: string | string[] | undefined,
  rawBody: Uint8Array = BODY,
  secrets: string[] = [SECRET],
) =>
  verifyWebhook(secrets, TOLERANCE_MS, {
    headers: { 'stripe-signature': signature },
    rawBody,
    receivedAt: NOW,
  });

const reason = (...delivery: Parameters<typeof verify>) => {
  const verdict = verify(...delivery);
  return verdict.kind === 'rejected' ? verdict.reason : verdict.kind;
};

test('a delivery that is signed now is verified, and tells what it is', () => {
  expect(verify(header(BODY))).toEqual({
    kind: 'verified',
    eventId: 'evt_1',
    eventType: 'charge.refunded',
  });
});

test("a delivery that Stripe's own library signed is verified", () => {
  const payload = BODY.toString();
  const signature = Stripe.webhooks.generateTestHeaderString({
    payload,
    secret: SECRET,
    timestamp: NOW_SECONDS,
  });
  expect(reason(signature)).toBe('verified');
});

test('while one secret replaces another, either is good, and so is any of several signatures', () => {
  expect(reason(header(BODY, 'whsec_old'), BODY, [SECRET, 'whsec_old'])).toBe('verified');
  const several = `t=${NOW_SECONDS},v1=${'0'.repeat(64)},v1=${sign(BODY)}`;
  expect(reason(several)).toBe('verified');
});

test('a wrong secret and an altered body do not fit', () => {
  expect(reason(header(BODY, 'whsec_other'))).toBe('signature_mismatch');
  const altered = Buffer.from(BODY.toString().replace('evt_1', 'evt_2'));
  expect(reason(header(BODY), altered)).toBe('signature_mismatch');
  const reformatted = Buffer.from(JSON.stringify(JSON.parse(BODY.toString())));
  expect(reason(header(BODY), reformatted)).toBe('signature_mismatch');
});

test('without a secret nothing is genuine', () => {
  expect(reason(header(BODY), BODY, [])).toBe('signature_mismatch');
});

test('a timestamp that was exchanged does not fit', () => {
  const replayed = header(BODY, SECRET, NOW_SECONDS - 9999).replace(/t=\d+/, `t=${NOW_SECONDS}`);
  expect(reason(replayed)).toBe('signature_mismatch');
});

test.for([
  ['as old as allowed', -300, 'verified'],
  ['older than allowed', -301, 'timestamp_too_old'],
  ['as far in the future as allowed', 300, 'verified'],
  ['further in the future than allowed', 301, 'timestamp_in_future'],
  ['from the beginning of time', -NOW_SECONDS, 'timestamp_too_old'],
  ['from the end of time', 999_999_999_999 - NOW_SECONDS, 'timestamp_in_future'],
] as const)('a genuine signature %s', ([, offsetSeconds, expected]) => {
  expect(reason(header(BODY, SECRET, NOW_SECONDS + offsetSeconds))).toBe(expected);
});

test('a forgery is a mismatch, however old it says it is', () => {
  expect(reason(header(BODY, 'whsec_other', 1))).toBe('signature_mismatch');
});

test.for([
  ['empty', ''],
  ['nonsense', 'what'],
  ['without a timestamp', `v1=${sign(BODY)}`],
  ['without a signature', `t=${NOW_SECONDS}`],
  ['with the fake scheme only', `t=${NOW_SECONDS},v0=${sign(BODY)}`],
  ['with a signature that is no hash', `t=${NOW_SECONDS},v1=abc`],
  ['with a longer signature', `t=${NOW_SECONDS},v1=${sign(BODY)}00`],
  ['with a timestamp that is no number', header(BODY, SECRET, 'soon')],
  ['with a fraction of a second', header(BODY, SECRET, `${NOW_SECONDS}.5`)],
  ['with a negative timestamp', header(BODY, SECRET, -NOW_SECONDS)],
  ['with a timestamp beyond numbers', header(BODY, SECRET, '9'.repeat(400))],
] as const)('a header %s is malformed', ([, value]) => {
  expect(reason(value)).toBe('signature_malformed');
});

test('a header that came twice is malformed, and one that did not come is missing', () => {
  expect(reason([header(BODY), header(BODY)])).toBe('signature_malformed');
  expect(reason(undefined)).toBe('signature_missing');
});

test('an empty body is told before anything else', () => {
  expect(reason(header(Buffer.of()), Buffer.of())).toBe('body_empty');
  expect(reason(undefined, Buffer.of())).toBe('body_empty');
});

test.for([
  ['no JSON', 'not json'],
  ['half of it', '{"id":"evt_1","type":'],
  ['an array', '[]'],
  ['null', 'null'],
  ['a text', '"evt_1"'],
  ['no id', '{"type":"charge.refunded"}'],
  ['no type', '{"id":"evt_1"}'],
  ['an id that is no text', '{"id":1,"type":"charge.refunded"}'],
  ['an empty id', '{"id":"","type":"charge.refunded"}'],
  ['an id with a NUL', '{"id":"evt\\u0000","type":"charge.refunded"}'],
  ['an endless id', `{"id":"${'e'.repeat(256)}","type":"charge.refunded"}`],
  ['a type with a line break', '{"id":"evt_1","type":"charge\\nrefunded"}'],
] as const)('a signed body of %s is malformed', ([, text]) => {
  const body = Buffer.from(text);
  expect(reason(header(body), body)).toBe('body_malformed');
});

test('its id and its type are those of the whole document, wherever they stand in it', () => {
  const members = fc.dictionary(
    fc.constantFrom('object', 'data', 'created', 'note'),
    fc.jsonValue(),
  );
  const layout = fc.record({
    before: members,
    between: members,
    after: members,
    swapped: fc.boolean(),
    indent: fc.constantFrom(0, 2),
    nested: fc.boolean(),
  });
  fc.assert(
    fc.property(layout, ({ before, between, after, swapped, indent, nested }) => {
      const id = { id: 'evt_1' };
      const type = { type: 'charge.refunded' };
      const [first, last] = swapped ? [type, id] : [id, type];
      const decoy = nested ? { inner: { id: 'evt_2', type: 'charge.failed' } } : {};
      const whole = { ...before, ...first, ...between, ...last, ...after, ...decoy };
      const body = Buffer.from(JSON.stringify(whole, null, indent));
      expect(verify(header(body), body)).toEqual({
        kind: 'verified',
        eventId: 'evt_1',
        eventType: 'charge.refunded',
      });
    }),
  );
});

test('what stands between an id at the beginning and a type at the end is left to the worker', () => {
  const body = Buffer.from('{"id":"evt_1", half of it,"type":"charge.refunded"}');
  expect(reason(header(body), body)).toBe('verified');
  expect(() => translateWebhook(body)).toThrow('expected object');
});

test('a body within a larger buffer is read from its own bytes', () => {
  const larger = Buffer.concat([Buffer.from('xxx'), BODY, Buffer.from('yyy')]);
  const body = new Uint8Array(larger.buffer, larger.byteOffset + 3, BODY.length);
  expect(reason(header(BODY), body)).toBe('verified');
});

const event = (type: string, object: unknown, fields: object = {}) =>
  Buffer.from(
    JSON.stringify({
      id: 'evt_1',
      object: 'event',
      type,
      created: NOW_SECONDS,
      api_version: '2026-10-28.endive',
      data: { object },
      ...fields,
    }),
  );

const OBJECTS = {
  payment_intent: {
    id: 'pi_1',
    object: 'payment_intent',
    status: 'succeeded',
    amount: 1000,
    amount_capturable: 0,
    amount_received: 1000,
    currency: 'usd',
    metadata: { tender_payment_id: 'pay_1', tender_attempt_id: 'att_1' },
    latest_charge: 'ch_1',
  },
  charge: {
    id: 'ch_1',
    object: 'charge',
    amount: 1000,
    amount_captured: 1000,
    amount_refunded: 300,
    captured: true,
    currency: 'usd',
    payment_intent: 'pi_1',
    metadata: { tender_payment_id: 'pay_1', tender_attempt_id: 'att_1' },
  },
  refund: {
    id: 're_1',
    object: 'refund',
    amount: 300,
    currency: 'usd',
    status: 'succeeded',
    payment_intent: 'pi_1',
    metadata: { tender_refund_id: 'ref_1', tender_payment_id: 'pay_1' },
  },
};

const DISPUTE = {
  id: 'dp_1',
  object: 'dispute',
  status: 'needs_response',
  reason: 'product_not_received',
  amount: 1000,
  currency: 'usd',
  created: 1_763_000_000,
  payment_intent: 'pi_1',
  evidence_details: { due_by: 1_764_000_000 },
};

test.for([
  ['payment_intent', 'payment_intent.created'],
  ['payment_intent', 'payment_intent.requires_action'],
  ['payment_intent', 'payment_intent.processing'],
  ['payment_intent', 'payment_intent.amount_capturable_updated'],
  ['payment_intent', 'payment_intent.partially_funded'],
  ['payment_intent', 'payment_intent.payment_failed'],
  ['payment_intent', 'payment_intent.canceled'],
  ['payment_intent', 'payment_intent.succeeded'],
  ['charge', 'charge.pending'],
  ['charge', 'charge.succeeded'],
  ['charge', 'charge.failed'],
  ['charge', 'charge.captured'],
  ['charge', 'charge.expired'],
  ['charge', 'charge.updated'],
  ['charge', 'charge.refunded'],
  ['refund', 'charge.refund.updated'],
  ['refund', 'refund.created'],
  ['refund', 'refund.updated'],
  ['refund', 'refund.failed'],
] as const)('a %s is what %s is about', ([name, type]) => {
  const kinds = { payment_intent: 'payment', charge: 'change', refund: 'refund' };
  const translated = translateWebhook(event(type, OBJECTS[name]));
  expect(translated).toMatchObject({ id: 'evt_1', type, createdAt: NOW });
  expect(translated.subject.kind).toBe(kinds[name]);
});

test('a payment event brings the report, a charge event the amounts, a refund event the refund', () => {
  const subject = (type: string, object: object) => translateWebhook(event(type, object)).subject;
  expect(subject('payment_intent.succeeded', OBJECTS.payment_intent)).toMatchObject({
    report: { gatewayPaymentId: 'pi_1', status: 'succeeded', amountCaptured: 1000n },
  });
  expect(subject('charge.refunded', OBJECTS.charge)).toEqual({
    kind: 'change',
    gatewayPaymentId: 'pi_1',
    reference: { paymentId: 'pay_1', attemptId: 'att_1' },
    amounts: { captured: 1000n, refunded: 300n },
    hasFee: false,
  });
  expect(subject('refund.updated', OBJECTS.refund)).toMatchObject({
    report: { gatewayRefundId: 're_1', refundId: 'ref_1', amount: 300n, status: 'succeeded' },
  });
});

test('a dispute event brings the dispute, with what is lost once it is', () => {
  const subject = (object: object) =>
    translateWebhook(event('charge.dispute.updated', object)).subject;
  expect(subject(DISPUTE)).toEqual({
    kind: 'dispute',
    report: {
      gatewayDisputeId: 'dp_1',
      gatewayPaymentId: 'pi_1',
      reference: null,
      status: 'needs_response',
      amount: 1000n,
      currency: 'USD',
      amountLost: 0n,
      fee: null,
      reason: 'not_received',
      gatewayReason: 'product_not_received',
      evidenceDueBy: new Date(1_764_000_000_000),
      openedAt: new Date(1_763_000_000_000),
    },
  });
  expect(subject({ ...DISPUTE, status: 'lost' })).toMatchObject({
    report: { status: 'lost', amountLost: 1000n },
  });
  const movements = [
    { fee: 1500, currency: 'eur' },
    { fee: 0, currency: 'eur' },
  ];
  expect(subject({ ...DISPUTE, balance_transactions: movements })).toMatchObject({
    report: { fee: { amount: 1500n, currency: 'EUR' } },
  });
});

test('a method that was taken away at Stripe is told by its id', () => {
  const method = { id: 'pm_1', object: 'payment_method' };
  expect(translateWebhook(event('payment_method.detached', method)).subject).toEqual({
    kind: 'method_detached',
    gatewayMethodId: 'pm_1',
  });
});

test.for([
  ['an event of no concern', event('customer.created', { object: 'customer' })],
  [
    'a dispute of a charge without an intent',
    event('charge.dispute.created', { ...DISPUTE, payment_intent: null }),
  ],
  ['an intent under another name', event('invoice.paid', OBJECTS.payment_intent)],
  [
    'a charge without an intent',
    event('charge.succeeded', { ...OBJECTS.charge, payment_intent: null }),
  ],
  [
    'a currency in which Tender cannot have charged',
    event('payment_intent.succeeded', { ...OBJECTS.payment_intent, currency: 'usdc' }),
  ],
  [
    'the release of an authorization',
    event('refund.created', {
      ...OBJECTS.refund,
      metadata: {},
      reason: 'expired_uncaptured_charge',
    }),
  ],
  [
    'a thin event',
    Buffer.from(
      '{"id":"evt_1","object":"v2.core.event","type":"v1.billing.meter.error","created":"2026-11-20T12:00:00.000Z"}',
    ),
  ],
] as const)('%s is nothing that Tender keeps', ([, body]) => {
  expect(translateWebhook(body)).toMatchObject({ subject: { kind: 'none' }, createdAt: NOW });
});

test('events of older API versions are understood', () => {
  const charges = { object: 'list', data: [OBJECTS.charge] };
  const old = { ...OBJECTS.payment_intent, latest_charge: undefined, charges };
  const fields = { api_version: '2020-08-27' };
  expect(translateWebhook(event('payment_intent.succeeded', old, fields)).subject).toMatchObject({
    kind: 'payment',
    report: { status: 'succeeded', paymentMethod: null },
  });
  const released = { ...OBJECTS.charge, amount_captured: 700 };
  expect(translateWebhook(event('charge.captured', released, fields)).subject).toMatchObject({
    amounts: { captured: 700n, refunded: 0n },
  });
});

test.for([
  ['no JSON', Buffer.from('not json')],
  ['no time', event('charge.refunded', OBJECTS.charge, { created: undefined })],
  [
    'half an intent',
    event('payment_intent.succeeded', { object: 'payment_intent', currency: 'usd' }),
  ],
] as const)('a body with %s is not translated', ([, body]) => {
  expect(() => translateWebhook(body)).toThrow();
});
