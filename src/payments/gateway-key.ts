import { hash } from 'node:crypto';

/** The key that the gateway gets: 43 characters, fewer than any gateway's limit. */
export function deriveGatewayKey(
  deploymentId: string,
  key: { scope: string; key: string },
  operation: string,
  ordinal: number,
): string {
  const seed = [deploymentId, key.scope, key.key, operation, ordinal].join('\0');
  return hash('sha256', seed, 'base64url');
}
