import type { Database, Queryable, SqlTransaction } from './database.ts';
import type { Claim } from './due-work.ts';

/** One comparison of a gateway's period. */
export interface ReconciliationRun {
  id: string;
  gateway: string;
  periodFrom: Date;
  periodTo: Date;
  status: 'running' | 'finished' | 'failed';
  stage: string;
  cursor: string | null;
  /** Settlement records that were read. */
  pulled: bigint;
  /** Movements and records that were compared. */
  compared: bigint;
  /** Of how many the result is another than before. */
  changed: bigint;
  totals: RunTotal[] | null;
  lastError: string | null;
  scheduledFor: Date | null;
  requestedBy: string;
  createdAt: Date;
  finishedAt: Date | null;
}

/** What came of the movements of one kind and currency; sums are minor units, as texts. */
export interface RunTotal {
  /** `null` where neither side tells one that could be read. */
  currency: string | null;
  kind: string;
  state: string;
  count: number;
  ours: string | null;
  theirs: string | null;
  our_fees: string | null;
  their_fees: string | null;
}

export interface NewRun {
  id: string;
  gateway: string;
  from: Date;
  to: Date;
  scheduledFor: Date | null;
  requestedBy: string;
}

const COLUMNS = [
  'id',
  'gateway',
  'period_from',
  'period_to',
  'status',
  'stage',
  'cursor',
  'pulled',
  'compared',
  'changed',
  'totals',
  'last_error',
  'scheduled_for',
  'requested_by',
  'created_at',
  'finished_at',
];

/** Begins a run; `null` where one of this gateway is running, or was begun for the same time of the schedule. */
export async function insertRun(sql: Queryable, run: NewRun): Promise<ReconciliationRun | null> {
  const [row] = await sql<ReconciliationRun[]>`
    INSERT INTO reconciliation_runs (id, gateway, period_from, period_to, scheduled_for, requested_by)
    VALUES (${run.id}, ${run.gateway}, ${run.from}, ${run.to}, ${run.scheduledFor}, ${run.requestedBy})
        ON CONFLICT DO NOTHING
    RETURNING ${sql(COLUMNS)}`;
  return row ?? null;
}

export async function findRun(db: Database, id: string): Promise<ReconciliationRun | null> {
  const [row] = await db.run(
    'reconciliation_run_find',
    (sql) => sql<ReconciliationRun[]>`
      SELECT ${sql(COLUMNS)} FROM reconciliation_runs WHERE id = ${id}`,
  );
  return row ?? null;
}

export async function findRunningRun(
  sql: Queryable,
  gateway: string,
): Promise<ReconciliationRun | null> {
  const [row] = await sql<ReconciliationRun[]>`
    SELECT ${sql(COLUMNS)} FROM reconciliation_runs WHERE gateway = ${gateway} AND status = 'running'`;
  return row ?? null;
}

/** Lists runs, the newest first. */
export async function listRuns(
  db: Database,
  {
    gateway,
    after,
  }: { gateway?: string | undefined; after?: { createdAt: Date; id: string } | undefined },
  limit: number,
): Promise<ReconciliationRun[]> {
  return db.run(
    'reconciliation_run_list',
    (sql) => sql<ReconciliationRun[]>`
      SELECT ${sql(COLUMNS)} FROM reconciliation_runs
       WHERE true
         ${gateway === undefined ? sql`` : sql`AND gateway = ${gateway}`}
         ${after ? sql`AND (date_trunc('milliseconds', created_at), id) < (${after.createdAt}, ${after.id})` : sql``}
       ORDER BY date_trunc('milliseconds', created_at) DESC, id DESC
       LIMIT ${limit}`,
  );
}

/** How far a scheduled comparison of the gateway has come: the end of the latest period. */
export async function lastScheduledEnd(sql: Queryable, gateway: string): Promise<Date | null> {
  const [row] = await sql<{ end: Date | null }[]>`
    SELECT max(period_to) AS end FROM reconciliation_runs
     WHERE gateway = ${gateway} AND scheduled_for IS NOT NULL AND status = 'finished'`;
  return row?.end ?? null;
}

/** Claims one run by its id, if it is running and nobody works on it. */
export async function claimRun(
  db: Database,
  { id, token, leaseMs }: { id: string; token: string; leaseMs: number },
): Promise<Claim | null> {
  const [row] = await db.run(
    'reconciliation_run_claim',
    (sql) => sql<Claim[]>`
      UPDATE reconciliation_runs
         SET lease_until = now() + ${leaseMs} * interval '1 ms', lease_token = ${token}, tries = tries + 1
       WHERE id = ${id} AND status = 'running' AND due_at IS NOT NULL AND (lease_until IS NULL OR lease_until <= now())
      RETURNING id, tries, lease_token::text AS token`,
  );
  return row ?? null;
}

export interface RunProgress {
  stage: string;
  cursor: string | null;
  pulled?: number;
  compared?: number;
  changed?: number;
}

/** Writes down how far a run has come, beside what was done; throws where the run is not ours any more. */
export async function advanceRun(
  sql: SqlTransaction,
  claim: Claim,
  { stage, cursor, pulled = 0, compared = 0, changed = 0 }: RunProgress,
): Promise<void> {
  const rows = await sql`
    UPDATE reconciliation_runs
       SET stage = ${stage}, cursor = ${cursor}, pulled = pulled + ${pulled}, noted = noted + ${pulled}, compared = compared + ${compared},
           changed = changed + ${changed}, last_error = NULL, tries = 0
     WHERE id = ${claim.id} AND lease_token = ${claim.token}
    RETURNING id`;
  if (rows.length === 0) throw new Error(`another process works on the run ${claim.id} now`);
}

/** Sums up what the comparison says of the run's period, and ends it. */
export async function finishRun(
  sql: SqlTransaction,
  claim: Claim,
): Promise<ReconciliationRun | null> {
  const [row] = await sql<ReconciliationRun[]>`
    UPDATE reconciliation_runs run
       SET status = 'finished', stage = 'done', cursor = NULL, finished_at = now(), due_at = NULL, lease_until = NULL,
           lease_token = NULL,
           totals = (
             SELECT coalesce(jsonb_agg(to_jsonb(total) ORDER BY total.currency, total.kind, total.state), '[]')
               FROM (SELECT coalesce(i.our_currency, i.their_currency) AS currency, i.kind, i.state, count(*)::int AS count,
                            sum(i.our_amount)::text AS ours, sum(i.their_amount)::text AS theirs,
                            sum(i.our_fee)::text AS our_fees, sum(i.their_fee)::text AS their_fees
                       FROM reconciliation_items i
                      WHERE i.gateway = run.gateway AND i.occurred_at >= run.period_from AND i.occurred_at < run.period_to
                      GROUP BY 1, 2, 3) total)
     WHERE id = ${claim.id} AND lease_token = ${claim.token}
    RETURNING ${sql(COLUMNS)}`;
  return row ?? null;
}

/** Writes down what stopped a run; with `final` it is given up. */
export async function noteRunError(
  db: Database,
  claim: Claim,
  message: string,
  final: boolean,
): Promise<void> {
  await db.run(
    'reconciliation_run_error',
    (sql) => sql`
      UPDATE reconciliation_runs
         SET last_error = ${message},
             status = CASE WHEN ${final} THEN 'failed' ELSE status END,
             finished_at = CASE WHEN ${final} THEN now() ELSE finished_at END,
             due_at = CASE WHEN ${final} THEN NULL ELSE due_at END,
             lease_until = CASE WHEN ${final} THEN NULL ELSE lease_until END,
             lease_token = CASE WHEN ${final} THEN NULL ELSE lease_token END
       WHERE id = ${claim.id} AND lease_token = ${claim.token}`,
  );
}
