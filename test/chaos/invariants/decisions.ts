import { TOO_EARLY } from '../load/operator.ts';
import type { Evidence } from './evidence.ts';
import type { Violation } from './violation.ts';

/** Operators decide only what no gateway can tell, it stands in the audit log, and nobody can have altered that. */
export function checkDecisions({ calls, decisions, audit, payments }: Evidence): Violation[] {
  const violations: Violation[] = [];
  const report = (what: string, paymentId: string | null = null) =>
    violations.push({
      invariant: 'decision wrong',
      what,
      paymentId,
      purchase: payments.find(({ id }) => id === paymentId)?.orderId ?? null,
    });
  for (const { kind, from, to } of audit.findings) report(`audit log: ${kind} ${from} to ${to}`);
  if (audit.unsealed > 0n) report(`audit log: ${audit.unsealed} entries are not sealed`);
  for (const { id, paymentId, entries } of decisions) {
    if (entries !== 1) report(`${id} stands ${entries} times in the audit log`, paymentId);
  }
  for (const { path, body, answer, purchase } of calls) {
    if (!path.endsWith('/resolve') || answer?.status !== 200) continue;
    const payment = payments.find(({ orderId }) => orderId === purchase);
    if (JSON.stringify(body).includes(TOO_EARLY)) {
      report('decided although the gateway could still tell', payment?.id);
    }
    if (payment?.status !== 'failed') {
      report(`decided that nothing was charged, and it is ${payment?.status}`, payment?.id);
    }
  }
  return violations;
}
