import { DatabaseError } from 'pg';
import type { Attempt } from '../domain/attempt.ts';
import type { EventType } from '../domain/event.ts';
import type { Payment } from '../domain/payment.ts';
import type { Database, Fragment, Queryable } from './database.ts';
import { jsonText } from './json-text.ts';
import type { RequestKey } from './idempotency.ts';
import type { StoredRefund } from './refunds.ts';

/**
 * The intentions: what is written down before a gateway is called, each in one statement, so that the key, the
 * payment, the attempt and the event stand together or not at all.
 */

/** An event to be told, with the object as it is at that moment. */
export interface NewEvent {
  id: string;
  type: EventType;
  object: unknown;
}

/** Who works on a request, and for how long nobody else may. */
export interface Lease {
  token: string;
  leaseMs: number;
  /** The span in which it is worked on, from which the trace goes on later; `null` where tracing is off. */
  traceparent: string | null;
}

/** What came of an intention. */
export type Begun =
  | 'begun'
  /** The key is taken: look at what is known under it. */
  | 'key_taken'
  /** The payment, or who pays it, has changed since it was read, or another operation is under way. */
  | 'conflict'
  /** The key was used before, so long ago that it is forgotten here: what follows from it is taken. */
  | 'ids_taken';

/** An attempt that is about to be made, with what becomes true before its call. */
interface NewAttempt {
  /** As it shall be. */
  payment: Payment;
  attempt: Attempt;
  events: NewEvent[];
  key: RequestKey;
  lease: Lease;
}

/**
 * Writes down a new payment with its first attempt.
 *
 * @returns `conflict` where the customer or the saved method has been taken away
 */
export async function beginPayment(
  db: Database,
  { payment: p, attempt, events, key, lease }: NewAttempt,
): Promise<Begun> {
  return unlessTaken(async () => {
    const [row] = await db.run(
      'payment_begin',
      (sql) => sql<{ found: boolean; begun: boolean }[]>`
      WITH ${p.customerId === null ? sql`` : sql`${payer(sql, p.customerId, attempt)},`}
      key AS (${insertKey(sql, { key, lease, paymentId: p.id, attemptId: attempt.id, refundId: null }, p.customerId === null ? sql`(SELECT 1) AS always` : sql`payer`)}),
      payment AS (
        INSERT INTO payments (
          id, status, amount, currency, capture_method, gateway, pending_attempt_id, order_id, description,
          statement_descriptor, return_url, metadata, customer_id, save_payment_method, routing, fee_terms, created_at,
          updated_at, event_count)
        SELECT ${p.id}, ${p.status}, ${p.amount}, ${p.currency}, ${p.captureMethod}, ${p.gateway},
               ${p.pendingAttemptId}, ${p.orderId}, ${p.description}, ${p.statementDescriptor}, ${p.returnUrl},
               ${jsonText(p.metadata)}::jsonb, ${p.customerId}, ${p.savePaymentMethod}::boolean,
               ${jsonText(p.routing)}::jsonb, ${jsonText(p.feeTerms)}::jsonb, ${p.createdAt}::timestamptz, ${p.updatedAt}::timestamptz,
               ${events.length}::int
          FROM key
        RETURNING id, event_count
      ), attempt AS (${insertAttempt(sql, attempt, lease, sql`payment`)}),
      event AS (${insertEvents(sql, events, p.createdAt, sql`payment`)})
      SELECT EXISTS (SELECT FROM payment) AS begun,
             ${p.customerId === null ? sql`true` : sql`EXISTS (SELECT FROM payer)`} AS found`,
    );
    if (row?.begun) return 'begun';
    return row?.found ? 'key_taken' : 'conflict';
  });
}

/**
 * Writes down another attempt at an existing payment.
 *
 * @param payment as it shall be; its version is the one that it was read at
 */
export async function beginAttempt(
  db: Database,
  { payment: p, attempt, events, key, lease }: NewAttempt,
): Promise<Begun> {
  const paying = p.customerId !== null && usesWhatIsKept(attempt) ? p.customerId : null;
  return unlessTaken(async () => {
    const [row] = await db.run(
      'attempt_begin',
      (sql) => sql<{ found: boolean; begun: boolean }[]>`
      WITH target AS (
        SELECT id FROM payments
         WHERE id = ${p.id} AND version = ${p.version} AND pending_attempt_id IS NULL
           FOR UPDATE
      ), ${paying === null ? sql`` : sql`${payer(sql, paying, attempt)},`}
      key AS (${insertKey(sql, { key, lease, paymentId: p.id, attemptId: attempt.id, refundId: null }, paying === null ? sql`target` : sql`target, payer`)}),
      payment AS (
        UPDATE payments
           SET status = ${p.status}, gateway = ${p.gateway}, routing = ${jsonText(p.routing)}::jsonb,
               fee_terms = ${jsonText(p.feeTerms)}::jsonb,
               pending_attempt_id = ${p.pendingAttemptId}, updated_at = ${p.updatedAt},
               customer_id = ${p.customerId}, save_payment_method = ${p.savePaymentMethod}, version = version + 1, event_count = event_count + ${events.length}::int, due_at = NULL
          FROM key
         WHERE payments.id = ${p.id}
        RETURNING payments.id, event_count
      ), attempt AS (${insertAttempt(sql, attempt, lease, sql`payment`)}),
      event AS (${insertEvents(sql, events, p.updatedAt, sql`payment`)})
      SELECT EXISTS (SELECT FROM ${paying === null ? sql`target` : sql`target, payer`}) AS found,
             EXISTS (SELECT FROM payment) AS begun`,
    );
    if (row?.begun) return 'begun';
    return row?.found ? 'key_taken' : 'conflict';
  });
}

/**
 * Reserves the amount of a refund and writes the refund down. One statement both checks and reserves, so that two
 * racing refunds cannot both pass.
 *
 * @returns `conflict` where less is left than the refund asks for, or nothing was captured
 */
export async function beginRefund(
  db: Database,
  {
    refund: r,
    events,
    key,
    lease,
  }: {
    refund: StoredRefund;
    events: NewEvent[];
    key: RequestKey;
    lease: Lease;
  },
): Promise<Begun> {
  return unlessTaken(async () => {
    const [row] = await db.run(
      'refund_begin',
      (sql) => sql<{ found: boolean; begun: boolean }[]>`
      WITH target AS (
        SELECT id FROM payments
         WHERE id = ${r.paymentId}
           AND amount_refunded + amount_refund_pending + amount_disputed + amount_disputed_lost + ${r.amount}::bigint
               <= amount_captured
           FOR UPDATE
      ), key AS (${insertKey(sql, { key, lease, paymentId: r.paymentId, attemptId: null, refundId: r.id }, sql`target`)}),
      payment AS (
        UPDATE payments
           SET amount_refund_pending = amount_refund_pending + ${r.amount}::bigint, updated_at = ${r.updatedAt},
               version = version + 1, event_count = event_count + ${events.length}::int
          FROM key
         WHERE payments.id = ${r.paymentId}
        RETURNING payments.id, event_count
      ), refund AS (
        INSERT INTO refunds (
          id, payment_id, status, amount, currency, reason, gateway, ordinal, gateway_key, source, metadata,
          created_at, updated_at, due_at, traceparent)
        SELECT ${r.id}, ${r.paymentId}, ${r.status}, ${r.amount}, ${r.currency}, ${r.reason}, ${r.gateway},
               ${r.ordinal}::int, ${r.gatewayKey}, ${r.source}, ${jsonText(r.metadata)}::jsonb, ${r.createdAt}::timestamptz,
               ${r.updatedAt}::timestamptz, now() + ${lease.leaseMs} * interval '1 ms', ${lease.traceparent}
          FROM payment
      ), event AS (${insertEvents(sql, events, r.createdAt, sql`payment`)})
      SELECT EXISTS (SELECT FROM target) AS found, EXISTS (SELECT FROM payment) AS begun`,
    );
    if (row?.begun) return 'begun';
    return row?.found ? 'key_taken' : 'conflict';
  });
}

const UNIQUE_VIOLATION = '23505';

/** Ids and gateway keys are derived, so those of a key that has been forgotten may stand in the way of its reuse. */
async function unlessTaken(begin: () => Promise<Begun>): Promise<Begun> {
  try {
    return await begin();
  } catch (error) {
    if (error instanceof DatabaseError && error.code === UNIQUE_VIOLATION) {
      return error.constraint === 'payment_attempts_one_in_flight' ||
        error.constraint === 'payment_attempts_one_live'
        ? 'conflict'
        : 'ids_taken';
    }
    throw error;
  }
}

/** Whether an attempt charges a method that is kept for the customer, or has one kept. */
function usesWhatIsKept({ operation, request }: Attempt): boolean {
  if (operation !== 'create' && operation !== 'confirm') return false;
  return request.savedMethodId !== undefined || request.savePaymentMethod === true;
}

/**
 * A row, `payer`, while the customer is there and the saved method that is charged is theirs. Both stay as they are
 * until the attempt is written down: from a deletion on none begins, whichever of the two was first.
 */
function payer(sql: Queryable, customerId: string, { request }: Attempt): Fragment {
  const customer = sql`
    SELECT id FROM customers WHERE id = ${customerId} AND deleted_at IS NULL FOR SHARE`;
  if (request.savedMethodId === undefined) return sql`payer AS (${customer})`;
  return sql`
    customer AS (${customer}),
    payer AS (
      SELECT m.id FROM customer JOIN payment_methods m ON m.customer_id = customer.id
       WHERE m.id = ${request.savedMethodId} AND m.gateway_method_id = ${request.paymentMethod ?? null}
         AND m.detached_at IS NULL
         FOR SHARE OF m)`;
}

/** Takes a key that is new, or turns one that we hold to what is tried next. Gives no row where another holds it. */
function insertKey(
  sql: Queryable,
  {
    key,
    lease,
    paymentId,
    attemptId,
    refundId,
  }: {
    key: RequestKey;
    lease: Lease;
    paymentId: string;
    attemptId: string | null;
    refundId: string | null;
  },
  from: Fragment,
): Fragment {
  return sql`
    INSERT INTO idempotency_keys (scope, key, fingerprint, payment_id, attempt_id, refund_id, lease_token, lease_until)
    SELECT ${key.scope}, ${key.key}, ${key.fingerprint}, ${paymentId}, ${attemptId}, ${refundId},
           ${lease.token}::uuid, now() + ${lease.leaseMs} * interval '1 ms'
      FROM ${from}
        ON CONFLICT (scope, key) DO UPDATE SET attempt_id = excluded.attempt_id, refund_id = excluded.refund_id
     WHERE idempotency_keys.lease_token = excluded.lease_token
    RETURNING 1`;
}

/** The worker takes the attempt up should its caller not have come back before the lease is over. */
function insertAttempt(sql: Queryable, a: Attempt, lease: Lease, from: Fragment): Fragment {
  return sql`
    INSERT INTO payment_attempts (
      id, payment_id, operation, ordinal, gateway, gateway_key, request, status_before, created_at, due_at, traceparent)
    SELECT ${a.id}, ${a.paymentId}, ${a.operation}, ${a.ordinal}::int, ${a.gateway}, ${a.gatewayKey},
           ${jsonText(a.request)}::jsonb, ${a.statusBefore}, now(), now() + ${lease.leaseMs} * interval '1 ms',
           ${lease.traceparent}
      FROM ${from}`;
}

/** Numbers the events of a payment on from those that it had; the row's `event_count` counts the new ones already. */
export function insertEvents(
  sql: Queryable,
  events: NewEvent[],
  createdAt: Date,
  from: Fragment,
): Fragment {
  return sql`
    INSERT INTO events (id, type, payment_id, payment_sequence, object, created_at)
    SELECT new.id, new.type, payment.id, payment.event_count - ${events.length}::int + new.ordinality,
           new.object::jsonb, ${createdAt}::timestamptz
      FROM ${from} AS payment,
           unnest(${events.map((e) => e.id)}::text[], ${events.map((e) => e.type)}::text[],
                  ${events.map((e) => JSON.stringify(e.object))}::text[]) WITH ORDINALITY AS new (id, type, object, ordinality)`;
}
