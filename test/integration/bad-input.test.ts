import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createApiKey } from '../../src/admin/api-keys.ts';
import { revokeApiKey } from '../../src/admin/api-keys.ts';
import { DRAFT, HELD, pay, PATIENT, VISA } from '../support/checkout.ts';
import { eventually } from '../support/eventually.ts';
import { place } from '../support/near-valid.ts';
import { sendAsIs, type Sent } from '../support/raw-request.ts';
import { expectSameBooks } from '../support/same-books.ts';
import { startTenderProcesses, type TenderProcesses } from '../support/tender-processes.ts';
import type { Answer } from '../support/tender.ts';

let tender: TenderProcesses;
/** An authorized payment that every refused request leaves as it is. */
let held: Answer['json'];
beforeAll(async () => {
  tender = await startTenderProcesses({ env: PATIENT });
  held = (await pay(tender, HELD)).json;
  await tender.settled();
});
afterAll(async () => {
  await tender.settled();
  await expectSameBooks(tender);
  await tender.close();
});

/** Everything that a request could have changed, here and at the gateway. */
async function everything(): Promise<object> {
  const [rows] = await tender.db.sql`
    SELECT (SELECT count(*) FROM payments)::int AS payments, (SELECT sum(version) FROM payments)::int AS versions,
           (SELECT count(*) FROM payment_attempts)::int AS attempts, (SELECT count(*) FROM refunds)::int AS refunds,
           (SELECT count(*) FROM idempotency_keys)::int AS keys`;
  return { rows, books: tender.sandbox.books() };
}

/** Expects a problem document with this status and code, and nothing changed. */
async function expectRefused(sent: Sent, status: number, code: string): Promise<Answer['json']> {
  const before = await everything();
  const answer = await sendAsIs(tender, sent);
  expect(answer.headers.get('content-type')).toMatch(/^application\/problem\+json\b/);
  const problem = JSON.parse(answer.text);
  expect({ status: answer.status, code: problem.code }).toEqual({ status, code });
  expect(problem).toMatchObject({ status, type: `/docs/problems#${code}` });
  expect(problem.request_id).toBe(answer.headers.get('x-request-id'));
  expect(await everything()).toEqual(before);
  return problem;
}

const json = (value: unknown) => JSON.stringify(value);

describe('an amount', () => {
  test.for<[string, string, string]>([
    ['below the smallest', '99', 'amount_too_small'],
    ['above the largest', '5000001', 'amount_too_large'],
    ['that no currency has', '9007199254740993', 'amount_invalid'],
    ['below zero', '-1000', 'amount_invalid'],
    ['of zero', '0', 'amount_invalid'],
    ['with a fraction', '1000.5', 'amount_invalid'],
    ['as a text', '"1000"', 'amount_invalid'],
    ['as a list', '[1000]', 'amount_invalid'],
    ['of null', 'null', 'amount_invalid'],
    ['beyond all numbers', '1e400', 'parameter_invalid'],
  ])('%s is refused', async ([, amount, code]) => {
    const body = json({ ...VISA, amount: 'HERE' }).replace('"HERE"', amount);
    const problem = await expectRefused({ body }, 422, code);
    expect(problem.param).toBe('amount');
  });

  test.for(['-1', '0', '1.5', '"1000"', '1e400', '1e21'])(
    'of %s is refused of captures and refunds too',
    async (amount) => {
      for (const operation of ['capture', 'refunds']) {
        const path = `/api/v1/payments/${held.id}/${operation}`;
        const code = amount === '1e400' ? 'parameter_invalid' : 'amount_invalid';
        await expectRefused({ path, body: `{"amount":${amount}}` }, 422, code);
      }
    },
  );

  test('that is missing is asked for', async () => {
    await expectRefused({ body: json({ currency: 'EUR' }) }, 422, 'parameter_missing');
  });

  test('is bounded in the units of its currency', async () => {
    const tooSmall = json({ ...VISA, currency: 'KWD', amount: 999 });
    await expectRefused({ body: tooSmall }, 422, 'amount_too_small');
    const notCharged = json({ ...VISA, currency: 'KWD', amount: 1_001 });
    await expectRefused({ body: notCharged }, 422, 'amount_invalid');
  });
});

describe('what nobody knows', () => {
  test.for<[string, object, string, string]>([
    ['currency', { currency: 'XXY' }, 'currency_unknown', 'currency'],
    ['currency that is a number', { currency: 978 }, 'parameter_invalid', 'currency'],
    [
      'currency that Stripe does not charge in',
      { currency: 'IRR' },
      'currency_not_supported',
      'currency',
    ],
    ['gateway', { gateway: 'adyen' }, 'gateway_unknown', 'gateway'],
    ['field', { amuont: 1 }, 'parameter_unknown', 'amuont'],
    ['capture method', { capture_method: 'later' }, 'parameter_invalid', 'capture_method'],
    ['scheme of a URL', { return_url: 'javascript:alert(1)' }, 'parameter_invalid', 'return_url'],
    ['kind of metadata', { metadata: { a: 1 } }, 'parameter_invalid', 'metadata.a'],
  ])('an unknown %s is refused', async ([, wrong, code, param]) => {
    const problem = await expectRefused({ body: json({ ...VISA, ...wrong }) }, 422, code);
    expect(problem.param).toBe(param);
  });

  test('a payment or refund that is not there is 404, however odd its id', async () => {
    for (const id of ['pay_none', '%F0%9F%92%B6', 'a%20b', "'%3B--", 'x'.repeat(100)]) {
      await expectRefused(
        { method: 'GET', path: `/api/v1/payments/${id}` },
        404,
        'payment_not_found',
      );
      await expectRefused(
        { path: `/api/v1/payments/${id}/capture`, body: '{}' },
        404,
        'payment_not_found',
      );
      await expectRefused(
        { method: 'GET', path: `/api/v1/refunds/${id}` },
        404,
        'refund_not_found',
      );
    }
  });

  test.for([
    ['%00', 422, 'parameter_invalid'],
    ['%ff', 400, 'invalid_url'],
    ['x'.repeat(101), 414, 'uri_too_long'],
  ] as const)('an id of %s is refused', async ([id, status, code]) => {
    await expectRefused({ method: 'GET', path: `/api/v1/payments/${id}` }, status, code);
    await expectRefused({ path: `/api/v1/payments/${id}/cancel` }, status, code);
  });

  test('a path and a method that are not there are told apart', async () => {
    await expectRefused({ path: '/api/v1/payment' }, 404, 'route_not_found');
    await expectRefused({ method: 'DELETE', path: '/api/v1/payments' }, 405, 'method_not_allowed');
  });
});

describe('a card number', () => {
  const CARD = '4242424242424242';
  test.for<[string, Sent]>([
    ['as the payment method', { body: json({ ...VISA, payment_method: CARD }) }],
    ['in the description', { body: json({ ...VISA, description: `paid with ${CARD}` }) }],
    ['written in groups', { body: json({ ...VISA, order_id: '4242 4242 4242 4242' }) }],
    ['in metadata', { body: json({ ...VISA, metadata: { card: CARD } }) }],
    ['as a name in metadata', { body: json({ ...VISA, metadata: { [CARD]: 'card' } }) }],
    ['in a field that is unknown', { body: json({ ...VISA, card: { number: [CARD] } }) }],
    ['as a number', { body: `{"amount":${CARD},"currency":"EUR"}` }],
    ['as the Idempotency-Key', { body: json(VISA), headers: { 'idempotency-key': CARD } }],
    ['in a query', { method: 'GET', path: `/api/v1/payments?order_id=${CARD}` }],
    ['in a path', { method: 'GET', path: `/api/v1/payments/${CARD}` }],
  ])('%s is refused and not repeated', async ([, sent]) => {
    const problem = await expectRefused(sent, 422, 'card_number_refused');
    expect(json(problem)).not.toMatch(/4242/);
  });

  test('is not in the logs either', () => {
    expect(tender.api.output).not.toMatch(/4242 ?4242/);
  });

  test.for(['1732492800000', '20261124123456', '9876543210987654', '4242424242424241'])(
    'is not seen in the order id %s',
    async (order_id) => {
      const { status, json: payment } = await pay(tender, { ...DRAFT, order_id });
      expect(status).toBe(201);
      expect(payment.order_id).toBe(order_id);
      await tender.settled();
    },
  );
});

describe('without a key that counts', () => {
  test.for<[string, string]>([
    ['no key', ''],
    ['another scheme', 'Basic dXNlcjpwYXNz'],
    ['a key of another mode', `Bearer tk_live_${'0'.repeat(32)}`],
    ['a key that does not exist', `Bearer tk_test_${'0'.repeat(32)}`],
  ])('a request with %s is refused everywhere', async ([, authorization]) => {
    const headers = { authorization };
    await expectRefused({ body: json(VISA), headers }, 401, 'unauthorized');
    for (const path of ['payments', `payments/${held.id}`, 'refunds/ref_1', 'events']) {
      await expectRefused({ method: 'GET', path: `/api/v1/${path}`, headers }, 401, 'unauthorized');
    }
    for (const operation of ['confirm', 'capture', 'cancel', 'refunds', 'sync']) {
      const path = `/api/v1/payments/${held.id}/${operation}`;
      await expectRefused({ path, headers }, 401, 'unauthorized');
    }
  });

  test('a revoked key works for no longer than a second', async () => {
    const { key, id } = await createApiKey(tender.db, { name: 'revoked', mode: 'test' });
    const headers = { authorization: `Bearer ${key}` };
    const listing = () => sendAsIs(tender, { method: 'GET', path: '/api/v1/payments', headers });
    expect((await listing()).status).toBe(200);
    expect((await revokeApiKey(tender.db, id)).kind).toBe('revoked');
    const revokedAt = performance.now();
    let lastWelcomeAt = revokedAt;
    await eventually(async () => {
      const sentAt = performance.now();
      const { status } = await listing();
      if (status === 200) lastWelcomeAt = sentAt;
      expect(status).toBe(401);
    });
    expect(lastWelcomeAt - revokedAt).toBeLessThan(1_000);
    await expectRefused({ body: json(VISA), headers }, 401, 'unauthorized');
  });
});

describe('a body', () => {
  const bytes = (text: string, ...more: number[]) =>
    new Uint8Array([...Buffer.from(text), ...more]);
  test.for<[string, Sent, number, string]>([
    [
      'over 64 KiB',
      { body: json({ ...VISA, description: 'x'.repeat(65_536) }) },
      413,
      'body_too_large',
    ],
    ['that is cut off', { body: json(VISA).slice(0, -1) }, 400, 'invalid_json'],
    ['that is empty', {}, 422, 'invalid_request'],
    ['that is a list', { body: '[]' }, 422, 'invalid_request'],
    ['that is null', { body: 'null' }, 422, 'invalid_request'],
    [
      'in another encoding',
      { body: bytes('{"description":"', 0xff, 0x22, 0x7d) },
      400,
      'invalid_json',
    ],
    ['with a raw NUL', { body: bytes('{"description":"', 0, 0x22, 0x7d) }, 400, 'invalid_json'],
    [
      'with a NUL in a text',
      { body: json({ ...VISA, description: 'a\0b' }) },
      422,
      'parameter_invalid',
    ],
    [
      'with a NUL in a name',
      { body: json({ ...VISA, metadata: { 'a\0': 'b' } }) },
      422,
      'parameter_invalid',
    ],
    [
      'with half a character',
      { body: json({ ...VISA, description: '\ud800' }) },
      422,
      'parameter_invalid',
    ],
    [
      'of a form',
      { body: 'amount=1', headers: { 'content-type': 'application/x-www-form-urlencoded' } },
      415,
      'unsupported_media_type',
    ],
    [
      'of text',
      { body: json(VISA), headers: { 'content-type': 'text/plain' } },
      415,
      'unsupported_media_type',
    ],
    [
      'that says it is compressed',
      { body: json(VISA), headers: { 'content-encoding': 'gzip' } },
      415,
      'unsupported_media_type',
    ],
    [
      'nested a thousand times',
      { body: `{"metadata":${'['.repeat(1_000)}${']'.repeat(1_000)}}` },
      422,
      'invalid_request',
    ],
    [
      'with __proto__',
      { body: '{"__proto__":{"confirm":true},"amount":1000,"currency":"EUR"}' },
      422,
      'parameter_invalid',
    ],
    [
      'that confirms with nothing',
      { body: json({ ...DRAFT, confirm: true }) },
      422,
      'parameter_invalid',
    ],
  ])('%s is refused', async ([, sent, status, code]) => {
    await expectRefused(sent, status, code);
    for (const operation of ['confirm', 'capture', 'cancel', 'refunds']) {
      if (status === 422) continue;
      const path = `/api/v1/payments/${held.id}/${operation}`;
      await expectRefused({ ...sent, path }, status, code);
    }
  });
});

describe('a list', () => {
  const NUL = place({ createdAt: new Date(), id: 'pay_\0' });
  test.for([
    'limit=0',
    'limit=101',
    'limit=ten',
    'limit=1&limit=2',
    'order=asc',
    'cursor=',
    'cursor=nonsense',
    `cursor=${NUL}`,
    `cursor=${place({ createdAt: '-271821-04-20T00:00:00Z', id: 'a' })}`,
    `cursor=${place({ createdAt: 8.64e15, id: 'a' })}`,
    `cursor=${place({ createdAt: true, id: 'a' })}`,
    `cursor=${place({ createdAt: '2026-01-01', id: 'a', more: 1 })}`,
    `cursor=${place([])}`,
    `cursor=${place({ sqlTransaction: '-1', position: '1' })}`,
  ])('with %s is refused', async (query) => {
    for (const path of ['payments', `payments/${held.id}/refunds`, 'events']) {
      const param = query.split('=')[0] === 'order' ? 'parameter_unknown' : 'parameter_invalid';
      await expectRefused({ method: 'GET', path: `/api/v1/${path}?${query}` }, 422, param);
    }
  });

  test.for([
    'status=paid',
    'created_from=yesterday',
    'created_from=0000-01-01T00:00:00Z',
    'created_before=9999-12-31T23:59:59-23:59',
    'created_before=0001-01-01T00:00:00%2B23:59',
    'order_id=',
    'order_id=%00',
  ])('of payments with %s is refused', async (query) => {
    const path = `/api/v1/payments?${query}`;
    await expectRefused({ method: 'GET', path }, 422, 'parameter_invalid');
  });
});
