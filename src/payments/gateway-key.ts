import { createHash } from 'node:crypto';

/** The key that the gateway gets: 43 characters, fewer than any gateway's limit. */
export function deriveGatewayKey(
  deploymentId: string,
  key: { scope: string; key: string },
  operation: string,
  ordinal: number,
): string {
  return createHash('sha256')
    .update([deploymentId, key.scope, key.key, operation, ordinal].join('\0'))
    .digest('base64url');
}
