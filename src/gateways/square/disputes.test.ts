import { expect, test } from 'vitest';
import { readDispute } from './disputes.ts';
import { answer, CALL, gatewayWith, squareError, usd } from './square.fixture.ts';

const dispute = (over: object = {}) => ({
  id: 'DISPUTE1',
  state: 'EVIDENCE_REQUIRED',
  reason: 'NOT_RECEIVED',
  amount_money: usd(2000),
  due_at: '2026-12-04T00:00:00Z',
  created_at: '2026-11-20T12:00:00.000Z',
  disputed_payment: { payment_id: 'PAYMENT1' },
  ...over,
});

test('a dispute is read with its payment, its deadline and its reason', async () => {
  const { gateway, requests } = gatewayWith(answer({ dispute: dispute() }));
  expect(await gateway.retrieveDispute('DISPUTE1', CALL)).toEqual({
    kind: 'found',
    report: {
      gatewayDisputeId: 'DISPUTE1',
      gatewayPaymentId: 'PAYMENT1',
      reference: null,
      status: 'needs_response',
      amount: 2000n,
      currency: 'USD',
      amountLost: 0n,
      fee: null,
      reason: 'not_received',
      gatewayReason: 'NOT_RECEIVED',
      evidenceDueBy: new Date('2026-12-04T00:00:00Z'),
      openedAt: new Date('2026-11-20T12:00:00Z'),
    },
  });
  expect(requests[0]?.path).toBe('/v2/disputes/DISPUTE1');
});

test.for([
  ['INQUIRY_EVIDENCE_REQUIRED', 'needs_response', 0n],
  ['INQUIRY_PROCESSING', 'under_review', 0n],
  ['INQUIRY_CLOSED', 'closed', 0n],
  ['EVIDENCE_REQUIRED', 'needs_response', 0n],
  ['PROCESSING', 'under_review', 0n],
  ['WON', 'won', 0n],
  ['LOST', 'lost', 2000n],
  ['ACCEPTED', 'lost', 2000n],
] as const)('a dispute that is %s is %s, and %d of it is lost', ([state, status, amountLost]) => {
  expect(readDispute(dispute({ state }))).toMatchObject({ status, amountLost });
});

test.for([
  ['AMOUNT_DIFFERS', 'incorrect_amount'],
  ['CANCELLED', 'subscription_canceled'],
  ['DUPLICATE', 'duplicate'],
  ['NO_KNOWLEDGE', 'fraudulent'],
  ['NOT_AS_DESCRIBED', 'not_as_described'],
  ['NOT_RECEIVED', 'not_received'],
  ['PAID_BY_OTHER_MEANS', 'duplicate'],
  ['CUSTOMER_REQUESTS_CREDIT', 'credit_not_processed'],
  ['EMV_LIABILITY_SHIFT', 'fraudulent'],
  ['REASON_OF_TOMORROW', 'general'],
] as const)('%s is the reason %s', ([reason, ours]) => {
  expect(readDispute(dispute({ reason }))).toMatchObject({ reason: ours, gatewayReason: reason });
});

test('an event under an older name calls the id otherwise', () => {
  const { id: dispute_id, ...rest } = dispute();
  expect(readDispute({ ...rest, dispute_id })).toEqual(readDispute(dispute()));
  expect(() => readDispute(rest)).toThrow();
});

test('a state that is not known is not guessed', () => {
  expect(() => readDispute(dispute({ state: 'APPEALED' }))).toThrow('APPEALED');
});

test('an unknown dispute is not found, and one that cannot be read is not taken for gone', async () => {
  const { gateway } = gatewayWith(
    squareError('NOT_FOUND', { status: 404 }),
    answer({ dispute: dispute({ state: 'APPEALED' }) }),
  );
  expect(await gateway.retrieveDispute('DISPUTE1', CALL)).toEqual({ kind: 'not_found' });
  expect((await gateway.retrieveDispute('DISPUTE1', CALL)).kind).toBe('unavailable');
});
