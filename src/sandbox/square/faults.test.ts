import { expect, test } from 'vitest';
import { openSandbox } from './test-client.ts';

test('an answer that is lost after the work leaves one charge, which the same key finds again', async () => {
  const { pay, sandbox } = await openSandbox();
  sandbox.faults.add({
    match: { method: 'POST', path: '/v2/payments$' },
    fault: { kind: 'drop', when: 'after' },
    times: 1,
  });
  const once = { idempotency_key: 'one', reference_id: 'pay_1' };
  await expect(pay('cnon:card-nonce-ok', once)).rejects.toThrow();
  const again = await pay('cnon:card-nonce-ok', once);
  expect(again.body.payment.status).toBe('COMPLETED');
  const books = sandbox.books({ metadata: { reference_id: 'pay_1' } });
  expect(books.payments.flatMap((payment) => payment.charges)).toMatchObject([{ status: 'live' }]);
});

test('a 5xx after the work is not what the key replays', async () => {
  const { pay, refusal, sandbox } = await openSandbox();
  sandbox.faults.add({
    match: { method: 'POST' },
    fault: { kind: 'status', status: 503, when: 'after' },
    times: 1,
  });
  const once = { idempotency_key: 'one' };
  expect(refusal(await pay('cnon:card-nonce-ok', once))).toEqual([503, 'SERVICE_UNAVAILABLE']);
  expect((await pay('cnon:card-nonce-ok', once)).status).toBe(200);
  expect(sandbox.books().totals.liveCharges).toBe(1);
});

test('errors before the work have the shape and the codes of Square, and nothing is done', async () => {
  const { pay, refusal, sandbox } = await openSandbox();
  for (const [status, code, category] of [
    [401, 'UNAUTHORIZED', 'AUTHENTICATION_ERROR'],
    [404, 'NOT_FOUND', 'INVALID_REQUEST_ERROR'],
    [418, 'BAD_REQUEST', 'INVALID_REQUEST_ERROR'],
    [429, 'RATE_LIMITED', 'RATE_LIMIT_ERROR'],
    [500, 'INTERNAL_SERVER_ERROR', 'API_ERROR'],
    [504, 'GATEWAY_TIMEOUT', 'API_ERROR'],
  ] as const) {
    sandbox.faults.add({ fault: { kind: 'status', status }, times: 1 });
    const reply = await pay('cnon:card-nonce-ok');
    expect(refusal(reply)).toEqual([status, code]);
    expect(reply.body.errors?.[0]?.category).toBe(category);
  }
  sandbox.faults.add({ fault: { kind: 'malformed' }, times: 1 });
  expect((await pay('cnon:card-nonce-ok')).headers.get('content-type')).toBe('text/html');
  expect(sandbox.books().payments).toEqual([]);
});

test('a rule meets requests by the reference of the body or of the payment in the path', async () => {
  const { pay, get, sandbox } = await openSandbox();
  const { id } = (await pay('cnon:card-nonce-ok', { reference_id: 'pay_1' })).body.payment;
  sandbox.faults.add({
    match: { metadata: { reference_id: 'pay_1' } },
    fault: { kind: 'status', status: 500 },
  });
  expect((await get(`/v2/payments/${id}`)).status).toBe(500);
  expect((await pay('cnon:card-nonce-ok', { reference_id: 'pay_1' })).status).toBe(500);
  expect((await pay('cnon:card-nonce-ok', { reference_id: 'pay_2' })).status).toBe(200);
});

test('a reset forgets payments, keys and faults', async () => {
  const { pay, control, sandbox } = await openSandbox();
  await pay('cnon:card-nonce-ok', { idempotency_key: 'one' });
  sandbox.faults.add({ fault: { kind: 'status', status: 500 } });
  await control('POST', 'reset');
  expect(sandbox.books().payments).toEqual([]);
  const again = await pay('cnon:card-nonce-ok', { idempotency_key: 'one', note: 'Tea' });
  expect(again.status).toBe(200);
});
