import { changeWithRecord, BY_ITSELF, type ChangeEntry } from '../admin/change.ts';
import type { Database, SqlTransaction } from '../database/database.ts';
import type { Claim } from '../database/due-work.ts';
import type { OwnKind } from '../database/movements.ts';
import {
  closeVanishedItems,
  judgeMovements,
  judgeOpenItems,
  judgePayouts,
  judgeRecords,
  type JudgedBatch,
  type JudgedSpan,
} from '../database/reconciliation-judge.ts';
import {
  advanceRun,
  findRun,
  finishRun,
  noteRunError,
  type ReconciliationRun,
} from '../database/reconciliation-runs.ts';
import { storeSettlementPage, withdrawRecords } from '../database/settlement.ts';
import type { FailPoints } from '../fail-points.ts';
import type { Gateway } from '../gateways/gateway.ts';

/** What a run needs. */
export interface ReconciliationDependencies {
  db: Database;
  gateways: ReadonlyMap<string, Gateway>;
  /** For how long a movement may have no counterpart yet. */
  pendingMs: number;
  newRequestId: () => string;
  failPoints: FailPoints;
}

/** How many movements one SQL transaction compares. */
const BATCH = 5_000;
/** After so many failures in a row, with ever longer waits between them, a run is given up. */
const MAX_TRIES = 12;

/** The steps of a run in their order; each may take many batches. */
const STAGES = [
  'pull',
  'withdrawn',
  'charge',
  'refund',
  'dispute',
  'records',
  'payouts',
  'open',
  'done',
] as const;
type Stage = (typeof STAGES)[number];

/**
 * Carries a run on from where it stands to its end: reads the gateway's records page by page, then compares.
 *
 * Each page and each batch is committed together with the place where the next one begins, so that a run whose process
 * dies goes on there, and doing a batch twice changes nothing.
 *
 * @throws where the gateway or the database cannot be had; what was done stays done
 */
export async function executeRun(deps: ReconciliationDependencies, claim: Claim): Promise<void> {
  const run = await findRun(deps.db, claim.id);
  if (run?.status !== 'running') return;
  const gateway = deps.gateways.get(run.gateway);
  try {
    if (gateway === undefined) throw new Error(`${run.gateway} is not configured in this process`);
    let place: { stage: Stage; cursor: string | null } = {
      stage: STAGES.find((stage) => stage === run.stage) ?? 'pull',
      cursor: run.cursor,
    };
    while (place.stage !== 'done') {
      place =
        place.stage === 'pull'
          ? await pull(deps, gateway, run, claim, place.cursor)
          : await compare(deps, gateway, run, claim, { ...place, stage: place.stage });
      await deps.failPoints.reach('reconciliation.stepped');
    }
    await finish(deps.db, claim);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    await noteRunError(deps.db, claim, message, claim.tries >= MAX_TRIES);
    throw error;
  }
}

/** Reads one page of the gateway's records and keeps it. Records of the days after the period may belong to it. */
async function pull(
  { db, pendingMs, newRequestId }: ReconciliationDependencies,
  gateway: Gateway,
  run: ReconciliationRun,
  claim: Claim,
  cursor: string | null,
): Promise<{ stage: Stage; cursor: string | null }> {
  const found = await gateway.listSettlementRecords(
    { from: run.periodFrom, to: endOfPull(run, pendingMs), cursor },
    { requestId: newRequestId() },
  );
  if (found.kind !== 'found') {
    const why = found.kind === 'unavailable' ? `${found.error.code}: ${found.error.message}` : '';
    throw new Error(`${gateway.name} does not give its settlement records. ${why}`);
  }
  const page = found.report;
  const pulled = page.records.length + page.unreadable.records.length;
  const next = {
    stage: page.next === null ? ('withdrawn' as const) : ('pull' as const),
    cursor: page.next,
  };
  await db.run('settlement_store', (sql) =>
    sql.begin(async (tx) => {
      await storeSettlementPage(tx, gateway.name, page);
      await advanceRun(tx, claim, { ...next, pulled });
    }),
  );
  return next;
}

/** The end of what is read is the same for every page, also where another process goes on: cursors are good for one span. */
function endOfPull({ periodTo, createdAt }: ReconciliationRun, pendingMs: number): Date {
  return new Date(Math.min(periodTo.getTime() + pendingMs, createdAt.getTime()));
}

async function compare(
  { db, pendingMs }: ReconciliationDependencies,
  gateway: Gateway,
  run: ReconciliationRun,
  claim: Claim,
  { stage, cursor }: { stage: Exclude<Stage, 'pull' | 'done'>; cursor: string | null },
): Promise<{ stage: Stage; cursor: string | null }> {
  const span: JudgedSpan = {
    gateway: run.gateway,
    from: run.periodFrom,
    to: run.periodTo,
    runId: run.id,
    youngSince: new Date(Date.now() - pendingMs),
  };
  const batch = { after: cursor ?? '', limit: BATCH };
  return changeWithRecord(db, 'reconciliation_judge', BY_ITSELF, async (sql, record) => {
    let judged: JudgedBatch = { looked: 0, changed: 0, next: '' };
    if (stage === 'withdrawn') {
      await withdrawRecords(sql, { ...span, to: endOfPull(run, pendingMs) });
    } else if (stage === 'payouts') {
      const told = gateway.capabilities.settlementRecords === 'with_payouts';
      if (told) judged.changed = await judgePayouts(sql, span);
    } else if (stage === 'records') judged = await judgeRecords(sql, span, batch);
    else if (stage === 'open') {
      judged = await judgeOpenItems(sql, span, batch);
      judged.changed += await closeVanished(sql, record, run.gateway, batch);
    } else judged = await judgeMovements(sql, span, { ...batch, kind: stage satisfies OwnKind });
    const { looked, changed } = judged;
    const next =
      looked < BATCH
        ? { stage: STAGES[STAGES.indexOf(stage) + 1] ?? ('done' as const), cursor: null }
        : { stage, cursor: judged.next };
    await advanceRun(sql, claim, { ...next, compared: looked, changed });
    return next;
  });
}

const VANISHED = 'Neither side tells of it any more.';

/** Closes what neither side tells of any more, and says so of each in the audit log. */
async function closeVanished(
  sql: SqlTransaction,
  record: (entry: ChangeEntry) => Promise<void>,
  gateway: string,
  batch: { after: string; limit: number },
): Promise<number> {
  const by = BY_ITSELF.actor.name;
  const closed = await closeVanishedItems(sql, gateway, batch, { by, reason: VANISHED });
  for (const { id, state, ownId, recordId } of closed) {
    await record({
      action: 'reconciliation.close',
      subject: { kind: 'difference', id: id.toString() },
      before: { state, own_id: ownId, record_id: recordId },
      after: { reason: VANISHED },
    });
  }
  return closed.length;
}

async function finish(db: Database, claim: Claim): Promise<void> {
  await changeWithRecord(db, 'reconciliation_finish', BY_ITSELF, async (sql, record) => {
    const run = await finishRun(sql, claim);
    if (run === null) return;
    const { id, gateway, compared, changed } = run;
    await record({
      action: 'reconciliation.finished',
      subject: { kind: 'reconciliation', id },
      before: null,
      after: { gateway, compared: String(compared), changed: String(changed) },
    });
  });
}
