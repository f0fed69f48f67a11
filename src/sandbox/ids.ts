import { randomFillSync } from 'node:crypto';

/** Makes one identifier: the prefix, then `length` random letters and digits. */
export type IdSource = (prefix: string, length: number) => string;

const ALPHABET = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789';
const POOL_BYTES = 8192;

/**
 * Builds a source of random identifiers. Random bytes are drawn and turned into letters in large
 * pools, because one system call an identifier would cost more than all the rest of a request.
 */
export function createIdSource(): IdSource {
  const pool = Buffer.allocUnsafe(POOL_BYTES);
  let used = POOL_BYTES;
  const refill = (): void => {
    randomFillSync(pool);
    for (let i = 0; i < POOL_BYTES; i += 1) {
      pool[i] = ALPHABET.charCodeAt((pool[i] ?? 0) % ALPHABET.length);
    }
    used = 0;
  };
  return (prefix, length) => {
    if (used + length > POOL_BYTES) refill();
    used += length;
    return prefix + pool.toString('latin1', used - length, used);
  };
}
