import type { Database } from '../database/database.ts';
import type { Claim } from '../database/due-work.ts';
import { countErrors, type ErrorCount } from '../database/error-summary.ts';
import { forgetOldActivity } from '../database/gateway-activity.ts';
import { forgetKeys } from '../database/idempotency.ts';
import { ensureWebhookPartitions } from '../database/receipts.ts';
import { dropWebhookPayloads } from '../database/webhook-administration.ts';
import { moveCheckpoint } from '../database/ledger-checkpoints.ts';
import { finishSchedule } from '../database/schedules.ts';
import { checkLedger } from './check-ledger.ts';

/** How many rows one statement deletes at most, so that it holds no lock for long. */
const BATCH = 1_000;
/** How many different errors the summary of a day names. */
const MOST_ERRORS = 50;

/** What the schedules need to know. */
export interface ScheduleDependencies {
  db: Database;
  keyRetentionDays: number;
  payloadRetentionDays: number;
  /** Begins the comparisons with the gateways for which it is time. */
  beginReconciliations: () => Promise<void>;
  /** Tells people what went wrong during the last day, once a day. */
  tellErrors: (errors: readonly ErrorCount[]) => void;
}

/** Does what one row of `schedules` stands for. A name that this build does not know is left to those that do. */
export async function runSchedule(
  {
    db,
    keyRetentionDays,
    payloadRetentionDays,
    beginReconciliations,
    tellErrors,
  }: ScheduleDependencies,
  claim: Claim,
): Promise<void> {
  switch (claim.id) {
    case 'webhook_partitions':
      await ensureWebhookPartitions(db);
      break;
    case 'webhook_retention':
      await dropWebhookPayloads(db, payloadRetentionDays);
      break;
    case 'idempotency_expiry':
      while ((await forgetKeys(db, { retentionDays: keyRetentionDays, limit: BATCH })) === BATCH);
      break;
    case 'reconciliation':
      await beginReconciliations();
      break;
    case 'gateway_activity_expiry':
      await forgetOldActivity(db);
      break;
    case 'error_summary':
      tellErrors(await countErrors(db, MOST_ERRORS));
      break;
    case 'ledger_checkpoint':
      await moveCheckpoint(db);
      break;
    case 'ledger_check':
      await checkLedger(db);
      break;
    default:
      throw new Error(`there is no schedule ${claim.id} in this version`);
  }
  await finishSchedule(db, claim);
}
