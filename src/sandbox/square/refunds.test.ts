import { expect, test } from 'vitest';
import { openSandbox } from './test-client.ts';
import type { Client } from './test-client.ts';

const usd = (amount: number) => ({ amount, currency: 'USD' });

const refunding =
  ({ post, newKey }: Client) =>
  (payment: string, amount: number, more: object = {}) =>
    post('/v2/refunds', {
      idempotency_key: newKey(),
      payment_id: payment,
      amount_money: usd(amount),
      ...more,
    });

test('a refund is pending at first and completed a moment later', async () => {
  const client = await openSandbox();
  const { id } = (await client.pay('cnon:card-nonce-ok')).body.payment;
  const { status, body } = await refunding(client)(id, 500, { reason: 'Broken cup' });
  expect(status).toBe(200);
  expect(body.refund).toMatchObject({ status: 'PENDING', payment_id: id, amount_money: usd(500) });
  expect(body.refund.id.startsWith(`${id}_`)).toBe(true);
  const shown = async () => (await client.get(`/v2/refunds/${body.refund.id}`)).body.refund.status;
  await expect.poll(shown).toBe('COMPLETED');
  const { payment } = (await client.get(`/v2/payments/${id}`)).body;
  expect(payment).toMatchObject({ refunded_money: usd(500), refund_ids: [body.refund.id] });
  expect(client.sandbox.books().payments).toMatchObject([
    { charges: [{ refunded: 500, refundPending: 0 }], refunds: [{ status: 'succeeded' }] },
  ]);
  expect(client.sandbox.checkBooks()).toEqual([]);
});

test('refunds at the same moment never promise more than was taken', async () => {
  const client = await openSandbox();
  const { id } = (await client.pay('cnon:card-nonce-ok')).body.payment;
  const refund = refunding(client);
  const replies = await Promise.all([refund(id, 1200), refund(id, 1200), refund(id, 800)]);
  const statuses = replies.map((reply) => client.refusal(reply));
  expect(statuses).toEqual([[200], [400, 'REFUND_AMOUNT_INVALID'], [200]]);
  expect(replies[1].body.errors?.[0]?.category).toBe('REFUND_ERROR');
  expect(client.refusal(await refund(id, 1))).toEqual([400, 'REFUND_AMOUNT_INVALID']);
});

test('a refund that fails or is rejected gives its amount back', async () => {
  const client = await openSandbox();
  const { sandbox } = client;
  const { id } = (await client.pay('cnon:card-nonce-ok')).body.payment;
  const refund = refunding(client);
  const status = async (one: string) => (await client.get(`/v2/refunds/${one}`)).body.refund.status;
  sandbox.faults.add({ behaviour: 'refunds_rejected', times: 1 });
  const rejected = (await refund(id, 2000)).body.refund.id;
  await expect.poll(() => status(rejected)).toBe('REJECTED');
  sandbox.faults.add({ behaviour: 'refunds_pending' });
  const held = (await refund(id, 2000)).body.refund.id;
  expect(client.refusal(await refund(id, 1))).toEqual([400, 'REFUND_AMOUNT_INVALID']);
  sandbox.advance(60);
  expect(await status(held)).toBe('PENDING');
  expect((await client.control('POST', `refunds/${held}/fail`)).text).toContain('FAILED');
  expect((await client.control('POST', `refunds/${held}/succeed`)).status).toBe(404);
  const paid = (await refund(id, 2000)).body.refund.id;
  expect(sandbox.completeRefund(paid)).toBe(true);
  expect(sandbox.failRefund(paid)).toBe(false);
  expect(await status(paid)).toBe('COMPLETED');
  expect(sandbox.books().payments[0]?.charges).toMatchObject([{ refunded: 2000 }]);
  expect(sandbox.checkBooks()).toEqual([]);
});

test('only what was taken, lately, in that currency and at that version is refunded', async () => {
  const client = await openSandbox();
  const { pay, refusal, sandbox } = client;
  const refund = refunding(client);
  const held = (await pay('cnon:card-nonce-ok', { autocomplete: false })).body.payment.id;
  expect(refusal(await refund(held, 5))).toEqual([400, 'REFUND_ERROR_PAYMENT_NEEDS_COMPLETION']);
  await client.post(`/v2/payments/${held}/cancel`);
  expect(refusal(await refund(held, 5))).toEqual([400, 'PAYMENT_NOT_REFUNDABLE']);
  const failed = (await pay('cnon:card-nonce-declined')).body.payment.id;
  expect(refusal(await refund(failed, 5))).toEqual([400, 'PAYMENT_NOT_REFUNDABLE']);
  expect(refusal(await refund('none', 5))).toEqual([404, 'NOT_FOUND']);
  const paid = (await pay('cnon:card-nonce-ok')).body.payment.id;
  const euros = { amount_money: { amount: 5, currency: 'EUR' } };
  expect(refusal(await refund(paid, 5, euros))).toEqual([400, 'INVALID_VALUE']);
  const stale = { payment_version_token: 'stale' };
  expect(refusal(await refund(paid, 5, stale))).toEqual([400, 'VERSION_MISMATCH']);
  sandbox.advance(366 * 86_400);
  expect(refusal(await refund(paid, 5))).toEqual([400, 'PAYMENT_NOT_REFUNDABLE']);
});
