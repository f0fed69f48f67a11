import type { Mutant } from './mutant.ts';

/** Faults with which a webhook is lost, or has its effect twice. */
export const INBOX_MUTANTS: readonly Mutant[] = [
  {
    name: 'a webhook is acknowledged before it is committed',
    faults: ['database-cut-off'],
    patches: [
      {
        file: 'src/webhooks/inbound/receive.ts',
        find: 'await deps.inbox.store({ gateway: name, eventId, eventType, requestId, body: rawBody });',
        replace:
          'void deps.inbox.store({ gateway: name, eventId, eventType, requestId, body: rawBody }).catch(() => undefined);',
      },
    ],
  },
  {
    name: 'a webhook that comes twice is two webhooks',
    faults: ['webhooks-odd'],
    patches: [
      {
        file: 'src/webhooks/inbound/receive.ts',
        find: 'await deps.inbox.store({ gateway: name, eventId, eventType,',
        replace:
          'await deps.inbox.store({ gateway: name, eventId: eventId + crypto.randomUUID(), eventType,',
      },
    ],
  },
  {
    name: 'without a signal nobody looks into the inbox',
    faults: ['redis-forgets'],
    patches: [
      {
        file: 'src/database/receipts.ts',
        find: "return claim(db, 'receipts_sweep', { leaseMs, except }, (sql) => sql`true`, limit);",
        replace:
          "return claim(db, 'receipts_sweep', { leaseMs, except }, (sql) => sql`false`, limit);",
      },
    ],
  },
  {
    name: 'a webhook is done with before it is applied',
    faults: ['killed-at-inbox'],
    story: 'straight',
    patches: [
      {
        file: 'src/webhooks/inbound/process.ts',
        find: "await deps.failPoints.reach('webhook.claimed');",
        replace:
          "await finishReceipt(deps.db, receipt, 'processed');\n    await deps.failPoints.reach('webhook.claimed');",
      },
      {
        file: 'src/database/commit.ts',
        find: '${receipt ? sql`AND EXISTS (${ownedReceipt(sql, receipt)})` : sql``}',
        replace: '',
      },
    ],
  },
  {
    name: 'a webhook that fails once is given up',
    faults: ['gateways-unreadable'],
    patches: [
      {
        file: 'src/webhooks/inbound/process.ts',
        find: "const next = receipt.tries > deps.maxRetries ? 'dead' : 'retry';",
        replace: "const next = receipt.tries > 0 ? 'dead' : 'retry';",
      },
    ],
  },
  {
    name: 'nobody takes over the webhooks of a killed worker',
    faults: ['killed-at-inbox'],
    patches: [
      {
        file: 'src/database/receipts.ts',
        find: 'due_at IS NOT NULL AND due_at <= now() AND (lease_until IS NULL OR lease_until <= now())',
        replace: 'due_at IS NOT NULL AND due_at <= now() AND lease_until IS NULL',
      },
    ],
  },
];
