import { expect, test } from 'vitest';
import { authorizationOf, captureOf, EXPERIENCE, linkOf, openSandbox } from './test-client.ts';

const ORDERS = '/v2/checkout/orders';

test('an order waits for the buyer, is approved on the hosted page, and captured', async () => {
  const { order, decide, get, post, sandbox } = await openSandbox();
  const created = await order({}, { custom_id: 'pay_1', invoice_id: 'inv-1' });
  expect(created.status).toBe('PAYER_ACTION_REQUIRED');
  expect((await post(`${ORDERS}/${created.id}/capture`)).body.details[0]?.issue).toBe(
    'ORDER_NOT_APPROVED',
  );
  const decided = await decide(created, 'approve');
  expect(decided.status).toBe(303);
  expect(decided.headers.get('location')).toBe(
    `https://shop.example.com/return?cart=1&token=${created.id}&PayerID=QYR5Z8XDVJNXQ`,
  );
  expect((await get(`${ORDERS}/${created.id}`)).body).toMatchObject({
    status: 'APPROVED',
    payer: { payer_id: 'QYR5Z8XDVJNXQ' },
  });
  const paid = await post(`${ORDERS}/${created.id}/capture`);
  expect(paid.status).toBe(201);
  const capture = captureOf(paid.body);
  expect(capture).toMatchObject({
    status: 'COMPLETED',
    amount: { currency_code: 'USD', value: '20.00' },
    custom_id: 'pay_1',
    invoice_id: 'inv-1',
    final_capture: true,
    seller_receivable_breakdown: {
      gross_amount: { value: '20.00' },
      paypal_fee: { value: '1.19' },
      net_amount: { value: '18.81' },
    },
  });
  expect((await get(`/v2/payments/captures/${capture.id}`)).body).toMatchObject({
    supplementary_data: { related_ids: { order_id: created.id } },
  });
  expect(sandbox.books({ metadata: { custom_id: 'pay_1' } }).payments).toMatchObject([
    { id: created.id, status: 'COMPLETED', charges: [{ captured: 2000, status: 'live' }] },
  ]);
  expect(sandbox.checkBooks()).toEqual([]);
});

test('without a payment source an order is created and asks for approval by another link', async () => {
  const { order, decide, post } = await openSandbox();
  const created = await order({
    payment_source: undefined,
    application_context: EXPERIENCE,
  });
  expect(created.status).toBe('CREATED');
  expect(linkOf(created, 'approve')).toContain(`/checkoutnow?token=${created.id}`);
  expect((await decide(created, 'approve')).headers.get('location')).toContain('/return');
  expect((await post(`${ORDERS}/${created.id}/capture`)).body.status).toBe('COMPLETED');
});

test('a buyer who cancels is led back, and the order stays open', async () => {
  const { order, decide, get } = await openSandbox();
  const created = await order();
  const decided = await decide(created, 'cancel');
  expect(decided.headers.get('location')).toBe(
    `https://shop.example.com/cancel?token=${created.id}`,
  );
  expect((await get(`${ORDERS}/${created.id}`)).body.status).toBe('PAYER_ACTION_REQUIRED');
  expect((await decide(created, 'approve')).status).toBe(303);
});

test('approving twice, or after the payment, is an error that changes nothing', async () => {
  const { order, decide, post, get } = await openSandbox();
  const created = await order();
  await decide(created, 'approve');
  expect((await decide(created, 'approve')).status).toBe(409);
  expect((await decide(created, 'cancel')).status).toBe(409);
  expect((await get(`${ORDERS}/${created.id}`)).body.status).toBe('APPROVED');
  await post(`${ORDERS}/${created.id}/capture`);
  expect((await decide(created, 'approve')).status).toBe(409);
  expect((await get(`${ORDERS}/${created.id}`)).body.status).toBe('COMPLETED');
});

test('the hosted page shows the amount, and asks again when nothing was chosen', async () => {
  const { order, send, decide } = await openSandbox();
  const created = await order();
  const page = await send('GET', linkOf(created, 'payer-action'), {});
  expect(page.status).toBe(200);
  expect(page.text).toContain('20.00 USD');
  expect((await decide(created, 'shrug')).status).toBe(400);
  expect((await decide({ ...created, links: [] }, 'approve')).status).toBe(404);
});

test('declined funding sends the buyer back for other funding, after which it is captured', async () => {
  const { order, decide, post, sandbox } = await openSandbox();
  const created = await order();
  await decide(created, 'approve-declined');
  const declined = await post(`${ORDERS}/${created.id}/capture`);
  expect(declined.status).toBe(422);
  expect(declined.body).toMatchObject({
    name: 'UNPROCESSABLE_ENTITY',
    details: [{ issue: 'INSTRUMENT_DECLINED' }],
  });
  expect(linkOf(declined.body, 'redirect')).toContain(`/checkoutnow?token=${created.id}`);
  expect(sandbox.books().totals.liveCharges).toBe(0);
  expect((await decide(created, 'approve')).status).toBe(303);
  expect((await post(`${ORDERS}/${created.id}/capture`)).body.status).toBe('COMPLETED');
  expect(sandbox.checkBooks()).toEqual([]);
});

test('an order is forgotten three hours after it was made', async () => {
  const { order, decide, get, sandbox } = await openSandbox();
  const created = await order();
  sandbox.advance(3 * 3_600 - 60);
  expect((await get(`${ORDERS}/${created.id}`)).status).toBe(200);
  sandbox.advance(60);
  const gone = await get(`${ORDERS}/${created.id}`);
  expect(gone.status).toBe(404);
  expect(gone.body).toMatchObject({
    name: 'RESOURCE_NOT_FOUND',
    details: [{ issue: 'INVALID_RESOURCE_ID' }],
  });
  expect((await decide(created, 'approve')).status).toBe(404);
  expect(sandbox.books().payments).toMatchObject([{ status: 'EXPIRED', charges: [] }]);
});

test('approval starts the three hours anew', async () => {
  const { order, decide, post, sandbox } = await openSandbox();
  const [first, second] = [await order(), await order()];
  sandbox.advance(2 * 3_600);
  await decide(first, 'approve');
  await decide(second, 'approve');
  sandbox.advance(2 * 3_600);
  expect((await post(`${ORDERS}/${first.id}/capture`)).status).toBe(201);
  sandbox.advance(3_600);
  expect((await post(`${ORDERS}/${second.id}/capture`)).status).toBe(404);
});

test('an order is completed once, and only by the action of its intent', async () => {
  const { pay, post } = await openSandbox();
  const captured = await pay();
  const again = await post(`${ORDERS}/${captured.id}/capture`);
  expect([again.status, again.body.details[0]?.issue]).toEqual([422, 'ORDER_ALREADY_CAPTURED']);
  const mixed = await post(`${ORDERS}/${captured.id}/authorize`);
  expect(mixed.body.details[0]?.issue).toBe('ACTION_DOES_NOT_MATCH_INTENT');
  const authorized = await pay({ intent: 'AUTHORIZE' });
  expect(authorizationOf(authorized).status).toBe('CREATED');
  const held = await post(`${ORDERS}/${authorized.id}/authorize`);
  expect(held.body.details[0]?.issue).toBe('ORDER_ALREADY_AUTHORIZED');
});

test('an invoice is paid once', async () => {
  const { pay, order, decide, post } = await openSandbox();
  await pay({}, { invoice_id: 'inv-7' });
  const second = await order({}, { invoice_id: 'inv-7' });
  await decide(second, 'approve');
  const refused = await post(`${ORDERS}/${second.id}/capture`);
  expect([refused.status, refused.body.details[0]?.issue]).toEqual([422, 'DUPLICATE_INVOICE_ID']);
});

test('references can be patched until the payment, the amount until the approval', async () => {
  const { order, decide, call, get, post } = await openSandbox();
  const created = await order();
  const at = (field: string) => `/purchase_units/@reference_id=='default'/${field}`;
  const amount = { currency_code: 'USD', value: '25.00' };
  const patched = await call('PATCH', `${ORDERS}/${created.id}`, [
    { op: 'add', path: at('custom_id'), value: 'pay_2' },
    { op: 'replace', path: at('amount'), value: amount },
  ]);
  expect([patched.status, patched.text]).toEqual([204, '']);
  const [unit] = (await get(`${ORDERS}/${created.id}`)).body.purchase_units;
  expect(unit).toMatchObject({ custom_id: 'pay_2', amount });
  await decide(created, 'approve');
  const late = await call('PATCH', `${ORDERS}/${created.id}`, [
    { op: 'replace', path: at('amount'), value: { ...amount, value: '99.00' } },
  ]);
  expect(late.body.details[0]?.issue).toBe('AMOUNT_CHANGE_NOT_ALLOWED');
  const paid = await post(`${ORDERS}/${created.id}/capture`);
  expect(captureOf(paid.body)).toMatchObject({ amount, custom_id: 'pay_2' });
  const done = await call('PATCH', `${ORDERS}/${created.id}`, [
    { op: 'remove', path: at('custom_id') },
  ]);
  expect(done.body.details[0]?.issue).toBe('ORDER_ALREADY_COMPLETED');
});

test('a payment source can be confirmed later', async () => {
  const { order, post, decide } = await openSandbox();
  const created = await order({ payment_source: undefined });
  const confirmed = await post(`${ORDERS}/${created.id}/confirm-payment-source`, {
    payment_source: { paypal: { experience_context: EXPERIENCE } },
  });
  expect([confirmed.status, confirmed.body.status]).toEqual([200, 'PAYER_ACTION_REQUIRED']);
  await decide(confirmed.body, 'approve');
  const again = await post(`${ORDERS}/${created.id}/confirm-payment-source`, {
    payment_source: { paypal: {} },
  });
  expect(again.body.details[0]?.issue).toBe('PAYMENT_ALREADY_APPROVED');
});

test('minimal answers leave out what was not asked for', async () => {
  const { order, get, post } = await openSandbox();
  const created = await order();
  expect(created).not.toHaveProperty('purchase_units');
  const whole = (await get(`${ORDERS}/${created.id}`)).body;
  expect(whole.purchase_units[0]?.amount.value).toBe('20.00');
  const body = {
    intent: 'CAPTURE',
    purchase_units: [{ amount: { currency_code: 'JPY', value: '500' } }],
  };
  const full = await post(ORDERS, body, { prefer: 'return=representation' });
  expect(full.body.purchase_units[0]?.amount).toEqual({ currency_code: 'JPY', value: '500' });
});
