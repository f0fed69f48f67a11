import { sealNext, type AuditSeal, type SealedSoFar } from '../database/audit.ts';
import type { Database } from '../database/database.ts';
import { genesisOf, sealOf, type Checkpoint } from './audit-chain.ts';

/** How many entries are sealed in one SQL transaction. */
const BATCH = 500;

/** What is needed to seal: the key, and the deployment whose log it is. */
export interface AuditSecrets {
  key: string;
  deploymentId: string;
}

/**
 * Makes a function that seals the entries of the audit log that are not sealed yet, and tells how far the log is sealed
 * then, or `null` where it sealed nothing. Several may try at once: one seals, the others do nothing.
 *
 * It remembers the last seal that it saw and refuses to go on from another one. Else whoever can alter the database
 * would delete seals, change entries, and have them sealed anew by somebody who has the key.
 *
 * @throws Error where the log is not a continuation of what it saw, or where the next entry is missing
 */
export function createAuditSealing(
  db: Database,
  secrets: AuditSecrets,
): () => Promise<Checkpoint | null> {
  let seen: Checkpoint | null = null;
  return async () => {
    let reached: Checkpoint | null = null;
    for (;;) {
      const sealed = await sealNext(
        db,
        { limit: BATCH, seen: seen?.entryId ?? null },
        async (log, add) => {
          if (seen && (!log.seen || hexOf(log.seen) !== seen.digest)) throw altered(seen.entryId);
          const seals = sealsFor(secrets, log);
          if (seals.length > 0) await add(seals);
          return { end: seals.at(-1) ?? log.last, count: seals.length };
        },
      );
      if (!sealed) return reached;
      // Only after the commit: what was taken back was not sealed.
      if (sealed.end) seen = { entryId: sealed.end.entryId, digest: hexOf(sealed.end) };
      if (sealed.count > 0) reached = seen;
      if (sealed.count < BATCH) return reached;
    }
  };
}

/** Seals what is not sealed yet, once, and remembers nothing. */
export function sealAudit(db: Database, secrets: AuditSecrets): Promise<Checkpoint | null> {
  return createAuditSealing(db, secrets)();
}

function sealsFor({ key, deploymentId }: AuditSecrets, { last, entries }: SealedSoFar) {
  const seals: AuditSeal[] = [];
  let previous: Uint8Array = last?.digest ?? genesisOf(key, deploymentId);
  let number = last?.entryId ?? 0n;
  for (const entry of entries) {
    // A row that is missing was taken away: what follows is not sealed as if nothing had been there.
    if (entry.id !== number + 1n) break;
    number = entry.id;
    previous = sealOf(key, previous, entry);
    seals.push({ entryId: entry.id, digest: previous });
  }
  if (entries.length > 0 && seals.length === 0) {
    throw new Error(
      `entry ${number + 1n} of the audit log is missing, so nothing behind it is sealed: run tender verify audit`,
    );
  }
  return seals;
}

function altered(entryId: bigint): Error {
  return new Error(
    `the seal of entry ${entryId} of the audit log is gone or another one, so nothing is sealed on top of it: run tender verify audit with the checkpoints of the log, and start the workers anew once it is explained`,
  );
}

function hexOf({ digest }: AuditSeal): string {
  return Buffer.from(digest).toString('hex');
}
