import { expect, test } from 'vitest';
import { openSandbox } from './test-client.ts';

test('a refund pays back in full or in part, by payment intent or by charge', async () => {
  const { pay, post, get, sandbox } = await openSandbox();
  const { body } = await pay('pm_card_visa');
  const part = await post('/v1/refunds', {
    charge: body.latest_charge,
    amount: '500',
    reason: 'duplicate',
    'metadata[ref]': 'r1',
  });
  expect(part.body).toMatchObject({
    status: 'succeeded',
    amount: 500,
    reason: 'duplicate',
    metadata: { ref: 'r1' },
    payment_intent: body.id,
  });
  const rest = await post('/v1/refunds', { payment_intent: body.id });
  expect(rest.body.amount).toBe(1500);
  const charge = await get(`/v1/charges/${body.latest_charge}`);
  expect(charge.body).toMatchObject({ amount_refunded: 2000, refunded: true });
  expect(sandbox.books().totals.currencies['usd']).toMatchObject({
    captured: 2000,
    refunded: 2000,
  });
  expect(sandbox.checkBooks()).toEqual([]);
});

test('more than is left is refused, and so is a charge that is refunded already', async () => {
  const { pay, post } = await openSandbox();
  const { body } = await pay('pm_card_visa');
  await post('/v1/refunds', { payment_intent: body.id, amount: '1500' });
  const tooMuch = await post('/v1/refunds', { payment_intent: body.id, amount: '501' });
  expect(tooMuch.status).toBe(400);
  expect(tooMuch.body.error).toMatchObject({ type: 'invalid_request_error', param: 'amount' });
  await post('/v1/refunds', { payment_intent: body.id, amount: '500' });
  const again = await post('/v1/refunds', { payment_intent: body.id, amount: '1' });
  expect(again.body.error.code).toBe('charge_already_refunded');
});

test('fifty refunds of 100 at the same time on 1000 end as exactly ten', async () => {
  const { pay, post, sandbox } = await openSandbox();
  const { body } = await pay('pm_card_visa', { amount: '1000' });
  const replies = await Promise.all(
    Array.from({ length: 50 }, (_, n) =>
      post(
        '/v1/refunds',
        { payment_intent: body.id, amount: '100' },
        { idempotencyKey: `refund-${n}` },
      ),
    ),
  );
  expect(replies.filter((reply) => reply.status === 200)).toHaveLength(10);
  expect(sandbox.books().totals.currencies['usd']?.refunded).toBe(1000);
});

test('what was let go of at a partial capture cannot be refunded', async () => {
  const { pay, post } = await openSandbox();
  const held = await pay('pm_card_visa', { capture_method: 'manual' });
  const { id } = held.body;
  await post(`/v1/payment_intents/${id}/capture`, { amount_to_capture: '700' });
  expect((await post('/v1/refunds', { payment_intent: id, amount: '701' })).status).toBe(400);
  expect((await post('/v1/refunds', { payment_intent: id })).body.amount).toBe(700);
});

test('what was not captured, declined or canceled cannot be refunded', async () => {
  const { pay, post } = await openSandbox();
  const held = await pay('pm_card_visa', { capture_method: 'manual' });
  expect((await post('/v1/refunds', { payment_intent: held.body.id })).status).toBe(400);
  await post(`/v1/payment_intents/${held.body.id}/cancel`);
  const canceled = await post('/v1/refunds', { payment_intent: held.body.id });
  expect(canceled.body.error.code).toBe('charge_already_refunded');
  const declined = await pay('pm_card_chargeDeclined');
  const intent = declined.body.error.payment_intent.id;
  const refused = await post('/v1/refunds', { payment_intent: intent });
  expect(refused.body.error.message).toContain('does not have a successful charge');
  const byCharge = await post('/v1/refunds', { charge: declined.body.error.charge ?? '' });
  expect(byCharge.status).toBe(400);
});

test('a refund names a payment intent or a charge, not both and not neither', async () => {
  const { pay, post } = await openSandbox();
  const { body } = await pay('pm_card_visa');
  expect((await post('/v1/refunds')).body.error.code).toBe('parameter_missing');
  const both = await post('/v1/refunds', { payment_intent: body.id, charge: body.latest_charge });
  expect(both.body.error.code).toBe('parameters_exclusive');
  expect((await post('/v1/refunds', { payment_intent: 'pi_nothing' })).status).toBe(404);
});

test('a pending refund holds its amount and is paid when it is settled', async () => {
  const { pay, post, get, control, sandbox } = await openSandbox();
  await control('POST', 'faults', { behaviour: 'refunds_pending', times: 1 });
  const { body } = await pay('pm_card_visa');
  const pending = await post('/v1/refunds', { payment_intent: body.id, amount: '1500' });
  expect(pending.body).toMatchObject({ status: 'pending', balance_transaction: null });
  expect((await post('/v1/refunds', { payment_intent: body.id, amount: '501' })).status).toBe(400);
  expect(sandbox.books().totals.currencies['usd']).toMatchObject({
    refunded: 0,
    refundPending: 1500,
  });
  const settled = await control('POST', `refunds/${pending.body.id}/succeed`);
  expect(settled.body.status).toBe('succeeded');
  const refund = await get(`/v1/refunds/${pending.body.id}`, {
    'expand[]': 'balance_transaction',
  });
  expect(refund.body.balance_transaction).toMatchObject({ amount: -1500, fee: 0, net: -1500 });
  expect((await control('POST', `refunds/${pending.body.id}/succeed`)).status).toBe(404);
  expect(sandbox.checkBooks()).toEqual([]);
});

test('a token makes refunds pending without any behaviour being switched on', async () => {
  const { pay, post } = await openSandbox();
  const { body } = await pay('pm_card_pendingRefund');
  expect((await post('/v1/refunds', { payment_intent: body.id })).body.status).toBe('pending');
});

test.each([
  ['pending', true],
  ['succeeded', false],
])('a %s refund that fails gives its amount back to the charge', async (status, isPending) => {
  const { pay, post, get, control, sandbox } = await openSandbox();
  if (isPending) sandbox.faults.add({ behaviour: 'refunds_pending' });
  const { body } = await pay('pm_card_visa');
  const refund = await post('/v1/refunds', { payment_intent: body.id });
  expect(refund.body.status).toBe(status);
  const failed = await control('POST', `refunds/${refund.body.id}/fail`);
  expect(failed.body.status).toBe('failed');
  const charge = await get(`/v1/charges/${body.latest_charge}`);
  expect(charge.body).toMatchObject({ amount_refunded: 0, refunded: false });
  expect(sandbox.books().totals.currencies['usd']).toMatchObject({
    refunded: 0,
    refundPending: 0,
  });
  sandbox.faults.clear();
  expect((await post('/v1/refunds', { payment_intent: body.id })).body.amount).toBe(2000);
  expect((await control('POST', `refunds/${refund.body.id}/fail`)).status).toBe(404);
  expect(sandbox.checkBooks()).toEqual([]);
});

test('the letting go of held money cannot be made to fail', async () => {
  const { pay, post, get, control } = await openSandbox();
  const held = await pay('pm_card_visa', { capture_method: 'manual' });
  await post(`/v1/payment_intents/${held.body.id}/cancel`);
  const { body } = await get('/v1/refunds', { payment_intent: held.body.id });
  expect((await control('POST', `refunds/${body.data[0]?.id}/fail`)).status).toBe(404);
});
