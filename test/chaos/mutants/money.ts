import type { Mutant } from './mutant.ts';

/** Faults with which somebody is charged or refunded twice, or is told something that is not so. */
export const MONEY_MUTANTS: readonly Mutant[] = [
  {
    name: 'a fresh key for every call about a payment',
    faults: ['gateway-fails'],
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
    faults: ['refund-answers-lost'],
    story: 'refunded',
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
    faults: ['link-broken'],
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
    faults: ['refund-answers-lost'],
    story: 'refunded',
    patches: [
      {
        file: 'src/database/begin.ts',
        find: 'AND amount_refunded + amount_refund_pending + amount_disputed + amount_disputed_lost + ${r.amount}::bigint\n               <= amount_captured',
        replace: 'AND ${r.amount}::bigint <= amount_captured',
      },
      {
        file: 'src/payments/refund.ts',
        find: 'if (amount <= left && amount > 0n) {',
        replace: 'if (amount <= payment.amountCaptured && amount > 0n) {',
      },
    ],
  },
  {
    name: "a refund's reservation is released although nobody knows what became of it",
    faults: ['refund-answers-lost'],
    story: 'refunded',
    patches: [
      {
        file: 'src/payments/perform-refund.ts',
        find: "case 'unknown':\n      return refunded;",
        replace: "case 'unknown':\n      return fail(refunded, outcome.error.code, context);",
      },
    ],
  },
  {
    name: 'a timeout counts as a refusal, after which another gateway may be asked',
    faults: ['gateway-fails', 'webhooks-late'],
    story: 'straight',
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
    faults: ['gateway-fails'],
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
    faults: ['gateway-fails', 'webhooks-late'],
    story: 'straight',
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
    faults: ['gateway-fails', 'gateways-unreadable', 'webhooks-late'],
    story: 'straight',
    patches: [
      {
        file: 'src/payments/resolve-attempt.ts',
        find: "return repeated ?? stillUnknown(reading, 'The gateway does not show what became of the call.');",
        replace: 'return forgotten(payment);',
      },
      {
        file: 'src/payments/resolve-attempt.ts',
        find: 'if (mayRepeat(gateway, ageMs)) {',
        replace: 'if (mayRepeat(gateway, ageMs) && ageMs < 0) {',
      },
    ],
  },
  {
    name: 'the answer is not kept under its key',
    faults: ['killed'],
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
    faults: ['gateways-slow'],
    story: 'the same request twice at once',
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
  {
    name: 'a refund is not posted',
    faults: ['refund-answers-lost'],
    story: 'refunded',
    patches: [
      {
        file: 'src/database/commit.ts',
        find: 'const postings = [...postingsOf(before, p),',
        replace:
          "const postings = [...postingsOf(before, p).filter(({ cause }) => cause !== 'refund'),",
      },
    ],
  },
  {
    name: 'a fee is posted twice',
    faults: ['webhooks-odd'],
    patches: [
      {
        file: 'src/database/commit.ts',
        find: 'const postings = [...postingsOf(before, p),',
        replace:
          "const postings = [...postingsOf(before, p).flatMap((each) => (each.cause.startsWith('fee_') ? [each, each] : [each])),",
      },
    ],
  },
];
