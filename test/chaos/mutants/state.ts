import type { Mutant } from './mutant.ts';

/** Faults with which the two sides come to differ, or something is left half done. */
export const STATE_MUTANTS: readonly Mutant[] = [
  {
    name: 'a late event takes a payment back',
    faults: ['webhooks-odd'],
    story: 'held',
    patches: [
      {
        file: 'src/domain/apply-report.ts',
        find: 'if (told < stored) return stale(payment, status, fresh);',
        replace:
          "if (told < stored) return { kind: 'changed', payment: withReport(payment, report, now) };",
      },
    ],
  },
  {
    name: 'changes overwrite each other',
    faults: ['webhooks-odd'],
    patches: [
      {
        file: 'src/database/commit.ts',
        find: 'WHERE id = ${p.id} AND version = ${p.version}',
        replace: 'WHERE id = ${p.id}',
      },
    ],
  },
  {
    name: 'a refund is known by the id of its gateway alone',
    faults: ['refund-answers-lost'],
    story: 'refunded',
    patches: [
      {
        file: 'src/database/refunds.ts',
        find: '(id = ${report.refundId} OR gateway_refund_id = ${report.gatewayRefundId})',
        replace: 'gateway_refund_id = ${report.gatewayRefundId}',
      },
    ],
  },
  {
    name: 'what is unknown is not asked about again',
    faults: ['gateway-fails'],
    patches: [
      {
        file: 'src/payments/perform-attempt.ts',
        find: "askAgainInMs: conclusion.outcome === 'unknown' ? askAgainInMs : null,",
        replace: 'askAgainInMs: null,',
      },
    ],
  },
  {
    name: 'an unknown refund is not asked about again',
    faults: ['refund-answers-lost'],
    story: 'refunded',
    patches: [
      {
        file: 'src/payments/perform-refund.ts',
        find: 'askAgainInMs: unknown ? askAgainInMs : pendingLook(settled.refund),',
        replace: 'askAgainInMs: unknown ? null : pendingLook(settled.refund),',
      },
    ],
  },
  {
    name: 'nobody takes over what a killed worker had claimed',
    faults: ['killed-at-attempt', 'gateway-fails'],
    patches: [
      {
        file: 'src/database/due-work.ts',
        find: 'WHERE gateway = lane.gateway AND due_at <= now() AND (lease_until IS NULL OR lease_until <= now())',
        replace: 'WHERE gateway = lane.gateway AND due_at <= now() AND lease_until IS NULL',
      },
    ],
  },
  {
    name: 'nobody takes over the request of a killed handler',
    faults: ['killed-at-step'],
    patches: [
      {
        file: 'src/payments/idempotent-request.ts',
        find: 'if (known.leased || !(await takeOverKey(',
        replace: 'if (!known.leased || !(await takeOverKey(',
      },
    ],
  },
  {
    name: 'a lost answer takes an authorization back',
    faults: ['gateways-slow'],
    story: 'held',
    patches: [
      {
        file: 'src/domain/conclude.ts',
        find: "(takesMoney(attempt) && payment.status === 'requires_capture')",
        replace: 'false',
      },
    ],
  },
  {
    name: 'a payment that leaves its gateway is canceled by the webhook that tells of it',
    faults: ['gateways-slow'],
    story: 'moved to another gateway',
    patches: [
      {
        file: 'src/payments/leaving.ts',
        find: "if (report.status !== 'canceled' || payment.pendingAttemptId === null) return false;",
        replace: 'if (payment.id !== null) return false;',
      },
    ],
  },
  {
    name: 'an operator decides although the gateway could still tell',
    faults: ['gateways-slow'],
    story: 'decided by operators',
    patches: [
      {
        file: 'src/payments/last-question.ts',
        find: 'if (openMs >= 0) {',
        replace: 'if (openMs >= 0 && !gateway) {',
      },
      {
        file: 'src/payments/last-question.ts',
        find: 'if (outcome.error.code === CANNOT_TELL)',
        replace: 'if (outcome.error.code !== null)',
      },
    ],
  },
  {
    name: 'a decision leaves no trace in the audit log',
    faults: ['killed'],
    story: 'decided by operators',
    patches: [
      {
        file: 'src/admin/change.ts',
        find: "await insertAuditEntry(sql, { ...by, ...entry, result: 'done', reason: null });",
        replace: 'await Promise.resolve(entry);',
      },
    ],
  },
  {
    name: 'work is due by the clock of whoever plans it',
    faults: ['clock-off'],
    story: 'approved and not paid',
    patches: [
      {
        file: 'src/database/commit.ts',
        find: "due_at = now() + ${change.lookAgainInMs}::float8 * interval '1 ms', tries = 0",
        replace:
          'due_at = ${change.lookAgainInMs === null ? null : new Date(Date.now() + change.lookAgainInMs).toISOString()}::timestamptz, tries = 0',
      },
    ],
  },
];
