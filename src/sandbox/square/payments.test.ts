import { expect, test } from 'vitest';
import { openSandbox } from './test-client.ts';

const usd = (amount: number) => ({ amount, currency: 'USD' });

test('a payment is completed at once unless it is asked to wait', async () => {
  const { pay, get, sandbox } = await openSandbox();
  const { status, body } = await pay('cnon:card-nonce-ok', {
    reference_id: 'pay_1',
    note: 'Tea',
    statement_description_identifier: 'ORDER 17',
    buyer_email_address: 'ada@shop.test',
  });
  expect(status).toBe(200);
  expect(body.payment).toMatchObject({
    status: 'COMPLETED',
    amount_money: usd(2000),
    total_money: usd(2000),
    approved_money: usd(2000),
    card_details: { status: 'CAPTURED', entry_method: 'KEYED', card: { last_4: '1111' } },
    delay_duration: 'PT168H',
    reference_id: 'pay_1',
    note: 'Tea',
    location_id: 'LSANDBOXUSD00',
    risk_evaluation: { risk_level: 'NORMAL' },
  });
  const read = (await get(`/v2/payments/${body.payment.id}`)).body.payment;
  expect(read).toMatchObject({
    id: body.payment.id,
    status: 'COMPLETED',
    amount_money: usd(2000),
    card_details: body.payment.card_details,
    note: 'Tea',
  });
  expect(sandbox.books({ metadata: { reference_id: 'pay_1' } }).payments).toMatchObject([
    { id: body.payment.id, charges: [{ amount: 2000, captured: 2000, status: 'live' }] },
  ]);
  expect(sandbox.checkBooks()).toEqual([]);
});

test('an approved payment is completed or canceled, once', async () => {
  const { pay, post, sandbox, refusal } = await openSandbox();
  const held = (await pay('cnon:card-nonce-ok', { autocomplete: false })).body.payment;
  expect(held).toMatchObject({ status: 'APPROVED', card_details: { status: 'AUTHORIZED' } });
  const path = `/v2/payments/${held.id}`;
  const done = await post(`${path}/complete`, { version_token: held.version_token });
  expect(done.body.payment).toMatchObject({ status: 'COMPLETED', total_money: usd(2000) });
  expect(refusal(await post(`${path}/complete`, {}))).toEqual([
    400,
    'DELAYED_TRANSACTION_CAPTURED',
  ]);
  expect(refusal(await post(`${path}/cancel`))).toEqual([400, 'DELAYED_TRANSACTION_CAPTURED']);

  const other = (await pay('cnon:card-nonce-ok', { autocomplete: false })).body.payment;
  const canceled = await post(`/v2/payments/${other.id}/cancel`, {});
  expect(canceled.body.payment).toMatchObject({
    status: 'CANCELED',
    card_details: { status: 'VOIDED' },
  });
  expect(refusal(await post(`/v2/payments/${other.id}/complete`, {}))).toEqual([
    400,
    'DELAYED_TRANSACTION_CANCELED',
  ]);
  expect(sandbox.books({ payment: other.id }).payments).toMatchObject([
    { charges: [{ status: 'canceled', captured: 0, released: 2000 }] },
  ]);
  expect(sandbox.checkBooks()).toEqual([]);
});

test('a lowered amount is what is captured, and the rest is let go', async () => {
  const { pay, put, post, sandbox, newKey } = await openSandbox();
  const held = (await pay('cnon:card-nonce-ok', { autocomplete: false })).body.payment;
  expect(held.capabilities).toContain('EDIT_AMOUNT_DOWN');
  const lowered = await put(`/v2/payments/${held.id}`, {
    idempotency_key: newKey(),
    payment: { amount_money: usd(700), version_token: held.version_token },
  });
  expect(lowered.body.payment).toMatchObject({
    status: 'APPROVED',
    amount_money: usd(700),
    approved_money: usd(2000),
  });
  const stale = await post(`/v2/payments/${held.id}/complete`, {
    version_token: held.version_token,
  });
  expect([stale.status, stale.body.errors?.[0]?.code]).toEqual([400, 'VERSION_MISMATCH']);
  await post(`/v2/payments/${held.id}/complete`, {
    version_token: lowered.body.payment.version_token,
  });
  expect(sandbox.books({ payment: held.id }).payments).toMatchObject([
    { amount: 700, charges: [{ amount: 2000, captured: 700, released: 1300, status: 'live' }] },
  ]);
  expect(sandbox.checkBooks()).toEqual([]);
});

test('a raised amount is approved anew; in Japan no amount can be changed', async () => {
  const { pay, put, post, sandbox, newKey, refusal } = await openSandbox();
  const held = (await pay('cnon:card-nonce-ok', { autocomplete: false })).body.payment;
  const change = (id: string, amount: number, currency: string) =>
    put(`/v2/payments/${id}`, {
      idempotency_key: newKey(),
      payment: { amount_money: { amount, currency } },
    });
  const raised = await change(held.id, 2500, 'USD');
  expect(raised.body.payment).toMatchObject({ approved_money: usd(2500) });
  expect(refusal(await change(held.id, 2500, 'EUR'))).toEqual([400, 'INVALID_VALUE']);
  await post(`/v2/payments/${held.id}/complete`, {});
  const inJapan = await pay('cnon:card-nonce-ok', {
    autocomplete: false,
    location_id: 'LSANDBOXJPY00',
    amount_money: { amount: 2000, currency: 'JPY' },
  });
  expect(inJapan.body.payment.capabilities).toBeUndefined();
  expect(refusal(await change(inJapan.body.payment.id, 1000, 'JPY'))).toEqual([400, 'BAD_REQUEST']);
  expect(sandbox.books({ payment: held.id }).payments).toMatchObject([
    { charges: [{ amount: 2500, captured: 2500, released: 0 }] },
  ]);
  expect(sandbox.checkBooks()).toEqual([]);
});

test('a payment that nobody completes ends when its time is up, as it was asked to', async () => {
  const { pay, get, post, sandbox, refusal } = await openSandbox();
  const waits = { autocomplete: false };
  const usual = (await pay('cnon:card-nonce-ok', waits)).body.payment;
  const short = { ...waits, delay_duration: 'PT36H', delay_action: 'COMPLETE' };
  const quick = (await pay('cnon:card-nonce-ok', short)).body.payment;
  expect(Date.parse(quick.delayed_until) - Date.parse(quick.created_at)).toBe(36 * 3_600_000);
  sandbox.advance(37 * 3600);
  expect((await get(`/v2/payments/${quick.id}`)).body.payment.status).toBe('COMPLETED');
  expect((await get(`/v2/payments/${usual.id}`)).body.payment.status).toBe('APPROVED');
  sandbox.advance(7 * 86_400);
  expect((await get(`/v2/payments/${usual.id}`)).body.payment.status).toBe('CANCELED');
  expect(refusal(await post(`/v2/payments/${usual.id}/complete`, {}))).toEqual([
    400,
    'DELAYED_TRANSACTION_EXPIRED',
  ]);
  expect(sandbox.checkBooks()).toEqual([]);
});

test('canceling by key voids what was created with it, and succeeds on nothing', async () => {
  const { pay, get, post, sandbox, refusal } = await openSandbox();
  const cancel = (key: string) => post('/v2/payments/cancel', { idempotency_key: key });
  const nothing = await cancel('never-used');
  expect([nothing.status, nothing.text]).toEqual([200, '{}']);
  const { body } = await pay('cnon:card-nonce-ok', {
    idempotency_key: 'held',
    autocomplete: false,
  });
  expect((await cancel('held')).text).toBe('{}');
  expect((await get(`/v2/payments/${body.payment.id}`)).body.payment.status).toBe('CANCELED');
  await pay('cnon:card-nonce-ok', { idempotency_key: 'taken' });
  expect(refusal(await cancel('taken'))).toEqual([400, 'DELAYED_TRANSACTION_CAPTURED']);
  expect(sandbox.books().totals.liveCharges).toBe(1);
});

test('a location takes its own currency only, and not every location takes cards', async () => {
  const { pay, get, refusal } = await openSandbox();
  const { locations } = (await get('/v2/locations')).body;
  const open = locations.filter(({ capabilities }) =>
    capabilities.includes('CREDIT_CARD_PROCESSING'),
  );
  expect(open.map(({ currency }) => currency).sort()).toEqual([
    'AUD',
    'CAD',
    'EUR',
    'GBP',
    'JPY',
    'USD',
  ]);
  for (const { id, currency } of open) {
    const where = { location_id: id, amount_money: { amount: 2000, currency } };
    expect((await pay('cnon:card-nonce-ok', where)).status).toBe(200);
    expect((await get(`/v2/locations/${id}`)).body.location).toMatchObject({ id, currency });
  }
  const mixed = await pay('cnon:card-nonce-ok', { amount_money: { amount: 5, currency: 'EUR' } });
  expect(mixed.body.errors).toEqual([
    {
      category: 'INVALID_REQUEST_ERROR',
      code: 'INVALID_VALUE',
      detail: 'This merchant can only process payments in USD, but amount was provided in EUR',
      field: 'amount_money.currency',
    },
  ]);
  const closed = await pay('cnon:card-nonce-ok', { location_id: 'LSANDBOXNOCARD' });
  expect(refusal(closed)).toEqual([403, 'CARD_PROCESSING_NOT_ENABLED']);
  expect(refusal(await pay('cnon:card-nonce-ok', { location_id: 'LNONE' }))).toEqual([
    404,
    'NOT_FOUND',
  ]);
  expect(refusal(await get('/v2/locations/LNONE'))).toEqual([404, 'NOT_FOUND']);
  expect((await get('/v2/locations/main')).body.location.currency).toBe('USD');
});

test('a fee is assessed a moment after a payment was completed', async () => {
  const { pay, get } = await openSandbox();
  const { id } = (await pay('cnon:card-nonce-ok')).body.payment;
  await expect
    .poll(async () => (await get(`/v2/payments/${id}`)).body.payment.processing_fee)
    .toMatchObject([{ amount_money: usd(88) }]);
});

test('the amounts to which Square gives a risk have it', async () => {
  const { pay } = await openSandbox();
  for (const [amount, level] of [
    [2222, 'MODERATE'],
    [3333, 'HIGH'],
  ] as const) {
    const { body } = await pay('cnon:card-nonce-ok', { amount_money: usd(amount) });
    expect(body.payment.risk_evaluation.risk_level).toBe(level);
  }
});

test('each change of a payment is later than the one before, even within a millisecond', async () => {
  const now = new Date('2026-03-01T12:00:00Z');
  const { pay, post, put, newKey } = await openSandbox({ clock: () => now });
  const held = (await pay('cnon:card-nonce-ok', { autocomplete: false })).body.payment;
  const path = `/v2/payments/${held.id}`;
  const changes = { idempotency_key: newKey(), payment: { amount_money: usd(700) } };
  const lowered = (await put(path, changes)).body.payment;
  const done = (await post(`${path}/complete`, {})).body.payment;
  const times = [held, lowered, done].map((payment) => payment.updated_at);
  expect(times).toEqual([...new Set(times)].sort());
  expect(times).toHaveLength(3);
});
