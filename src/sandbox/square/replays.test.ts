import { expect, test } from 'vitest';
import { openSandbox } from './test-client.ts';

const usd = (amount: number) => ({ amount, currency: 'USD' });

test('the same request with the same key is answered again and charges once', async () => {
  const { pay, sandbox } = await openSandbox();
  const same = { idempotency_key: 'one' };
  const first = await pay('cnon:card-nonce-ok', same);
  const second = await pay('cnon:card-nonce-ok', same);
  expect([second.status, second.text]).toEqual([200, first.text]);
  expect(sandbox.books().totals.liveCharges).toBe(1);
});

test('the order of the fields does not matter', async () => {
  const { post } = await openSandbox();
  const [one, other] = [
    { idempotency_key: 'one', source_id: 'cnon:card-nonce-ok', amount_money: usd(5) },
    {
      amount_money: { currency: 'USD', amount: 5 },
      source_id: 'cnon:card-nonce-ok',
      idempotency_key: 'one',
    },
  ];
  const first = await post('/v2/payments', one);
  expect((await post('/v2/payments', other)).text).toBe(first.text);
});

test('another request with the same key is refused', async () => {
  const { pay, sandbox } = await openSandbox();
  await pay('cnon:card-nonce-ok', { idempotency_key: 'one' });
  const other = await pay('cnon:card-nonce-ok', { idempotency_key: 'one', note: 'Tea' });
  expect([other.status, other.body.errors]).toEqual([
    400,
    [
      {
        category: 'INVALID_REQUEST_ERROR',
        code: 'IDEMPOTENCY_KEY_REUSED',
        detail: 'Different request parameters used for the same idempotency_key: one',
        field: 'idempotency_key',
      },
    ],
  ]);
  expect(sandbox.books().totals.liveCharges).toBe(1);
});

test('a decline belongs to its key, and what was not executed does not', async () => {
  const { pay, refusal, sandbox } = await openSandbox();
  const declined = await pay('cnon:card-nonce-declined', { idempotency_key: 'one' });
  const again = await pay('cnon:card-nonce-declined', { idempotency_key: 'one' });
  expect([again.status, again.text]).toEqual([402, declined.text]);
  expect(sandbox.books().payments).toHaveLength(1);
  const other = await pay('cnon:card-nonce-ok', { idempotency_key: 'one' });
  expect(refusal(other)).toEqual([400, 'IDEMPOTENCY_KEY_REUSED']);
  const unknown = await pay('cnon:unknown', { idempotency_key: 'two' });
  expect(refusal(unknown)).toEqual([404, 'NOT_FOUND']);
  expect((await pay('cnon:card-nonce-ok', { idempotency_key: 'two' })).status).toBe(200);
});

test('a key belongs to the call that it was used for', async () => {
  const { pay, post } = await openSandbox();
  const { id } = (await pay('cnon:card-nonce-ok', { idempotency_key: 'one' })).body.payment;
  const refund = { idempotency_key: 'one', payment_id: id, amount_money: usd(5) };
  expect((await post('/v2/refunds', refund)).status).toBe(200);
});

test('a key is forgotten after a day by the clock of the sandbox', async () => {
  const { pay, sandbox } = await openSandbox();
  await pay('cnon:card-nonce-ok', { idempotency_key: 'one' });
  sandbox.advance(86_400);
  expect((await pay('cnon:card-nonce-ok', { idempotency_key: 'one' })).status).toBe(200);
  expect(sandbox.books().totals.liveCharges).toBe(2);
});

test('a key whose request is still running is in flight, and canceling by it finds nothing yet', async () => {
  const { pay, post, sandbox, refusal } = await openSandbox();
  sandbox.faults.add({ match: { method: 'POST' }, fault: { kind: 'delay', ms: 200 }, times: 1 });
  const late = pay('cnon:card-nonce-ok', { idempotency_key: 'one' });
  await expect.poll(() => sandbox.faults.list()).toEqual([]);
  expect(refusal(await pay('cnon:card-nonce-ok', { idempotency_key: 'one' }))).toEqual([
    409,
    'CONFLICT',
  ]);
  expect((await post('/v2/payments/cancel', { idempotency_key: 'one' })).status).toBe(200);
  expect((await late).body.payment.status).toBe('COMPLETED');
  expect(sandbox.books().totals.liveCharges).toBe(1);
});

test('a key may have 45 bytes', async () => {
  const { pay, refusal } = await openSandbox();
  const tryKey = (idempotency_key: string) => pay('cnon:card-nonce-ok', { idempotency_key });
  expect((await tryKey('k'.repeat(45))).status).toBe(200);
  expect(refusal(await tryKey('k'.repeat(46)))).toContain('VALUE_TOO_LONG');
  expect(refusal(await tryKey('é'.repeat(23)))).toEqual([400, 'VALUE_TOO_LONG']);
  expect(refusal(await tryKey(''))).toEqual([400, 'VALUE_EMPTY']);
});
