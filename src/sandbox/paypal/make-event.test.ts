import { expect, test } from 'vitest';
import { eventTypes } from './make-event.ts';
import { captureOf, openWithReceiver } from './test-client.ts';

test('every type of event can be sent, about an example where there is nothing', async () => {
  const client = await openWithReceiver();
  const types = eventTypes();
  expect(types.length).toBeGreaterThan(20);
  for (const type of types) {
    const sent = await client.control('POST', 'events', { type });
    expect([sent.status, sent.body]).toEqual([200, { id: sent.body.id, type }]);
  }
  const events = await client.events();
  expect(events.map(({ event_type }) => event_type).sort()).toEqual(types.toSorted());
  expect(client.sandbox.books().payments).toEqual([]);
});

test('an event speaks of the newest thing that there is, and changes nothing', async () => {
  const client = await openWithReceiver();
  const order = await client.pay({}, { custom_id: 'pay_1' });
  const { id: capture } = captureOf(order);
  const send = async (type: string, set: object = {}) => {
    const { body } = await client.control('POST', 'events', { type, set });
    return (await client.events()).find(({ id }) => id === body.id)?.resource;
  };
  expect(await send('PAYMENT.CAPTURE.DENIED')).toMatchObject({
    id: capture,
    status: 'DECLINED',
    custom_id: 'pay_1',
  });
  const refund = await send('PAYMENT.CAPTURE.REFUNDED');
  expect(refund?.links.find(({ rel }) => rel === 'up')?.href).toContain(capture);
  expect(await send('CUSTOMER.DISPUTE.CREATED')).toMatchObject({
    disputed_transactions: [{ seller_transaction_id: capture }],
  });
  expect(await send('PAYMENT.SALE.COMPLETED')).toMatchObject({
    state: 'completed',
    amount: { total: '20.00', currency: 'USD' },
  });
  const set = { 'resource.amount.value': '99.00', 'resource.links.0.href': 'x' };
  expect(await send('PAYMENT.CAPTURE.COMPLETED', set)).toMatchObject({
    amount: { value: '99.00', currency_code: 'USD' },
    links: [{ href: 'x' }, {}, {}],
  });
  expect((await client.get(`/v2/payments/captures/${capture}`)).body).toMatchObject({
    status: 'COMPLETED',
    amount: { value: '20.00' },
  });
  expect(client.sandbox.checkBooks()).toEqual([]);
});

test('an unknown type is refused, and the known ones are named', async () => {
  const { control } = await openWithReceiver();
  const refused = await control('POST', 'events', { type: 'PAYMENT.CAPTURE.LOST' });
  expect(refused.status).toBe(400);
  expect(refused.text).toContain('PAYMENT.CAPTURE.COMPLETED');
});
