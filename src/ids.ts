import { hash } from 'node:crypto';
import { fromUUIDBytes, typeidUnboxed } from 'typeid-js';

/** What an id stands for; it is the id's first part, as in `pay_01jd...`. */
export type IdPrefix =
  | 'pay'
  | 'att'
  | 'ref'
  | 'evt'
  | 'key'
  | 'req'
  | 'cus'
  | 'pm'
  | 'dis'
  | 'op'
  | 'opt'
  | 'dec'
  | 'rec';

/** A new id: its prefix, and 26 characters that sort by time of making. */
export function newId(prefix: IdPrefix): string {
  return typeidUnboxed(prefix);
}

/**
 * An id that follows from `seed` alone.
 *
 * Should a database failover lose a commit, the caller's retry makes the same ids again and so sends the gateway the
 * same request to the letter, which the gateway answers with what it did the first time.
 */
export function derivedId(prefix: IdPrefix, seed: string): string {
  const bytes = hash('sha256', `${prefix}\0${seed}`, 'buffer').subarray(0, 16);
  return fromUUIDBytes(prefix, bytes);
}
