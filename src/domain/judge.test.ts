import { expect, test } from 'vitest';
import { judgeReading, judgeRepetition } from './judge.ts';
import type { GatewayError } from './outcome.ts';
import { sampleAttempt, sampleReport } from '../../test/support/samples.ts';

function refusal(category: GatewayError['category']) {
  const error = { category, code: 'c', message: 'm', httpStatus: null, gatewayRequestId: null };
  return { kind: 'refused' as const, error, report: null };
}

test('a repetition that is refused for reasons of the moment tells nothing of the first call', () => {
  for (const category of ['authentication', 'rate_limited', 'unreachable'] as const) {
    expect(judgeRepetition(refusal(category)).kind).toBe('unknown');
  }
  expect(judgeRepetition(refusal('invalid_request')).kind).toBe('refused');
});

test('a repetition that finds the payment method used does not say that the first call did nothing', () => {
  expect(judgeRepetition(refusal('method_used')).kind).toBe('unknown');
});

test('a payment that is not charged when it is read may still be, until the key has expired', () => {
  const attempt = sampleAttempt('confirm');
  const report = sampleReport({ status: 'requires_payment_method' });
  expect(judgeReading(attempt, report, false)).toBeNull();
  expect(judgeReading(attempt, report, true)).toMatchObject({ kind: 'refused' });
});

test('a capture is known by the payment: taken, released, or not told yet', () => {
  const attempt = sampleAttempt('capture');
  const taken = sampleReport({ status: 'succeeded' });
  const released = sampleReport({ status: 'canceled' });
  const open = sampleReport({ status: 'requires_capture' });
  expect(judgeReading(attempt, taken, false)).toMatchObject({ kind: 'succeeded' });
  expect(judgeReading(attempt, released, false)).toMatchObject({ kind: 'refused' });
  expect(judgeReading(attempt, open, false)).toBeNull();
});

test('a cancellation that came too late is refused, with the success beside it', () => {
  const report = sampleReport({ status: 'succeeded', amountCaptured: 1_000n });
  expect(judgeReading(sampleAttempt('cancel'), report, false)).toMatchObject({
    kind: 'refused',
    report: { amountCaptured: 1_000n },
  });
});

test('a payment that still waits for its completion was not completed, once the key has expired', () => {
  const attempt = sampleAttempt('complete');
  const report = sampleReport({ status: 'requires_completion' });
  expect(judgeReading(attempt, report, false)).toBeNull();
  expect(judgeReading(attempt, report, true)).toMatchObject({ kind: 'refused' });
  const taken = sampleReport({ status: 'succeeded' });
  expect(judgeReading(attempt, taken, false)).toMatchObject({ kind: 'succeeded' });
});

test('an object that ended without taking anything was a decline', () => {
  const decline = { code: 'card_declined', gatewayCode: 'GENERIC_DECLINE', message: '' } as const;
  const report = sampleReport({ status: 'declined', decline });
  expect(judgeReading(sampleAttempt('create'), report, false)).toMatchObject({ kind: 'declined' });
});
