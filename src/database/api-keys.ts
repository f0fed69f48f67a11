import type { Scope } from '../domain/access.ts';
import type { Database, Queryable } from './database.ts';

/** An API key as it is kept: by its hash only. */
export interface ApiKey {
  id: string;
  name: string;
  mode: 'test' | 'live';
  scopes: Scope[];
  /** The key's first characters, for people who hold several. */
  hint: string;
  createdAt: Date;
  expiresAt: Date | null;
  revokedAt: Date | null;
  /** At most a minute behind. */
  lastUsedAt: Date | null;
  /** The key that this one replaces. */
  rotatedFrom: string | null;
}

/** Whether a credential works, by the database's clock. */
export type CredentialState = 'active' | 'expired' | 'revoked';

const COLUMNS = [
  'id',
  'name',
  'mode',
  'scopes',
  'hint',
  'created_at',
  'expires_at',
  'revoked_at',
  'last_used_at',
  'rotated_from',
];

/** What a request has to know of its key. */
export interface KnownApiKey extends Pick<ApiKey, 'id' | 'name' | 'mode' | 'scopes'> {
  hash: Uint8Array;
  state: CredentialState;
}

/** The key with this SHA-256 hash, whether it works or not. */
export async function findApiKeyByHash(
  db: Database,
  hash: Uint8Array,
): Promise<KnownApiKey | null> {
  const rows = await db.run(
    'api_key_find',
    (sql) => sql<KnownApiKey[]>`
      SELECT id, name, mode, scopes, key_hash AS hash,
             CASE WHEN revoked_at IS NOT NULL THEN 'revoked'
                  WHEN expires_at <= now() THEN 'expired'
                  ELSE 'active' END AS state
        FROM api_keys WHERE key_hash = ${hash}`,
  );
  return rows[0] ?? null;
}

/** One key by its id; `null` where there is none. */
export async function findApiKey(db: Database, id: string): Promise<ApiKey | null> {
  const rows = await db.run(
    'api_key_read',
    (sql) => sql<ApiKey[]>`SELECT ${sql(COLUMNS)} FROM api_keys WHERE id = ${id}`,
  );
  return rows[0] ?? null;
}

/** Reads one key, with its state, and keeps others from changing it until the SQL transaction ends. */
export async function lockApiKey(
  sql: Queryable,
  id: string,
): Promise<{ apiKey: ApiKey; state: CredentialState } | null> {
  const rows = await sql<(ApiKey & { isExpired: boolean | null })[]>`
    SELECT ${sql(COLUMNS)}, expires_at <= clock_timestamp() AS is_expired
      FROM api_keys WHERE id = ${id} FOR UPDATE`;
  if (!rows[0]) return null;
  const { isExpired, ...apiKey } = rows[0];
  const unlessRevoked = isExpired === true ? 'expired' : 'active';
  return { apiKey, state: apiKey.revokedAt === null ? unlessRevoked : 'revoked' };
}

/** A key that is to be kept. */
export interface NewApiKey extends Pick<ApiKey, 'id' | 'name' | 'mode' | 'hint' | 'rotatedFrom'> {
  hash: Uint8Array;
  scopes: readonly Scope[];
  /** From now; `null` for ever. */
  expiresInMs: number | null;
}

/** Keeps a new key. */
export async function insertApiKey(sql: Queryable, key: NewApiKey): Promise<ApiKey> {
  const [row] = await sql<[ApiKey]>`
    INSERT INTO api_keys (id, name, mode, scopes, key_hash, hint, expires_at, rotated_from)
    VALUES (${key.id}, ${key.name}, ${key.mode}, ${[...key.scopes]}, ${key.hash}, ${key.hint},
            now() + ${key.expiresInMs}::float8 * interval '1 millisecond', ${key.rotatedFrom})
    RETURNING ${sql(COLUMNS)}`;
  return row;
}

/** Lists keys, the newest first: all of them, or a page. */
export function listApiKeys(
  db: Database,
  page: { after?: { createdAt: Date; id: string } | undefined; limit?: number } = {},
): Promise<ApiKey[]> {
  const { after, limit } = page;
  return db.run(
    'api_key_list',
    (sql) => sql<ApiKey[]>`
      SELECT ${sql(COLUMNS)} FROM api_keys
       ${after ? sql`WHERE (created_at, id) < (${after.createdAt}, ${after.id})` : sql``}
       ORDER BY created_at DESC, id DESC
       LIMIT ${limit ?? null}`,
  );
}

/** Ends a key now. */
export async function revokeLockedApiKey(sql: Queryable, id: string): Promise<ApiKey> {
  const [row] = await sql<[ApiKey]>`
    UPDATE api_keys SET revoked_at = now() WHERE id = ${id} RETURNING ${sql(COLUMNS)}`;
  return row;
}

/** Has a key end after `inMs`, unless it ends earlier anyway. */
export async function expireLockedApiKey(
  sql: Queryable,
  id: string,
  inMs: number,
): Promise<ApiKey> {
  const [row] = await sql<[ApiKey]>`
    UPDATE api_keys SET expires_at = least(expires_at, now() + ${inMs}::float8 * interval '1 millisecond')
     WHERE id = ${id} RETURNING ${sql(COLUMNS)}`;
  return row;
}

/** Notes that keys were used just now, where the last note is older than a minute. */
export async function noteUseOfApiKeys(db: Database, ids: readonly string[]): Promise<void> {
  await db.run(
    'api_key_used',
    (sql) => sql`
      UPDATE api_keys SET last_used_at = now()
       WHERE id = ANY(${[...ids]}) AND (last_used_at IS NULL OR last_used_at <= now() - interval '1 minute')`,
  );
}
