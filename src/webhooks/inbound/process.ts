import { finishReceipt, postponeReceipt, type ClaimedReceipt } from '../../database/receipts.ts';
import { findPayment, findPaymentAtGateway } from '../../database/payments.ts';
import type { Payment } from '../../domain/payment.ts';
import type { Gateway, GatewayEventSubject } from '../../gateways/gateway.ts';
import { applyPaymentReport } from '../../payments/apply-payment-report.ts';
import { applyRefundReport } from '../../payments/apply-refund-report.ts';
import { backoffMs } from '../../payments/backoff.ts';
import type { PaymentDependencies } from '../../payments/dependencies.ts';
import { readFromGateway, syncRefunds } from '../../payments/sync.ts';
import type { WebhookObserver } from './dependencies.ts';

export interface ProcessDependencies extends PaymentDependencies {
  webhookObserver: Pick<WebhookObserver, 'worked' | 'failed'>;
  /** How often a webhook is tried before it is buried, visible and replayable. */
  maxRetries: number;
}

/** How long a webhook waits for the payment that it speaks of, in milliseconds. */
const PARKED_MS = 24 * 3_600_000;
/** How long it waits between two looks, in milliseconds. */
const SHORTEST_LOOK_MS = 1_000;
const LONGEST_LOOK_MS = 15 * 60_000;

type Outcome = 'applied' | 'ignored' | 'parked' | 'orphaned';

/** Works one webhook off: applied, ignored, parked, or tried again later. Never rejects for a reason of the webhook's. */
export async function processWebhook(
  deps: ProcessDependencies,
  receipt: ClaimedReceipt,
): Promise<void> {
  const { gateway, eventId, eventType, requestId } = receipt;
  const startedAt = performance.now();
  const waitedMs = Math.max(0, deps.clock().getTime() - receipt.receivedAt.getTime());
  try {
    await deps.failPoints.reach('webhook.claimed');
    const outcome = await work(deps, receipt);
    await deps.failPoints.reach('webhook.applied');
    const durationMs = performance.now() - startedAt;
    deps.webhookObserver.worked({
      gateway,
      eventId,
      eventType,
      requestId,
      outcome,
      durationMs,
      waitedMs,
    });
  } catch (error) {
    await fail(deps, receipt, error);
  }
}

async function fail(
  deps: ProcessDependencies,
  receipt: ClaimedReceipt,
  error: unknown,
): Promise<void> {
  const { gateway, eventId, eventType, requestId } = receipt;
  const message = error instanceof Error ? error.message : String(error);
  const next = receipt.tries > deps.maxRetries ? 'dead' : 'retry';
  if (next === 'dead') await finishReceipt(deps.db, receipt, 'dead', { error: message });
  else {
    const delayMs = Math.min(backoffMs(receipt.tries), LONGEST_LOOK_MS);
    await postponeReceipt(deps.db, receipt, { state: 'pending', delayMs, error: message });
  }
  deps.webhookObserver.failed({ gateway, eventId, eventType, requestId, next, error });
}

async function work(deps: ProcessDependencies, receipt: ClaimedReceipt): Promise<Outcome> {
  const gateway = deps.gateways.get(receipt.gateway);
  if (!gateway) throw new Error(`${receipt.gateway} is not configured here`);
  const { subject } = gateway.translateWebhook(receipt.body);
  if (subject.kind === 'none') return ignore(deps, receipt);

  const { gatewayPaymentId, paymentId } = identify(subject);
  const payment =
    (await findPaymentAtGateway(deps.db, gateway.name, gatewayPaymentId)) ??
    (paymentId === null ? null : await findPayment(deps.db, paymentId));
  if (payment && payment.gateway === gateway.name) {
    await apply(deps, gateway, payment, subject, receipt);
    return 'applied';
  }
  // Without our reference it is somebody else's: the account may be used outside Tender.
  return paymentId === null ? ignore(deps, receipt) : park(deps, receipt, paymentId);
}

function identify(subject: Exclude<GatewayEventSubject, { kind: 'none' }>) {
  switch (subject.kind) {
    case 'payment':
      return {
        gatewayPaymentId: subject.report.gatewayPaymentId,
        paymentId: subject.report.reference?.paymentId ?? null,
      };
    case 'refund':
      return {
        gatewayPaymentId: subject.report.gatewayPaymentId,
        paymentId: subject.report.paymentId,
      };
    case 'charge':
      return {
        gatewayPaymentId: subject.gatewayPaymentId,
        paymentId: subject.reference?.paymentId ?? null,
      };
  }
}

async function apply(
  deps: ProcessDependencies,
  gateway: Gateway,
  payment: Payment,
  subject: Exclude<GatewayEventSubject, { kind: 'none' }>,
  receipt: ClaimedReceipt,
): Promise<void> {
  const { requestId } = receipt;
  switch (subject.kind) {
    case 'payment': {
      const effect = await applyPaymentReport(deps, payment, subject.report, receipt);
      if (effect === 'ask') return ask(deps, gateway, payment, receipt);
      return effect === 'unchanged' ? finish(deps, payment, receipt) : undefined;
    }
    case 'refund': {
      const effect = await applyRefundReport(deps, payment, subject.report, receipt);
      return effect === 'unchanged' ? finish(deps, payment, receipt) : undefined;
    }
    case 'charge': {
      if (isKnown(payment, subject)) return finish(deps, payment, receipt);
      const problem = await syncRefunds(deps, gateway, payment, requestId);
      if (problem) throw new Error(`the gateway could not be asked: ${problem.message}`);
      return ask(deps, gateway, payment, receipt);
    }
  }
}

function finish(
  deps: ProcessDependencies,
  payment: Payment,
  receipt: ClaimedReceipt,
): Promise<void> {
  return finishReceipt(deps.db, receipt, 'processed', { paymentId: payment.id });
}

/** The webhook does not tell where the payment stands; the gateway does. */
async function ask(
  deps: ProcessDependencies,
  gateway: Gateway,
  payment: Payment,
  receipt: ClaimedReceipt,
): Promise<void> {
  if (payment.gatewayPaymentId === null) {
    throw new Error('the payment is not known at the gateway yet; its attempt decides');
  }
  const read = await readFromGateway(deps, gateway, payment, receipt.requestId, receipt);
  if (read.kind === 'unavailable') {
    throw new Error(`the gateway could not be asked: ${read.error.message}`);
  }
  await finish(deps, payment, receipt);
}

/** Whether the amounts that a charge tells of are here already. */
function isKnown(
  payment: Payment,
  charge: { amountCaptured: bigint; amountRefunded: bigint },
): boolean {
  return (
    payment.amountCaptured >= charge.amountCaptured &&
    payment.amountRefunded >= charge.amountRefunded
  );
}

async function ignore(deps: ProcessDependencies, receipt: ClaimedReceipt): Promise<Outcome> {
  await finishReceipt(deps.db, receipt, 'ignored');
  return 'ignored';
}

/** It names a payment of ours that is not here: it may still come, after a failover perhaps, so somebody should look. */
async function park(
  deps: ProcessDependencies,
  receipt: ClaimedReceipt,
  paymentId: string,
): Promise<Outcome> {
  const error = `payment ${paymentId} is not here`;
  const ageMs = deps.clock().getTime() - receipt.receivedAt.getTime();
  if (ageMs >= PARKED_MS) {
    await finishReceipt(deps.db, receipt, 'orphaned', { error });
    return 'orphaned';
  }
  const delayMs = Math.min(Math.max(ageMs / 4, SHORTEST_LOOK_MS), LONGEST_LOOK_MS);
  await postponeReceipt(deps.db, receipt, { state: 'parked', delayMs, error });
  return 'parked';
}
