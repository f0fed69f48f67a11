import { expect, test } from 'vitest';
import { Overloaded } from '../../overloaded.ts';
import { GroupCommit } from './group-commit.ts';

/** Commits whose moment the test decides. */
function controlled() {
  const batches: { items: number[]; finish: () => void; fail: (error: Error) => void }[] = [];
  const commit = (items: number[]) =>
    new Promise<string[]>((resolve, reject) => {
      const finish = () => resolve(items.map((item) => `result of ${item}`));
      batches.push({ items, finish, fail: reject });
    });
  return { batches, commit };
}

const numbers = (count: number) => Array.from({ length: count }, (_, i) => i);

/** What the event loop does next. */
const nextTurn = () => new Promise((resolve) => setImmediate(resolve));

test('what comes in one turn of the event loop is committed together, and what comes meanwhile after it', async () => {
  const { batches, commit } = controlled();
  const commits = new GroupCommit(commit);
  const results: Promise<string>[] = [];
  const addAll = (items: number[]) => results.push(...items.map((item) => commits.add(item)));
  addAll([0, 1, 2]);
  await nextTurn();
  addAll([3, 4]);
  await nextTurn();
  addAll([5]);
  await nextTurn();
  expect(batches.map(({ items }) => items)).toEqual([[0, 1, 2]]);
  batches[0]?.finish();
  expect(await results[0]).toBe('result of 0');
  await expect.poll(() => batches[1]?.items).toEqual([3, 4, 5]);
  batches[1]?.finish();
  expect(await Promise.all(results)).toEqual(numbers(6).map((item) => `result of ${item}`));
});

test('a batch has at most 100 items, and one is under way at a time', async () => {
  let underWay = 0;
  let most = 0;
  const sizes: number[] = [];
  const commits = new GroupCommit(async (items: number[]) => {
    sizes.push(items.length);
    most = Math.max(most, (underWay += 1));
    await new Promise((resolve) => setImmediate(resolve));
    underWay -= 1;
    return items;
  });
  expect(await Promise.all(numbers(1_000).map((item) => commits.add(item)))).toEqual(
    numbers(1_000),
  );
  expect(Math.max(...sizes)).toBe(100);
  expect(most).toBe(1);
});

test('a batch that fails is tried item by item, and only the bad one is refused', async () => {
  const commits = new GroupCommit(async (items: number[]) => {
    if (items.includes(7)) throw new Error('7 is refused');
    return items;
  });
  const outcomes = await Promise.allSettled(numbers(50).map((item) => commits.add(item)));
  const refused = outcomes.flatMap(({ status }, i) => (status === 'rejected' ? [i] : []));
  expect(refused).toEqual([7]);
});

test('more than may wait are refused, and nothing of them is committed', async () => {
  const { batches, commit } = controlled();
  const commits = new GroupCommit(commit, 3);
  const taken = numbers(3).map((item) => commits.add(item));
  await expect(commits.add(3)).rejects.toBeInstanceOf(Overloaded);
  await expect.poll(() => batches[0]?.items).toEqual([0, 1, 2]);
  taken.push(commits.add(4));
  batches[0]?.finish();
  await expect.poll(() => batches[1]?.items).toEqual([4]);
  batches[1]?.finish();
  await Promise.all(taken);
  expect(batches.flatMap(({ items }) => items)).toEqual([0, 1, 2, 4]);
});

test('after a failure the next items are committed as before', async () => {
  let isDown = true;
  const commits = new GroupCommit(async (items: number[]) => {
    if (isDown) throw new Error('no database');
    return items;
  });
  await expect(commits.add(1)).rejects.toThrow('no database');
  isDown = false;
  expect(await commits.add(2)).toBe(2);
});
