import { expect, test } from 'vitest';
import { createAvailability } from './availability.ts';
import type { GatewayError } from './gateway.ts';

function failure(category: GatewayError['category']): GatewayError {
  return { category, code: 'c', message: 'm', httpStatus: null, gatewayRequestId: null };
}

test('a gateway is unavailable after five failures of its own in a row, until a call goes well', () => {
  const availability = createAvailability();
  const fail = () => availability.observe({ gateway: 'stripe', error: failure('no_answer') });
  for (let i = 0; i < 4; i += 1) fail();
  expect(availability.isAvailable('stripe')).toBe(true);
  fail();
  expect(availability.isAvailable('stripe')).toBe(false);
  availability.observe({ gateway: 'stripe', error: null });
  expect(availability.isAvailable('stripe')).toBe(true);
});

test('what the gateway says to wrong requests does not make it unavailable', () => {
  const availability = createAvailability();
  for (let i = 0; i < 10; i += 1) {
    availability.observe({ gateway: 'stripe', error: failure('invalid_request') });
    availability.observe({ gateway: 'stripe', error: failure('key_conflict') });
  }
  expect(availability.isAvailable('stripe')).toBe(true);
});

test('a gateway that does not answer is left alone for ten seconds, and again from each further failure', () => {
  let now = 0;
  const availability = createAvailability(() => now);
  const fail = () => availability.observe({ gateway: 'stripe', error: failure('unreachable') });
  for (let i = 0; i < 5; i += 1) {
    expect(availability.mayTry('stripe')).toBe(true);
    fail();
  }
  now = 9_999;
  expect(availability.mayTry('stripe')).toBe(false);
  now = 10_000;
  expect(availability.mayTry('stripe')).toBe(true);
  fail();
  expect(availability.mayTry('stripe')).toBe(false);
  availability.observe({ gateway: 'stripe', error: null });
  expect(availability.mayTry('stripe')).toBe(true);
});
