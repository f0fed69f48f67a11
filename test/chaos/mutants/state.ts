import type { Mutant } from './mutant.ts';

/** Faults with which the two sides come to differ, or something is left half done. */
export const STATE_MUTANTS: readonly Mutant[] = [
  {
    name: 'a late event takes a payment back',
    fault: 'webhooks-odd',
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
    fault: 'webhooks-odd',
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
    fault: 'refund-answers-lost',
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
    fault: 'gateway-fails',
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
    fault: 'refund-answers-lost',
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
    fault: 'killed',
    patches: [
      {
        file: 'src/database/due-work.ts',
        find: 'WHERE due_at <= now() AND (lease_until IS NULL OR lease_until <= now())',
        replace: 'WHERE due_at <= now() AND lease_until IS NULL',
      },
    ],
  },
  {
    name: 'nobody takes over the request of a killed handler',
    fault: 'killed-at-step',
    patches: [
      {
        file: 'src/payments/idempotent-request.ts',
        find: 'if (known.leased || !(await takeOverKey(',
        replace: 'if (!known.leased || !(await takeOverKey(',
      },
    ],
  },
];
