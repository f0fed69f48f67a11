import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { verifyLedger } from '../../src/ledger/verify-ledger.ts';
import { ADMIN_TOKEN, asAdmin } from '../support/as-operator.ts';
import { act, HELD, PATIENT, pay, read, until, VISA } from '../support/checkout.ts';
import { runCommand } from '../support/cli.ts';
import { decide, disputeAtGateway, untilDisputed } from '../support/disputes.ts';
import { expectSameBooks } from '../support/same-books.ts';
import { startTender, type Answer, type Tender } from '../support/tender.ts';

let tender: Tender;
beforeAll(async () => {
  tender = await startTender({ env: { ...PATIENT, TENDER_ADMIN_TOKEN: ADMIN_TOKEN } });
  await asAdmin(tender, 'PUT', '/gateways/stripe/config', {
    fee_percentage: '2.9',
    fee_fixed: '0.30',
    fees: { GBP: { percentage: '1.5', fixed: '0.20' } },
  });
  // Another process may still have the terms of before, for a second at most.
  const { json } = await asAdmin(tender, 'GET', '/gateways/stripe/config');
  expect(json.fee_percentage).toBe(2.9);
});
afterAll(() => tender.close());

/** What a payment was posted as, the oldest first. */
async function posted(payment: string): Promise<[cause: string, amount: string][]> {
  const { json } = await asAdmin(tender, 'GET', `/ledger/entries?payment_id=${payment}`);
  return json.data.map(({ cause, amount }: Answer['json']) => [cause, amount]).reverse();
}

const charged = { status: 'succeeded', fee_actual: 320 };

test('a payment tells the fee that is expected at once, and the actual one once the gateway does', async () => {
  const { json: payment } = await pay(tender);
  expect(payment).toMatchObject({ fee_expected: 320, fee_returned: 0, fee_currency: 'EUR' });
  await until(tender, payment.id, charged);
  // A webhook that overtakes the gateway's answer does not know the fee yet.
  expect(await posted(payment.id)).toEqual([
    ['capture', '100.00'],
    [expect.stringMatching(/^fee_(actual|expected)$/), '3.20'],
  ]);
});

test('the actual fee is what is posted, also where another one was expected', async () => {
  const { json: payment } = await pay(tender, { ...VISA, currency: 'GBP' });
  expect(payment).toMatchObject({ fee_expected: 170 });
  await until(tender, payment.id, charged);
  const [capture, ...fees] = await posted(payment.id);
  expect(capture).toEqual(['capture', '100.00']);
  expect(fees.reduce((sum, [, amount]) => sum + Number(amount), 0)).toBeCloseTo(3.2);
});

test('a change of the terms does not touch the payments that there are', async () => {
  const { json: held } = await pay(tender, HELD);
  const { json: before } = await asAdmin(tender, 'GET', '/gateways/stripe/config');
  await asAdmin(tender, 'PUT', '/gateways/stripe/config', { fee_percentage: '9' });
  expect((await read(tender, held.id)).fee_expected).toBe(320);
  const { json: captured } = await act(tender, held.id, 'capture', { amount: 4_000 });
  expect(captured).toMatchObject({ amount_captured: 4_000, fee_expected: 146 });
  await asAdmin(tender, 'PUT', '/gateways/stripe/config', {
    fee_percentage: String(before.fee_percentage),
  });
});

test('what is not captured costs nothing, and nothing is posted', async () => {
  const { json: held } = await pay(tender, HELD);
  expect(await posted(held.id)).toEqual([]);
  await act(tender, held.id, 'cancel');
  await until(tender, held.id, { status: 'canceled', fee_expected: null, fee_actual: null });
  expect(await posted(held.id)).toEqual([]);
});

test('a refund is posted once it has succeeded, and the gateway keeps its fee', async () => {
  const { json: payment } = await pay(tender);
  await until(tender, payment.id, charged);
  const { json: refund } = await act(tender, payment.id, 'refunds', { amount: 2_500 });
  expect(refund).toMatchObject({ status: 'succeeded', fee_returned: 0 });
  expect((await posted(payment.id)).at(-1)).toEqual(['refund', '25.00']);
  expect(await read(tender, payment.id)).toMatchObject({ fee_actual: 320, fee_returned: 0 });
});

describe('a dispute', () => {
  test('withholds its amount, and gives it back when it is won', async () => {
    const { json: payment } = await pay(tender);
    await until(tender, payment.id, charged);
    const id = await disputeAtGateway(tender, payment);
    expect(await untilDisputed(tender, payment.id)).toMatchObject({ fee: 1_500 });
    await decide(tender, id, 'win');
    await untilDisputed(tender, payment.id, { status: 'won' });
    expect((await posted(payment.id)).slice(2)).toEqual([
      ['dispute_opened', '100.00'],
      ['dispute_fee', '15.00'],
      ['dispute_released', '100.00'],
    ]);
  });

  test('that is lost is taken from the merchant, with its fee', async () => {
    const { json: payment } = await pay(tender);
    await until(tender, payment.id, charged);
    const id = await disputeAtGateway(tender, payment, { amount: 4_000 });
    await untilDisputed(tender, payment.id);
    await decide(tender, id, 'lose');
    await untilDisputed(tender, payment.id, { status: 'lost' });
    expect((await posted(payment.id)).slice(2)).toEqual([
      ['dispute_opened', '40.00'],
      ['dispute_fee', '15.00'],
      ['dispute_lost', '40.00'],
    ]);
    expect(await read(tender, payment.id)).toMatchObject({ fee_disputes: 1_500 });
  });
});

test('the accounts add up to what the payments say, and every currency to zero', async () => {
  await tender.settled();
  await expectSameBooks(tender);
  const [sums] = await tender.db.sql<{ balance: bigint }[]>`
    SELECT sum(amount_captured - amount_refunded - amount_disputed_lost)::bigint AS balance
      FROM payments WHERE currency = 'EUR'`;
  const { json } = await asAdmin(tender, 'GET', '/ledger/balances');
  const merchant = json.data.find(
    ({ account, currency }: Answer['json']) => account === 'merchant_balance' && currency === 'EUR',
  );
  expect(merchant).toMatchObject({
    normal_side: 'credit',
    balance: { minor_units: String(sums?.balance) },
  });
  const zero = new Map<string, bigint>();
  for (const { currency, debits, credits } of json.data) {
    const difference = BigInt(debits.minor_units) - BigInt(credits.minor_units);
    zero.set(currency, (zero.get(currency) ?? 0n) + difference);
  }
  expect([...zero]).toEqual([...zero.keys()].map((currency) => [currency, 0n]));
  const accounts = (await asAdmin(tender, 'GET', '/ledger/accounts')).json;
  expect(accounts.data).toHaveLength(json.data.length);
  const long = (await asAdmin(tender, 'GET', '/ledger/balances?at=2020-01-01T00:00:00Z')).json;
  expect(long.data).toEqual([]);
});

test.for([
  ['/ledger/entries?account=cash', 'account'],
  ['/ledger/entries?currency=XYZ', 'currency'],
  ['/ledger/entries?cursor=none', 'cursor'],
  ['/ledger/balances?at=yesterday', 'at'],
] as const)('%s is refused, and what is wrong is named', async ([path, param]) => {
  expect(await asAdmin(tender, 'GET', path)).toMatchObject({ status: 422, json: { param } });
});

test('a verification finds what somebody with all rights has changed, added or taken away', async () => {
  const env = { DATABASE_URL: tender.database.runtimeUrl };
  const before = await runCommand(['verify', 'ledger', '--json'], { env });
  expect({ code: before.code, ...JSON.parse(before.stdout) }).toMatchObject({
    code: 0,
    ok: true,
    findings: [],
  });
  const { json: payment } = await pay(tender);
  await until(tender, payment.id, charged);
  await tender.settled();
  const client = new Client(tender.database.ownerUrl);
  await client.connect();
  await client.query('ALTER TABLE ledger_entries DISABLE TRIGGER USER');
  await client.query(
    `UPDATE ledger_entries SET amount = amount - 1 WHERE payment_id = $1 AND cause = 'capture'`,
    [payment.id],
  );
  await client.query(
    `INSERT INTO ledger_entries (amount, currency, debit_account, credit_account, cause, payment_id)
       VALUES (5, 'EUR', 'merchant_balance', 'gateway_clearing/stripe', 'refund', 'pay_nobody')`,
  );
  await client.end();
  const { findings } = await verifyLedger(tender.db);
  expect(findings).toMatchObject([
    { kind: 'entries_differ', paymentId: payment.id, expected: 9_680n, found: 9_679n },
    { kind: 'entries_differ', paymentId: payment.id, account: 'merchant_balance' },
    { kind: 'payment_missing', paymentId: 'pay_nobody' },
  ]);
  const told = await runCommand(['verify', 'ledger'], { env });
  expect(told.code).not.toBe(0);
  expect(told.stdout).toContain(`${payment.id}: merchant_balance should be at -100.00 EUR`);
});
