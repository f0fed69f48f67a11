import { expect, test } from 'vitest';
import { openSandbox } from './test-client.ts';

const LIST = '/v1/balance_transactions';

test('a payout takes everything that was not paid out, and tells what it consists of', async () => {
  const { pay, post, get, control, sandbox } = await openSandbox();
  const { body: first } = await pay('pm_card_visa');
  await pay('pm_card_visa', { amount: '1000' });
  await post('/v1/refunds', { payment_intent: first.id, amount: '500' });
  const { body } = await control('POST', 'payouts');
  // 20.00 less 0.88, 10.00 less 0.59, and 5.00 paid back.
  expect(body).toMatchObject({ payouts: [{ amount: 2353, currency: 'usd' }] });
  const [payout] = (body as unknown as { payouts: { id: string }[] }).payouts;
  const { data } = (await get(LIST, { payout: payout?.id ?? '' })).body;
  expect(data.map(({ type, net }) => [type, net])).toEqual([
    ['payout', -2353],
    ['refund', -500],
    ['charge', 941],
    ['charge', 1912],
  ]);
  expect((await control('POST', 'payouts')).body).toMatchObject({ payouts: [] });
  expect(sandbox.checkBooks()).toEqual([]);
});

test('a planted fault changes what the records say of one charge, and nothing else', async () => {
  const { pay, get, control, sandbox } = await openSandbox();
  const { body: paid } = await pay('pm_card_visa');
  const match = { source: paid.id };
  const told = async (settlement: object) => {
    await control('DELETE', 'faults');
    expect((await control('POST', 'faults', { match, settlement })).status).toBe(201);
    return (await get(LIST)).body.data.map(({ amount, fee, net }) => [amount, fee, net]);
  };
  expect(await told({ kind: 'amount', by: -100 })).toEqual([[1900, 88, 1812]]);
  expect(await told({ kind: 'fee', by: 12 })).toEqual([[2000, 100, 1900]]);
  expect(await told({ kind: 'doubled' })).toEqual([
    [2000, 88, 1912],
    [2000, 88, 1912],
  ]);
  expect(await told({ kind: 'missing' })).toEqual([]);
  expect(await told({ kind: 'late', seconds: 3600 })).toEqual([]);
  sandbox.advance(3600);
  expect((await get(LIST)).body.data).toHaveLength(1);
  await told({ kind: 'currency', currency: 'eur' });
  expect((await get(LIST)).body.data).toMatchObject([{ currency: 'eur' }]);
  expect((await get(`/v1/charges/${paid.latest_charge}`)).body).toMatchObject({ amount: 2000 });
  expect((await control('POST', 'faults', { match, settlement: { kind: 'odd' } })).status).toBe(
    400,
  );
});

test('records with faults are turned over page by page without one twice', async () => {
  const { pay, get, control } = await openSandbox();
  const sources: string[] = [];
  for (let i = 0; i < 5; i += 1) sources.push((await pay('pm_card_visa')).body.id);
  const plant = (at: number, settlement: object) =>
    control('POST', 'faults', { match: { source: sources[at] }, settlement });
  await plant(1, { kind: 'doubled' });
  await plant(3, { kind: 'missing' });
  const ids: string[] = [];
  let after: Record<string, string> = {};
  for (let hasMore = true; hasMore;) {
    const { body } = await get(LIST, { limit: '2', ...after });
    ids.push(...body.data.map(({ id }) => id));
    after = { starting_after: ids.at(-1) ?? '' };
    hasMore = body.has_more;
  }
  expect(ids).toHaveLength(5);
  expect(new Set(ids).size).toBe(5);
});

test('many payments and refunds are taken at once, and the account holds them as if they had come one by one', async () => {
  const { get, control, sandbox } = await openSandbox();
  const payments = [
    { amount: 2000, currency: 'usd', metadata: { order: '1' }, refund: 500 },
    { amount: 1000, currency: 'usd' },
  ];
  const { body } = await control('POST', 'payments', { payments });
  const filled = (body as unknown as { payments: { id: string; refund: string | null }[] })
    .payments;
  expect(filled).toMatchObject([
    { refund: expect.stringMatching(/^re_/) as string },
    { refund: null },
  ]);
  expect((await get(`/v1/payment_intents/${filled[0]?.id}`)).body).toMatchObject({
    status: 'succeeded',
    metadata: { order: '1' },
  });
  expect((await get(LIST)).body.data.map(({ net }) => net)).toEqual([941, -500, 1912]);
  expect(sandbox.checkBooks()).toEqual([]);
  expect((await control('POST', 'payments', { payments: [{ amount: 0 }] })).status).toBe(400);
});
