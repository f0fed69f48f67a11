import { expect, test } from 'vitest';
import { authorizationOf, captureOf, openSandbox } from './test-client.ts';
import type { Client } from './test-client.ts';

const DAY_SECONDS = 86_400;
const ALL = { prefer: 'return=representation' };
const usd = (value: string) => ({ currency_code: 'USD', value });
const issueOf = (reply: { body: { details: { issue: string }[] } }) => reply.body.details[0]?.issue;

async function authorize(client: Client): Promise<string> {
  const order = await client.pay({ intent: 'AUTHORIZE' }, { custom_id: 'pay_1' });
  return `/v2/payments/authorizations/${authorizationOf(order).id}`;
}

test('an authorization is captured in part, the rest let go of by the final capture', async () => {
  const client = await openSandbox();
  const path = await authorize(client);
  const first = await client.post(`${path}/capture`, { amount: usd('5.00') }, ALL);
  expect(first.status).toBe(201);
  expect(first.body).toMatchObject({
    status: 'COMPLETED',
    final_capture: false,
    custom_id: 'pay_1',
    supplementary_data: {
      related_ids: { authorization_id: path.split('/').at(-1) },
    },
  });
  expect((await client.get(path)).body.status).toBe('PARTIALLY_CAPTURED');
  const last = await client.post(
    `${path}/capture`,
    { amount: usd('6.00'), final_capture: true },
    ALL,
  );
  expect(last.body.final_capture).toBe(true);
  expect((await client.get(path)).body.status).toBe('CAPTURED');
  const { payments } = client.sandbox.books({ metadata: { custom_id: 'pay_1' } });
  expect(payments[0]?.charges).toMatchObject([{ amount: 2000, captured: 1100, released: 900 }]);
  expect(issueOf(await client.post(`${path}/capture`))).toBe('AUTHORIZATION_ALREADY_CAPTURED');
  expect(client.sandbox.checkBooks()).toEqual([]);
});

test('captures together come to 115 percent at most, in the currency of the authorization', async () => {
  const client = await openSandbox();
  const path = await authorize(client);
  const capture = (amount: object) => client.post(`${path}/capture`, { amount });
  expect(issueOf(await capture(usd('23.01')))).toBe('MAX_CAPTURE_AMOUNT_EXCEEDED');
  expect(issueOf(await capture({ currency_code: 'EUR', value: '5.00' }))).toBe(
    'AUTH_CAPTURE_CURRENCY_MISMATCH',
  );
  expect((await capture(usd('23.00'))).status).toBe(201);
  expect(client.sandbox.checkBooks()).toEqual([]);
});

test('an authorization is voided once, and cannot be captured then', async () => {
  const client = await openSandbox();
  const path = await authorize(client);
  const voided = await client.post(`${path}/void`);
  expect([voided.status, voided.text]).toEqual([204, '']);
  expect((await client.get(path)).body.status).toBe('VOIDED');
  expect(issueOf(await client.post(`${path}/void`))).toBe('PREVIOUSLY_VOIDED');
  expect(issueOf(await client.post(`${path}/capture`))).toBe('AUTHORIZATION_VOIDED');
  expect(client.sandbox.books().totals.liveCharges).toBe(0);
  const captured = await authorize(client);
  await client.post(`${captured}/capture`);
  expect(issueOf(await client.post(`${captured}/void`))).toBe('PREVIOUSLY_CAPTURED');
  expect(client.sandbox.checkBooks()).toEqual([]);
});

test('a void tells of the authorization when it is asked to', async () => {
  const client = await openSandbox();
  const voided = await client.post(`${await authorize(client)}/void`, undefined, ALL);
  expect([voided.status, voided.body.status]).toEqual([200, 'VOIDED']);
});

test('an authorization lapses after 29 days', async () => {
  const client = await openSandbox();
  const path = await authorize(client);
  client.sandbox.advance(8 * 3_600);
  const fresh = await client.get(path);
  expect(Date.parse(fresh.body.expiration_time)).toBeGreaterThan(Date.now() + 28 * 86_400_000);
  client.sandbox.advance(29 * DAY_SECONDS);
  expect(client.sandbox.books().payments[0]?.charges).toMatchObject([
    { status: 'canceled', released: 2000 },
  ]);
  client.renewToken();
  expect((await client.get(path)).body.status).toBe('VOIDED');
  const late = await client.post(`${path}/capture`);
  expect(issueOf(late)).toBe('AUTHORIZATION_EXPIRED');
});

test('an authorization is renewed once, after the honour period', async () => {
  const client = await openSandbox();
  const path = await authorize(client);
  expect(issueOf(await client.post(`${path}/reauthorize`))).toBe('REAUTHORIZATION_TOO_SOON');
  client.sandbox.advance(4 * DAY_SECONDS);
  client.renewToken();
  const { post } = client;
  const renewed = await post(`${path}/reauthorize`, { amount: usd('20.00') }, ALL);
  expect([renewed.status, renewed.body.status]).toEqual([201, 'CREATED']);
  const renewal = `/v2/payments/authorizations/${renewed.body.id}`;
  expect(issueOf(await post(`${renewal}/reauthorize`))).toBe('REAUTHORIZATION_NOT_SUPPORTED');
  expect(issueOf(await post(`${renewal}/void`))).toBe('CANNOT_BE_VOIDED');
  expect(issueOf(await post(`${path}/capture`))).toBe('TRANSACTION_REFUSED');
  expect(client.sandbox.books().totals.liveCharges).toBe(1);
  expect((await post(`${renewal}/capture`)).status).toBe(201);
  expect(client.sandbox.checkBooks()).toEqual([]);
});

test('a capture is refunded in parts until nothing is left', async () => {
  const client = await openSandbox();
  const { id } = captureOf(await client.pay());
  const path = `/v2/payments/captures/${id}`;
  const part = await client.post(
    `${path}/refund`,
    { amount: usd('7.50'), custom_id: 're-1', note_to_payer: 'sorry' },
    ALL,
  );
  expect(part.status).toBe(201);
  expect(part.body).toMatchObject({
    status: 'COMPLETED',
    custom_id: 're-1',
    seller_payable_breakdown: { total_refunded_amount: usd('7.50') },
  });
  expect((await client.get(path)).body.status).toBe('PARTIALLY_REFUNDED');
  const over = await client.post(`${path}/refund`, { amount: usd('12.51') });
  expect([over.status, issueOf(over)]).toEqual([422, 'REFUND_AMOUNT_EXCEEDED']);
  const rest = await client.post(`${path}/refund`, {}, ALL);
  expect(rest.body.amount).toEqual(usd('12.50'));
  expect((await client.get(path)).body.status).toBe('REFUNDED');
  expect(issueOf(await client.post(`${path}/refund`))).toBe('CAPTURE_FULLY_REFUNDED');
  expect((await client.get(`/v2/payments/refunds/${rest.body.id}`)).body.status).toBe('COMPLETED');
  expect(client.sandbox.books().payments[0]?.charges).toMatchObject([{ refunded: 2000 }]);
  expect(client.sandbox.checkBooks()).toEqual([]);
});

test('two refunds at once of more than half never both succeed', async () => {
  const client = await openSandbox();
  const { id } = captureOf(await client.pay());
  const refund = () => client.post(`/v2/payments/captures/${id}/refund`, { amount: usd('12.00') });
  const statuses = (await Promise.all([refund(), refund()])).map(({ status }) => status);
  expect(statuses.sort()).toEqual([201, 422]);
});

test('a refund that is pending is promised, and free again when it fails', async () => {
  const client = await openSandbox();
  client.sandbox.faults.add({ behaviour: 'refunds_pending', times: 1 });
  const { id } = captureOf(await client.pay());
  const path = `/v2/payments/captures/${id}/refund`;
  const pending = await client.post(path, {});
  expect(pending.body.status).toBe('PENDING');
  expect(issueOf(await client.post(path))).toBe('CAPTURE_FULLY_REFUNDED');
  expect((await client.control('POST', `refunds/${pending.body.id}/fail`)).body.status).toBe(
    'FAILED',
  );
  expect((await client.get(`/v2/payments/captures/${id}`)).body.status).toBe('COMPLETED');
  expect((await client.post(path)).status).toBe(201);
  expect(client.sandbox.checkBooks()).toEqual([]);
});

test('a capture under review is neither paid nor refundable until the review passes', async () => {
  const client = await openSandbox();
  client.sandbox.faults.add({ behaviour: 'captures_pending', times: 1 });
  const order = await client.pay();
  expect(order.status).toBe('COMPLETED');
  const capture = captureOf(order);
  expect(capture).toMatchObject({
    status: 'PENDING',
    status_details: { reason: 'PENDING_REVIEW' },
  });
  expect(capture).not.toHaveProperty('seller_receivable_breakdown');
  const path = `/v2/payments/captures/${capture.id}`;
  expect(issueOf(await client.post(`${path}/refund`))).toBe('PENDING_CAPTURE');
  expect(client.sandbox.books().payments[0]?.charges).toMatchObject([
    { status: 'live', captured: 0 },
  ]);
  expect(client.sandbox.completeCapture(capture.id)).toBe(true);
  expect(client.sandbox.completeCapture(capture.id)).toBe(false);
  expect((await client.get(path)).body.status).toBe('COMPLETED');
  expect(client.sandbox.books().payments[0]?.charges).toMatchObject([{ captured: 2000 }]);
  expect(client.sandbox.checkBooks()).toEqual([]);
});

test('a capture that the review refuses holds no money', async () => {
  const client = await openSandbox();
  client.sandbox.faults.add({ behaviour: 'captures_pending' });
  const { id } = captureOf(await client.pay());
  expect((await client.control('POST', `captures/${id}/decline`)).body.status).toBe('DECLINED');
  const path = await authorize(client);
  const held = await client.post(`${path}/capture`, { amount: usd('5.00') });
  client.sandbox.declineCapture(held.body.id);
  expect((await client.get(path)).body.status).toBe('CREATED');
  expect(issueOf(await client.post(`/v2/payments/captures/${id}/refund`))).toBe(
    'REFUND_NOT_ALLOWED',
  );
  expect(client.sandbox.books().totals.liveCharges).toBe(1);
  expect(client.sandbox.checkBooks()).toEqual([]);
});

test('a capture that is refused after the last one was taken lets go of its money', async () => {
  const client = await openSandbox();
  const path = await authorize(client);
  client.sandbox.faults.add({ behaviour: 'captures_pending', times: 1 });
  const pending = await client.post(`${path}/capture`, { amount: usd('5.00') });
  await client.post(`${path}/capture`, { amount: usd('6.00'), final_capture: true });
  client.sandbox.declineCapture(pending.body.id);
  expect((await client.get(path)).body.status).toBe('CAPTURED');
  expect(client.sandbox.books().payments[0]?.charges).toMatchObject([
    { captured: 600, released: 1400 },
  ]);
  expect(client.sandbox.checkBooks()).toEqual([]);
});

test('a capture that is declined at once completes the order and takes nothing', async () => {
  const client = await openSandbox();
  client.sandbox.faults.add({ behaviour: 'captures_declined', times: 1 });
  const order = await client.pay();
  expect([order.status, captureOf(order).status]).toEqual(['COMPLETED', 'DECLINED']);
  expect(client.sandbox.books().totals.liveCharges).toBe(0);
  expect(client.sandbox.checkBooks()).toEqual([]);
});

test('what is not there is not found, whatever is asked of it', async () => {
  const { get, post } = await openSandbox();
  for (const path of ['authorizations', 'captures', 'refunds']) {
    const gone = await get(`/v2/payments/${path}/NOTHING0HERE`);
    expect([gone.status, gone.body.name]).toEqual([404, 'RESOURCE_NOT_FOUND']);
  }
  expect((await post('/v2/payments/captures/NOTHING0HERE/refund')).status).toBe(404);
});
