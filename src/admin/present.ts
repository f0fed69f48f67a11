import type { ApiKey } from '../database/api-keys.ts';
import type { OperatorToken } from '../database/operator-tokens.ts';
import type { Operator } from '../database/operators.ts';

/** An API key as administrators see it: never the key itself. */
export function presentApiKey(key: ApiKey) {
  return {
    id: key.id,
    object: 'api_key' as const,
    name: key.name,
    mode: key.mode,
    scopes: key.scopes,
    hint: key.hint,
    created_at: key.createdAt.toISOString(),
    expires_at: key.expiresAt?.toISOString() ?? null,
    revoked_at: key.revokedAt?.toISOString() ?? null,
    last_used_at: key.lastUsedAt?.toISOString() ?? null,
    rotated_from: key.rotatedFrom,
  };
}

/** An operator as administrators see them, with what they are let in with. */
export function presentOperator(operator: Operator, tokens: readonly OperatorToken[]) {
  return {
    id: operator.id,
    object: 'operator' as const,
    name: operator.name,
    role: operator.role,
    created_at: operator.createdAt.toISOString(),
    disabled_at: operator.disabledAt?.toISOString() ?? null,
    tokens: tokens.filter(({ operatorId }) => operatorId === operator.id).map(presentToken),
  };
}

/** A token as administrators see it: never the token itself. */
export function presentToken(token: OperatorToken) {
  return {
    id: token.id,
    object: 'operator_token' as const,
    operator_id: token.operatorId,
    hint: token.hint,
    created_at: token.createdAt.toISOString(),
    expires_at: token.expiresAt.toISOString(),
    revoked_at: token.revokedAt?.toISOString() ?? null,
    last_used_at: token.lastUsedAt?.toISOString() ?? null,
  };
}
