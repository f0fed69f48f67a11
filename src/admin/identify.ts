import { timingSafeEqual } from 'node:crypto';
import { findApiKeyByHash, noteUseOfApiKeys, type CredentialState } from '../database/api-keys.ts';
import type { Database } from '../database/database.ts';
import { findTokenHolder, noteUseOfTokens } from '../database/operator-tokens.ts';
import type { ApiKeyCaller, OperatorCaller } from '../domain/access.ts';
import { createUseNotes } from './use-notes.ts';

/** What a credential says of who sends it. */
export type Identified<T> =
  | { kind: 'active'; caller: T }
  | { kind: Exclude<CredentialState, 'active'> | 'unknown' };

/** Tells who somebody is by the SHA-256 of what they send. */
export interface Identification {
  apiKey(hash: Buffer): Promise<Identified<ApiKeyCaller>>;
  operator(hash: Buffer): Promise<Identified<OperatorCaller>>;
  /** Writes down what is still to be noted of the last uses. */
  close(): Promise<void>;
}

/** @param onNotesFailed told when the last use of credentials could not be written down; they work all the same */
export function createIdentification(
  db: Database,
  onNotesFailed: (error: unknown) => void,
): Identification {
  const keyUses = createUseNotes((ids) => noteUseOfApiKeys(db, ids), onNotesFailed);
  const tokenUses = createUseNotes((ids) => noteUseOfTokens(db, ids), onNotesFailed);
  return {
    async apiKey(hash) {
      const key = await findApiKeyByHash(db, hash);
      if (!key || !timingSafeEqual(key.hash, hash)) return { kind: 'unknown' };
      if (key.state !== 'active') return { kind: key.state };
      keyUses.used(key.id);
      const { id, name, mode, scopes } = key;
      return { kind: 'active', caller: { kind: 'api_key', id, name, mode, scopes } };
    },
    async operator(hash) {
      const holder = await findTokenHolder(db, hash);
      if (!holder || !timingSafeEqual(holder.hash, hash)) return { kind: 'unknown' };
      if (holder.state !== 'active') return { kind: holder.state };
      tokenUses.used(holder.tokenId);
      const { id, name, role } = holder;
      return { kind: 'active', caller: { kind: 'operator', id, name, role } };
    },
    async close() {
      await Promise.all([keyUses.close(), tokenUses.close()]);
    },
  };
}
