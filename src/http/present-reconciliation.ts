import type { ReconciliationItem } from '../database/reconciliation-items.ts';
import type { ReconciliationRun } from '../database/reconciliation-runs.ts';

/** A run as the API tells it. */
export function presentRun(run: ReconciliationRun) {
  return {
    id: run.id,
    object: 'reconciliation_run' as const,
    gateway: run.gateway,
    from: run.periodFrom.toISOString(),
    before: run.periodTo.toISOString(),
    status: run.status,
    stage: run.stage,
    records_pulled: Number(run.pulled),
    movements_compared: Number(run.compared),
    results_changed: Number(run.changed),
    totals: run.totals,
    last_error: run.lastError,
    requested_by: run.requestedBy,
    scheduled_for: run.scheduledFor?.toISOString() ?? null,
    created_at: run.createdAt.toISOString(),
    finished_at: run.finishedAt?.toISOString() ?? null,
  };
}

/** A movement with both sides, as the API tells it. */
export function presentDifference(item: ReconciliationItem) {
  return {
    id: Number(item.id),
    object: 'reconciliation_difference' as const,
    gateway: item.gateway,
    kind: item.kind,
    state: item.state,
    gateway_reference: item.movementId,
    payment_id: item.paymentId,
    ours:
      item.ourAmount === null
        ? null
        : {
            id: item.ownId,
            amount: item.ourAmount.toString(),
            fee: item.ourFee?.toString() ?? null,
            currency: item.ourCurrency,
            occurred_at: item.ourTime?.toISOString() ?? null,
          },
    theirs:
      item.recordId === null
        ? null
        : {
            record_id: item.recordId,
            amount: item.theirAmount?.toString() ?? null,
            fee: item.theirFee?.toString() ?? null,
            currency: item.theirCurrency,
            occurred_at: item.theirTime?.toISOString() ?? null,
          },
    unreadable: item.unreadable,
    occurred_at: item.occurredAt.toISOString(),
    state_since: item.stateSince.toISOString(),
    run_id: item.runId,
    assigned_to: item.assignedTo,
    explanation: item.explanation,
    closed_at: item.closedAt?.toISOString() ?? null,
    closed_by: item.closedBy,
    close_reason: item.closeReason,
  };
}
