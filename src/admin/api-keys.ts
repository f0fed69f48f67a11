import { createHash, randomBytes } from 'node:crypto';
import { insertApiKey, type ApiKey } from '../database/api-keys.ts';
import type { Database } from '../database/database.ts';
import { newId } from '../ids.ts';

/** How many characters of a key are kept to recognise it by: the prefix and four more. */
const HINT_LENGTH = 12;

/**
 * Makes an API key of 256 random bits. The key itself is returned this once and kept nowhere.
 *
 * @param name what the key is for, in its owner's words
 */
export async function createApiKey(
  db: Database,
  { name, mode }: Pick<ApiKey, 'name' | 'mode'>,
): Promise<{ id: string; key: string }> {
  const key = `tk_${mode}_${randomBytes(32).toString('base64url')}`;
  const id = newId('key');
  await insertApiKey(db, { id, name, mode, hint: key.slice(0, HINT_LENGTH), hash: hashKey(key) });
  return { id, key };
}

/** The hash under which a key is found again. */
export function hashKey(key: string): Buffer {
  return createHash('sha256').update(key).digest();
}
