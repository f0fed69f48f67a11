import { expect, test } from 'vitest';
import { samplePayment } from '../../test/support/samples.ts';
import { EVENT_TYPES, paymentEvents, refundEvents } from './event.ts';
import { PAYMENT_STATUSES, type PaymentStatus } from './payment.ts';
import type { Refund } from './refund.ts';

const decline = { code: 'card_declined', gatewayCode: 'no', message: 'no' } as const;
const told = (before: PaymentStatus, after: PaymentStatus) =>
  paymentEvents(samplePayment({ status: before }), samplePayment({ status: after }));

test('each status that a payment reaches has an event of its own', () => {
  const other = (status: PaymentStatus) =>
    status === 'processing' ? 'requires_capture' : 'processing';
  expect(PAYMENT_STATUSES.map((status) => told(other(status), status))).toEqual([
    ['payment.waiting'],
    ['payment.action_required'],
    ['payment.processing'],
    ['payment.authorized'],
    ['payment.succeeded'],
    ['payment.canceled'],
    ['payment.failed'],
  ]);
});

test('a payment that stays where it is has nothing to tell', () => {
  for (const status of PAYMENT_STATUSES) expect(told(status, status)).toEqual([]);
});

test('a decline is told as such, and once', () => {
  const waiting = samplePayment({ status: 'requires_payment_method' });
  const declined = { ...waiting, lastError: decline };
  expect(paymentEvents(samplePayment({ status: 'processing' }), declined)).toEqual([
    'payment.declined',
  ]);
  expect(paymentEvents(waiting, declined)).toEqual(['payment.declined']);
  expect(paymentEvents(declined, declined)).toEqual([]);
  expect(paymentEvents(declined, waiting)).toEqual([]);
  // What went wrong before is no news of a payment that has got further.
  const failed = samplePayment({ status: 'failed', lastError: decline });
  expect(paymentEvents(waiting, failed)).toEqual(['payment.failed']);
});

test('a refund is told of as created, and once for its end', () => {
  const refund = (status: Refund['status']) => ({ status }) as Refund;
  expect(refundEvents(null, refund('pending'))).toEqual(['refund.created']);
  expect(refundEvents(null, refund('succeeded'))).toEqual(['refund.created', 'refund.succeeded']);
  expect(refundEvents(null, refund('failed'))).toEqual(['refund.created', 'refund.failed']);
  expect(refundEvents('pending', refund('succeeded'))).toEqual(['refund.succeeded']);
  expect(refundEvents('succeeded', refund('failed'))).toEqual(['refund.failed']);
  expect(refundEvents('pending', refund('pending'))).toEqual([]);
  expect(refundEvents('succeeded', refund('succeeded'))).toEqual([]);
});

test('every type of event says of what it is', () => {
  for (const type of EVENT_TYPES) expect(type).toMatch(/^(payment|refund|dispute)\.[a-z_]+$/);
});
