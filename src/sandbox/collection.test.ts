import { expect, test } from 'vitest';
import { collectionOf, createCollection } from './collection.ts';

const item = (n: number, created = n) => ({ id: `item_${n}`, created });
const items = (count: number) => collectionOf(Array.from({ length: count }, (_, n) => item(n)));
const ids = (page: ReturnType<ReturnType<typeof items>['page']>) =>
  page.kind === 'page' ? page.items.map((one) => one.id) : page;
const all = () => true;

test('pages run from the newest to the oldest and say whether more follow', () => {
  const collection = items(5);
  const first = collection.page({ limit: 2 }, all);
  expect(first).toMatchObject({ kind: 'page', hasMore: true });
  expect(ids(first)).toEqual(['item_4', 'item_3']);
  const last = collection.page({ limit: 3, startingAfter: 'item_3' }, all);
  expect(last).toMatchObject({ kind: 'page', hasMore: false });
  expect(ids(last)).toEqual(['item_2', 'item_1', 'item_0']);
});

test('ending_before gives the page next to the cursor, still newest first', () => {
  const page = items(6).page({ limit: 2, endingBefore: 'item_1' }, all);
  expect(ids(page)).toEqual(['item_3', 'item_2']);
  expect(page).toMatchObject({ hasMore: true });
});

test('bounds on creation are inclusive and find every item of one second', () => {
  const collection = collectionOf([item(1, 10), item(2, 20), item(3, 20), item(4, 30)]);
  expect(ids(collection.page({ limit: 10, created: { from: 20, to: 20 } }, all))).toEqual([
    'item_3',
    'item_2',
  ]);
  expect(ids(collection.page({ limit: 10, created: { from: 11, to: 19 } }, all))).toEqual([]);
  expect(ids(collection.page({ limit: 10, created: { from: 0, to: Infinity } }, all))).toHaveLength(
    4,
  );
});

test('a filter is applied before the limit', () => {
  const page = items(10).page({ limit: 2 }, (one) => one.created % 2 === 0);
  expect(ids(page)).toEqual(['item_8', 'item_6']);
});

test('an unknown cursor is told apart from an empty page', () => {
  expect(items(2).page({ limit: 2, startingAfter: 'item_9' }, all)).toEqual({
    kind: 'unknown_cursor',
    parameter: 'starting_after',
    id: 'item_9',
  });
});

test('a limited collection forgets its oldest items and never more than it must', () => {
  const collection = createCollection<{ id: string; created: number }>(10);
  for (let n = 0; n < 95; n += 1) collection.add(item(n));
  expect(collection.size()).toBeGreaterThanOrEqual(10);
  expect(collection.size()).toBeLessThan(20);
  expect(collection.get('item_94')).toEqual(item(94));
  expect(collection.get('item_85')).toEqual(item(85));
  expect(collection.get('item_0')).toBeUndefined();
  expect(ids(collection.page({ limit: 2, startingAfter: 'item_94' }, all))).toEqual([
    'item_93',
    'item_92',
  ]);
});
