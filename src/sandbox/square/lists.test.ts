import { expect, test } from 'vitest';
import { openSandbox } from './test-client.ts';
import type { Client } from './test-client.ts';

const START = Date.parse('2026-03-01T12:00:00Z');

/** Payments of 1, 2, 3, ... minor units, an hour apart. */
async function payHourly({ pay, sandbox }: Client, count: number): Promise<string[]> {
  const ids: string[] = [];
  for (let i = 1; i <= count; i += 1) {
    const amount_money = { amount: i, currency: 'USD' };
    ids.push((await pay('cnon:card-nonce-ok', { amount_money })).body.payment.id);
    sandbox.advance(3600);
  }
  return ids;
}

test('payments are listed page by page in both orders', async () => {
  const client = await openSandbox({ clock: () => new Date(START) });
  const ids = await payHourly(client, 5);
  const list = async (query: string) => {
    const { body } = await client.get(`/v2/payments?${query}`);
    return { ids: body.payments?.map(({ id }) => id) ?? [], cursor: body.cursor ?? '' };
  };
  for (const [order, expected] of [
    ['DESC', ids.toReversed()],
    ['ASC', ids],
  ] as const) {
    const query = `limit=2&sort_order=${order}`;
    const first = await list(query);
    const second = await list(`${query}&cursor=${first.cursor}`);
    const third = await list(`${query}&cursor=${second.cursor}`);
    expect([first.ids, second.ids, third.ids].flat()).toEqual(expected);
    expect(third.cursor).toBe('');
  }
  expect((await list('limit=1000')).ids).toHaveLength(5);
});

test('a page holds 100 payments at most, and a limit above that counts for nothing', async () => {
  const { pay, get } = await openSandbox();
  await Promise.all(Array.from({ length: 101 }, () => pay('cnon:card-nonce-ok')));
  for (const query of ['', '?limit=101', '?limit=100']) {
    const { body } = await get(`/v2/payments${query}`);
    expect([query, body.payments?.length, typeof body.cursor]).toEqual([query, 100, 'string']);
  }
});

test('a cursor is good for its own query only', async () => {
  const client = await openSandbox({ clock: () => new Date(START) });
  await payHourly(client, 3);
  const { cursor } = (await client.get('/v2/payments?limit=1')).body;
  const other = await client.get(`/v2/payments?limit=1&sort_order=ASC&cursor=${cursor}`);
  expect(client.refusal(other)).toEqual([400, 'INVALID_CURSOR']);
  expect(client.refusal(await client.get('/v2/payments?cursor=abc'))).toEqual([
    400,
    'INVALID_CURSOR',
  ]);
});

test('payments are found by time, amount and card, at the main location unless another is named', async () => {
  const client = await openSandbox({ clock: () => new Date(START) });
  const { get, pay, refusal } = client;
  const ids = await payHourly(client, 3);
  const dublin = await pay('cnon:card-nonce-ok', {
    location_id: 'LSANDBOXEUR00',
    amount_money: { amount: 2, currency: 'EUR' },
  });
  const list = async (query: string) =>
    (await get(`/v2/payments?${query}`)).body.payments?.map(({ id }) => id) ?? [];
  const [first = '', second = ''] = ids;
  const hour = (hours: number) => new Date(START + hours * 3_600_000).toISOString();
  expect(await list(`begin_time=${hour(1)}&end_time=${hour(1.5)}`)).toEqual([second]);
  expect(await list(`end_time=${hour(0.5)}`)).toEqual([first]);
  expect(await list('total=2')).toEqual([second]);
  expect(await list('last_4=1111')).toHaveLength(3);
  expect(await list('card_brand=MASTERCARD')).toEqual([]);
  expect(await list('location_id=LSANDBOXEUR00')).toEqual([dublin.body.payment.id]);
  expect(await list('is_offline_payment=true')).toEqual([]);
  for (const [query, code] of [
    [`begin_time=${hour(2)}&end_time=${hour(1)}`, 'INVALID_TIME_RANGE'],
    ['begin_time=yesterday', 'INVALID_TIME'],
    ['limit=many', 'EXPECTED_INTEGER'],
    ['sort_order=UP', 'INVALID_ENUM_VALUE'],
    ['colour=red', 'UNKNOWN_QUERY_PARAMETER'],
  ] as const) {
    expect([query, refusal(await get(`/v2/payments?${query}`))]).toEqual([query, [400, code]]);
  }
});

test('refunds are listed for all locations', async () => {
  const { pay, post, get, newKey, sandbox } = await openSandbox();
  for (const [location_id, currency] of [
    ['LSANDBOXUSD00', 'USD'],
    ['LSANDBOXEUR00', 'EUR'],
  ]) {
    const amount_money = { amount: 500, currency };
    const { body } = await pay('cnon:card-nonce-ok', { location_id, amount_money });
    const refund = { idempotency_key: newKey(), payment_id: body.payment.id, amount_money };
    await post('/v2/refunds', refund);
  }
  sandbox.advance(1);
  expect((await get('/v2/refunds')).body.refunds).toHaveLength(2);
  expect((await get('/v2/refunds?location_id=LSANDBOXEUR00')).body.refunds).toHaveLength(1);
  expect((await get('/v2/refunds?status=PENDING')).body).toEqual({});
  expect((await get('/v2/refunds?status=COMPLETED&source_type=CARD')).body.refunds).toHaveLength(2);
});

test('lists lag behind where that is switched on, and reading by id does not', async () => {
  const { pay, get, sandbox } = await openSandbox();
  sandbox.faults.add({ behaviour: 'lists_lag' });
  const { id } = (await pay('cnon:card-nonce-ok')).body.payment;
  expect((await get('/v2/payments')).body).toEqual({});
  expect((await get(`/v2/payments/${id}`)).status).toBe(200);
  sandbox.advance(6);
  sandbox.advance(6);
  expect((await get('/v2/payments')).body.payments).toHaveLength(1);
});
