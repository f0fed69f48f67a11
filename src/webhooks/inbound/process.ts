import { finishReceipt, postponeReceipt, type ClaimedReceipt } from '../../database/receipts.ts';
import { findPaymentIdOfAttempt } from '../../database/attempts.ts';
import { forgetMethodAtGateway } from '../../database/payment-methods.ts';
import { findPayment, findPaymentAtGateway } from '../../database/payments.ts';
import { isDecidedNotCharged } from '../../domain/decision.ts';
import type { Payment } from '../../domain/payment.ts';
import type { DisputeReport, Reference } from '../../domain/report.ts';
import type { Gateway } from '../../gateways/gateway.ts';
import { applyPaymentReport } from '../../payments/apply-payment-report.ts';
import { applyRefundReport } from '../../payments/apply-refund-report.ts';
import { backoffMs } from '../../payments/backoff.ts';
import type { PaymentDependencies } from '../../payments/dependencies.ts';
import { noticeCaptureDecidedOtherwise } from '../../payments/contradicts-decision.ts';
import { hasLeftObject } from '../../payments/leaving.ts';
import { readFromGateway, syncRefunds } from '../../payments/sync.ts';
import type { WebhookObserver } from './dependencies.ts';
import { applyDispute, nameOfDisputed, readDispute } from './process-dispute.ts';
import { applyLate, type PaymentSubject } from './process-late.ts';

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
  switch (subject.kind) {
    case 'none':
      return ignore(deps, receipt);
    case 'dispute':
      return workOnDispute(deps, gateway, { payment: null, report: subject.report }, receipt);
    case 'dispute_change': {
      const { gatewayDisputeId } = subject;
      const read = await readDispute(deps, gateway, gatewayDisputeId, receipt.requestId);
      return workOnDispute(deps, gateway, read, receipt);
    }
    case 'method_detached':
      return forgetMethod(deps, subject.gatewayMethodId, receipt);
    default:
      return workOn(
        deps,
        gateway,
        identify(subject),
        receipt,
        async (payment) => {
          if (isDecidedNotCharged(payment)) {
            return applyLate(deps, gateway, payment, subject, receipt);
          }
          await apply(deps, gateway, payment, subject, receipt);
          await noticeCaptureDecidedOtherwise(deps, payment);
        },
        (payment) => applyLate(deps, gateway, payment, subject, receipt),
      );
  }
}

/** By what a webhook names its payment. */
interface Named {
  gatewayPaymentId: string | null;
  reference: Reference | null;
}

/**
 * Finds the payment that a webhook is about, and has the webhook applied to it.
 *
 * @param applyLateTo for a payment that has left the gateway, or the object there, since
 */
async function workOn(
  deps: ProcessDependencies,
  gateway: Gateway,
  { gatewayPaymentId, reference }: Named,
  receipt: ClaimedReceipt,
  applyTo: (payment: Payment) => Promise<void>,
  applyLateTo?: (payment: Payment) => Promise<void>,
): Promise<Outcome> {
  const known =
    gatewayPaymentId === null
      ? null
      : await findPaymentAtGateway(deps.db, gateway.name, gatewayPaymentId);
  const payment = known ?? (reference === null ? null : await findReferenced(deps, reference));
  const isThere =
    payment?.gateway === gateway.name &&
    (known !== null || !(await hasLeft(deps, payment, gatewayPaymentId)));
  if (isThere) {
    await applyTo(payment);
    return 'applied';
  }
  if (payment && applyLateTo) {
    await applyLateTo(payment);
    return 'applied';
  }
  // Without our reference it is somebody else's: the account may be used outside Tender.
  if (reference === null) return ignore(deps, receipt);
  return park(deps, receipt, reference.paymentId ?? reference.attemptId);
}

async function hasLeft(
  deps: ProcessDependencies,
  { id }: Payment,
  gatewayPaymentId: string | null,
): Promise<boolean> {
  if (gatewayPaymentId === null) return false;
  return deps.db.run('attempt_find_leaving', (sql) => hasLeftObject(sql, id, gatewayPaymentId));
}

/** A payment that is known already was read before the gateway was asked, so the answer is not older than it. */
async function workOnDispute(
  deps: ProcessDependencies,
  gateway: Gateway,
  { payment, report }: { payment: Payment | null; report: DisputeReport | null },
  receipt: ClaimedReceipt,
): Promise<Outcome> {
  if (report === null) return ignore(deps, receipt);
  const applyTo = async (about: Payment, asked: boolean) => {
    const open = await applyDispute(deps, gateway, about, report, { asked, receipt });
    if (open) await finish(deps, about, receipt);
  };
  if (payment === null) {
    const named = await nameOfDisputed(deps, gateway, report, receipt.requestId);
    return workOn(deps, gateway, named, receipt, (found) => applyTo(found, false));
  }
  await applyTo(payment, true);
  return 'applied';
}

async function forgetMethod(
  deps: ProcessDependencies,
  gatewayMethodId: string,
  receipt: ClaimedReceipt,
): Promise<Outcome> {
  const isKnown = await forgetMethodAtGateway(deps.db, receipt.gateway, gatewayMethodId);
  if (!isKnown) return ignore(deps, receipt);
  await finishReceipt(deps.db, receipt, 'processed');
  return 'applied';
}

/** By what a webhook about one payment names it. */
export function identify(subject: PaymentSubject): Named {
  switch (subject.kind) {
    case 'payment':
      return subject.report;
    case 'change':
      return subject;
    case 'refund': {
      const { gatewayPaymentId, paymentId } = subject.report;
      return {
        gatewayPaymentId,
        reference: paymentId === null ? null : { paymentId, attemptId: null },
      };
    }
  }
}

async function findReferenced(
  deps: ProcessDependencies,
  { paymentId, attemptId }: Reference,
): Promise<Payment | null> {
  const id = paymentId ?? (await findPaymentIdOfAttempt(deps.db, attemptId));
  return id === null ? null : findPayment(deps.db, id);
}

async function apply(
  deps: ProcessDependencies,
  gateway: Gateway,
  payment: Payment,
  subject: PaymentSubject,
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
    case 'change': {
      if (subject.amounts && isKnown(payment, subject.amounts)) {
        const costs = subject.hasFee && payment.feeActual === null;
        return costs ? ask(deps, gateway, payment, receipt) : finish(deps, payment, receipt);
      }
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

/** Whether the amounts that an event tells of are here already. */
function isKnown(payment: Payment, amounts: { captured: bigint; refunded: bigint }): boolean {
  return payment.amountCaptured >= amounts.captured && payment.amountRefunded >= amounts.refunded;
}

async function ignore(deps: ProcessDependencies, receipt: ClaimedReceipt): Promise<Outcome> {
  await finishReceipt(deps.db, receipt, 'ignored');
  return 'ignored';
}

/** It names a payment of ours that is not here: it may still come, after a failover perhaps, so somebody should look. */
async function park(
  deps: ProcessDependencies,
  receipt: ClaimedReceipt,
  id: string,
): Promise<Outcome> {
  const error = `${id} is not here`;
  const ageMs = deps.clock().getTime() - receipt.receivedAt.getTime();
  if (ageMs >= PARKED_MS) {
    await finishReceipt(deps.db, receipt, 'orphaned', { error });
    return 'orphaned';
  }
  const delayMs = Math.min(Math.max(ageMs / 4, SHORTEST_LOOK_MS), LONGEST_LOOK_MS);
  await postponeReceipt(deps.db, receipt, { state: 'parked', delayMs, error });
  return 'parked';
}
