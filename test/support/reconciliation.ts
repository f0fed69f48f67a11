import { randomUUID } from 'node:crypto';
import type { Database } from '../../src/database/database.ts';
import {
  claimRun,
  findRun,
  insertRun,
  type ReconciliationRun,
} from '../../src/database/reconciliation-runs.ts';
import type { Gateway } from '../../src/gateways/gateway.ts';
import { newId } from '../../src/ids.ts';
import { executeRun } from '../../src/reconciliation/execute-run.ts';

const DAY_MS = 86_400_000;

/** A payment that was captured, as far as reconciliation looks at it. */
export interface CapturedPayment {
  id: string;
  gatewayPaymentId: string;
  amount: number;
  currency: string;
  at: Date;
}

/** Writes captured payments down as Tender's own would be: the row, and the event that dates it. */
export async function insertCaptured(
  db: Database,
  gateway: string,
  payments: readonly CapturedPayment[],
): Promise<void> {
  const rows = JSON.stringify(payments);
  await db.sql`
    WITH given AS (
      SELECT * FROM jsonb_to_recordset(${rows}::text::jsonb)
        AS g (id text, "gatewayPaymentId" text, amount bigint, currency text, at timestamptz)
    ), made AS (
      INSERT INTO payments (id, status, amount, currency, capture_method, amount_captured, gateway, gateway_payment_id,
                            created_at, updated_at, event_count)
      SELECT id, 'succeeded', amount, currency, 'automatic', amount, ${gateway}, "gatewayPaymentId", at, at, 1 FROM given
      RETURNING id, created_at
    )
    INSERT INTO events (id, type, payment_id, payment_sequence, object, created_at)
    SELECT replace(id, 'pay_', 'evt_'), 'payment.succeeded', id, 1, '{}', created_at FROM made`;
}

/** Runs a reconciliation of the last `days` in this process and gives the finished run. */
export async function reconcile(
  db: Database,
  gateway: Gateway,
  {
    days = 7,
    pendingMs = 0,
    from,
    to,
  }: { days?: number; pendingMs?: number; from?: Date; to?: Date } = {},
): Promise<ReconciliationRun> {
  const id = newId('rec');
  const end = to ?? new Date();
  const run = {
    id,
    gateway: gateway.name,
    from: from ?? new Date(end.getTime() - days * DAY_MS),
    to: end,
    scheduledFor: null,
    requestedBy: 'test',
  };
  if ((await insertRun(db.sql, run)) === null) throw new Error('another run is running');
  await resume(db, gateway, id, pendingMs);
  const finished = await findRun(db, id);
  if (finished === null) throw new Error('the run is gone');
  return finished;
}

/** Goes on with a run in this process. */
export async function resume(
  db: Database,
  gateway: Gateway,
  id: string,
  pendingMs = 0,
): Promise<void> {
  const claim = await claimRun(db, { id, token: randomUUID(), leaseMs: 60_000 });
  if (claim === null) throw new Error('somebody works on the run');
  const gateways = new Map([[gateway.name, gateway]]);
  await executeRun({ db, gateways, pendingMs, newRequestId: () => newId('req') }, claim);
}
