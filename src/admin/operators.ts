import type { Database, SqlTransaction } from '../database/database.ts';
import {
  endTokensOf,
  insertToken,
  readToken,
  revokeToken,
  type OperatorToken,
} from '../database/operator-tokens.ts';
import {
  disableLockedOperator,
  insertOperator,
  lockOperator,
  setRole,
  type Operator,
} from '../database/operators.ts';
import type { Role } from '../domain/access.ts';
import { newId } from '../ids.ts';
import { changeWithRecord, type ChangedBy } from './change.ts';
import { newCredential } from './credential.ts';

/** How long a token works unless somebody says otherwise, in milliseconds: 90 days. */
export const TOKEN_LIFE_MS = 90 * 86_400_000;

/** A token with the secret, which is shown this once and kept nowhere. */
export interface NewToken {
  secret: string;
  token: OperatorToken;
}

/** Why an operator could not be changed. */
export type Unchanged = { kind: 'unknown' } | { kind: 'disabled' };

/** Lets somebody in from now on, with a first token. */
export function addOperator(
  db: Database,
  { name, role, expiresInMs = TOKEN_LIFE_MS }: { name: string; role: Role; expiresInMs?: number },
  by: ChangedBy,
): Promise<({ kind: 'added'; operator: Operator } & NewToken) | { kind: 'name_taken' }> {
  return changeWithRecord(db, 'operator_add', by, async (sql, record) => {
    const operator = await insertOperator(sql, { id: newId('op'), name, role });
    if (!operator) return { kind: 'name_taken' };
    const made = await makeToken(sql, operator.id, expiresInMs);
    const after = { ...operator, token: made.token };
    await record({ action: 'operator.add', subject: about(operator.id), before: null, after });
    return { kind: 'added', operator, ...made };
  });
}

/** Gives an operator another role, from a second later at most. */
export function changeRole(
  db: Database,
  id: string,
  role: Role,
  by: ChangedBy,
): Promise<{ kind: 'changed'; operator: Operator } | Unchanged> {
  return changeWithRecord(db, 'operator_change_role', by, async (sql, record) => {
    const before = await lockOperator(sql, id);
    if (!before) return { kind: 'unknown' };
    if (before.disabledAt) return { kind: 'disabled' };
    if (before.role === role) return { kind: 'changed', operator: before };
    const operator = await setRole(sql, id, role);
    await record({ action: 'operator.change_role', subject: about(id), before, after: operator });
    return { kind: 'changed', operator };
  });
}

/** Lets somebody in no more, from a second later at most: every token of theirs ends. It cannot be undone. */
export function disableOperator(
  db: Database,
  id: string,
  by: ChangedBy,
): Promise<{ kind: 'disabled_now' | 'disabled_before'; operator: Operator } | { kind: 'unknown' }> {
  return changeWithRecord(db, 'operator_disable', by, async (sql, record) => {
    const before = await lockOperator(sql, id);
    if (!before) return { kind: 'unknown' };
    if (before.disabledAt) return { kind: 'disabled_before', operator: before };
    const operator = await disableLockedOperator(sql, id);
    const revoked = await endTokensOf(sql, id, 0);
    const after = { ...operator, revokedTokens: revoked.map((token) => token.id) };
    await record({ action: 'operator.disable', subject: about(id), before, after });
    return { kind: 'disabled_now', operator };
  });
}

/** Makes one more token for an operator; those that there are work on. */
export function addToken(
  db: Database,
  operatorId: string,
  { expiresInMs = TOKEN_LIFE_MS }: { expiresInMs?: number },
  by: ChangedBy,
): Promise<({ kind: 'added' } & NewToken) | Unchanged> {
  return changeWithRecord(db, 'operator_token_add', by, async (sql, record) => {
    const operator = await lockOperator(sql, operatorId);
    if (!operator) return { kind: 'unknown' };
    if (operator.disabledAt) return { kind: 'disabled' };
    const made = await makeToken(sql, operatorId, expiresInMs);
    const { token: after } = made;
    await record({ action: 'operator_token.add', subject: tokenOf(after), before: null, after });
    return { kind: 'added', ...made };
  });
}

/**
 * Makes a token that takes the place of all others of an operator.
 *
 * @param overlapMs for how long the others work on; 0 ends them now
 */
export function rotateTokens(
  db: Database,
  operatorId: string,
  { overlapMs, expiresInMs = TOKEN_LIFE_MS }: { overlapMs: number; expiresInMs?: number },
  by: ChangedBy,
): Promise<({ kind: 'rotated'; replaced: OperatorToken[] } & NewToken) | Unchanged> {
  return changeWithRecord(db, 'operator_token_rotate', by, async (sql, record) => {
    const operator = await lockOperator(sql, operatorId);
    if (!operator) return { kind: 'unknown' };
    if (operator.disabledAt) return { kind: 'disabled' };
    const replaced = await endTokensOf(sql, operatorId, overlapMs);
    const made = await makeToken(sql, operatorId, expiresInMs);
    await record({
      action: 'operator_token.rotate',
      subject: about(operatorId),
      before: null,
      after: { replaced, replacement: made.token },
    });
    return { kind: 'rotated', replaced, ...made };
  });
}

/** Ends one token: it works for a second more at most. */
export function endToken(
  db: Database,
  operatorId: string,
  tokenId: string,
  by: ChangedBy,
): Promise<{ kind: 'revoked' | 'revoked_before'; token: OperatorToken } | { kind: 'unknown' }> {
  return changeWithRecord(db, 'operator_token_revoke', by, async (sql, record) => {
    await lockOperator(sql, operatorId);
    const before = await readToken(sql, operatorId, tokenId);
    if (!before) return { kind: 'unknown' };
    if (before.revokedAt) return { kind: 'revoked_before', token: before };
    const token = await revokeToken(sql, tokenId);
    await record({
      action: 'operator_token.revoke',
      subject: tokenOf(token),
      before,
      after: token,
    });
    return { kind: 'revoked', token };
  });
}

async function makeToken(
  sql: SqlTransaction,
  operatorId: string,
  expiresInMs: number,
): Promise<NewToken> {
  const { secret, hash, hint } = newCredential('tok_');
  const token = await insertToken(sql, { id: newId('opt'), operatorId, hash, hint, expiresInMs });
  return { secret, token };
}

function about(id: string) {
  return { kind: 'operator', id };
}

function tokenOf({ id }: OperatorToken) {
  return { kind: 'operator_token', id };
}
