import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Books } from '../books.ts';
import { createClock } from '../clock.ts';
import { createIdSource } from '../ids.ts';
import { openAccount } from './account.ts';
import type { Account } from './account.ts';
import { checkBooks } from './books-check.ts';
import { exampleAccount } from './examples.ts';
import { openSandbox } from './test-client.ts';
import type { Client } from './test-client.ts';

const DAY_SECONDS = 86_400;

/** An account with a held order, and one that was captured, refunded in part and disputed. */
function openFullAccount(): Account {
  const account = openAccount(
    createClock(() => new Date()),
    createIdSource(),
  );
  return exampleAccount({
    account,
    baseUrl: '',
    requestId: null,
    wantsAll: true,
    hasBehaviour: () => false,
    settlementFault: () => undefined,
    deliver: () => undefined,
  });
}

/** What could go wrong with what the API answers from, each of which the check has to find. */
const TAMPERING: [string, (account: Account) => unknown][] = [
  ['an order that claims to be unpaid', ({ orders }) => (first(orders).status = 'APPROVED')],
  ['a capture that is gone', ({ captures }) => first(captures).order.captures.pop()],
  ['a capture that is pending', ({ captures }) => (first(captures).status = 'PENDING')],
  ['a refund that is gone', ({ captures }) => first(captures).refunds.pop()],
  ['a refund with another state', ({ refunds }) => (first(refunds).status = 'FAILED')],
  ['a hold that is gone', ({ authorizations }) => (first(authorizations).status = 'VOIDED')],
  ['a hold that was taken', ({ authorizations }) => (first(authorizations).captured = 500n)],
  ['a dispute that was lost', ({ disputes }) => (first(disputes).outcome = 'ACCEPTED')],
  [
    'money that nobody paid',
    ({ journal }) =>
      journal.record({
        kind: 'authorize',
        payment: 'nobody',
        charge: 'none',
        refund: null,
        amount: 1n,
        currency: 'USD',
      }),
  ],
];

function first<T>(collection: { all: () => readonly T[] }): T {
  const [thing] = collection.all();
  if (thing === undefined) throw new Error('There is none.');
  return thing;
}

test.each(TAMPERING)('the check finds %s', (_, tamper) => {
  const account = openFullAccount();
  expect(checkBooks(account)).toEqual([]);
  tamper(account);
  expect(checkBooks(account)).not.toEqual([]);
});

test('the books are found by each of our references', async () => {
  const { pay, control, sandbox } = await openSandbox();
  const order = await pay({}, { custom_id: 'pay_1', invoice_id: 'inv-1', reference_id: 'ref-1' });
  await pay({}, { custom_id: 'pay_2' });
  for (const metadata of [{ custom_id: 'pay_1' }, { invoice_id: 'inv-1', reference_id: 'ref-1' }]) {
    expect(sandbox.books({ metadata }).payments.map(({ id }) => id)).toEqual([order.id]);
  }
  expect(sandbox.books({ payment: order.id }).payments).toHaveLength(1);
  expect(sandbox.books({ payment: 'NOTHING' }).payments).toEqual([]);
  const shown = await control('GET', 'books?metadata[custom_id]=pay_2');
  expect((JSON.parse(shown.text) as Books).totals.currencies['USD']).toMatchObject({
    liveCharges: 1,
    captured: 2000,
  });
  expect(JSON.parse((await control('GET', 'books/check')).text)).toEqual({
    ok: true,
    differences: [],
  });
});

/** One thing that can happen to an order; `share` picks an amount in thousandths of its own. */
type Step = { kind: (typeof KINDS)[number]; share: number };

const KINDS = [
  'capture',
  'final',
  'void',
  'renew',
  'refund',
  'refund',
  'settle',
  'fail',
  'review',
  'refuse',
  'dispute',
  'win',
  'lose',
  'expire',
] as const;

const order = fc.record({
  amount: fc.integer({ min: 1, max: 1_000_000 }),
  intent: fc.constantFrom('CAPTURE', 'AUTHORIZE'),
  decision: fc.constantFrom('approve', 'approve', 'approve', 'approve-declined', 'cancel'),
  behaviours: fc.subarray(['captures_pending', 'captures_declined', 'refunds_pending'] as const),
  steps: fc.array(
    fc.record({ kind: fc.constantFrom(...KINDS), share: fc.integer({ min: 1, max: 1200 }) }),
    { maxLength: 10 },
  ),
});

async function take(client: Client, id: string, amount: number, step: Step): Promise<void> {
  const { post, sandbox, control } = client;
  client.renewToken();
  const { body } = await client.get(`/v2/checkout/orders/${id}`);
  const payments = body.purchase_units?.[0]?.payments;
  const hold = payments?.authorizations?.at(-1);
  const capture = payments?.captures?.at(-1);
  const refund = payments?.refunds?.at(-1);
  const part = Math.max(1, Math.floor((amount * step.share) / 1000));
  const value = (part / 100).toFixed(2);
  const sent = { amount: { currency_code: 'USD', value } };
  const disputes = (await client.get('/v1/customer/disputes')).body.items ?? [];
  switch (step.kind) {
    case 'capture':
      return done(post(`/v2/payments/authorizations/${hold?.id}/capture`, sent));
    case 'final':
      return done(
        post(`/v2/payments/authorizations/${hold?.id}/capture`, { ...sent, final_capture: true }),
      );
    case 'void':
      return done(post(`/v2/payments/authorizations/${payments?.authorizations?.[0]?.id}/void`));
    case 'renew':
      return done(post(`/v2/payments/authorizations/${hold?.id}/reauthorize`, sent));
    case 'refund':
      return done(post(`/v2/payments/captures/${capture?.id}/refund`, sent));
    case 'settle':
      return void sandbox.completeRefund(refund?.id ?? '');
    case 'fail':
      return void sandbox.failRefund(refund?.id ?? '');
    case 'review':
      return void sandbox.completeCapture(capture?.id ?? '');
    case 'refuse':
      return void sandbox.declineCapture(capture?.id ?? '');
    case 'dispute':
      return done(control('POST', 'disputes', { payment: id }));
    case 'win':
    case 'lose':
      return done(control('POST', `disputes/${disputes[0]?.dispute_id}/${step.kind}`));
    case 'expire':
      return sandbox.advance(4 * DAY_SECONDS);
  }
}

async function done(work: Promise<unknown>): Promise<void> {
  await work;
}

function expectLimits(books: Books): void {
  for (const { charges } of books.payments) {
    expect(charges.filter((charge) => charge.status === 'live').length).toBeLessThanOrEqual(1);
    for (const charge of charges) {
      const { captured, refunded, refundPending, disputedLost } = charge;
      expect(refunded + refundPending + disputedLost).toBeLessThanOrEqual(captured);
      expect(captured * 100).toBeLessThanOrEqual(charge.amount * 115);
    }
  }
}

test('whatever is done to orders, books and API agree and no money is made', async () => {
  const client = await openSandbox();
  await fc.assert(
    fc.asyncProperty(order, async ({ amount, intent, decision, behaviours, steps }) => {
      client.sandbox.reset();
      for (const behaviour of behaviours) client.sandbox.faults.add({ behaviour, times: 1 });
      client.renewToken();
      const unit = { amount: { currency_code: 'USD', value: (amount / 100).toFixed(2) } };
      const created = await client.order({ intent }, unit);
      await client.decide(created, decision);
      const action = intent === 'CAPTURE' ? 'capture' : 'authorize';
      await client.post(`/v2/checkout/orders/${created.id}/${action}`);
      for (const step of steps) {
        await take(client, created.id, amount, step);
        expect(client.sandbox.checkBooks()).toEqual([]);
      }
      expectLimits(client.sandbox.books());
    }),
    { numRuns: 100 },
  );
}, 60_000);
