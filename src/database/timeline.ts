import type { Database } from './database.ts';

/** One thing that happened to a payment, as it is kept. What it tells beside its time depends on its kind. */
export interface TimelineRow {
  at: Date;
  kind:
    | 'attempt_started'
    | 'attempt_concluded'
    | 'refund'
    | 'webhook'
    | 'event'
    | 'decision'
    | 'operator';
  id: string;
  details: Readonly<Record<string, unknown>>;
}

/** Everything that happened to a payment, the oldest first: attempts, refunds, webhooks, events, decisions, operators' actions. */
export function readTimeline(
  db: Database,
  paymentId: string,
  limit: number,
): Promise<TimelineRow[]> {
  return db.run(
    'payment_timeline',
    (sql) => sql<TimelineRow[]>`
      SELECT at, kind, id, details FROM (
        SELECT created_at AS at, 1 AS rank, 0::bigint AS place, 'attempt_started' AS kind, id, jsonb_build_object(
                 'operation', operation, 'gateway', gateway, 'ordinal', ordinal, 'status_before', status_before) AS details
          FROM payment_attempts WHERE payment_id = ${paymentId}
        UNION ALL
        SELECT concluded_at, 2, 0, 'attempt_concluded', id, jsonb_build_object(
                 'operation', operation, 'gateway', gateway, 'outcome', outcome, 'error', error)
          FROM payment_attempts WHERE payment_id = ${paymentId} AND concluded_at IS NOT NULL
        UNION ALL
        SELECT created_at, 3, 0, 'refund', id, jsonb_build_object(
                 'amount', amount, 'currency', currency, 'status', status, 'source', source, 'gateway', gateway,
                 'failure_code', failure_code)
          FROM refunds WHERE payment_id = ${paymentId}
        UNION ALL
        SELECT received_at, 4, id, 'webhook', id::text, jsonb_build_object(
                 'gateway', gateway, 'event_id', event_id, 'event_type', event_type, 'state', state, 'tries', tries,
                 'finished_at', finished_at)
          FROM webhook_receipts WHERE payment_id = ${paymentId}
        UNION ALL
        SELECT created_at, 5, payment_sequence, 'event', id, jsonb_build_object(
                 'type', type, 'sequence', payment_sequence, 'status', object ->> 'status')
          FROM events WHERE payment_id = ${paymentId}
        UNION ALL
        SELECT decided_at, 6, 0, 'decision', id, jsonb_build_object(
                 'decision', decision, 'attempt_id', attempt_id, 'refund_id', refund_id, 'gateway_id', gateway_id,
                 'note', note, 'verified', verified, 'reason', reason, 'actor_id', decided_by,
                 'actor_name', decided_by_name)
          FROM outcome_decisions WHERE payment_id = ${paymentId}
        UNION ALL
        SELECT recorded_at, 7, id, 'operator', id::text, jsonb_build_object(
                 'action', action, 'actor_id', actor_id, 'actor_name', actor_name, 'result', result, 'reason', reason)
          FROM audit_log WHERE subject_kind = 'payment' AND subject_id = ${paymentId}
      ) AS happened
      ORDER BY at, rank, place LIMIT ${limit}`,
  );
}
