import type { ClaimedReceipt } from '../../database/receipts.ts';
import { findTraceparent } from '../../database/traces.ts';
import type { Tracer } from '../../observability/tracer.ts';
import { webhookAttributes } from './inbox.ts';
import { identify, processWebhook, type ProcessDependencies } from './process.ts';

/**
 * Works one webhook off in the trace of the request that caused it, with a link to the trace in which it came in. A
 * webhook of which no request is known begins a trace.
 */
export async function processWebhookTraced(
  deps: ProcessDependencies,
  tracer: Tracer,
  receipt: ClaimedReceipt,
): Promise<void> {
  // That a trace cannot be found keeps no webhook waiting.
  const parent = await findCause(deps, receipt).catch(() => null);
  const attributes = webhookAttributes(receipt);
  await tracer.begin(
    { name: 'process webhook', kind: 'consumer', attributes },
    { parent, link: receipt.traceparent },
    () => processWebhook(deps, receipt),
  );
}

async function findCause(
  deps: ProcessDependencies,
  receipt: ClaimedReceipt,
): Promise<string | null> {
  const subject = deps.gateways.get(receipt.gateway)?.translateWebhook(receipt.body).subject;
  if (subject?.kind !== 'payment' && subject?.kind !== 'refund' && subject?.kind !== 'change') {
    return null;
  }
  const { gatewayPaymentId, reference } = identify(subject);
  return findTraceparent(deps.db, {
    gateway: receipt.gateway,
    gatewayPaymentId,
    paymentId: reference?.paymentId ?? null,
    attemptId: reference?.attemptId ?? null,
    refundId: subject.kind === 'refund' ? subject.report.refundId : null,
  });
}
