import type { Database } from './database.ts';

/** An API key as it is kept: by its hash only. */
export interface ApiKey {
  id: string;
  name: string;
  mode: 'test' | 'live';
  /** The key's first characters, for people who hold several. */
  hint: string;
  createdAt: Date;
  revokedAt: Date | null;
}

/** The key with this SHA-256 hash, unless it is revoked. */
export async function findApiKey(db: Database, hash: Uint8Array): Promise<ApiKey | null> {
  const rows = await db.run(
    'api_key_find',
    (sql) => sql<ApiKey[]>`
      SELECT id, name, mode, hint, created_at, revoked_at FROM api_keys
       WHERE key_hash = ${hash} AND revoked_at IS NULL`,
  );
  return rows[0] ?? null;
}

/** Keeps a new key. */
export async function insertApiKey(
  db: Database,
  key: Pick<ApiKey, 'id' | 'name' | 'mode' | 'hint'> & { hash: Uint8Array },
): Promise<void> {
  await db.run(
    'api_key_insert',
    (sql) => sql`
      INSERT INTO api_keys (id, name, mode, key_hash, hint)
      VALUES (${key.id}, ${key.name}, ${key.mode}, ${key.hash}, ${key.hint})`,
  );
}

/** Every key, the newest first. */
export function listApiKeys(db: Database): Promise<ApiKey[]> {
  return db.run(
    'api_key_list',
    (sql) => sql<ApiKey[]>`
      SELECT id, name, mode, hint, created_at, revoked_at FROM api_keys ORDER BY created_at DESC, id`,
  );
}

/** @returns whether there was such a key that was not revoked before */
export async function revokeApiKey(db: Database, id: string): Promise<boolean> {
  const rows = await db.run(
    'api_key_revoke',
    (sql) => sql`
      UPDATE api_keys SET revoked_at = now() WHERE id = ${id} AND revoked_at IS NULL RETURNING 1`,
  );
  return rows.length === 1;
}
