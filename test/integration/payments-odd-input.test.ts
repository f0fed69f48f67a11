import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { HELD, pay, PATIENT } from '../support/checkout.ts';
import { anyBody, anyCursor, anyPaymentBody, anyQuery, anySegment } from '../support/near-valid.ts';
import { sendAsIs } from '../support/raw-request.ts';
import { expectSameBooks } from '../support/same-books.ts';
import { startTender, type Answer, type Tender } from '../support/tender.ts';

let tender: Tender;
/** The payment that operations are about, unless their id is odd as well. */
let held: Answer['json'];
beforeAll(async () => {
  tender = await startTender({ env: PATIENT });
  held = (await pay(tender, HELD)).json;
});
afterAll(async () => {
  await tender.settled();
  await expectSameBooks(tender);
  await tender.close();
});

const RUNS = 300;
const AT_ONCE = 10;
const id = fc.oneof({ weight: 3, arbitrary: fc.constant('HELD') }, anySegment);
const operation = (name: string, body: fc.Arbitrary<string>) =>
  fc.record({
    method: fc.constant('POST'),
    path: id.map((each) => `/api/v1/payments/${each}/${name}`),
    body,
  });
const reading = (path: fc.Arbitrary<string>) =>
  fc.record({ method: fc.constant('GET'), path, body: fc.constant(undefined) });
const listing = (path: string) => reading(anyQuery.map((query) => `${path}?${query}`));

test.for<[string, fc.Arbitrary<{ method: string; path: string; body?: string | undefined }>]>([
  [
    'creations',
    fc.record({
      method: fc.constant('POST'),
      path: fc.constant('/api/v1/payments'),
      body: anyPaymentBody,
    }),
  ],
  [
    'confirmations',
    operation(
      'confirm',
      anyBody({
        payment_method: 'pm_card_visa',
        off_session: true,
        return_url: 'https://shop.example',
      }),
    ),
  ],
  ['captures', operation('capture', anyBody({ amount: 1 }))],
  ['cancellations', operation('cancel', anyBody({ reason: 'duplicate' }))],
  [
    'refunds',
    operation('refunds', anyBody({ amount: 1, reason: 'duplicate', metadata: { a: 'b' } })),
  ],
  ['syncs', operation('sync', anyBody({}))],
  ['payments by id', reading(anySegment.map((each) => `/api/v1/payments/${each}`))],
  ['refunds by id', reading(anySegment.map((each) => `/api/v1/refunds/${each}`))],
  ['lists of payments', listing('/api/v1/payments')],
  ['lists of refunds', listing('/api/v1/payments/HELD/refunds')],
  ['lists of events', listing('/api/v1/events')],
  ['cursors', reading(anyCursor.map((cursor) => `/api/v1/payments?cursor=${cursor}`))],
])('no odd request makes us fail: %s', { timeout: 120_000 }, async ([, requests]) => {
  const waiting = fc.sample(requests, RUNS);
  const failed: unknown[] = [];
  const senders = Array.from({ length: AT_ONCE }, async () => {
    for (let next = waiting.pop(); next; next = waiting.pop()) {
      const path = next.path.replace('HELD', held.id);
      const sent = { method: next.method, path };
      const answer = await sendAsIs(
        tender,
        next.body === undefined ? sent : { ...sent, body: next.body },
      );
      if (answer.status >= 500) failed.push({ ...next, answer: answer.text });
    }
  });
  await Promise.all(senders);
  expect(failed.slice(0, 5)).toEqual([]);
});
