import type { CredentialState } from './api-keys.ts';
import type { Database, Queryable } from './database.ts';
import type { Operator } from './operators.ts';

/** What an operator is let in with, as it is kept: by its hash only. */
export interface OperatorToken {
  id: string;
  operatorId: string;
  /** The token's first characters, for people who hold several. */
  hint: string;
  createdAt: Date;
  expiresAt: Date;
  revokedAt: Date | null;
  /** At most a minute behind. */
  lastUsedAt: Date | null;
}

/** Whose token it is and whether it works. */
export interface TokenHolder extends Pick<Operator, 'id' | 'name' | 'role'> {
  tokenId: string;
  hash: Uint8Array;
  state: CredentialState;
}

const COLUMNS = [
  'id',
  'operator_id',
  'hint',
  'created_at',
  'expires_at',
  'revoked_at',
  'last_used_at',
];

/** Whose token has this SHA-256 hash, whether it works or not. The tokens of the disabled count as revoked. */
export async function findTokenHolder(db: Database, hash: Uint8Array): Promise<TokenHolder | null> {
  const rows = await db.run(
    'operator_token_find',
    (sql) => sql<TokenHolder[]>`
      SELECT operators.id, name, role, token.id AS token_id, token_hash AS hash,
             CASE WHEN revoked_at IS NOT NULL OR disabled_at IS NOT NULL THEN 'revoked'
                  WHEN expires_at <= now() THEN 'expired'
                  ELSE 'active' END AS state
        FROM operator_tokens AS token JOIN operators ON operators.id = operator_id
       WHERE token_hash = ${hash}`,
  );
  return rows[0] ?? null;
}

/** Every token of some operators, the newest first; they are few. */
export function listTokensOf(
  db: Database,
  operatorIds: readonly string[],
): Promise<OperatorToken[]> {
  return db.run(
    'operator_token_list',
    (sql) => sql<OperatorToken[]>`
      SELECT ${sql(COLUMNS)} FROM operator_tokens
       WHERE operator_id = ANY(${[...operatorIds]}) ORDER BY created_at DESC, id DESC`,
  );
}

/** Reads one token of an operator, in the SQL transaction in which the operator is locked. */
export async function readToken(
  sql: Queryable,
  operatorId: string,
  id: string,
): Promise<OperatorToken | null> {
  const rows = await sql<OperatorToken[]>`
    SELECT ${sql(COLUMNS)} FROM operator_tokens WHERE id = ${id} AND operator_id = ${operatorId}`;
  return rows[0] ?? null;
}

/** Whose token this is; `null` where there is none of this id. */
export async function findOperatorIdOfToken(db: Database, id: string): Promise<string | null> {
  const [row] = await db.run(
    'operator_token_owner',
    (sql) => sql<{ operatorId: string }[]>`
      SELECT operator_id FROM operator_tokens WHERE id = ${id}`,
  );
  return row?.operatorId ?? null;
}

/** Keeps a new token, which ends after `expiresInMs`. */
export async function insertToken(
  sql: Queryable,
  token: Pick<OperatorToken, 'id' | 'operatorId' | 'hint'> & {
    hash: Uint8Array;
    expiresInMs: number;
  },
): Promise<OperatorToken> {
  const [row] = await sql<[OperatorToken]>`
    INSERT INTO operator_tokens (id, operator_id, token_hash, hint, expires_at)
    VALUES (${token.id}, ${token.operatorId}, ${token.hash}, ${token.hint},
            now() + ${token.expiresInMs}::float8 * interval '1 millisecond')
    RETURNING ${sql(COLUMNS)}`;
  return row;
}

/** Ends one token now, unless it was ended before. */
export async function revokeToken(sql: Queryable, id: string): Promise<OperatorToken> {
  const [row] = await sql<[OperatorToken]>`
    UPDATE operator_tokens SET revoked_at = coalesce(revoked_at, now())
     WHERE id = ${id} RETURNING ${sql(COLUMNS)}`;
  return row;
}

/** Ends every token of an operator that still works: after `inMs`, or now with 0. */
export async function endTokensOf(
  sql: Queryable,
  operatorId: string,
  inMs: number,
): Promise<OperatorToken[]> {
  return sql<OperatorToken[]>`
    UPDATE operator_tokens
       SET revoked_at = CASE WHEN ${inMs}::float8 = 0 THEN now() END,
           expires_at = least(expires_at, now() + ${inMs}::float8 * interval '1 millisecond')
     WHERE operator_id = ${operatorId} AND revoked_at IS NULL AND expires_at > now()
    RETURNING ${sql(COLUMNS)}`;
}

/** Notes that tokens were used just now, where the last note is older than a minute. */
export async function noteUseOfTokens(db: Database, ids: readonly string[]): Promise<void> {
  await db.run(
    'operator_token_used',
    (sql) => sql`
      UPDATE operator_tokens SET last_used_at = now()
       WHERE id = ANY(${[...ids]}) AND (last_used_at IS NULL OR last_used_at <= now() - interval '1 minute')`,
  );
}
