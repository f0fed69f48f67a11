import { expect, test } from 'vitest';
import { readDisputeRequest, readEventRequest, setPaths } from './control-requests.ts';

test('a path sets a value where it leads, and makes what is missing on the way', () => {
  const body = { id: 'evt_1', data: { object: { status: 'open', lines: [{ id: 'one' }] } } };
  setPaths(body, {
    'data.object.status': 'won',
    'data.object.lines.0.id': 'two',
    'data.object.extra.deep': 7,
    id: null,
  });
  expect(body).toEqual({
    id: null,
    data: { object: { status: 'won', lines: [{ id: 'two' }], extra: { deep: 7 } } },
  });
});

test('a path cannot reach the prototype of all objects', () => {
  const body = {};
  setPaths(body, { '__proto__.polluted': true, 'constructor.prototype.polluted': true });
  expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
});

test('a request without a body disputes the newest payment, and a wrong one is refused', () => {
  expect(readDisputeRequest(undefined)).toEqual({});
  expect(readDisputeRequest({ payment: 'one', amount: 5 })).toMatchObject({ amount: 5n });
  for (const body of [{ amount: 0 }, { amount: 1.5 }, { payment: 7 }, { colour: 'red' }, 'x']) {
    expect(readDisputeRequest(body)).toHaveProperty('refused');
  }
});

test('an event needs a type', () => {
  expect(readEventRequest({ type: 'a.b' })).toEqual({ type: 'a.b', set: {} });
  for (const body of [undefined, {}, { type: '' }, { type: 'a', set: [] }]) {
    expect(readEventRequest(body)).toHaveProperty('refused');
  }
});
