import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Database } from '../../src/database/database.ts';
import {
  act,
  DRAFT,
  HELD,
  liveCharges,
  PATIENT,
  pay,
  read,
  refundsOf,
  VISA,
} from '../support/checkout.ts';
import { eventually } from '../support/eventually.ts';
import { expectSameBooks } from '../support/same-books.ts';
import { dieAt } from '../support/tender-processes.ts';
import { startTender, type Answer, type Tender } from '../support/tender.ts';

/** Without a worker, so that what a retry finds is what the first request left behind. */
let tender: Tender;
beforeAll(async () => {
  tender = await startTender({
    parts: ['api'],
    env: PATIENT,
  });
});
afterAll(async () => {
  if (!tender.worker.isRunning) await tender.worker.start();
  await tender.settled();
  await expectSameBooks(tender);
  await tender.close();
});

/** Has the API die at this step, on its way through this request, and lets the time pass that others have to wait. */
async function apiDiesAt(failPoint: string, send: () => Promise<Answer>): Promise<void> {
  await dieAt(tender.api, `${failPoint}:kill`, () => expect(send()).rejects.toThrow());
  await tender.db.sql`UPDATE idempotency_keys SET lease_until = now() WHERE lease_until > now()`;
}

describe('the same answer again', () => {
  async function expectReplay(send: () => Promise<Answer>, status: number): Promise<void> {
    const first = await send();
    expect(first.status).toBe(status);
    expect(first.headers.has('idempotent-replayed')).toBe(false);
    const again = await send();
    expect(again.status).toBe(status);
    expect(again.text).toBe(first.text);
    expect(again.headers.get('content-type')).toBe(first.headers.get('content-type'));
    expect(again.headers.get('idempotent-replayed')).toBe('true');
  }

  test('a created payment is answered byte for byte', () =>
    expectReplay(() => pay(tender, VISA, { key: 'created' }), 201));

  test('the members of a body may come in another order', async () => {
    const { amount, ...rest } = VISA;
    const first = await pay(tender, { amount, ...rest }, { key: 'ordered' });
    const again = await pay(tender, { ...rest, amount }, { key: 'ordered' });
    expect(again.text).toBe(first.text);
  });

  test('a decline is answered byte for byte, and not tried again', async () => {
    const body = { ...VISA, payment_method: 'pm_card_chargeDeclined' };
    const before = tender.sandbox.books().payments.length;
    await expectReplay(() => pay(tender, body, { key: 'declined' }), 402);
    expect(tender.sandbox.books().payments.length).toBe(before + 1);
  });

  test('a refund is answered byte for byte', async () => {
    const { json: payment } = await pay(tender);
    const send = () => act(tender, payment.id, 'refunds', { amount: 100 }, { key: 'refund' });
    await expectReplay(send, 201);
    expect(await read(tender, payment.id)).toMatchObject({ amount_refunded: 100 });
  });

  test('a capture is answered byte for byte, also after a later refund changed the payment', async () => {
    const { json: held } = await pay(tender, HELD);
    const send = () => act(tender, held.id, 'capture', {}, { key: 'capture' });
    const first = await send();
    await act(tender, held.id, 'refunds');
    expect((await send()).text).toBe(first.text);
  });

  test('an answer survives a restart of the API', async () => {
    const send = () => pay(tender, VISA, { key: 'restarted' });
    const first = await send();
    await tender.api.stop();
    await tender.api.start();
    expect((await send()).text).toBe(first.text);
  });
});

describe('one key, one request', () => {
  test('another body under the same key is refused and charges nothing', async () => {
    await pay(tender, VISA, { key: 'one body' });
    const before = tender.sandbox.books().payments.length;
    const other = await pay(tender, { ...VISA, amount: 10_001 }, { key: 'one body' });
    expect(other).toMatchObject({ status: 422, json: { code: 'idempotency_key_reused' } });
    expect(tender.sandbox.books().payments.length).toBe(before);
  });

  test('the same key at another path is another request', async () => {
    const [a, b] = [await pay(tender, HELD), await pay(tender, HELD)];
    const captures = [
      await act(tender, a.json.id, 'capture', {}, { key: 'shared' }),
      await act(tender, b.json.id, 'capture', {}, { key: 'shared' }),
      await act(tender, b.json.id, 'refunds', {}, { key: 'shared' }),
    ];
    expect(captures.map(({ status }) => status)).toEqual([200, 200, 201]);
  });

  test('while a request is worked on, the same one gets 409', async () => {
    tender.sandbox.faults.add({
      match: { method: 'POST', path: '/v1/payment_intents$', times: 1 },
      fault: { kind: 'delay', ms: 400 },
    });
    const answers = await Promise.all([
      pay(tender, VISA, { key: 'concurrent' }),
      pay(tender, VISA, { key: 'concurrent' }),
    ]);
    const refused = answers.find(({ status }) => status === 409);
    expect(refused?.json.code).toBe('idempotency_key_in_use');
    expect(answers.find((answer) => answer !== refused)?.status).toBe(201);
  });

  test.for([
    ['missing', null, 'idempotency_key_missing'],
    ['empty', '', 'idempotency_key_missing'],
    ['longer than 255 characters', 'k'.repeat(256), 'idempotency_key_invalid'],
    ['not printable ASCII', 'schlüssel', 'idempotency_key_invalid'],
  ] as const)('a key that is %s is refused wherever money moves', async ([, key, code]) => {
    const { json: payment } = await pay(tender, HELD);
    const before = tender.sandbox.books().payments.length;
    const answers = await Promise.all([
      pay(tender, VISA, { key }),
      ...(['confirm', 'capture', 'cancel', 'refunds'] as const).map((operation) =>
        act(tender, payment.id, operation, {}, { key }),
      ),
    ]);
    expect(answers.map(({ status, json }) => [status, json.code])).toEqual(
      answers.map(() => [400, code]),
    );
    expect(tender.sandbox.books().payments.length).toBe(before);
    expect((await read(tender, payment.id)).status).toBe('requires_capture');
  });

  test('a key of 255 characters is taken', async () => {
    expect((await pay(tender, VISA, { key: 'k'.repeat(255) })).status).toBe(201);
  });
});

describe('what is not kept', () => {
  test('a request that failed validation may be corrected under its key', async () => {
    const wrong = await pay(tender, { ...VISA, amount: 1 }, { key: 'corrected' });
    expect(wrong.json.code).toBe('amount_too_small');
    expect((await pay(tender, VISA, { key: 'corrected' })).status).toBe(201);
  });

  test('a payment that the gateway refused for the moment is made by the retry, under the same id', async () => {
    tender.sandbox.faults.add({
      match: { method: 'POST', path: '/v1/payment_intents$', times: 1 },
      fault: { kind: 'status', status: 429 },
    });
    const first = await pay(tender, VISA, { key: 'refused for the moment' });
    expect(first).toMatchObject({ status: 503, json: { code: 'gateway_unavailable' } });
    expect(first.headers.get('retry-after')).not.toBeNull();
    const again = await pay(tender, VISA, { key: 'refused for the moment' });
    expect(again).toMatchObject({
      status: 201,
      json: { id: first.json.payment.id, status: 'succeeded' },
    });
    expect(again.headers.has('idempotent-replayed')).toBe(false);
    expect(liveCharges(tender, again.json.id)).toHaveLength(1);
  });

  test.for([
    ['confirm', 'succeeded', 1],
    ['cancel', 'canceled', 0],
  ] as const)(
    'the retry of a creation charges nobody once %s has brought the payment to its end',
    async ([operation, status, charges]) => {
      const key = `overtaken by ${operation}`;
      tender.sandbox.faults.add({
        match: { method: 'POST', path: '/v1/payment_intents$', times: 1 },
        fault: { kind: 'status', status: 429 },
      });
      const { json: refused } = await pay(tender, VISA, { key });
      const { id } = refused.payment;
      const body = operation === 'confirm' ? { payment_method: 'pm_card_visa' } : {};
      expect((await act(tender, id, operation, body)).json.status).toBe(status);
      for (let n = 0; n < 2; n += 1) {
        const retry = await pay(tender, VISA, { key });
        expect(retry).toMatchObject({ status: 409, json: { code: 'payment_state_conflict' } });
      }
      expect((await read(tender, id)).status).toBe(status);
      expect(liveCharges(tender, id)).toHaveLength(charges);
    },
  );
});

describe('a process that dies', { timeout: 120_000 }, () => {
  test('a payment is charged once, at whichever steps the API dies, and the retry tells so', async () => {
    const send = () => pay(tender, VISA, { key: 'dies at payments' });
    const before = tender.sandbox.books().totals.liveCharges;
    await apiDiesAt('payment.intended', send);
    expect(tender.sandbox.books().totals.liveCharges).toBe(before);
    await apiDiesAt('payment.called', send);
    await apiDiesAt('payment.committed', send);
    await tender.api.start();
    const told = await send();
    expect(told).toMatchObject({ status: 201, json: { status: 'succeeded' } });
    expect(told.headers.get('idempotent-replayed')).toBe('true');
    expect(tender.sandbox.books().totals.liveCharges).toBe(before + 1);
  });

  test('a refund is made once, at whichever steps the API dies, and the retry tells so', async () => {
    const { json: payment } = await pay(tender);
    const send = () =>
      act(tender, payment.id, 'refunds', { amount: 3_000 }, { key: 'dies at refunds' });
    await apiDiesAt('refund.intended', send);
    await apiDiesAt('refund.called', send);
    await apiDiesAt('refund.committed', send);
    await tender.api.start();
    const told = await send();
    expect(told).toMatchObject({ status: 201, json: { status: 'succeeded', amount: 3_000 } });
    expect(await refundsOf(tender, payment.id)).toHaveLength(1);
    expect(await read(tender, payment.id)).toMatchObject({
      amount_refunded: 3_000,
      amount_refund_pending: 0,
    });
  });

  test('a gateway that is away when the retry comes proves nothing: what was done before is not done again', async () => {
    const { json: paid } = await pay(tender);
    const charge = () => pay(tender, VISA, { key: 'away at the charge' });
    const refund = () =>
      act(tender, paid.id, 'refunds', { amount: 3_000 }, { key: 'away at the refund' });
    const before = tender.sandbox.books().totals.liveCharges;
    await apiDiesAt('payment.called', charge);
    await apiDiesAt('refund.called', refund);
    await tender.api.start();
    const { id: fault } = tender.sandbox.faults.add({
      match: { path: '/v1/' },
      fault: { kind: 'status', status: 429 },
    });
    const answers = [await charge(), await refund()];
    expect(answers.map(({ status }) => status)).toEqual([202, 202]);
    tender.sandbox.faults.clear(fault);
    const again = [await charge(), await refund()];
    expect(again.map(({ text }) => text)).toEqual(answers.map(({ text }) => text));

    await tender.worker.start();
    await tender.settled();
    expect(tender.sandbox.books().totals.liveCharges).toBe(before + 1);
    expect(await read(tender, answers[0]?.json.id)).toMatchObject({ status: 'succeeded' });
    expect(await read(tender, paid.id)).toMatchObject({
      amount_refunded: 3_000,
      amount_refund_pending: 0,
    });
    // What was answered while nobody knew stays the answer.
    expect((await charge()).text).toBe(answers[0]?.text);
  });
});

test('a key that is older than it is kept is forgotten, and then stands for a new request', async () => {
  if (!tender.worker.isRunning) await tender.worker.start();
  const { json: held } = await pay(tender, HELD);
  const { json: paid } = await pay(tender);
  const requests = [
    () => pay(tender, VISA, { key: 'forgotten' }),
    () => pay(tender, DRAFT, { key: 'forgotten draft' }),
    () => act(tender, paid.id, 'refunds', { amount: 100 }, { key: 'forgotten' }),
  ];
  const first = await Promise.all(requests.map((send) => send()));
  const capture = () => act(tender, held.id, 'capture', {}, { key: 'forgotten' });
  await capture();

  const owner = new Database({
    url: tender.database.ownerUrl,
    poolSize: 1,
    prepare: false,
    applicationName: 'test',
  });
  await owner.sql`UPDATE idempotency_keys SET created_at = now() - interval '7 days 1 minute'`;
  await owner.sql`UPDATE schedules SET due_at = now() WHERE name = 'idempotency_expiry'`;
  await eventually(async () => {
    const [row] = await owner.sql<{ count: number }[]>`
      SELECT count(*)::int FROM idempotency_keys`;
    expect(row?.count).toBe(0);
  });
  await owner.close();

  const again = await Promise.all(requests.map((send) => send()));
  expect(again.map(({ status }) => status)).toEqual([201, 201, 201]);
  expect(again.map(({ json }) => json.id)).not.toEqual(first.map(({ json }) => json.id));
  expect(await read(tender, paid.id)).toMatchObject({ amount_refunded: 200 });
  expect(await capture()).toMatchObject({ status: 409, json: { code: 'payment_state_conflict' } });
});
