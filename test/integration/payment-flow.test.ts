import { afterAll, beforeAll, expect, test } from 'vitest';
import { expectSameBooks } from '../support/same-books.ts';
import { dieAt } from '../support/tender-processes.ts';
import { startTender, type Tender } from '../support/tender.ts';

let tender: Tender;
beforeAll(async () => {
  // A hundred requests at once take a busy machine more than a second, and none of them may be given up.
  tender = await startTender({
    env: { PAYMENT_GATEWAY_TIMEOUT_SECONDS: '5', PAYMENT_LEASE_SECONDS: '7' },
  });
});
afterAll(async () => {
  await tender.settled();
  await expectSameBooks(tender);
  await tender.close();
});

const visa = { amount: 10_000, currency: 'EUR', payment_method: 'pm_card_visa', confirm: true };

test('a payment is charged, refunded and told of, and the books agree', async () => {
  const created = await tender.call('POST', '/api/v1/payments', { body: visa });
  expect(created.status).toBe(201);
  expect(created.json).toMatchObject({ status: 'succeeded', amount_captured: 10_000 });
});

test('50 concurrent refunds of 10 on a capture of 100 end as exactly ten', async () => {
  const { json: payment } = await tender.call('POST', '/api/v1/payments', { body: visa });
  const refunds = await Promise.all(
    Array.from({ length: 50 }, () =>
      tender.call('POST', `/api/v1/payments/${payment.id}/refunds`, { body: { amount: 1_000 } }),
    ),
  );
  expect(refunds.filter(({ status }) => status === 201)).toHaveLength(10);
  expect(refunds.filter(({ status }) => status === 422)).toHaveLength(40);
  const { json: after } = await tender.call('GET', `/api/v1/payments/${payment.id}`);
  expect(after).toMatchObject({ amount_refunded: 10_000, amount_refund_pending: 0 });
});

test('100 concurrent creations with one Idempotency-Key end as one payment', async () => {
  const before = tender.sandbox.books().payments.length;
  const answers = await Promise.all(
    Array.from({ length: 100 }, () =>
      tender.call('POST', '/api/v1/payments', { body: visa, key: 'a hundred times' }),
    ),
  );
  expect(answers.every(({ status }) => status === 201 || status === 409)).toBe(true);
  expect(tender.sandbox.books().payments.length).toBe(before + 1);
  const again = await tender.call('POST', '/api/v1/payments', {
    body: visa,
    key: 'a hundred times',
  });
  const first = answers.find(
    ({ status, headers }) => status === 201 && !headers.has('idempotent-replayed'),
  );
  expect(again.text).toBe(first?.text);
  expect(again.headers.get('idempotent-replayed')).toBe('true');
});

test('a charge whose answer is lost after charging ends as one charge and succeeded, without help', async () => {
  tender.sandbox.faults.add({
    match: { method: 'POST', path: '/v1/payment_intents', times: 1 },
    fault: { kind: 'drop', when: 'after' },
  });
  const { status, json } = await tender.call('POST', '/api/v1/payments', { body: visa });
  expect(status).toBe(202);
  // The gateway's webhook may bring the news before the lost answer is noticed.
  expect(json.status).toMatch(/^(?:processing|succeeded)$/);
  await tender.settled();
  const { json: after } = await tender.call('GET', `/api/v1/payments/${json.id}`);
  expect(after).toMatchObject({ status: 'succeeded', amount_captured: 10_000 });
});

test('kill -9 of the API after the gateway charged ends as one charge and succeeded, and the retry tells so', async () => {
  const send = () => tender.call('POST', '/api/v1/payments', { body: visa, key: 'killed' });
  await dieAt(tender.api, 'payment.called:kill', () => expect(send()).rejects.toThrow());
  await tender.api.start();
  await tender.settled();
  const retry = await send();
  expect(retry.status).toBe(201);
  expect(retry.json).toMatchObject({ status: 'succeeded', amount_captured: 10_000 });
});
