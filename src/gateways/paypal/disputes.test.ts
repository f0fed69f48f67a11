import { expect, test } from 'vitest';
import { answer, CALL, gatewayWith, issue, linesOf } from './paypal.fixture.ts';
import { readDispute } from './disputes.ts';

const usd = (value: string) => ({ currency_code: 'USD', value });

function dispute(over: object = {}, transaction: object = { custom: 'pay_1.att_1' }): object {
  return {
    dispute_id: 'PP-D-1',
    create_time: '2026-11-01T10:00:00Z',
    reason: 'UNAUTHORISED',
    status: 'WAITING_FOR_SELLER_RESPONSE',
    dispute_amount: usd('20.00'),
    seller_response_due_date: '2026-11-21T10:00:00.000Z',
    disputed_transactions: [{ seller_transaction_id: 'CAPTURE1', ...transaction }],
    ...over,
  };
}

const resolved = (outcome_code: string, amount_refunded?: object) =>
  readDispute(dispute({ status: 'RESOLVED', dispute_outcome: { outcome_code, amount_refunded } }))
    .report;

test('a dispute is told with its payment, amount, deadline and reason', () => {
  expect(readDispute(dispute()).report).toEqual({
    gatewayDisputeId: 'PP-D-1',
    gatewayPaymentId: null,
    reference: { paymentId: 'pay_1', attemptId: 'att_1' },
    status: 'needs_response',
    amount: 2000n,
    currency: 'USD',
    amountLost: 0n,
    fee: null,
    reason: 'fraudulent',
    gatewayReason: 'UNAUTHORISED',
    evidenceDueBy: new Date('2026-11-21T10:00:00Z'),
    openedAt: new Date('2026-11-01T10:00:00Z'),
  });
});

test('every status and every reason that PayPal documents has one of ours', () => {
  for (const [status, told] of [
    ['OPEN', 'needs_response'],
    ['WAITING_FOR_SELLER_RESPONSE', 'needs_response'],
    ['WAITING_FOR_BUYER_RESPONSE', 'under_review'],
    ['UNDER_REVIEW', 'under_review'],
    ['OTHER', 'under_review'],
    ['RESOLVED', 'closed'],
  ]) {
    expect(readDispute(dispute({ status })).report.status, status).toBe(told);
  }
  for (const [reason, told] of [
    ['MERCHANDISE_OR_SERVICE_NOT_RECEIVED', 'not_received'],
    ['MERCHANDISE_OR_SERVICE_NOT_AS_DESCRIBED', 'not_as_described'],
    ['CREDIT_NOT_PROCESSED', 'credit_not_processed'],
    ['DUPLICATE_TRANSACTION', 'duplicate'],
    ['INCORRECT_AMOUNT', 'incorrect_amount'],
    ['PAYMENT_BY_OTHER_MEANS', 'duplicate'],
    ['CANCELED_RECURRING_BILLING', 'subscription_canceled'],
    ['PROBLEM_WITH_REMITTANCE', 'general'],
    ['OTHER', 'general'],
    ['SOMETHING_NEW', 'general'],
  ]) {
    expect(readDispute(dispute({ reason })).report.reason, reason).toBe(told);
  }
  expect(() => readDispute(dispute({ status: 'SOMETHING_NEW' }))).toThrow();
});

test('lost is what the customer got back, and never more than was disputed', () => {
  expect(resolved('RESOLVED_BUYER_FAVOUR', usd('5.00'))).toMatchObject({
    status: 'lost',
    amountLost: 500n,
  });
  expect(resolved('RESOLVED_BUYER_FAVOUR')).toMatchObject({ status: 'lost', amountLost: 2000n });
  expect(resolved('RESOLVED_BUYER_FAVOUR', usd('50.00')).amountLost).toBe(2000n);
  const euros = { currency_code: 'EUR', value: '1.00' };
  expect(resolved('RESOLVED_BUYER_FAVOUR', euros).amountLost).toBe(2000n);
  expect(resolved('ACCEPTED', usd('20.00'))).toMatchObject({ status: 'closed', amountLost: 2000n });
  for (const [code, status] of [
    ['RESOLVED_SELLER_FAVOUR', 'won'],
    ['DENIED', 'won'],
    ['CANCELED_BY_BUYER', 'closed'],
    ['NONE', 'closed'],
    ['RESOLVED_WITH_PAYOUT', 'closed'],
  ]) {
    expect(resolved(code ?? '', usd('20.00')), code).toMatchObject({ status, amountLost: 0n });
  }
});

test('a dispute that does not name the payment is traced by its capture', async () => {
  const anonymous = answer(dispute({}, {}));
  const order_id = 'ORDER1';
  const owner = { custom_id: 'pay_2.att_2', supplementary_data: { related_ids: { order_id } } };
  const { gateway, requests } = gatewayWith(
    anonymous,
    answer(owner),
    anonymous,
    issue('INVALID_RESOURCE_ID', 404),
    anonymous,
    answer('', 503),
  );
  expect(await gateway.retrieveDispute('PP-D-1', CALL)).toMatchObject({
    kind: 'found',
    report: {
      gatewayPaymentId: 'ORDER1',
      reference: { paymentId: 'pay_2', attemptId: 'att_2' },
    },
  });
  expect(await gateway.retrieveDispute('PP-D-1', CALL)).toMatchObject({
    kind: 'found',
    report: { gatewayPaymentId: null, reference: null },
  });
  expect(await gateway.retrieveDispute('PP-D-1', CALL)).toMatchObject({ kind: 'unavailable' });
  expect(linesOf(requests).slice(0, 2)).toEqual([
    'GET /v1/customer/disputes/PP-D-1',
    'GET /v2/payments/captures/CAPTURE1',
  ]);
});
