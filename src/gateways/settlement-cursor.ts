import type { z } from 'zod';

/** Writes down where a listing goes on, so that another process can. */
export function writeCursor(place: object): string {
  return JSON.stringify(place);
}

/** Reads what `writeCursor` wrote; throws where it is something else, which is a bug or another version's. */
export function readCursor<T extends z.ZodType>(schema: T, cursor: string): z.output<T> {
  return schema.parse(JSON.parse(cursor));
}
