import { expect, test } from 'vitest';
import { openSandbox } from './test-client.ts';

const replayed = (reply: { headers: Headers }) => reply.headers.get('idempotent-replayed');

test('the same key and parameters get the first answer again and charge once', async () => {
  const { pay, sandbox } = await openSandbox();
  const first = await pay('pm_card_visa', {}, { idempotencyKey: 'k1' });
  const second = await pay('pm_card_visa', {}, { idempotencyKey: 'k1' });
  expect(second.text).toBe(first.text);
  expect(replayed(first)).toBeNull();
  expect(replayed(second)).toBe('true');
  expect(second.headers.get('original-request')).toBe(first.headers.get('request-id'));
  expect(sandbox.books().totals.liveCharges).toBe(1);
});

test('the order of the parameters does not matter', async () => {
  const { post } = await openSandbox();
  const options = { idempotencyKey: 'k1' };
  await post('/v1/payment_intents', { amount: '500', currency: 'usd' }, options);
  const again = await post('/v1/payment_intents', { currency: 'usd', amount: '500' }, options);
  expect(replayed(again)).toBe('true');
});

test('a decline is kept under its key and replayed as the same 402', async () => {
  const { pay, sandbox } = await openSandbox();
  const first = await pay('pm_card_chargeDeclined', {}, { idempotencyKey: 'k1' });
  const second = await pay('pm_card_chargeDeclined', {}, { idempotencyKey: 'k1' });
  expect([first.status, second.status]).toEqual([402, 402]);
  expect(second.text).toBe(first.text);
  expect(sandbox.books().payments).toHaveLength(1);
});

test('a key with other parameters, or on another path, is an idempotency error', async () => {
  const { post, pay } = await openSandbox();
  const { body } = await pay('pm_card_visa', {}, { idempotencyKey: 'k1' });
  const otherAmount = await pay('pm_card_visa', { amount: '2100' }, { idempotencyKey: 'k1' });
  const otherPath = await post(
    '/v1/refunds',
    { payment_intent: body.id },
    { idempotencyKey: 'k1' },
  );
  for (const reply of [otherAmount, otherPath]) {
    expect(reply.status).toBe(400);
    expect(reply.body.error.type).toBe('idempotency_error');
  }
});

test('a request whose key is in flight gets 409 and does not run', async () => {
  const { pay, sandbox } = await openSandbox();
  sandbox.faults.add({ fault: { kind: 'delay', ms: 300 }, times: 1 });
  const slow = pay('pm_card_visa', {}, { idempotencyKey: 'k1' });
  await expect.poll(() => sandbox.faults.list()).toEqual([]);
  const concurrent = await pay('pm_card_visa', {}, { idempotencyKey: 'k1' });
  expect(concurrent.status).toBe(409);
  expect(concurrent.body.error.code).toBe('idempotency_key_in_use');
  expect((await slow).status).toBe(200);
  expect(sandbox.books().totals.liveCharges).toBe(1);
  expect(replayed(await pay('pm_card_visa', {}, { idempotencyKey: 'k1' }))).toBe('true');
});

test('a hundred requests with one key at the same time charge once', async () => {
  const { pay, sandbox } = await openSandbox();
  const replies = await Promise.all(
    Array.from({ length: 100 }, () => pay('pm_card_visa', {}, { idempotencyKey: 'k1' })),
  );
  expect(new Set(replies.map((reply) => reply.body.id)).size).toBe(1);
  expect(sandbox.books().totals.liveCharges).toBe(1);
});

test('a key is forgotten after 24 hours, and then charges again', async () => {
  const { pay, sandbox } = await openSandbox();
  const first = await pay('pm_card_visa', {}, { idempotencyKey: 'k1' });
  sandbox.advance(86_400 - 60);
  expect((await pay('pm_card_visa', {}, { idempotencyKey: 'k1' })).body.id).toBe(first.body.id);
  sandbox.advance(60);
  const later = await pay('pm_card_visa', {}, { idempotencyKey: 'k1' });
  expect(later.body.id).not.toBe(first.body.id);
  expect(sandbox.books().totals.liveCharges).toBe(2);
});

test('what fails before execution is not kept: the corrected request may use the key', async () => {
  const { post, pay } = await openSandbox();
  const options = { idempotencyKey: 'k1' };
  const invalid = [
    await post('/v1/payment_intents', { amount: 'x', currency: 'usd' }, options),
    await post('/v1/payment_intents', { amount: '1', currency: 'usd' }, options),
    await post('/v1/payment_intents', { amount: '500', currency: 'usd', nonsense: '1' }, options),
    await pay('pm_card_unknown', {}, options),
    await pay('pm_card_visa', {}, { ...options, key: 'sk_test_wrong' }),
  ];
  expect(invalid.map((reply) => reply.status)).toEqual([400, 400, 400, 400, 401]);
  expect((await pay('pm_card_visa', {}, options)).status).toBe(200);
});

test('an error of state is kept: it is replayed even when it would no longer happen', async () => {
  const { post } = await openSandbox();
  const created = await post('/v1/payment_intents', { amount: '500', currency: 'usd' });
  const path = `/v1/payment_intents/${created.body.id}/capture`;
  const first = await post(path, {}, { idempotencyKey: 'k1' });
  expect(first.body.error.code).toBe('payment_intent_unexpected_state');
  const second = await post(path, {}, { idempotencyKey: 'k1' });
  expect(second.text).toBe(first.text);
  expect(replayed(second)).toBe('true');
});

test('keys of up to 255 characters are taken, longer and empty ones refused', async () => {
  const { pay } = await openSandbox();
  expect((await pay('pm_card_visa', {}, { idempotencyKey: 'k'.repeat(255) })).status).toBe(200);
  expect((await pay('pm_card_visa', {}, { idempotencyKey: 'k'.repeat(256) })).status).toBe(400);
  expect((await pay('pm_card_visa', {}, { idempotencyKey: '' })).status).toBe(400);
});
