import { expect, test } from 'vitest';
import { readOurs, writeOurs } from './references.ts';

test('our ids survive the way through a custom_id, and the second tells by its prefix what it is', () => {
  const [payment, attempt, refund] = ['pay', 'att', 'ref'].map(
    (prefix) => `${prefix}_01jd0000000000000000000000`,
  );
  const order = writeOurs(payment ?? '', attempt ?? '');
  expect(readOurs(order)).toEqual({ paymentId: payment, attemptId: attempt, refundId: null });
  const back = writeOurs(payment ?? '', refund ?? '');
  expect(readOurs(back)).toEqual({ paymentId: payment, attemptId: null, refundId: refund });
  expect(readOurs(payment)).toEqual({ paymentId: payment, attemptId: null, refundId: null });
  // The signs that PayPal's published format of a refund's custom_id has.
  expect(back).toMatch(/^[A-Za-z0-9\-_.,]{1,127}$/);
});

test('what somebody else wrote into a custom_id is not taken for ours', () => {
  for (const other of [
    null,
    undefined,
    '',
    'order-1',
    'pay_',
    'att_1',
    'pay_1:att_1',
    'pay_1.x_1',
    ' pay_1',
  ]) {
    expect(readOurs(other), String(other)).toBeNull();
  }
});
