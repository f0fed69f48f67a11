import {
  expireLockedApiKey,
  insertApiKey,
  lockApiKey,
  revokeLockedApiKey,
  type ApiKey,
  type CredentialState,
} from '../database/api-keys.ts';
import type { Database } from '../database/database.ts';
import { SCOPES, type Scope } from '../domain/access.ts';
import { newId } from '../ids.ts';
import { BY_ITSELF, changeWithRecord, type ChangedBy } from './change.ts';
import { newCredential } from './credential.ts';

/** What an API key is to be. */
export interface ApiKeyWishes {
  /** What the key is for, in its owner's words. */
  name: string;
  mode: 'test' | 'live';
  /** All of them where it is left out. */
  scopes?: readonly Scope[];
  /** Without it the key works until it is revoked. */
  expiresInMs?: number | null;
}

/** Makes an API key of 256 random bits. The key itself is returned this once and kept nowhere. */
export async function createApiKey(
  db: Database,
  { name, mode, scopes = SCOPES, expiresInMs = null }: ApiKeyWishes,
  by: ChangedBy = BY_ITSELF,
): Promise<{ id: string; key: string; apiKey: ApiKey }> {
  const { secret: key, hash, hint } = newCredential(`tk_${mode}_`);
  const id = newId('key');
  const apiKey = await changeWithRecord(db, 'api_key_create', by, async (sql, record) => {
    const wanted = { id, name, mode, scopes: inOrder(scopes), hash, hint, expiresInMs };
    const made = await insertApiKey(sql, { ...wanted, rotatedFrom: null });
    await record({ action: 'api_key.create', subject: about(id), before: null, after: made });
    return made;
  });
  return { id, key, apiKey };
}

export type RevokedApiKey =
  | { kind: 'revoked'; apiKey: ApiKey }
  /** It was revoked before, and stays so. */
  | { kind: 'revoked_before'; apiKey: ApiKey }
  | { kind: 'unknown' };

/** Ends a key: it works for a second more at most. */
export function revokeApiKey(
  db: Database,
  id: string,
  by: ChangedBy = BY_ITSELF,
): Promise<RevokedApiKey> {
  return changeWithRecord(db, 'api_key_revoke', by, async (sql, record) => {
    const found = await lockApiKey(sql, id);
    if (!found) return { kind: 'unknown' };
    const { apiKey: before, state } = found;
    if (state === 'revoked') return { kind: 'revoked_before', apiKey: before };
    const apiKey = await revokeLockedApiKey(sql, id);
    await record({ action: 'api_key.revoke', subject: about(id), before, after: apiKey });
    return { kind: 'revoked', apiKey };
  });
}

export type RotatedApiKey =
  | { kind: 'rotated'; key: string; apiKey: ApiKey; replaced: ApiKey }
  /** Whoever holds a key that no longer works has to be given a new one, not a successor of it. */
  | { kind: 'not_active'; state: CredentialState }
  | { kind: 'unknown' };

/**
 * Makes a key that takes the place of another: with its name, its mode, its scopes and, unless another is named, a life
 * as long as the other's was to be.
 *
 * @param overlapMs for how long the other one works on; 0 ends it now
 */
export function rotateApiKey(
  db: Database,
  id: string,
  { overlapMs, expiresInMs }: { overlapMs: number; expiresInMs?: number | undefined },
  by: ChangedBy = BY_ITSELF,
): Promise<RotatedApiKey> {
  return changeWithRecord(db, 'api_key_rotate', by, async (sql, record) => {
    const found = await lockApiKey(sql, id);
    if (!found) return { kind: 'unknown' };
    const { apiKey: old, state } = found;
    if (state !== 'active') return { kind: 'not_active', state };
    const { secret: key, hash, hint } = newCredential(`tk_${old.mode}_`);
    const apiKey = await insertApiKey(sql, {
      id: newId('key'),
      name: old.name,
      mode: old.mode,
      scopes: old.scopes,
      hash,
      hint,
      expiresInMs: expiresInMs ?? lifeOf(old),
      rotatedFrom: old.id,
    });
    const replaced =
      overlapMs === 0
        ? await revokeLockedApiKey(sql, id)
        : await expireLockedApiKey(sql, id, overlapMs);
    await record({
      action: 'api_key.rotate',
      subject: about(id),
      before: old,
      after: { replaced, replacement: apiKey },
    });
    return { kind: 'rotated', key, apiKey, replaced };
  });
}

function lifeOf({ createdAt, expiresAt }: ApiKey): number | null {
  return expiresAt && expiresAt.getTime() - createdAt.getTime();
}

/** Each scope once, in the order in which they are listed everywhere. */
function inOrder(scopes: readonly Scope[]): Scope[] {
  return SCOPES.filter((scope) => scopes.includes(scope));
}

function about(id: string) {
  return { kind: 'api_key', id };
}
