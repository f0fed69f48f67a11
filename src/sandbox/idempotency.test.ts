import { expect, test } from 'vitest';
import { createIdempotencyStore } from './idempotency.ts';

const answer = { status: 402, body: '{"é":1}', requestId: 'req_1' };

test('an answer is given again, byte for byte, until its lifetime is over', () => {
  let nowMs = 1_000;
  const store = createIdempotencyStore({ lifetimeMs: 100, maxKeys: 10, nowMs: () => nowMs });
  store.begin('key', 'print');
  expect(store.look('key', 'print')).toEqual({ kind: 'in_flight' });
  store.finish('key', answer);
  nowMs = 1_099;
  expect(store.look('key', 'print')).toEqual({ kind: 'answered', answer });
  expect(store.look('key', 'other')).toEqual({ kind: 'other_request' });
  nowMs = 1_100;
  expect(store.look('key', 'print')).toEqual({ kind: 'unknown' });
});

test('a key in flight never expires: its request may still move money', () => {
  let nowMs = 0;
  const store = createIdempotencyStore({ lifetimeMs: 100, maxKeys: 10, nowMs: () => nowMs });
  store.begin('key', 'print');
  nowMs = 1_000_000;
  expect(store.look('key', 'print')).toEqual({ kind: 'in_flight' });
});

test('a full store takes no new key, and has room again when old ones expire', () => {
  let nowMs = 0;
  const store = createIdempotencyStore({ lifetimeMs: 100, maxKeys: 2, nowMs: () => nowMs });
  for (const key of ['a', 'b']) {
    expect(store.begin(key, 'print')).toBe(true);
    store.finish(key, answer);
  }
  expect(store.begin('c', 'print')).toBe(false);
  expect(store.look('a', 'print')).toMatchObject({ kind: 'answered' });
  nowMs = 100;
  expect(store.begin('c', 'print')).toBe(true);
});
