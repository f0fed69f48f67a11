import { BY_ITSELF, changeWithRecord } from '../admin/change.ts';
import type { Database, SqlTransaction } from '../database/database.ts';
import { recordLedgerCheck } from '../database/ledger-audit.ts';
import { catchUpPayment, catchUpRecord } from '../database/ledger-catch-up.ts';
import { wasMigratedWithin } from '../database/schema-version.ts';
import type { PostingCause } from '../domain/posting.ts';
import { verifyLedger, type CatchUp } from '../ledger/verify-ledger.ts';

/** For how long after a migration a version of before may have left something out. */
const CATCH_UP_DAYS = 7;

/**
 * Checks the whole ledger and writes down what came of it. What it lacks because an older version ran beside this one, in
 * the update that brought a migration, is posted, and the audit log tells of it; all else that differs stays as it is.
 */
export async function checkLedger(db: Database): Promise<void> {
  const begunAt = performance.now();
  const wasUpdated = await db.run('ledger_catch_up_allowed', (sql) =>
    wasMigratedWithin(sql, CATCH_UP_DAYS),
  );
  const check = await verifyLedger(db, wasUpdated ? catchUpWithRecord(db) : undefined);
  const { findings, payments, entries } = check;
  const durationMs = performance.now() - begunAt;
  await recordLedgerCheck(db, { payments, entries, differences: findings.length, durationMs });
}

function catchUpWithRecord(db: Database): CatchUp {
  const post = (
    subject: { kind: string; id: string },
    postLacking: (sql: SqlTransaction) => Promise<PostingCause[] | null>,
  ) =>
    changeWithRecord(db, 'ledger_catch_up', BY_ITSELF, async (sql, record) => {
      const causes = await postLacking(sql);
      if (causes === null) return false;
      const entry = { action: 'ledger.catch_up', subject, before: null, after: { causes } };
      if (causes.length > 0) await record(entry);
      return true;
    });
  return {
    payment: (id) => post({ kind: 'payment', id }, (sql) => catchUpPayment(sql, id)),
    record: ({ gateway, recordId }) =>
      post({ kind: 'settlement_record', id: `${gateway}/${recordId}` }, (sql) =>
        catchUpRecord(sql, { gateway, recordId }),
      ),
  };
}
