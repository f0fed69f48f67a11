/** What a collection can hold: anything with an id and a time of creation in seconds. */
export type Item = { readonly id: string; readonly created: number };

/** Bounds on `created`, in seconds since the epoch, both inclusive. */
export type CreatedRange = { from: number; to: number };

/** Which page of a list is wanted. Lists run from the newest item to the oldest. */
export type PageQuery = {
  limit: number;
  startingAfter?: string | undefined;
  endingBefore?: string | undefined;
  created?: CreatedRange | undefined;
};

export type Page<T> =
  | { kind: 'page'; items: T[]; hasMore: boolean }
  | { kind: 'unknown_cursor'; parameter: 'starting_after' | 'ending_before'; id: string };

/** Items in the order of their creation, found by id in one step. */
export type Collection<T extends Item> = {
  add(item: T): void;
  get(id: string): T | undefined;
  size(): number;
  /** All items, oldest first. */
  all(): readonly T[];
  page(query: PageQuery, keep: (item: T) => boolean): Page<T>;
};

/**
 * Builds a collection that keeps at least its newest `limit` items and forgets older ones. Items
 * must be added in the order of `created`, as a clock that never runs backwards gives them.
 */
export function createCollection<T extends Item>(limit: number): Collection<T> {
  let items: T[] = [];
  let forgotten = 0;
  const positions = new Map<string, number>();

  const forgetOldest = (): void => {
    const excess = items.length - limit;
    for (const item of items.slice(0, excess)) positions.delete(item.id);
    items = items.slice(excess);
    forgotten += excess;
  };

  const indexOf = (id: string): number | undefined => {
    const position = positions.get(id);
    return position === undefined ? undefined : position - forgotten;
  };

  /** The index of the first item that was created after `seconds`. */
  const firstAfter = (seconds: number): number => {
    let low = 0;
    let high = items.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((items[middle]?.created ?? 0) <= seconds) low = middle + 1;
      else high = middle;
    }
    return low;
  };

  return {
    add(item) {
      positions.set(item.id, forgotten + items.length);
      items.push(item);
      // Forgetting in large steps keeps the cost of one addition constant on average.
      if (items.length >= limit * 2) forgetOldest();
    },
    get(id) {
      const index = indexOf(id);
      return index === undefined ? undefined : items[index];
    },
    size: () => items.length,
    all: () => items,
    page(query, keep) {
      const { startingAfter, endingBefore, created, limit: wanted } = query;
      const oldest = created === undefined ? 0 : firstAfter(created.from - 1);
      const newest = (created === undefined ? items.length : firstAfter(created.to)) - 1;
      const found: T[] = [];
      const isFull = (): boolean => found.length > wanted;
      if (endingBefore !== undefined) {
        const cursor = indexOf(endingBefore);
        if (cursor === undefined) return unknownCursor('ending_before', endingBefore);
        for (let i = Math.max(cursor + 1, oldest); i <= newest && !isFull(); i += 1) {
          const item = items[i];
          if (item !== undefined && keep(item)) found.push(item);
        }
        return { kind: 'page', items: found.slice(0, wanted).reverse(), hasMore: isFull() };
      }
      let start = newest;
      if (startingAfter !== undefined) {
        const cursor = indexOf(startingAfter);
        if (cursor === undefined) return unknownCursor('starting_after', startingAfter);
        start = Math.min(cursor - 1, newest);
      }
      for (let i = start; i >= oldest && !isFull(); i -= 1) {
        const item = items[i];
        if (item !== undefined && keep(item)) found.push(item);
      }
      return { kind: 'page', items: found.slice(0, wanted), hasMore: isFull() };
    },
  };
}

/** A collection of just these items, oldest first. */
export function collectionOf<T extends Item>(items: Iterable<T>): Collection<T> {
  const collection = createCollection<T>(Infinity);
  for (const item of items) collection.add(item);
  return collection;
}

function unknownCursor<T>(parameter: 'starting_after' | 'ending_before', id: string): Page<T> {
  return { kind: 'unknown_cursor', parameter, id };
}
