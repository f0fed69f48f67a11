import type { Database, Queryable, Sql, SqlTransaction } from './database.ts';

/** Who did something. */
export interface AuditActor {
  kind: 'operator' | 'api_key' | 'system';
  id: string;
  name: string;
  /** Of operators. */
  role: string | null;
}

/** What the audit log is to tell of a change, or of one that was refused. */
export interface NewAuditEntry {
  actor: AuditActor;
  /** Such as `gateway.disable`. */
  action: string;
  subject: { kind: string; id: string } | null;
  before: unknown;
  after: unknown;
  result: 'done' | 'refused' | 'failed';
  reason: string | null;
  address: string | null;
  requestId: string | null;
}

/** An entry as it is kept. `before` and `after` are the text that was written, to the letter. */
export interface AuditEntry {
  id: bigint;
  /** Microseconds since 1970, so that nothing of the time is lost. */
  recordedAtMicros: bigint;
  actorKind: string;
  actorId: string;
  actorName: string;
  actorRole: string | null;
  action: string;
  subjectKind: string | null;
  subjectId: string | null;
  before: string | null;
  after: string | null;
  result: string;
  reason: string | null;
  address: string | null;
  requestId: string | null;
}

/** Adds an entry. Call it last in the SQL transaction of the change that it tells of: those of others wait for its end. */
export async function insertAuditEntry(sql: Queryable, entry: NewAuditEntry): Promise<void> {
  const { actor, subject } = entry;
  await sql`
    INSERT INTO audit_log (
      actor_kind, actor_id, actor_name, actor_role, action, subject_kind, subject_id, before, after, result, reason,
      address, request_id)
    VALUES (
      ${actor.kind}, ${actor.id}, ${actor.name}, ${actor.role}, ${entry.action}, ${subject?.kind ?? null},
      ${subject?.id ?? null}, ${json(entry.before)}::text::json, ${json(entry.after)}::text::json, ${entry.result},
      ${entry.reason}, ${entry.address}, ${entry.requestId})`;
}

/** What is told as text: amounts are `bigint`s here, and digits in JSON. */
function json(value: unknown): string | null {
  if (value === null || value === undefined) return null;
  return JSON.stringify(value, (_name, each: unknown) =>
    typeof each === 'bigint' ? each.toString() : each,
  );
}

/** Which entries are asked for; what is left out is not asked about. */
export interface AuditFilter {
  actorId?: string | undefined;
  action?: string | undefined;
  subjectKind?: string | undefined;
  subjectId?: string | undefined;
  result?: string | undefined;
  from?: Date | undefined;
  to?: Date | undefined;
}

/** An entry, and whether it is sealed. */
export interface ListedAuditEntry extends AuditEntry {
  sealedAt: Date | null;
}

/** Entries, the newest first, from before the one with the id `before`. */
export function listAuditEntries(
  db: Database,
  filter: AuditFilter,
  { before, limit }: { before: bigint | null; limit: number },
): Promise<ListedAuditEntry[]> {
  return db.run(
    'audit_list',
    (sql) => sql<ListedAuditEntry[]>`
      SELECT ${entryColumns(sql)}, sealed_at
        FROM audit_log LEFT JOIN audit_seals ON entry_id = id
       WHERE ${matching(sql, filter)} ${before === null ? sql`` : sql`AND id < ${before}`}
       ORDER BY id DESC LIMIT ${limit}`,
  );
}

/** Entries in their order, a batch at a time. */
export async function* readAuditEntries(
  db: Database,
  filter: AuditFilter,
): AsyncGenerator<ListedAuditEntry[]> {
  let after = 0n;
  for (;;) {
    const batch = await db.run(
      'audit_export',
      (sql) => sql<ListedAuditEntry[]>`
        SELECT ${entryColumns(sql)}, sealed_at
          FROM audit_log LEFT JOIN audit_seals ON entry_id = id
         WHERE ${matching(sql, filter)} AND id > ${after}
         ORDER BY id LIMIT ${BATCH}`,
    );
    const last = batch.at(-1);
    if (!last) return;
    yield batch;
    after = last.id;
  }
}

/** How many rows are in memory at once. */
const BATCH = 1_000;

function matching(sql: Sql, filter: AuditFilter) {
  const { actorId, action, subjectKind, subjectId, result, from, to } = filter;
  return sql`
    true ${actorId === undefined ? sql`` : sql`AND actor_id = ${actorId}`}
    ${action === undefined ? sql`` : sql`AND action = ${action}`}
    ${subjectKind === undefined ? sql`` : sql`AND subject_kind = ${subjectKind}`}
    ${subjectId === undefined ? sql`` : sql`AND subject_id = ${subjectId}`}
    ${result === undefined ? sql`` : sql`AND result = ${result}`}
    ${from === undefined ? sql`` : sql`AND recorded_at >= ${from}`}
    ${to === undefined ? sql`` : sql`AND recorded_at < ${to}`}`;
}

/** The columns of an entry, those of which the driver would change the text as text. */
function entryColumns(sql: Queryable) {
  return sql`
    audit_log.id, (extract(epoch FROM recorded_at) * 1000000)::bigint AS recorded_at_micros, actor_kind, actor_id,
    actor_name, actor_role, action, subject_kind, subject_id, before::text AS before, after::text AS after, result,
    reason, address, request_id`;
}

/** A seal as it is kept. */
export interface AuditSeal {
  entryId: bigint;
  digest: Uint8Array;
}

/** What a sealer finds. */
export interface SealedSoFar {
  last: AuditSeal | null;
  /** The seal of the entry that was asked about. */
  seen: AuditSeal | null;
  /** Those that follow the last seal. */
  entries: AuditEntry[];
}

/**
 * Runs `seal` where no other process seals just now.
 *
 * @param seen an entry of which the seal is wanted as well
 * @returns what `seal` gave, or `null` where another one is at it
 */
export function sealNext<T>(
  db: Database,
  { limit, seen }: { limit: number; seen: bigint | null },
  seal: (log: SealedSoFar, add: (seals: AuditSeal[]) => Promise<void>) => Promise<T>,
): Promise<T | null> {
  const run = async (sql: SqlTransaction): Promise<T | null> => {
    const [lock] = await sql<[{ taken: boolean }]>`
      SELECT pg_try_advisory_xact_lock(hashtext('tender.audit_seals')) AS taken`;
    if (!lock.taken) return null;
    const seals = await sql<AuditSeal[]>`
      SELECT entry_id, digest FROM audit_seals
       WHERE entry_id IN ((SELECT max(entry_id) FROM audit_seals), ${seen})
       ORDER BY entry_id DESC`;
    const last = seals[0] ?? null;
    const entries = await sql<AuditEntry[]>`
      SELECT ${entryColumns(sql)} FROM audit_log
       WHERE id > ${last?.entryId ?? 0n} ORDER BY id LIMIT ${limit}`;
    const log = { last, seen: seals.find(({ entryId }) => entryId === seen) ?? null, entries };
    return seal(log, async (added) => {
      const ids = added.map(({ entryId }) => entryId.toString());
      const digests = added.map(({ digest }) => Buffer.from(digest).toString('hex'));
      await sql`
        INSERT INTO audit_seals (entry_id, digest)
        SELECT id, decode(digest, 'hex')
          FROM ROWS FROM (unnest(${ids}::bigint[]), unnest(${digests}::text[])) AS each (id, digest)`;
    });
  };
  return db.run('audit_seal', (sql) => sql.begin(run));
}

/** Everything that there is of one number: an entry, a seal or both. */
export interface AuditPair {
  entry: AuditEntry | null;
  seal: AuditSeal | null;
}

/**
 * Entries and seals by their number, a batch at a time, also where one of the two is missing, and with the numbers
 * below 1, which nobody gives.
 */
export async function* readAuditPairs(db: Database): AsyncGenerator<AuditPair[]> {
  let after: bigint | null = null;
  for (;;) {
    // Not a comparison with the least number there is: that one may be there.
    const from: bigint | null = after;
    const rows = await db.run(
      'audit_verify',
      (sql) => sql<(AuditEntry & { entryId: bigint | null; digest: Uint8Array | null })[]>`
        SELECT ${entryColumns(sql)}, entry_id, digest
          FROM (SELECT * FROM audit_log ${from === null ? sql`` : sql`WHERE id > ${from}`}
                 ORDER BY id LIMIT ${BATCH}) AS audit_log
          FULL JOIN (SELECT * FROM audit_seals ${from === null ? sql`` : sql`WHERE entry_id > ${from}`}
                      ORDER BY entry_id LIMIT ${BATCH}) AS seals
            ON entry_id = audit_log.id
         ORDER BY coalesce(audit_log.id, entry_id)`,
    );
    if (rows.length === 0) return;
    // Past the shorter of the two a partner may only not have been read yet.
    const whole = complete(rows.map(pairOf));
    yield whole;
    const last = whole.at(-1);
    if (last) after = numberOf(last);
  }
}

function pairOf({
  entryId,
  digest,
  ...entry
}: AuditEntry & { entryId: bigint | null; digest: Uint8Array | null }): AuditPair {
  return {
    // An outer join gives a row of nothing where there is no entry.
    entry: (entry.id as bigint | null) === null ? null : entry,
    seal: entryId === null || digest === null ? null : { entryId, digest },
  };
}

function complete(pairs: AuditPair[]): AuditPair[] {
  const entries = pairs.filter(({ entry }) => entry !== null);
  const seals = pairs.filter(({ seal }) => seal !== null);
  const full = [entries, seals].filter((each) => each.length === BATCH);
  const limits = full.flatMap((each) => each.at(-1) ?? []).map(numberOf);
  if (limits.length === 0) return pairs;
  const limit = limits.reduce((least, each) => (each < least ? each : least));
  return pairs.filter((pair) => numberOf(pair) <= limit);
}

/** The number that a pair is about. */
export function numberOf({ entry, seal }: AuditPair): bigint {
  const number = entry?.id ?? seal?.entryId;
  if (number === undefined) throw new Error('a pair of nothing');
  return number;
}

/** How many entries wait to be sealed, and for how long the oldest does. */
export async function readUnsealed(
  db: Database,
): Promise<{ count: number; oldestAgeSeconds: number }> {
  const [row] = await db.run(
    'readings_audit',
    (sql) => sql<{ count: number; age: number }[]>`
      SELECT count(*)::int, coalesce(extract(epoch FROM now() - min(recorded_at)), 0)::float8 AS age
        FROM audit_log WHERE id > (SELECT coalesce(max(entry_id), 0) FROM audit_seals)`,
  );
  return { count: row?.count ?? 0, oldestAgeSeconds: Math.max(0, row?.age ?? 0) };
}
