import { hash } from 'node:crypto';
import { refuse, succeed } from './errors.ts';
import type { Result } from './errors.ts';

/** Which page is wanted. `query` is whatever else was asked: a cursor is good for that query only. */
export type Paging = { limit: number; cursor: string | undefined; query: object };

export type Page<T> = { items: T[]; cursor?: string };

/**
 * Takes the page after the cursor from `items`, which come in the order of the list.
 * Source: https://developer.squareup.com/docs/build-basics/common-api-patterns/pagination
 */
export function takePage<T extends { id: string }>(
  items: Iterable<T>,
  { limit, cursor, query }: Paging,
): Result<Page<T>> {
  const mark = hash('sha1', JSON.stringify(query), 'base64url').slice(0, 8);
  const after = cursor === undefined ? null : readCursor(cursor, mark);
  if (after === undefined) return refuse('INVALID_CURSOR', 'Invalid cursor.', { field: 'cursor' });
  const found: T[] = [];
  let isReached = after === null;
  for (const item of items) {
    if (isReached) found.push(item);
    else if (item.id === after) isReached = true;
    if (found.length > limit) break;
  }
  if (!isReached) return refuse('INVALID_CURSOR', 'Invalid cursor.', { field: 'cursor' });
  const shown = found.slice(0, limit);
  const last = shown.at(-1);
  if (found.length <= limit || last === undefined) return succeed({ items: shown });
  return succeed({
    items: shown,
    cursor: Buffer.from(`${mark}.${last.id}`).toString('base64url'),
  });
}

/** The id after which a page begins; undefined for what is no cursor of this query. */
function readCursor(cursor: string, mark: string): string | undefined {
  const text = Buffer.from(cursor, 'base64url').toString('utf8');
  return text.startsWith(`${mark}.`) ? text.slice(mark.length + 1) : undefined;
}

/** The items that `keep` wants, in the order of their creation or, for DESC, in the reverse order. */
export function* sifted<T>(
  items: readonly T[],
  order: 'ASC' | 'DESC',
  keep: (item: T) => boolean,
): Iterable<T> {
  for (let i = 0; i < items.length; i += 1) {
    const item = items[order === 'ASC' ? i : items.length - 1 - i];
    if (item !== undefined && keep(item)) yield item;
  }
}

/** How long something new may be missing from lists, in ms: "several seconds". */
const LAG_MS = 5_000;

/** Whether a list shows an object already that changed last at `updatedMs`. */
export function isListed(updatedMs: number, nowMs: number, lags: boolean): boolean {
  return !lags || nowMs - updatedMs >= LAG_MS;
}
