import type { AttemptOutcome } from '../domain/attempt.ts';
import type { Dispute } from '../domain/dispute.ts';
import type { Payment } from '../domain/payment.ts';
import { postingsOf, type Posting } from '../domain/posting.ts';
import type { Refund } from '../domain/refund.ts';
import { insertEvents, type NewEvent } from './begin.ts';
import type { Database, Queryable, SqlTransaction } from './database.ts';
import { upsertDispute } from './disputes.ts';
import { jsonText } from './json-text.ts';
import type { RequestKey, StoredAnswer } from './idempotency.ts';
import { insertMethod, type NewSavedMethod } from './payment-methods.ts';
import { insertEntries } from './ledger.ts';
import { lockPayment } from './payments.ts';

/** Everything that becomes true at once when a payment changes. */
export interface Change {
  /** The payment as it shall be. Its version is the one that the change was computed from. */
  payment: Payment;
  /** In how many milliseconds somebody has to look at the payment again; `null` where nothing can follow. */
  lookAgainInMs: number | null;
  events: NewEvent[];
  attempt?: AttemptChange | undefined;
  /** What becomes of an attempt that waited for its customer. */
  waitingOutcome?: AttemptOutcome | null | undefined;
  refund?: RefundChange | undefined;
  /** The method that the gateway keeps from now on. */
  savedMethod?: NewSavedMethod | undefined;
  /** A dispute of the payment, as it shall be. */
  dispute?: Dispute | undefined;
  /** Money that moved beside the payment's own amounts, whose entries follow from the change by themselves. */
  postings?: Posting[] | undefined;
  answer?: AnswerChange | undefined;
  receipt?: ReceiptChange | undefined;
}

export interface AttemptChange {
  id: string;
  outcome: AttemptOutcome;
  error: unknown;
  /** In how many milliseconds the worker asks again, where the outcome is unknown. */
  askAgainInMs: number | null;
}

export interface RefundChange {
  refund: Refund;
  /** Whether the gateway's answer never came, and in how many milliseconds the worker asks again. */
  unknown: boolean;
  askAgainInMs: number | null;
}

export interface AnswerChange {
  key: RequestKey;
  leaseToken: string;
  /** `null` gives the key back, so that the caller may try again. */
  answer: StoredAnswer | null;
}

/** The webhook that brought the change: it is done with it, if it is still ours to work on. */
export interface ReceiptChange {
  id: bigint;
  leaseToken: string;
}

/**
 * Makes a change from the payment as it is; `null` where there is nothing to change any more.
 *
 * @param context.fresh false when the payment has changed since the caller read it
 * @param context.sql where it may read what else it needs
 */
type ComputeChange<C extends Change> = (
  payment: Payment,
  context: { fresh: boolean; sql: Queryable },
) => C | null | Promise<C | null>;

/**
 * Commits a change to a payment: the only way in which one is changed after it was written down.
 *
 * The change is computed from the payment as the caller knows it and takes one round trip. Should the payment have
 * changed meanwhile, the change is computed once more from the row as it is, under its lock. Where it has gone on to another
 * gateway nothing is changed. What the change moves is posted to the ledger with it.
 *
 * @returns the change that was committed, or `null`
 */
export async function commitChange<C extends Change>(
  db: Database,
  start: Payment,
  compute: ComputeChange<C>,
): Promise<C | null> {
  const change = await compute(start, { fresh: true, sql: db.sql });
  if (change === null) return null;
  if (await db.run('payment_commit', (sql) => apply(sql, change, start))) return change;
  return db.run('payment_commit_locked', (sql) =>
    sql.begin((transaction) => commitChangeWithin(transaction, start, compute)),
  );
}

/** The same within the SQL transaction of a larger change, and under the payment's lock until that ends. */
export async function commitChangeWithin<C extends Change>(
  transaction: SqlTransaction,
  start: Payment,
  compute: ComputeChange<C>,
): Promise<C | null> {
  const payment = await lockPayment(transaction, start.id);
  if (payment === null) throw new Error(`payment ${start.id} has vanished`);
  // It has gone on to another gateway: what this one said is not about where the payment is now.
  if (payment.gateway !== start.gateway) return null;
  const fresh = payment.version === start.version;
  const change = await compute(payment, { fresh, sql: transaction });
  if (change === null || !(await apply(transaction, change, payment))) return null;
  return change;
}

/**
 * Applies the change as a whole, or nothing of it where the version has moved on or the webhook is not ours.
 *
 * @param before the payment that the change was computed from
 */
async function apply(sql: Queryable, change: Change, before: Payment): Promise<boolean> {
  const { payment: p, events, attempt, waitingOutcome, refund, dispute, savedMethod } = change;
  const { answer, receipt } = change;
  const postings = [...postingsOf(before, p), ...(change.postings ?? [])];
  const cause = { refundId: refund?.refund.id ?? null, disputeId: dispute?.id ?? null };
  // Only what the change has is part of the statement: PostgreSQL opens the tables of every part, used or not.
  const rows = await sql`
    WITH payment AS (
      UPDATE payments SET
        status = ${p.status}, amount_capturable = ${p.amountCapturable}, amount_captured = ${p.amountCaptured},
        amount_refunded = ${p.amountRefunded}, amount_refund_pending = ${p.amountRefundPending},
        amount_disputed = ${p.amountDisputed}, amount_disputed_lost = ${p.amountDisputedLost}, disputed = ${p.disputed},
        capture_before = ${instant(p.captureBefore)}::timestamptz, gateway_payment_id = ${p.gatewayPaymentId},
        client_secret = ${p.clientSecret}, next_action = ${jsonText(p.nextAction)}::jsonb,
        last_error = ${jsonText(p.lastError)}::jsonb, pending_attempt_id = ${p.pendingAttemptId},
        payment_method = ${jsonText(p.paymentMethod)}::jsonb, awaits_completion = ${p.awaitsCompletion},
        saved_method = ${jsonText(p.savedMethod)}::jsonb, fee_actual = ${p.feeActual?.toString() ?? null}::bigint,
        fee_currency = ${p.feeCurrency}, fee_returned = ${p.feeReturned}, fee_disputes = ${p.feeDisputes}, updated_at = ${p.updatedAt},
        version = version + 1, event_count = event_count + ${events.length}::int,
        due_at = now() + ${change.lookAgainInMs}::float8 * interval '1 ms', tries = 0, lease_until = NULL, lease_token = NULL
       WHERE id = ${p.id} AND version = ${p.version} ${receipt ? sql`AND EXISTS (${ownedReceipt(sql, receipt)})` : sql``}
      RETURNING id, event_count
    )
    ${attempt ? sql`, attempt AS (${concludeAttempt(sql, attempt)})` : sql``}
    ${waitingOutcome ? sql`, waiting AS (${concludeWaiting(sql, waitingOutcome)})` : sql``}
    ${refund ? sql`, refund AS (${upsertRefund(sql, refund)})` : sql``}
    ${dispute ? sql`, dispute AS (${upsertDispute(sql, dispute)})` : sql``}
    ${savedMethod ? sql`, ${insertMethod(sql, savedMethod, sql`payment`)}` : sql``}
    ${answer ? sql`, answer AS (${storeAnswer(sql, answer)})` : sql``}
    ${receipt ? sql`, receipt AS (${finishReceipt(sql, receipt)})` : sql``}
    ${postings.length > 0 ? sql`, entry AS (${insertEntries(sql, postings, cause, sql`payment`)})` : sql``}
    ${events.length > 0 ? sql`, event AS (${insertEvents(sql, events, p.updatedAt, sql`payment`)})` : sql``}
    SELECT 1 FROM payment`;
  return rows.length === 1;
}

function ownedReceipt(sql: Queryable, receipt: ReceiptChange) {
  return sql`
    SELECT FROM webhook_receipts
     WHERE id = ${receipt.id} AND due_at IS NOT NULL AND lease_token = ${receipt.leaseToken}::uuid`;
}

function concludeAttempt(sql: Queryable, attempt: AttemptChange) {
  return sql`
    UPDATE payment_attempts
       SET outcome = ${attempt.outcome}, error = ${jsonText(attempt.error)}::jsonb, concluded_at = now(),
           due_at = now() + ${attempt.askAgainInMs}::float8 * interval '1 ms', lease_until = NULL, lease_token = NULL
      FROM payment
     WHERE payment_attempts.id = ${attempt.id}
       AND (payment_attempts.outcome IS NULL OR payment_attempts.outcome = 'unknown')`;
}

function concludeWaiting(sql: Queryable, outcome: AttemptOutcome) {
  return sql`
    UPDATE payment_attempts SET outcome = ${outcome}, concluded_at = now()
      FROM payment
     WHERE payment_attempts.payment_id = payment.id AND payment_attempts.outcome = 'requires_action'`;
}

function upsertRefund(sql: Queryable, { refund: r, unknown, askAgainInMs }: RefundChange) {
  return sql`
    INSERT INTO refunds (
      id, payment_id, status, amount, currency, reason, gateway, gateway_refund_id, failure_code, source, metadata,
      fee_returned, unknown, created_at, updated_at, due_at)
    SELECT ${r.id}, payment.id, ${r.status}, ${r.amount}, ${r.currency}, ${r.reason}, ${r.gateway},
           ${r.gatewayRefundId}, ${r.failureCode}, ${r.source}, ${jsonText(r.metadata)}::jsonb, ${r.feeReturned}, ${unknown}::boolean,
           ${r.createdAt}::timestamptz, ${r.updatedAt}::timestamptz,
           now() + ${askAgainInMs}::float8 * interval '1 ms'
      FROM payment
        ON CONFLICT (id) DO UPDATE
       SET status = excluded.status, gateway_refund_id = excluded.gateway_refund_id,
           failure_code = excluded.failure_code, fee_returned = excluded.fee_returned, unknown = excluded.unknown, updated_at = excluded.updated_at,
           due_at = excluded.due_at, lease_until = NULL, lease_token = NULL`;
}

function storeAnswer(sql: Queryable, { key, leaseToken, answer }: AnswerChange) {
  return sql`
    UPDATE idempotency_keys
       SET status = ${answer?.status ?? null}, content_type = ${answer?.contentType ?? null},
           body = ${answer?.body ?? null}, lease_until = now()
      FROM payment
     WHERE scope = ${key.scope} AND key = ${key.key} AND lease_token = ${leaseToken}::uuid
       AND idempotency_keys.status IS NULL`;
}

function finishReceipt(sql: Queryable, receipt: ReceiptChange) {
  return sql`
    UPDATE webhook_receipts
       SET state = 'processed', payment_id = payment.id, finished_at = now(), last_error = NULL,
           due_at = NULL, lease_until = NULL, lease_token = NULL
      FROM payment
     WHERE webhook_receipts.id = ${receipt.id} AND webhook_receipts.due_at IS NOT NULL`;
}

/** As text, for the same reason as `jsonText`. */
function instant(value: Date | null): string | null {
  return value === null ? null : value.toISOString();
}
