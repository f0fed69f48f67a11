import { createHmac } from 'node:crypto';
import type { AuditEntry } from '../database/audit.ts';

/**
 * What ties the audit log together: each entry has a seal, an HMAC-SHA-256 over the seal before it and everything that
 * the entry says. Whoever changes, removes or reorders entries would have to seal all that follow anew, for which they
 * would need the key, and the key is not in the database.
 */

/** The seal before the first one. Logs of two deployments never continue each other. */
export function genesisOf(key: string, deploymentId: string): Buffer {
  return createHmac('sha256', key).update(`tender.audit\0${deploymentId}`).digest();
}

/** The seal of an entry that follows one with the seal `previous`. */
export function sealOf(key: string, previous: Uint8Array, entry: AuditEntry): Buffer {
  const hmac = createHmac('sha256', key).update(previous);
  for (const value of valuesOf(entry)) {
    // With its length in front no part of one value can be taken for a part of the next.
    const bytes = value === null ? null : Buffer.from(value, 'utf8');
    hmac.update(bytes === null ? '-\0' : `${bytes.length}\0`);
    if (bytes !== null) hmac.update(bytes);
  }
  return hmac.digest();
}

/** Everything that an entry says, in an order that never changes. */
function valuesOf(entry: AuditEntry): (string | null)[] {
  return [
    entry.id.toString(),
    entry.recordedAtMicros.toString(),
    entry.actorKind,
    entry.actorId,
    entry.actorName,
    entry.actorRole,
    entry.action,
    entry.subjectKind,
    entry.subjectId,
    entry.before,
    entry.after,
    entry.result,
    entry.reason,
    entry.address,
    entry.requestId,
  ];
}

/** How far the log was sealed at some time: as it stands in the logs of the workers. */
export interface Checkpoint {
  entryId: bigint;
  /** In hexadecimal digits. */
  digest: string;
}

/** `<count>:<digest>`. */
export function writeCheckpoint({ entryId, digest }: Checkpoint): string {
  return `${entryId}:${digest}`;
}

/** @returns `null` where the text is no checkpoint */
export function parseCheckpoint(text: string): Checkpoint | null {
  const [, entryId = '', digest = ''] = /^([1-9]\d{0,18}):([0-9a-f]{64})$/.exec(text) ?? [];
  return digest === '' ? null : { entryId: BigInt(entryId), digest };
}
