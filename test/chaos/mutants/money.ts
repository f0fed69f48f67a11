import type { Mutant } from './mutant.ts';

/** Faults with which somebody is charged or refunded twice, or is told something that is not so. */
export const MONEY_MUTANTS: readonly Mutant[] = [
  {
    name: 'a fresh key for every call about a payment',
    fault: 'gateway-fails',
    patches: [
      {
        file: 'src/payments/ask-gateway.ts',
        find: 'const call = { idempotencyKey: attempt.gatewayKey, requestId };',
        replace: 'const call = { idempotencyKey: crypto.randomUUID(), requestId };',
      },
    ],
  },
  {
    name: 'a fresh key for every call about a refund',
    fault: 'refund-answers-lost',
    patches: [
      {
        file: 'src/payments/perform-refund.ts',
        find: '{ idempotencyKey: refund.gatewayKey, requestId }',
        replace: '{ idempotencyKey: crypto.randomUUID(), requestId }',
      },
    ],
  },
  {
    name: "the caller's key is not looked at",
    fault: 'link-broken',
    patches: [
      {
        file: 'src/http/plugins/idempotency.ts',
        find: 'request.idempotency = { scope, key,',
        replace: 'request.idempotency = { scope, key: key + crypto.randomUUID(),',
      },
    ],
  },
  {
    name: 'refunds reserve nothing',
    fault: 'refund-answers-lost',
    patches: [
      {
        file: 'src/database/begin.ts',
        find: 'AND amount_refunded + amount_refund_pending + amount_disputed + amount_disputed_lost + ${r.amount}::bigint\n               <= amount_captured',
        replace: 'AND ${r.amount}::bigint <= amount_captured',
      },
    ],
  },
  {
    name: "a refund's reservation is released although nobody knows what became of it",
    fault: 'refund-answers-lost',
    patches: [
      {
        file: 'src/payments/perform-refund.ts',
        find: "case 'unknown':\n      return refunded;",
        replace: "case 'unknown':\n      return fail(refunded, outcome.error.code, now);",
      },
    ],
  },
  {
    name: 'a timeout counts as a refusal, after which another gateway may be asked',
    fault: 'gateway-fails',
    patches: [
      {
        file: 'src/payments/perform-attempt.ts',
        find: 'return askGateway(gateway, payment, attempt, requestId);',
        replace:
          "const told = await askGateway(gateway, payment, attempt, requestId);\n  return told.kind === 'unknown' ? { kind: 'refused', error: told.error, report: null } : told;",
      },
    ],
  },
  {
    name: 'a decline is concluded from a timeout',
    fault: 'gateway-fails',
    patches: [
      {
        file: 'src/payments/perform-attempt.ts',
        find: 'return askGateway(gateway, payment, attempt, requestId);',
        replace:
          "const told = await askGateway(gateway, payment, attempt, requestId);\n  return told.kind === 'unknown'\n    ? { kind: 'declined', decline: { code: 'card_declined', gatewayCode: 'timeout', message: 'timeout' }, report: null }\n    : told;",
      },
    ],
  },
  {
    name: 'a connection that was lost counts as a request that was never sent',
    fault: 'gateway-fails',
    patches: [
      {
        file: 'src/gateways/transport.ts',
        find: "this.#settle(this.#sent ? { kind: 'no_answer', code, message } : notSent(code, message));",
        replace: 'this.#settle(notSent(code, message));',
      },
    ],
  },
  {
    name: 'what the gateway does not show at once was not done',
    fault: 'gateway-fails',
    patches: [
      {
        file: 'src/payments/resolve-attempt.ts',
        find: "return repeated ?? stillUnknown(reading, 'The gateway does not show what became of the call.');",
        replace: 'return forgotten();',
      },
    ],
  },
  {
    name: 'the caller is answered although the outcome was not committed',
    fault: 'postgres-down',
    patches: [
      {
        file: 'src/payments/perform-attempt.ts',
        find: "  await deps.failPoints.reach('payment.committed');",
        replace:
          "  if (answered) return answered;\n  await deps.failPoints.reach('payment.committed');",
      },
      {
        file: 'src/payments/perform-attempt.ts',
        find: 'if (change === null) return false;\n  tell(deps, change);\n  report(',
        replace: 'if (change === null) return false;\n  report(',
      },
      {
        file: 'src/payments/perform-attempt.ts',
        find: 'const change = await commitChange<DescribedChange>(deps.db, payment, (current, { fresh }) => {',
        replace:
          'const change = await ((db, start, compute) => commitChange(db, start, compute).catch(() => null))(deps.db, payment, (current, { fresh }) => {',
      },
    ],
  },
  {
    name: 'the answer is not kept under its key',
    fault: 'killed',
    patches: [
      {
        file: 'src/payments/perform-attempt.ts',
        find: "return result.kind === 'unavailable' || result.kind === 'left' ? null : answer;",
        replace: "return result.kind !== 'declined' ? null : answer;",
      },
    ],
  },
  {
    name: 'a key is free again while its first request is still worked on',
    fault: 'gateway-fails',
    patches: [
      {
        file: 'src/payments/idempotent-request.ts',
        find: 'if (known.leased || !(await takeOverKey(',
        replace: 'if (!(await takeOverKey(',
      },
      {
        file: 'src/database/idempotency.ts',
        find: 'AND status IS NULL AND lease_until <= now()',
        replace: 'AND status IS NULL',
      },
    ],
  },
];
