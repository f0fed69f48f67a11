import { expect, test } from 'vitest';
import type { GatewayError } from './gateway.ts';
import { verdictOf } from './call-verdict.ts';
import type { GatewayCall } from './observed.ts';

function call(
  outcome: GatewayCall['outcome'],
  category?: GatewayError['category'],
  httpStatus: number | null = 400,
) {
  const told = { code: 'some_code', message: '', httpStatus, gatewayRequestId: null };
  const operation = 'create_payment' as const;
  return { operation, outcome, error: category === undefined ? null : { ...told, category } };
}

test('a gateway that declines, or refuses a wrong request, has done its part and let us in', () => {
  const fine = [
    call('succeeded'),
    call('declined'),
    call('requires_action'),
    call('found'),
    call('not_found'),
    call('refused', 'invalid_request'),
    call('refused', 'key_conflict', 409),
  ];
  for (const each of fine)
    expect(verdictOf(each)).toEqual({ fault: null, credentials: 'accepted' });
});

test('one that cannot be reached, does not answer, fails or limits is at fault, and tells nothing of credentials', () => {
  for (const category of ['unreachable', 'no_answer', 'gateway_fault', 'rate_limited'] as const) {
    expect(verdictOf(call('unknown', category, null))).toEqual({
      fault: { category, code: 'some_code' },
      credentials: null,
    });
  }
  expect(verdictOf(call('failed'))).toMatchObject({ fault: { code: 'exception' } });
});

test('credentials that are refused are told', () => {
  expect(verdictOf(call('refused', 'authentication', 401))).toEqual({
    fault: { category: 'authentication', code: 'some_code' },
    credentials: 'rejected',
  });
});

test('what was found wrong before it was sent, or may not have been sent at all, says nothing of credentials', () => {
  const local = { ...call('succeeded'), operation: 'create_customer' as const };
  expect(verdictOf(local)).toEqual({ fault: null, credentials: null });
  expect(verdictOf(call('refused', 'invalid_request', null)).credentials).toBeNull();
});
