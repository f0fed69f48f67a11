import { expect, test } from 'vitest';
import type { GatewayError } from './gateway.ts';
import { failedOutcome, lookup, notRead, readAnswer, type CallFailure } from './json-answer.ts';
import type { Exchange } from './transport.ts';

const error = (over: Partial<GatewayError> = {}): GatewayError => ({
  category: 'invalid_request',
  code: 'c',
  message: 'm',
  httpStatus: 400,
  gatewayRequestId: null,
  ...over,
});
const refused = (over?: Partial<GatewayError>): CallFailure => ({
  kind: 'refused',
  error: error(over),
});

const answered = (body: string, status = 200): Exchange => ({
  kind: 'answered',
  status,
  headers: {},
  body,
});

const read = (exchange: Exchange) =>
  readAnswer<unknown, CallFailure>(
    exchange,
    (json) => {
      if (json === 'wrong') throw new Error('Not the format');
      return json;
    },
    {
      failureOf: () => refused(),
      gatewayFault: (code) => ({ kind: 'unknown', error: error({ code }) }),
    },
  );

test('a success is read by its reader, and an empty one as null', () => {
  expect(read(answered('{"a": 1}', 201))).toEqual({ kind: 'answered', value: { a: 1 } });
  expect(read(answered('', 204))).toEqual({ kind: 'answered', value: null });
});

test.for(['{"a": 1', '<html>', '"wrong"'])('a success that is %s is unknown', (body) => {
  expect(read(answered(body))).toMatchObject({
    kind: 'unknown',
    error: { code: 'unreadable_answer' },
  });
});

test('whatever is no success is for the gateway to explain', () => {
  expect(read(answered('{}', 199)).kind).toBe('refused');
  expect(read(answered('{}', 302)).kind).toBe('refused');
  expect(read({ kind: 'not_sent', code: 'c', message: 'm' }).kind).toBe('refused');
});

test('a failure leaves nothing to report, and keeps to itself what only its adapter knows', () => {
  const decline = { code: 'card_declined' as const, gatewayCode: 'c', message: 'm' };
  expect(failedOutcome({ kind: 'declined', decline, error: error() })).toEqual({
    kind: 'declined',
    decline,
    report: null,
  });
  const unknown = { kind: 'unknown' as const, error: error(), secret: true };
  expect(failedOutcome(unknown)).toEqual({ kind: 'unknown', error: error() });
});

test('only a 404 says that there is nothing', () => {
  expect(lookup({ kind: 'answered', value: 1 })).toEqual({ kind: 'found', report: 1 });
  expect(lookup(refused({ httpStatus: 404 }))).toEqual({ kind: 'not_found' });
  expect(lookup(refused({ httpStatus: 400 })).kind).toBe('unavailable');
  expect(lookup({ kind: 'unknown', error: error({ httpStatus: null }) }).kind).toBe('unavailable');
});

test.for([
  [{ category: 'authentication', httpStatus: 401 }, 'authentication'],
  [{ category: 'rate_limited', httpStatus: 429 }, 'rate_limited'],
  [{ category: 'no_answer', httpStatus: null }, 'unreachable'],
  [{ category: 'gateway_fault', httpStatus: 503 }, 'unreachable'],
  [{ category: 'invalid_request', httpStatus: 400 }, 'unreachable'],
  [{ category: 'invalid_request', httpStatus: 404 }, 'authentication'],
] as const)('a reading that failed with %j refuses for the moment', ([over, category]) => {
  expect(notRead(refused(over))).toMatchObject({ kind: 'refused', error: { category } });
});
