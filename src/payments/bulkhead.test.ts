import { expect, test } from 'vitest';
import { createBulkhead, OPEN_BULKHEAD } from './bulkhead.ts';

/** Work that lasts until it is told to end. */
function lasting() {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  return { work: () => promise, end: resolve, fail: reject };
}

const OVERLOADED = {
  kind: 'rejected',
  code: 'overloaded',
  extensions: { reason: 'gateway_calls', gateway: 'slow' },
};

test('a gateway whose places are taken refuses one more without beginning it, and the others do not notice', async () => {
  const bulkhead = createBulkhead(2);
  const held = [lasting(), lasting()];
  const under = held.map(({ work }) => bulkhead.within('slow', work));
  expect(bulkhead.hasRoom('slow')).toBe(false);

  let begun = false;
  const refused = await bulkhead.within('slow', async () => (begun = true));
  expect(refused).toMatchObject(OVERLOADED);
  expect(begun).toBe(false);

  expect(bulkhead.hasRoom('fast')).toBe(true);
  expect(await bulkhead.within('fast', async () => 'done')).toBe('done');

  held.forEach(({ end }) => end('late'));
  expect(await Promise.all(under)).toEqual(['late', 'late']);
});

test('a place is free again once its work has ended, in whatever way', async () => {
  const bulkhead = createBulkhead(1);
  const failing = lasting();
  const under = bulkhead.within('slow', failing.work);
  expect(bulkhead.hasRoom('slow')).toBe(false);
  failing.fail(new Error('a bug'));
  await expect(under).rejects.toThrow('a bug');
  expect(bulkhead.hasRoom('slow')).toBe(true);
  expect(await bulkhead.within('slow', async () => 'done')).toBe('done');
  expect(bulkhead.hasRoom('slow')).toBe(true);
});

test('refusals take no place: the limit is the same after many of them', async () => {
  const bulkhead = createBulkhead(1);
  const { work, end } = lasting();
  const under = bulkhead.within('slow', work);
  for (let n = 0; n < 10; n += 1) {
    expect(await bulkhead.within('slow', work)).toMatchObject(OVERLOADED);
  }
  end('late');
  await under;
  expect(await bulkhead.within('slow', async () => 'done')).toBe('done');
  expect(bulkhead.hasRoom('slow')).toBe(true);
});

test('without a limit everything is let in', async () => {
  const { work, end } = lasting();
  const under = Array.from({ length: 100 }, () => OPEN_BULKHEAD.within('slow', work));
  expect(OPEN_BULKHEAD.hasRoom('slow')).toBe(true);
  end('late');
  expect(await Promise.all(under)).toEqual(Array.from({ length: 100 }, () => 'late'));
});
