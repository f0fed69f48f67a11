import { describe, expect, test } from 'vitest';
import { samplePayment } from '../../test/support/samples.ts';
import {
  isOverRefunded,
  mayRevive,
  recordForeignRefund,
  settleRefund,
  type Refund,
  type RefundStatus,
} from './refund.ts';

const created = new Date('2026-01-01T00:00:00Z');
const now = new Date('2026-01-02T00:00:00Z');
const context = { now, feeOnRefund: 'kept' as const };

const refund = (status: RefundStatus, over: Partial<Refund> = {}): Refund => ({
  id: 'ref_1',
  paymentId: 'pay_1',
  status,
  amount: 400n,
  currency: 'EUR',
  reason: null,
  gateway: 'a gateway',
  gatewayRefundId: null,
  failureCode: null,
  source: 'api',
  metadata: {},
  feeReturned: 0n,
  createdAt: created,
  updatedAt: created,
  ...over,
});
const payment = samplePayment({
  status: 'succeeded',
  amountCaptured: 1_000n,
  amountRefunded: 500n,
  amountRefundPending: 400n,
});
const told = (status: RefundStatus, gatewayRefundId: string | null = 're_1') => ({
  status,
  failureCode: status === 'failed' ? 'lost_or_stolen_card' : null,
  feeReturned: null,
  gatewayRefundId,
});

describe('a refund that is settled', () => {
  test('turns its reservation into what was refunded', () => {
    const settled = settleRefund(
      { payment, refund: refund('pending') },
      told('succeeded'),
      context,
    );
    expect(settled?.payment).toMatchObject({
      amountRefunded: 900n,
      amountRefundPending: 0n,
      updatedAt: now,
    });
    expect(settled?.refund).toEqual(
      refund('pending', { status: 'succeeded', gatewayRefundId: 're_1', updatedAt: now }),
    );
  });

  test('gives its reservation free where it failed, and says why', () => {
    const settled = settleRefund({ payment, refund: refund('pending') }, told('failed'), context);
    expect(settled?.payment).toMatchObject({ amountRefunded: 500n, amountRefundPending: 0n });
    expect(settled?.refund).toMatchObject({
      status: 'failed',
      failureCode: 'lost_or_stolen_card',
    });
  });

  test('is no longer refunded where the bank sends it back after it had succeeded', () => {
    const settled = settleRefund({ payment, refund: refund('succeeded') }, told('failed'), context);
    expect(settled?.payment).toMatchObject({ amountRefunded: 100n, amountRefundPending: 400n });
  });

  test('never succeeds after its gateway had it fail, nor is it open again once it is not', () => {
    const failed = refund('failed', { gatewayRefundId: 're_1' });
    for (const later of ['succeeded', 'pending'] as const) {
      expect(settleRefund({ payment, refund: failed }, told(later), context)).toBeNull();
    }
    expect(
      settleRefund({ payment, refund: refund('succeeded') }, told('pending'), context),
    ).toBeNull();
  });

  test('counts all the same where only we had held it for failed and its gateway speaks of it', () => {
    const settled = settleRefund({ payment, refund: refund('failed') }, told('succeeded'), context);
    expect(settled?.payment).toMatchObject({ amountRefunded: 900n, amountRefundPending: 400n });
    const open = settleRefund({ payment, refund: refund('failed') }, told('pending'), context);
    expect(open?.payment).toMatchObject({ amountRefunded: 500n, amountRefundPending: 800n });
    expect(open?.refund).toMatchObject({ status: 'pending', gatewayRefundId: 're_1' });
    expect(mayRevive(refund('succeeded'))).toBe(false);
  });

  test('changes nothing where it is told again, but that the gateway has an id for it', () => {
    const known = refund('pending', { gatewayRefundId: 're_1' });
    expect(settleRefund({ payment, refund: known }, told('pending', 're_2'), context)).toBeNull();
    expect(settleRefund({ payment, refund: refund('pending') }, told('pending'), context)).toEqual({
      payment,
      refund: refund('pending', { gatewayRefundId: 're_1', updatedAt: now }),
    });
    const nameless = settleRefund(
      { payment, refund: refund('pending') },
      told('pending', null),
      context,
    );
    expect(nameless).toBeNull();
  });
});

describe('a refund that was made elsewhere', () => {
  const report = (status: RefundStatus) => ({
    gatewayRefundId: 're_2',
    gatewayPaymentId: 'pi_1',
    status,
    amount: 700n,
    currency: 'EUR',
    failureCode: null,
    feeReturned: null,
    refundId: null,
    paymentId: null,
  });

  test.each<[RefundStatus, bigint, bigint]>([
    ['pending', 500n, 1_100n],
    ['succeeded', 1_200n, 400n],
    ['failed', 500n, 400n],
  ])('is recorded as %s, whatever was captured', (status, refunded, pending) => {
    const recorded = recordForeignRefund(payment, report(status), 'ref_2', context);
    expect(recorded.payment).toEqual({
      ...payment,
      amountRefunded: refunded,
      amountRefundPending: pending,
      updatedAt: now,
    });
    expect(recorded.refund).toMatchObject({
      id: 'ref_2',
      paymentId: payment.id,
      status,
      amount: 700n,
      currency: 'EUR',
      reason: null,
      gateway: payment.gateway,
      gatewayRefundId: 're_2',
      failureCode: null,
      source: 'gateway',
      metadata: {},
      createdAt: now,
      updatedAt: now,
    });
  });
});

test('more went back than was captured once refunds and lost disputes together exceed it', () => {
  const gone = (amountRefunded: bigint, amountDisputedLost: bigint) =>
    isOverRefunded({ ...payment, amountRefunded, amountDisputedLost });
  expect(gone(600n, 400n)).toBe(false);
  expect(gone(601n, 400n)).toBe(true);
  expect(gone(0n, 1_001n)).toBe(true);
});
