import { expect, test } from 'vitest';
import { nextLookInMs } from './next-look.ts';
import { samplePayment } from '../../test/support/samples.ts';

const now = new Date('2026-01-01T12:00:00Z');
const context = { actionExpiryMs: 24 * 3_600_000, now };

/** When it is looked again, by a clock that is right. */
function nextLook(...[payment, { now, ...rest }]: Parameters<typeof nextLookInMs>): Date | null {
  const inMs = nextLookInMs(payment, { ...rest, now });
  return inMs === null ? null : new Date(now.getTime() + inMs);
}

test('a payment that waits for a payment method is looked at when its time is over', () => {
  expect(nextLook(samplePayment({ status: 'requires_payment_method' }), context)).toEqual(
    new Date('2026-01-02T00:00:00Z'),
  );
});

test('a payment whose customer acts elsewhere is looked at before that: the webhook may be lost', () => {
  const payment = samplePayment({ status: 'requires_action' });
  expect(nextLook(payment, context)).toEqual(new Date('2026-01-01T12:05:00Z'));
  const late = { ...context, now: new Date('2026-01-01T23:58:00Z') };
  expect(nextLook(payment, late)).toEqual(new Date('2026-01-02T00:00:00Z'));
});

test('a charge that the customer has agreed to is tried again soon', () => {
  const payment = samplePayment({ status: 'processing', awaitsCompletion: true });
  expect(nextLook(payment, context)).toEqual(new Date('2026-01-01T12:00:10Z'));
});

test('what is to be soon is soon by a clock that is wrong, too', () => {
  const wrong = { ...context, now: new Date('2026-01-01T13:00:00Z') };
  const payment = samplePayment({ status: 'processing', awaitsCompletion: true });
  expect(nextLookInMs(payment, wrong)).toBe(nextLookInMs(payment, context));
});

test('an expiry that did not work out is tried again a minute later, and ever more rarely', () => {
  const payment = samplePayment({ status: 'requires_payment_method' });
  const at = (now: string) => nextLook(payment, { ...context, now: new Date(now) });
  expect(at('2026-01-02T00:00:00Z')).toEqual(new Date('2026-01-02T00:01:00Z'));
  expect(at('2026-01-02T04:00:00Z')).toEqual(new Date('2026-01-02T05:00:00Z'));
  expect(at('2026-02-01T00:00:00Z')).toEqual(new Date('2026-02-02T00:00:00Z'));
});

test('an authorization is looked at a day before its end, and after it', () => {
  const captureBefore = new Date('2026-01-08T00:00:00Z');
  const payment = samplePayment({ status: 'requires_capture', captureBefore });
  expect(nextLook(payment, context)).toEqual(new Date('2026-01-07T00:00:00Z'));
  const warned = { ...context, now: new Date('2026-01-07T01:00:00Z') };
  expect(nextLook(payment, warned)).toEqual(new Date('2026-01-08T01:00:00Z'));
});

test('every payment that is not over and has no attempt under way has a next look', () => {
  for (const status of [
    'requires_payment_method',
    'requires_action',
    'processing',
    'requires_capture',
  ] as const) {
    expect(nextLook(samplePayment({ status }), context)).not.toBeNull();
  }
  for (const status of ['succeeded', 'canceled', 'failed'] as const) {
    expect(nextLook(samplePayment({ status }), context)).toBeNull();
  }
  expect(nextLook(samplePayment({ pendingAttemptId: 'att_1' }), context)).toBeNull();
});

test('an authorization without an end is looked at once a day, one that is warned of after its end', () => {
  const at = (captureBefore: Date | null, now: string) =>
    nextLook(samplePayment({ status: 'requires_capture', captureBefore }), {
      ...context,
      now: new Date(now),
    });
  expect(at(null, '2026-01-01T12:00:00Z')).toEqual(new Date('2026-01-02T12:00:00Z'));
  const end = new Date('2026-01-08T00:00:00Z');
  // At the very moment of the warning it has been given.
  expect(at(end, '2026-01-07T00:00:00Z')).toEqual(new Date('2026-01-08T01:00:00Z'));
  expect(at(end, '2026-01-09T00:00:00Z')).toEqual(new Date('2026-01-09T01:00:00Z'));
});

test('a charge that the gateway reviews is looked at every hour', () => {
  expect(nextLook(samplePayment({ status: 'processing' }), context)).toEqual(
    new Date('2026-01-01T13:00:00Z'),
  );
});
