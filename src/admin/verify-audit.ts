import { numberOf, readAuditPairs, type AuditPair } from '../database/audit.ts';
import type { Database } from '../database/database.ts';
import { genesisOf, sealOf, type Checkpoint } from './audit-chain.ts';

/** Something in the audit log that is not as it was written. */
export interface AuditFinding {
  /** The first entry that it is about, and the last. */
  from: bigint;
  to: bigint;
  kind:
    /** Entries that are not there any more. */
    | 'missing'
    /** Entries, or seals, with numbers below 1, which are never given. */
    | 'put_in'
    /** A seal without the entry that it was made for. */
    | 'entry_removed'
    /** An entry before the last seal that has none. */
    | 'seal_removed'
    /** An entry, or its seal, that is not what was sealed. */
    | 'changed'
    /** A checkpoint whose entry is gone, with everything behind it. */
    | 'cut_off'
    /** A checkpoint that says something else than the log. */
    | 'other_history';
}

/** What came of a verification. */
export interface AuditVerification {
  entries: bigint;
  /** Written, but not sealed yet. */
  unsealed: bigint;
  /** How far the log is sealed; `null` for an empty log. */
  reached: Checkpoint | null;
  findings: AuditFinding[];
  /** Whether there are more findings than are listed. */
  more: boolean;
}

/** Past this the log is beyond telling one change from the next. */
const MAX_FINDINGS = 100;

/**
 * Reads the whole audit log and finds every entry that was changed, removed, put in or moved since it was sealed.
 *
 * After a fault it goes on from the seal that is stored, so that one fault is not told of every entry behind it. It
 * holds a batch of entries in memory, however long the log is.
 *
 * @param checkpoints what workers have logged, which shows a log whose end was cut off
 */
export async function verifyAudit(
  db: Database,
  { key, deploymentId }: { key: string; deploymentId: string },
  checkpoints: readonly Checkpoint[] = [],
): Promise<AuditVerification> {
  const findings: AuditFinding[] = [];
  const wanted = digestsByEntry(checkpoints);
  let previous: Uint8Array = genesisOf(key, deploymentId);
  let number = 0n;
  let entries = 0n;
  let reached: Checkpoint | null = null;
  /** Runs of entries without a seal, of which only those at the end are as they should be. */
  let unsealed: { from: bigint; to: bigint }[] = [];

  const found = (kind: AuditFinding['kind'], from: bigint, to = from) =>
    findings.push({ kind, from, to });
  const check = (pair: AuditPair) => {
    const at = numberOf(pair);
    if (at < 1n) {
      found('put_in', at);
      return;
    }
    if (at !== number + 1n) found('missing', number + 1n, at - 1n);
    number = at;
    const { entry, seal } = pair;
    if (entry) entries += 1n;
    if (!seal) {
      const run = unsealed.at(-1);
      if (run?.to === at - 1n) run.to = at;
      else unsealed.push({ from: at, to: at });
      return;
    }
    for (const { from, to } of unsealed) found('seal_removed', from, to);
    unsealed = [];
    const digest = Buffer.from(seal.digest);
    if (!entry) found('entry_removed', at);
    else if (!sealOf(key, previous, entry).equals(digest)) found('changed', at);
    const hex = digest.toString('hex');
    if ([...(wanted.get(at) ?? [])].some((each) => each !== hex)) found('other_history', at);
    wanted.delete(at);
    previous = digest;
    reached = { entryId: at, digest: hex };
  };

  for await (const pairs of readAuditPairs(db)) {
    pairs.forEach(check);
    if (findings.length > MAX_FINDINGS) break;
  }
  const more = findings.length > MAX_FINDINGS;
  if (!more) for (const entryId of wanted.keys()) found('cut_off', entryId);
  return {
    entries,
    unsealed: unsealed.reduce((sum, { from, to }) => sum + to - from + 1n, 0n),
    reached,
    findings: findings.slice(0, MAX_FINDINGS),
    more,
  };
}

/** Two that differ for one entry are both kept: they tell that the log was sealed anew. */
function digestsByEntry(checkpoints: readonly Checkpoint[]): Map<bigint, Set<string>> {
  const digests = new Map<bigint, Set<string>>();
  for (const { entryId, digest } of checkpoints) {
    const others = digests.get(entryId);
    if (others) others.add(digest);
    else digests.set(entryId, new Set([digest]));
  }
  return digests;
}
