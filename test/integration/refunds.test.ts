import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  act,
  askStripe,
  DRAFT,
  eventsOf,
  HELD,
  PATIENT,
  pay,
  read,
  refundsOf,
  until,
} from '../support/checkout.ts';
import { eventually } from '../support/eventually.ts';
import { expectSameBooks } from '../support/same-books.ts';
import { KEYS, startTender, type Answer, type Tender } from '../support/tender.ts';

let tender: Tender;
beforeAll(async () => {
  tender = await startTender({ env: PATIENT });
});
afterAll(async () => {
  await tender.settled();
  await expectSameBooks(tender);
  await tender.close();
});

describe('a refund of ours', () => {
  test('gives back everything that is left, and is shown by itself and with its payment', async () => {
    const { json: payment } = await pay(tender);
    const body = { reason: 'requested_by_customer', metadata: { ticket: '42' } };
    const { status, json: refund } = await act(tender, payment.id, 'refunds', body);
    expect(status).toBe(201);
    expect(refund).toMatchObject({
      payment_id: payment.id,
      status: 'succeeded',
      amount: 10_000,
      source: 'api',
      ...body,
    });
    expect((await tender.call('GET', `/api/v1/refunds/${refund.id}`)).json).toEqual(refund);
    expect(await refundsOf(tender, payment.id)).toEqual([refund]);
    expect(await read(tender, payment.id)).toMatchObject({
      status: 'succeeded',
      amount_captured: 10_000,
      amount_refunded: 10_000,
    });
  });

  test('may be one of several, as long as something is left', async () => {
    const { json: payment } = await pay(tender);
    await act(tender, payment.id, 'refunds', { amount: 3_000 });
    await act(tender, payment.id, 'refunds', { amount: 2_000 });
    const tooMuch = await act(tender, payment.id, 'refunds', { amount: 5_001 });
    expect(tooMuch).toMatchObject({
      status: 422,
      json: { code: 'refund_exceeds_captured', param: 'amount' },
    });
    const { json: rest } = await act(tender, payment.id, 'refunds');
    expect(rest.amount).toBe(5_000);
    const nothingLeft = await act(tender, payment.id, 'refunds');
    expect(nothingLeft).toMatchObject({ status: 422, json: { code: 'refund_exceeds_captured' } });
    expect(await read(tender, payment.id)).toMatchObject({ amount_refunded: 10_000 });
  });

  test('gives back no more than was captured of a larger authorization', async () => {
    const { json: held } = await pay(tender, HELD);
    await act(tender, held.id, 'capture', { amount: 4_000 });
    const tooMuch = await act(tender, held.id, 'refunds', { amount: 4_001 });
    expect(tooMuch.json.code).toBe('refund_exceeds_captured');
    expect((await act(tender, held.id, 'refunds')).json.amount).toBe(4_000);
  });

  test.for([
    ['that nobody paid', DRAFT],
    ['that is only authorized', HELD],
  ] as const)('is refused for a payment %s', async ([, body]) => {
    const { json: payment } = await pay(tender, body);
    const refused = await act(tender, payment.id, 'refunds');
    expect(refused).toMatchObject({ status: 409, json: { code: 'payment_state_conflict' } });
    expect(await refundsOf(tender, payment.id)).toEqual([]);
  });

  test('is listed page by page, the newest first', async () => {
    const { json: payment } = await pay(tender);
    const made: string[] = [];
    for (let n = 0; n < 3; n += 1) {
      made.unshift((await act(tender, payment.id, 'refunds', { amount: 100 })).json.id);
    }
    const path = `/api/v1/payments/${payment.id}/refunds?limit=2`;
    const first = await tender.call('GET', path);
    const second = await tender.call('GET', `${path}&cursor=${first.json.next_cursor}`);
    const listed = [...first.json.data, ...second.json.data];
    expect(listed.map(({ id }: Answer['json']) => id)).toEqual(made);
    expect(second.json).toMatchObject({ has_more: false, next_cursor: null });
  });
});

describe('a refund that the bank takes its time for', () => {
  async function pendingRefund(): Promise<Answer['json']> {
    const body = { ...HELD, capture_method: 'automatic', payment_method: 'pm_card_pendingRefund' };
    const { json: payment } = await pay(tender, body);
    const { status, json } = await act(tender, payment.id, 'refunds', { amount: 6_000 });
    expect(status).toBe(201);
    expect(json.status).toBe('pending');
    return json;
  }

  test('reserves its amount until it succeeds', async () => {
    const refund = await pendingRefund();
    const id = refund.payment_id;
    expect(await read(tender, id)).toMatchObject({
      amount_refunded: 0,
      amount_refund_pending: 6_000,
    });
    const tooMuch = await act(tender, id, 'refunds', { amount: 4_001 });
    expect(tooMuch.json.code).toBe('refund_exceeds_captured');
    expect(tender.sandbox.completeRefund(refund.gateway_refund_id)).toBe(true);
    await until(tender, id, { amount_refunded: 6_000, amount_refund_pending: 0 });
    expect(await refundsOf(tender, id)).toMatchObject([{ status: 'succeeded' }]);
  });

  test('gives its amount free when it fails, with the reason', async () => {
    const refund = await pendingRefund();
    const id = refund.payment_id;
    expect(tender.sandbox.failRefund(refund.gateway_refund_id)).toBe(true);
    await until(tender, id, { amount_refunded: 0, amount_refund_pending: 0 });
    expect(await refundsOf(tender, id)).toMatchObject([
      { status: 'failed', failure_code: expect.any(String) },
    ]);
    const { json: again } = await act(tender, id, 'refunds', { amount: 10_000 });
    expect(again).toMatchObject({ status: 'pending', amount: 10_000 });
  });

  test('gives its amount free when the bank sends it back after it had succeeded', async () => {
    const { json: payment } = await pay(tender);
    const { json: refund } = await act(tender, payment.id, 'refunds', { amount: 6_000 });
    expect(tender.sandbox.failRefund(refund.gateway_refund_id)).toBe(true);
    await until(tender, payment.id, { amount_refunded: 0 });
    const types = (await eventsOf(tender, payment.id)).map(({ type }) => type);
    expect(types.slice(-3)).toEqual(['refund.created', 'refund.succeeded', 'refund.failed']);
    expect((await act(tender, payment.id, 'refunds')).json.amount).toBe(10_000);
  });
});

describe("a refund made at the gateway's dashboard", () => {
  function refundThere(payment: Answer['json'], amount: number): Promise<Answer['json']> {
    return askStripe(tender, KEYS.secretKey, '/v1/refunds', {
      payment_intent: payment.gateway_payment_id,
      amount: String(amount),
    });
  }

  test('is recorded once, and what it took cannot be refunded again', async () => {
    const { json: payment } = await pay(tender);
    const made = await refundThere(payment, 7_000);
    await until(tender, payment.id, { amount_refunded: 7_000 });
    await tender.settled();
    expect(await refundsOf(tender, payment.id)).toMatchObject([
      { source: 'gateway', status: 'succeeded', amount: 7_000, gateway_refund_id: made.id },
    ]);
    const tooMuch = await act(tender, payment.id, 'refunds', { amount: 3_001 });
    expect(tooMuch.json.code).toBe('refund_exceeds_captured');
  });

  test('is found by sync when its webhooks were withheld, and counts once when they come', async () => {
    const { json: payment } = await pay(tender);
    await tender.settled();
    const { id: fault } = tender.sandbox.faults.add({ webhook: { kind: 'withhold' } });
    await refundThere(payment, 2_500);
    const ours = await act(tender, payment.id, 'refunds', { amount: 10_000 });
    expect(ours).toMatchObject({ status: 422, json: { code: 'gateway_refused' } });
    const synced = await tender.call('POST', `/api/v1/payments/${payment.id}/sync`, { key: null });
    expect(synced.json).toMatchObject({ amount_refunded: 2_500, amount_refund_pending: 0 });
    tender.sandbox.faults.clear(fault);
    tender.sandbox.webhooks.release();
    await tender.settled();
    expect(await read(tender, payment.id)).toMatchObject({ amount_refunded: 2_500 });
    const bySource = (await refundsOf(tender, payment.id)).map(({ source, status }) => [
      source,
      status,
    ]);
    expect(bySource).toEqual([
      ['gateway', 'succeeded'],
      ['api', 'failed'],
    ]);
  });
});

test('the webhook of a refund that comes before its answer is applied once', async () => {
  const { json: payment } = await pay(tender);
  tender.sandbox.faults.add({
    match: { path: '/v1/refunds$', metadata: { tender_payment_id: payment.id } },
    fault: { kind: 'delay', ms: 500, when: 'after' },
    times: 1,
  });
  const answer = act(tender, payment.id, 'refunds', { amount: 1_000 });
  await eventually(async () => {
    expect(await read(tender, payment.id)).toMatchObject({ amount_refunded: 1_000 });
  });
  expect((await answer).json).toMatchObject({ status: 'succeeded' });
  await tender.settled();
  expect(await read(tender, payment.id)).toMatchObject({
    amount_refunded: 1_000,
    amount_refund_pending: 0,
  });
});
