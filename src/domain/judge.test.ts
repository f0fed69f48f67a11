import { expect, test } from 'vitest';
import { judgeReading, judgeRepetition } from './judge.ts';
import type { AttemptOperation } from './attempt.ts';
import type { GatewayError } from './outcome.ts';
import type { PaymentReport } from './report.ts';
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

const notExecuted = (message: string) => ({
  kind: 'refused' as const,
  error: {
    category: 'invalid_request',
    code: 'not_executed',
    message,
    httpStatus: null,
    gatewayRequestId: null,
  },
});
const at = (status: PaymentReport['status']) => sampleReport({ status });

test('what is no refusal is believed of a repetition, and an unknown one says why', () => {
  const done = { kind: 'succeeded' as const, report: sampleReport() };
  expect(judgeRepetition(done)).toBe(done);
  const limited = refusal('rate_limited');
  expect(judgeRepetition(limited)).toEqual({ kind: 'unknown', error: limited.error });
});

test('a creation without a payment method is done once the gateway has the object', () => {
  const report = at('requires_payment_method');
  const creation = sampleAttempt('create', { request: {} });
  expect(judgeReading(creation, report, false)).toEqual({ kind: 'succeeded', report });
  expect(judgeReading(sampleAttempt('create'), report, false)).toBeNull();
});

test('a charge that waits for its customer says what the customer has to do', () => {
  const action = { type: 'redirect_to_url', url: 'https://bank.example' } as const;
  const asked = sampleReport({ status: 'requires_action', action });
  for (const operation of ['create', 'confirm', 'complete'] as const) {
    expect(judgeReading(sampleAttempt(operation), asked, false)).toEqual({
      kind: 'requires_action',
      action,
      report: asked,
    });
  }
  // Without it there is nothing to wait for.
  const silent = at('requires_action');
  expect(judgeReading(sampleAttempt('confirm'), silent, false)).toEqual({
    kind: 'succeeded',
    report: silent,
  });
  const charged = sampleReport({ status: 'succeeded', action });
  expect(judgeReading(sampleAttempt('confirm'), charged, false)).toMatchObject({
    kind: 'succeeded',
  });
});

test('a charge that holds or took money, or that the gateway reviews, was made', () => {
  for (const status of ['succeeded', 'requires_capture', 'processing', 'canceled'] as const) {
    const report = at(status);
    for (const operation of ['create', 'confirm', 'complete'] as const) {
      expect(judgeReading(sampleAttempt(operation), report, false)).toEqual({
        kind: 'succeeded',
        report,
      });
    }
  }
});

test('a decline that is read is told with its reason, whether or not the key has expired', () => {
  const decline = { code: 'card_declined', gatewayCode: 'no', message: 'no' } as const;
  const report = sampleReport({ status: 'requires_payment_method', decline });
  for (const settled of [false, true]) {
    expect(judgeReading(sampleAttempt('confirm'), report, settled)).toEqual({
      kind: 'declined',
      decline,
      report,
    });
  }
});

test.each<[AttemptOperation, PaymentReport['status'], boolean, string]>([
  ['confirm', 'requires_payment_method', true, 'the gateway has not charged the payment'],
  ['confirm', 'declined', true, 'the gateway has not charged the payment'],
  ['complete', 'requires_completion', true, 'the gateway has not charged the payment'],
  ['capture', 'canceled', false, 'the authorization was released'],
  ['capture', 'requires_capture', true, 'the gateway has not captured the payment'],
  ['cancel', 'succeeded', false, 'the payment has succeeded'],
  ['cancel', 'requires_capture', true, 'the gateway has not canceled the payment'],
])('a %s that is read as %s was not executed', (operation, status, settled, message) => {
  const report = at(status);
  expect(judgeReading(sampleAttempt(operation), report, settled)).toEqual({
    ...notExecuted(message),
    report,
  });
});

test.each<[AttemptOperation, PaymentReport['status']]>([
  ['confirm', 'declined'],
  ['complete', 'requires_completion'],
  ['capture', 'requires_capture'],
  ['cancel', 'requires_capture'],
  ['cancel', 'processing'],
])('a %s that is read as %s may still be executed while its key lives', (operation, status) => {
  expect(judgeReading(sampleAttempt(operation), at(status), false)).toBeNull();
});

test('a capture that the gateway reviews was made, and a cancellation is done once it shows', () => {
  expect(judgeReading(sampleAttempt('capture'), at('processing'), false)).toMatchObject({
    kind: 'succeeded',
  });
  const canceled = at('canceled');
  expect(judgeReading(sampleAttempt('cancel'), canceled, false)).toEqual({
    kind: 'succeeded',
    report: canceled,
  });
});
