import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Books } from '../books.ts';
import { createClock } from '../clock.ts';
import { createIdSource } from '../ids.ts';
import { openAccount } from './account.ts';
import type { Work } from './account.ts';
import { checkBooks } from './books-check.ts';
import { createIntent } from './create-intent.ts';
import type { PaymentIntent } from './model.ts';
import { createRefund } from './refunds.ts';
import { openSandbox } from './test-client.ts';
import type { Client } from './test-client.ts';

test('the books tell of each payment its charges and refunds, and add them up', async () => {
  const { pay, post, control } = await openSandbox();
  const { body } = await pay('pm_card_visa', { 'metadata[order]': '7' });
  const refund = await post('/v1/refunds', { payment_intent: body.id, amount: '500' });
  await pay('pm_card_visa', { amount: '1000', currency: 'jpy' });
  await pay('pm_card_chargeDeclined', { 'metadata[order]': '8' });
  const all = JSON.parse((await control('GET', 'books')).text) as Books;
  expect(all.payments).toHaveLength(3);
  expect(all.totals).toEqual({
    liveCharges: 2,
    currencies: {
      usd: { liveCharges: 1, captured: 2000, refunded: 500, refundPending: 0, disputedLost: 0 },
      jpy: { liveCharges: 1, captured: 1000, refunded: 0, refundPending: 0, disputedLost: 0 },
    },
  });
  const one = JSON.parse((await control('GET', 'books?metadata[order]=7')).text) as Books;
  expect(one.payments).toEqual([
    {
      id: body.id,
      amount: 2000,
      currency: 'usd',
      status: 'succeeded',
      metadata: { order: '7' },
      charges: [
        {
          id: body.latest_charge,
          amount: 2000,
          captured: 2000,
          released: 0,
          refunded: 500,
          refundPending: 0,
          disputed: 0,
          disputedLost: 0,
          status: 'live',
        },
      ],
      refunds: [
        { id: refund.body.id, charge: body.latest_charge, amount: 500, status: 'succeeded' },
      ],
    },
  ]);
  const byId = await control('GET', `books?intent=${body.id}`);
  expect((JSON.parse(byId.text) as Books).payments).toEqual(one.payments);
  expect((JSON.parse((await control('GET', 'books?intent=pi_no')).text) as Books).payments).toEqual(
    [],
  );
  expect(JSON.parse((await control('GET', 'books/check')).text)).toEqual({
    ok: true,
    differences: [],
  });
});

/** A payment of 20.00 USD with 5.00 paid back, in an account that a test can tamper with. */
function openPaidAccount(): { intent: PaymentIntent; check: () => string[] } {
  const clock = createClock(() => new Date());
  const account = openAccount(clock, createIdSource());
  const work: Work = {
    account,
    requestId: null,
    idempotencyKey: null,
    apiVersion: '',
    isPublic: false,
    baseUrl: '',
    refundsArePending: () => false,
    feesAreRaised: () => false,
    hasSettlementFaults: () => false,
    settlementFault: () => undefined,
    deliver: () => undefined,
    settleSoon: () => undefined,
  };
  const paid = createIntent(work, {
    amount: 2000n,
    currency: 'usd',
    confirm: true,
    payment_method: 'pm_card_visa',
    payment_method_types: ['card'],
  });
  expect(paid.ok).toBe(true);
  const [intent] = account.intents.all();
  if (intent === undefined) throw new Error('The payment was not kept.');
  expect(createRefund(work, { payment_intent: intent.id, amount: 500n }).ok).toBe(true);
  return { intent, check: () => checkBooks(account) };
}

const tampering: [string, (intent: PaymentIntent) => void][] = [
  ['a charge that claims to have captured more', (intent) => (edit(intent).amountCaptured += 1n)],
  ['a refund that was forgotten', (intent) => (edit(intent).amountRefunded = 0n)],
  ['a refund that was counted twice', (intent) => (edit(intent).amountRefunded += 500n)],
  ['a capture that is denied', (intent) => (edit(intent).isCaptured = false)],
  ['a refund that is gone', (intent) => edit(intent).refunds.pop()],
  ['a refund with another state', (intent) => edit(intent).refunds.forEach(fail)],
  ['a payment that claims to be open', (intent) => (intent.status = 'requires_payment_method')],
  ['a payment that claims to hold money', (intent) => (intent.status = 'requires_capture')],
  ['a charge that is gone', (intent) => intent.charges.pop()],
];

const edit = (intent: PaymentIntent) => {
  if (intent.latestCharge === null) throw new Error('The payment has no charge.');
  return intent.latestCharge;
};
const fail = (refund: { status: string }): void => {
  refund.status = 'failed';
};

test.each(tampering)('the check finds %s', (_, tamper) => {
  const { intent, check } = openPaidAccount();
  expect(check()).toEqual([]);
  tamper(intent);
  expect(check()).not.toEqual([]);
});

/** One thing that can happen to a payment; `share` picks an amount in thousandths of its own. */
type Step = {
  kind: 'capture' | 'cancel' | 'refund' | 'confirm' | 'fail' | 'settle' | 'expire' | 'update';
  share: number;
  token: string;
};

const step: fc.Arbitrary<Step> = fc.record({
  kind: fc.constantFrom<Step['kind']>(
    'capture',
    'cancel',
    'refund',
    'refund',
    'confirm',
    'fail',
    'settle',
    'expire',
    'update',
  ),
  share: fc.integer({ min: 1, max: 1200 }),
  token: fc.constantFrom('pm_card_visa', 'pm_card_chargeDeclined', 'pm_card_pendingRefund'),
});

const payment = fc.record({
  amount: fc.integer({ min: 50, max: 1_000_000 }),
  capture_method: fc.constantFrom('automatic', 'manual', 'automatic_async'),
  payment_method: fc.constantFrom(
    'pm_card_visa',
    'pm_card_chargeDeclined',
    'pm_card_pendingRefund',
    'pm_card_threeDSecure2Required',
  ),
  steps: fc.array(step, { maxLength: 12 }),
});

async function take(client: Client, id: string, amount: number, what: Step): Promise<void> {
  const { post, sandbox } = client;
  const path = `/v1/payment_intents/${id}`;
  const part = String(Math.max(1, Math.floor((amount * what.share) / 1000)));
  const refunds = sandbox.books({ payment: id }).payments[0]?.refunds ?? [];
  const refund = refunds[what.share % Math.max(1, refunds.length)]?.id ?? '';
  switch (what.kind) {
    case 'capture':
      await post(`${path}/capture`, { amount_to_capture: part });
      break;
    case 'cancel':
      await post(`${path}/cancel`);
      break;
    case 'refund':
      await post('/v1/refunds', { payment_intent: id, amount: part });
      break;
    case 'confirm':
      await post(`${path}/confirm`, { payment_method: what.token });
      break;
    case 'update':
      await post(path, { amount: part });
      break;
    case 'fail':
      sandbox.failRefund(refund);
      break;
    case 'settle':
      sandbox.completeRefund(refund);
      break;
    case 'expire':
      sandbox.advance(3 * 86_400);
      break;
  }
}

function expectLimits(books: Books): void {
  for (const { charges } of books.payments) {
    expect(charges.filter((charge) => charge.status === 'live').length).toBeLessThanOrEqual(1);
    for (const charge of charges) {
      expect(charge.refunded + charge.refundPending).toBeLessThanOrEqual(charge.captured);
      expect(charge.captured + charge.released).toBeLessThanOrEqual(charge.amount);
    }
  }
}

test('whatever is done to payments, books and API agree and no money is made', async () => {
  const client = await openSandbox();
  await fc.assert(
    fc.asyncProperty(fc.array(payment, { minLength: 1, maxLength: 3 }), async (payments) => {
      for (const { amount, steps, ...form } of payments) {
        const reply = await client.pay(form.payment_method, { ...form, amount: String(amount) });
        const { id } = reply.status === 402 ? reply.body.error.payment_intent : reply.body;
        for (const one of steps) {
          await take(client, id, amount, one);
          expect(client.sandbox.checkBooks()).toEqual([]);
        }
      }
      expectLimits(client.sandbox.books());
      client.sandbox.reset();
    }),
    { numRuns: 60 },
  );
});
