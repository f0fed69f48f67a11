import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Books } from '../books.ts';
import { createClock } from '../clock.ts';
import { createIdSource } from '../ids.ts';
import { openAccount } from './account.ts';
import type { Work } from './account.ts';
import { checkBooks } from './books-check.ts';
import { createPayment } from './create-payment.ts';
import { openLocations } from './locations.ts';
import type { Payment } from './model.ts';
import { createRefund } from './refunds.ts';
import { openSandbox } from './test-client.ts';

const usd = (amount: bigint) => ({ amount, currency: 'USD' });

/** A payment of 20.00 USD with 5.00 to be paid back, in an account that a test can tamper with. */
function openPaidAccount(): { payment: Payment; check: () => string[] } {
  const account = openAccount({
    clock: createClock(() => new Date()),
    newId: createIdSource(),
    locations: openLocations('LMAIN'),
    applicationId: 'app',
  });
  const work: Work = {
    account,
    idempotencyKey: null,
    refundsBecome: () => 'COMPLETED',
    listsLag: () => false,
    feesAreRaised: () => false,
    hasSettlementFaults: () => false,
    settlementFault: () => undefined,
    deliver: () => undefined,
    settleSoon: () => undefined,
  };
  createPayment(work, {
    source_id: 'cnon:card-nonce-ok',
    idempotency_key: 'one',
    amount_money: usd(2000n),
  });
  const [payment] = account.payments.all();
  if (payment === undefined) throw new Error('There is no payment');
  createRefund(work, { idempotency_key: 'two', payment_id: payment.id, amount_money: usd(500n) });
  return { payment, check: () => checkBooks(account) };
}

test('the check finds whatever the API says otherwise than the journal', () => {
  expect(openPaidAccount().check()).toEqual([]);
  const tamperings: ((payment: Payment) => void)[] = [
    (payment) => (payment.amount = 1999n),
    (payment) => (payment.approved = 2001n),
    (payment) => (payment.status = 'CANCELED'),
    (payment) => (payment.status = 'FAILED'),
    (payment) => payment.refunds.pop(),
    (payment) => payment.refunds.forEach((refund) => (refund.status = 'COMPLETED')),
  ];
  for (const tamper of tamperings) {
    const { payment, check } = openPaidAccount();
    tamper(payment);
    expect(check(), String(tamper)).not.toEqual([]);
  }
});

test('the books add up by currency and are found by reference', async () => {
  const { pay, control } = await openSandbox();
  await pay('cnon:card-nonce-ok', { reference_id: 'pay_1' });
  await pay('cnon:card-nonce-declined', { reference_id: 'pay_1' });
  await pay('cnon:card-nonce-ok', {
    reference_id: 'pay_2',
    location_id: 'LSANDBOXJPY00',
    amount_money: { amount: 1000, currency: 'JPY' },
  });
  const books = async (query: string) =>
    JSON.parse((await control('GET', `books${query}`)).text) as Books;
  expect((await books('')).totals).toMatchObject({
    liveCharges: 2,
    currencies: { USD: { captured: 2000 }, JPY: { captured: 1000 } },
  });
  expect(await books('?metadata[reference_id]=pay_1')).toMatchObject({
    payments: [{ charges: [{ status: 'live' }] }, { charges: [{ status: 'failed' }] }],
    totals: { liveCharges: 1 },
  });
  expect(await books('?payment=none')).toMatchObject({ payments: [] });
});

/** Steps that a merchant, a buyer and time take, in any order. */
const STEP = fc.oneof(
  fc.record({ kind: fc.constant('pay'), amount: fc.integer({ min: 1, max: 500 }) }),
  fc.record({ kind: fc.constant('hold'), amount: fc.integer({ min: 1, max: 500 }) }),
  fc.record({ kind: fc.constant('change'), amount: fc.integer({ min: 1, max: 600 }) }),
  fc.record({ kind: fc.constant('refund'), amount: fc.integer({ min: 1, max: 300 }) }),
  fc.record({ kind: fc.constant('dispute'), amount: fc.integer({ min: 1, max: 300 }) }),
  fc.record({
    kind: fc.constantFrom('complete', 'cancel', 'win', 'lose', 'hour', 'week', 'decline'),
    amount: fc.constant(0),
  }),
);

test('whatever happens to payments, the books agree and no money is made up', async () => {
  const client = await openSandbox();
  const { pay, post, put, control, sandbox, newKey } = client;
  const dollars = (amount: number) => ({ amount, currency: 'USD' });
  await fc.assert(
    fc.asyncProperty(fc.array(STEP, { maxLength: 12 }), async (steps) => {
      sandbox.reset();
      const newest = () => sandbox.books().payments.at(-1)?.id ?? 'none';
      const disputes = async (how: string) => {
        const { body } = await client.get('/v2/disputes');
        await control('POST', `disputes/${body.disputes?.[0]?.id ?? 'none'}/${how}`);
      };
      for (const { kind, amount } of steps) {
        const amount_money = dollars(amount);
        const id = newest();
        if (kind === 'pay') await pay('cnon:card-nonce-ok', { amount_money });
        if (kind === 'hold') await pay('cnon:card-nonce-ok', { amount_money, autocomplete: false });
        if (kind === 'decline') await pay('cnon:card-nonce-declined');
        if (kind === 'change') {
          await put(`/v2/payments/${id}`, { idempotency_key: newKey(), payment: { amount_money } });
        }
        if (kind === 'refund') {
          await post('/v2/refunds', { idempotency_key: newKey(), payment_id: id, amount_money });
        }
        if (kind === 'complete') await post(`/v2/payments/${id}/complete`, {});
        if (kind === 'cancel') await post(`/v2/payments/${id}/cancel`);
        if (kind === 'dispute') await control('POST', 'disputes', { payment: id, amount });
        if (kind === 'win' || kind === 'lose') await disputes(kind);
        if (kind === 'hour') sandbox.advance(3600);
        if (kind === 'week') sandbox.advance(8 * 86_400);
        expect(sandbox.checkBooks()).toEqual([]);
      }
    }),
    { numRuns: 40 },
  );
});
