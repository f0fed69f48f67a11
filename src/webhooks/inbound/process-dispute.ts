import { findPaymentIdOfDispute } from '../../database/disputes.ts';
import { findPayment, findPaymentAtGateway } from '../../database/payments.ts';
import type { ClaimedReceipt } from '../../database/receipts.ts';
import { takeDisputeReport } from '../../disputes/apply-dispute-report.ts';
import type { Payment } from '../../domain/payment.ts';
import type { DisputeReport, Reference } from '../../domain/report.ts';
import type { Gateway } from '../../gateways/gateway.ts';
import type { PaymentDependencies } from '../../payments/dependencies.ts';

/** How often a dispute whose payment changes while the gateway answers is asked about again. */
const ROUNDS = 5;

/**
 * What a webhook about a dispute says, with the gateway's word where the webhook tells only that something changed.
 *
 * @returns the payment as it was before the gateway was asked; `null` where the dispute is not known here yet
 */
export async function readDispute(
  deps: PaymentDependencies,
  gateway: Gateway,
  gatewayDisputeId: string,
  requestId: string,
): Promise<{ payment: Payment | null; report: DisputeReport | null }> {
  const id = await findPaymentIdOfDispute(deps.db, gateway.name, gatewayDisputeId);
  const payment = id === null ? null : await findPayment(deps.db, id);
  const found = await gateway.retrieveDispute(gatewayDisputeId, { requestId });
  if (found.kind === 'unavailable') {
    throw new Error(`the gateway could not be asked: ${found.error.message}`);
  }
  if (found.kind === 'found') return { payment, report: found.report };
  if (payment) deps.observer.contradiction(payment, 'the gateway does not know the dispute');
  return { payment, report: null };
}

/**
 * By what a dispute names its payment. Where that is the gateway's id alone and it is not known here, the gateway tells
 * our reference: the dispute may have been raised before the answer to our own call came.
 */
export async function nameOfDisputed(
  deps: PaymentDependencies,
  gateway: Gateway,
  { gatewayPaymentId, reference }: Pick<DisputeReport, 'gatewayPaymentId' | 'reference'>,
  requestId: string,
): Promise<{ gatewayPaymentId: string | null; reference: Reference | null }> {
  const named = { gatewayPaymentId, reference };
  if (gatewayPaymentId === null || reference !== null) return named;
  if (await findPaymentAtGateway(deps.db, gateway.name, gatewayPaymentId)) return named;
  const found = await gateway.retrievePayment(gatewayPaymentId, { requestId });
  if (found.kind === 'unavailable') {
    throw new Error(`the gateway could not be asked: ${found.error.message}`);
  }
  return found.kind === 'found' ? { ...named, reference: found.report.reference } : named;
}

/**
 * Applies a report of a dispute, and asks the gateway where it cannot tell where the dispute stands.
 *
 * @param asked whether the report answers a question that was asked when the payment stood as it is given here
 * @returns whether the webhook is still to be finished: the report has not done it
 */
export async function applyDispute(
  deps: PaymentDependencies,
  gateway: Gateway,
  payment: Payment,
  report: DisputeReport,
  { asked, receipt }: { asked: boolean; receipt: ClaimedReceipt },
): Promise<boolean> {
  let told = { payment, report, asked };
  for (let round = 0; round < ROUNDS; round += 1) {
    const effect = await takeDisputeReport(deps, told.payment, told.report, {
      asked: told.asked,
      receipt,
    });
    if (effect !== 'ask') return effect === 'unchanged';
    const start = (await findPayment(deps.db, payment.id)) ?? payment;
    const { gatewayDisputeId } = report;
    const read = await readDispute(deps, gateway, gatewayDisputeId, receipt.requestId);
    if (read.report === null) return true;
    told = { payment: read.payment ?? start, report: read.report, asked: true };
  }
  throw new Error('the payment keeps changing while its dispute is read');
}
