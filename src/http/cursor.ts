import { z } from 'zod';
import { problemError } from './problem.ts';
import { isStorable } from './schemas/fields.ts';

/** Packs a place in a list into a text that callers send back as it is. */
export function encodeCursor(place: object): string {
  return Buffer.from(JSON.stringify(place)).toString('base64url');
}

/** Unpacks a cursor. Whatever is not one of ours is the caller's mistake, never a failure here. */
export function decodeCursor<T>(cursor: string | undefined, place: z.ZodType<T>): T | undefined {
  if (cursor === undefined) return undefined;
  try {
    return place.parse(JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8')));
  } catch {
    throw problemError('parameter_invalid', {
      param: 'cursor',
      detail: 'The cursor is not one that this list gave. Start without one.',
    });
  }
}

/** A place in a list that goes by time. Nothing else gets through that the database could not read. */
export const timePlace = z.strictObject({
  createdAt: z.iso
    .datetime()
    .transform((text) => new Date(text))
    .refine(isStorable),
  id: z.string().regex(/^\w{1,100}$/),
});

/** A place in the order of all events. */
export const eventPlace = z.strictObject({
  sqlTransaction: z.string().regex(/^\d{1,19}$/),
  position: z.string().regex(/^\d{1,18}$/),
});

/** A place in a list that goes by numbers. */
const numberPlace = z.strictObject({ id: z.string().regex(/^\d{1,18}$/) });

/** Unpacks the cursor of a list that goes by numbers: the number of the last item before it, `null` at the beginning. */
export function decodeNumber(cursor: string | undefined): bigint | null {
  const place = decodeCursor(cursor, numberPlace);
  return place === undefined ? null : BigInt(place.id);
}

/** Makes a page from one item more than it holds. */
export function page<T, V>(
  items: readonly T[],
  limit: number,
  present: (item: T) => V,
  place: (item: T) => object,
): { object: 'list'; data: V[]; has_more: boolean; next_cursor: string | null } {
  const shown = items.slice(0, limit);
  const last = shown.at(-1);
  const more = items.length > limit;
  return {
    object: 'list',
    data: shown.map(present),
    has_more: more,
    next_cursor: more && last !== undefined ? encodeCursor(place(last)) : null,
  };
}
