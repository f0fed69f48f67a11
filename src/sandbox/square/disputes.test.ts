import { expect, test } from 'vitest';
import { openSandbox } from './test-client.ts';
import type { Client } from './test-client.ts';

const charge = ({ sandbox }: Client, id: string) =>
  sandbox.books({ payment: id }).payments[0]?.charges[0];

async function dispute(client: Client, body?: object): Promise<string> {
  const { text } = await client.control('POST', 'disputes', body);
  return (JSON.parse(text) as { id: string }).id;
}

test('a dispute that is lost takes its money, and one that is won does not', async () => {
  const client = await openSandbox();
  const { pay, get, control, refusal, post, newKey, sandbox } = client;
  const { id } = (await pay('cnon:card-nonce-ok')).body.payment;
  const won = await dispute(client);
  expect((await get(`/v2/disputes/${won}`)).body.dispute).toMatchObject({
    state: 'EVIDENCE_REQUIRED',
    reason: 'NO_KNOWLEDGE',
    amount_money: { amount: 2000, currency: 'USD' },
    disputed_payment: { payment_id: id },
  });
  expect(charge(client, id)).toMatchObject({ disputed: 2000, disputedLost: 0 });
  const refund = () =>
    post('/v2/refunds', {
      idempotency_key: newKey(),
      payment_id: id,
      amount_money: { amount: 500, currency: 'USD' },
    });
  expect(refusal(await refund())).toEqual([400, 'PAYMENT_NOT_REFUNDABLE_DUE_TO_DISPUTE']);
  await control('POST', `disputes/${won}/win`);
  expect(charge(client, id)).toMatchObject({ disputed: 0, disputedLost: 0 });
  expect((await refund()).status).toBe(200);
  const lost = await dispute(client, { payment: id, amount: 1500, reason: 'DUPLICATE' });
  await control('POST', `disputes/${lost}/lose`);
  expect((await get(`/v2/disputes/${lost}`)).body.dispute).toMatchObject({
    state: 'LOST',
    reason: 'DUPLICATE',
    version: 2,
  });
  expect(charge(client, id)).toMatchObject({ disputed: 0, disputedLost: 1500 });
  expect(refusal(await refund())).toEqual([400, 'PAYMENT_NOT_REFUNDABLE_DUE_TO_DISPUTE']);
  expect((await control('POST', `disputes/${lost}/win`)).status).toBe(400);
  expect(sandbox.checkBooks()).toEqual([]);
});

test('a dispute is refused where nothing was taken, or more than is left', async () => {
  const client = await openSandbox();
  const { pay, control } = client;
  expect((await control('POST', 'disputes')).status).toBe(400);
  const { id } = (await pay('cnon:card-nonce-ok', { autocomplete: false })).body.payment;
  for (const body of [{ payment: id }, { payment: 'none' }]) {
    expect((await control('POST', 'disputes', body)).status).toBe(400);
  }
  await client.post(`/v2/payments/${id}/complete`, {});
  for (const body of [{ amount: 2001 }, { amount: -1 }, { reason: 'RED' }, { colour: 'red' }]) {
    expect((await control('POST', 'disputes', body)).status).toBe(400);
  }
  await dispute(client);
  expect((await control('POST', 'disputes')).status).toBe(400);
  expect((await control('POST', 'disputes/none/win')).status).toBe(404);
  expect(client.sandbox.checkBooks()).toEqual([]);
});

test('Square disputes certain amounts by itself a moment after they were taken', async () => {
  const client = await openSandbox();
  const { id } = (
    await client.pay('cnon:card-nonce-ok', { amount_money: { amount: 8803, currency: 'USD' } })
  ).body.payment;
  await expect
    .poll(async () => (await client.get('/v2/disputes?states=EVIDENCE_REQUIRED')).body.disputes)
    .toMatchObject([{ reason: 'DUPLICATE', disputed_payment: { payment_id: id } }]);
  expect((await client.get('/v2/disputes?states=WON')).body).toEqual({});
});

test('a seller accepts a dispute, or answers with evidence that decides it', async () => {
  const client = await openSandbox();
  const { pay, post, get, call, refusal, newKey } = client;
  const { id: given } = (await pay('cnon:card-nonce-ok')).body.payment;
  const accepted = await dispute(client);
  const answer = await post(`/v2/disputes/${accepted}/accept`);
  expect(answer.body.dispute.state).toBe('ACCEPTED');
  expect(refusal(await post(`/v2/disputes/${accepted}/accept`))).toEqual([400, 'BAD_REQUEST']);
  expect(charge(client, given)).toMatchObject({ disputedLost: 2000 });

  for (const [text, state, taken] of [
    ['evidence_won', 'WON', 0],
    ['evidence_lost', 'LOST', 2000],
  ] as const) {
    const { id } = (await pay('cnon:card-nonce-ok')).body.payment;
    const path = `/v2/disputes/${await dispute(client)}`;
    const add = async (evidence_text: string) =>
      (await post(`${path}/evidence-text`, { idempotency_key: newKey(), evidence_text })).body
        .evidence.id;
    expect(refusal(await post(`${path}/submit-evidence`))).toEqual([400, 'BAD_REQUEST']);
    const first = await add('A receipt');
    const last = await add(text);
    expect((await get(`${path}/evidence`)).body.evidence.map((one) => one.id)).toEqual([
      first,
      last,
    ]);
    expect((await get(`${path}/evidence/${first}`)).body.evidence.evidence_text).toBe('A receipt');
    expect((await call('DELETE', `${path}/evidence/${first}`)).text).toBe('{}');
    expect(refusal(await get(`${path}/evidence/${first}`))).toEqual([404, 'NOT_FOUND']);
    const submitted = await post(`${path}/submit-evidence`);
    expect(submitted.body.dispute.state).toBe('PROCESSING');
    expect((await get(path)).body.dispute.state).toBe(state);
    expect(charge(client, id)).toMatchObject({ disputed: 0, disputedLost: taken });
  }
  expect(client.sandbox.checkBooks()).toEqual([]);
});

test('a dispute that nobody answers in time is lost', async () => {
  const client = await openSandbox();
  const { id } = (await client.pay('cnon:card-nonce-ok')).body.payment;
  const open = await dispute(client);
  client.sandbox.advance(15 * 86_400);
  expect((await client.get(`/v2/disputes/${open}`)).body.dispute.state).toBe('LOST');
  expect(charge(client, id)).toMatchObject({ disputedLost: 2000 });
  expect(client.sandbox.checkBooks()).toEqual([]);
});
