import { expect, test } from 'vitest';
import { captureOf, openSandbox, openWithReceiver } from './test-client.ts';

const DISPUTES = '/v1/customer/disputes';

test('a dispute holds the money back until it is won', async () => {
  const client = await openWithReceiver();
  const order = await client.pay({}, { custom_id: 'pay_1' });
  const { id: capture } = captureOf(order);
  const opened = await client.control('POST', 'disputes', { payment: order.id });
  expect(opened.status).toBe(200);
  const { body: dispute } = await client.get(`${DISPUTES}/${opened.body.id}`);
  expect(dispute).toMatchObject({
    status: 'WAITING_FOR_SELLER_RESPONSE',
    reason: 'MERCHANDISE_OR_SERVICE_NOT_RECEIVED',
    dispute_amount: { currency_code: 'USD', value: '20.00' },
    disputed_transactions: [{ seller_transaction_id: capture, custom: 'pay_1' }],
  });
  const refund = () => client.post(`/v2/payments/captures/${capture}/refund`);
  expect((await refund()).body.details[0]?.issue).toBe('TRANSACTION_DISPUTED');
  expect((await client.control('POST', `disputes/${dispute.dispute_id}/win`)).status).toBe(200);
  expect((await client.get(`${DISPUTES}/${dispute.dispute_id}`)).body).toMatchObject({
    status: 'RESOLVED',
    dispute_outcome: { outcome_code: 'RESOLVED_SELLER_FAVOUR', amount_refunded: { value: '0.00' } },
  });
  expect((await client.control('POST', `disputes/${dispute.dispute_id}/lose`)).status).toBe(400);
  expect((await refund()).status).toBe(201);
  expect((await client.types()).filter((type) => type.startsWith('CUSTOMER')).sort()).toEqual([
    'CUSTOMER.DISPUTE.CREATED',
    'CUSTOMER.DISPUTE.RESOLVED',
  ]);
  expect(client.sandbox.checkBooks()).toEqual([]);
});

test('what a lost dispute took cannot be refunded as well', async () => {
  const { pay, control, post, sandbox } = await openSandbox();
  const { id: capture } = captureOf(await pay());
  const request = { payment: capture, amount: 1500, reason: 'UNAUTHORISED' };
  const { body } = await control('POST', 'disputes', request);
  await control('POST', `disputes/${body.id}/lose`);
  expect(sandbox.books().payments[0]?.charges).toMatchObject([
    { captured: 2000, disputed: 0, disputedLost: 1500 },
  ]);
  const refund = (value: string) =>
    post(`/v2/payments/captures/${capture}/refund`, { amount: { currency_code: 'USD', value } });
  expect((await refund('5.01')).body.details[0]?.issue).toBe('REFUND_AMOUNT_EXCEEDED');
  expect((await refund('5.00')).status).toBe(201);
  expect((await refund('0.01')).body.details[0]?.issue).toBe(
    'REFUND_NOT_PERMITTED_DUE_TO_CHARGEBACK',
  );
  expect(sandbox.checkBooks()).toEqual([]);
});

test('a claim that is accepted is lost', async () => {
  const { pay, control, post, get, sandbox } = await openSandbox();
  await pay();
  const { body } = await control('POST', 'disputes');
  const accept = () => post(`${DISPUTES}/${body.id}/accept-claim`, { note: 'our mistake' });
  expect((await accept()).status).toBe(200);
  expect((await get(`${DISPUTES}/${body.id}`)).body.dispute_outcome).toMatchObject({
    outcome_code: 'ACCEPTED',
    amount_refunded: { value: '20.00' },
  });
  expect((await accept()).body.details[0]?.issue).toBe('DISPUTE_ALREADY_RESOLVED');
  expect(sandbox.books().totals.currencies['USD']?.disputedLost).toBe(2000);
  expect(sandbox.checkBooks()).toEqual([]);
});

test('disputes are listed by transaction and state, in pages', async () => {
  const { pay, control, get } = await openSandbox();
  const captures = [captureOf(await pay()).id, captureOf(await pay()).id];
  const ids: string[] = [];
  for (const payment of captures) {
    ids.unshift((await control('POST', 'disputes', { payment })).body.id);
  }
  const list = async (query: string) => (await get(`${DISPUTES}?${query}`)).body;
  const first = await list('page_size=1');
  expect(first.items.map(({ dispute_id }) => dispute_id)).toEqual(ids.slice(0, 1));
  const next = first.links.find(({ rel }) => rel === 'next')?.href ?? '';
  expect((await get(next)).body.items.map(({ dispute_id }) => dispute_id)).toEqual(ids.slice(1));
  await control('POST', `disputes/${ids[0]}/win`);
  expect((await list('dispute_state=RESOLVED')).items).toMatchObject([{ dispute_id: ids[0] }]);
  expect((await list('dispute_state=APPEALABLE')).items).toBeUndefined();
  expect((await list(`disputed_transaction_id=${captures[0]}`)).items).toMatchObject([
    { dispute_id: ids[1], dispute_state: 'REQUIRED_ACTION' },
  ]);
  expect((await get(`${DISPUTES}?dispute_state=LOST`)).status).toBe(400);
  expect((await get(`${DISPUTES}/PP-D-NONE`)).status).toBe(404);
});

test('what cannot be disputed is refused with a reason', async () => {
  const { pay, control } = await openSandbox();
  const dispute = (body: object) => control('POST', 'disputes', body);
  expect((await dispute({})).status).toBe(400);
  await pay();
  expect((await dispute({ amount: 2001 })).status).toBe(400);
  expect((await dispute({ reason: 'BAD_MOOD' })).status).toBe(400);
  expect((await dispute({})).status).toBe(200);
  expect((await dispute({})).status).toBe(400);
});
