import { sealNext, type AuditSeal } from '../database/audit.ts';
import type { Database } from '../database/database.ts';
import { genesisOf, sealOf, type Checkpoint } from './audit-chain.ts';

/** How many entries are sealed in one SQL transaction. */
const BATCH = 500;

/**
 * Seals the entries of the audit log that are not sealed yet.
 *
 * Several may try at once: one seals, the others do nothing.
 *
 * @returns how far the log is sealed now; `null` where nothing was sealed
 */
export async function sealAudit(
  db: Database,
  { key, deploymentId }: { key: string; deploymentId: string },
): Promise<Checkpoint | null> {
  let reached: Checkpoint | null = null;
  for (;;) {
    const sealed = await sealNext(db, BATCH, async (last, entries, add) => {
      if (entries.length === 0) return [];
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
      if (seals.length > 0) await add(seals);
      return seals;
    });
    const end = sealed?.at(-1);
    if (!end) return reached;
    reached = { entryId: end.entryId, digest: Buffer.from(end.digest).toString('hex') };
    if ((sealed?.length ?? 0) < BATCH) return reached;
  }
}
