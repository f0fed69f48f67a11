import { expect, test, vi } from 'vitest';
import type { GatewayError, GatewayOutcome } from '../domain/outcome.ts';
import { askForTheLastTime } from './last-question.ts';
import { stillUnknown } from './still-unknown.ts';

const HOUR_MS = 3_600_000;
const gateway = {
  name: 'a gateway',
  capabilities: {
    keyLifetimeMs: 6 * HOUR_MS,
    partialCapture: true,
    partialRefund: true,
    savedMethods: true,
    redirect: true,
    settlementRecords: 'none' as const,
    searchByReference: true,
    createsWithoutMethod: true,
    feeOnRefund: 'kept' as const,
  },
};

function unavailable(category: GatewayError['category']): GatewayOutcome<never> {
  const error = { category, code: 'c', message: 'm', httpStatus: null, gatewayRequestId: null };
  return stillUnknown({ kind: 'unavailable', error }, '');
}
const silence = stillUnknown({ kind: 'not_found' }, 'nothing to see');

test('a gateway that remembers the key may tell, and need not be asked once more', async () => {
  const ask = vi.fn(() => Promise.resolve(silence));
  expect(await askForTheLastTime(gateway, 5 * HOUR_MS, ask)).toMatchObject({
    kind: 'may_tell',
    untilMs: HOUR_MS,
  });
  expect(ask).not.toHaveBeenCalled();
});

test('one that answers and shows nothing is silent', async () => {
  const last = await askForTheLastTime(gateway, 7 * HOUR_MS, () => Promise.resolve(silence));
  expect(last).toEqual({ kind: 'silent', wasAsked: true });
});

test.each(['no_answer', 'unreachable', 'rate_limited', 'gateway_fault', 'authentication'] as const)(
  'one that cannot be asked for now (%s) may tell when it can',
  async (category) => {
    const ask = () => Promise.resolve(unavailable(category));
    expect((await askForTheLastTime(gateway, 900 * HOUR_MS, ask)).kind).toBe('may_tell');
  },
);

test('one that has no credentials here is left a day, and cannot be asked then', async () => {
  const ask = () => Promise.reject(new Error('nobody can be asked'));
  expect((await askForTheLastTime(undefined, 23 * HOUR_MS, ask)).kind).toBe('may_tell');
  expect(await askForTheLastTime(undefined, 25 * HOUR_MS, ask)).toEqual({
    kind: 'silent',
    wasAsked: false,
  });
});

test('what it says after all counts', async () => {
  expect(await askForTheLastTime(gateway, 7 * HOUR_MS, () => Promise.resolve(null))).toEqual({
    kind: 'told',
    outcome: null,
  });
});
