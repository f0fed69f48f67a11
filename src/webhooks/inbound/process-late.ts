import { finishReceipt, type ClaimedReceipt } from '../../database/receipts.ts';
import type { Payment } from '../../domain/payment.ts';
import type { PaymentReport } from '../../domain/report.ts';
import type { Gateway, GatewayEventSubject } from '../../gateways/gateway.ts';
import type { PaymentDependencies } from '../../payments/dependencies.ts';
import { returnLateCharge } from '../../payments/return-late-charge.ts';

/** A webhook that is about one payment. */
export type PaymentSubject = Extract<
  GatewayEventSubject,
  { kind: 'payment' | 'refund' | 'change' }
>;

/** A gateway speaks of a payment that was not to be charged there any more. */
export async function applyLate(
  deps: PaymentDependencies,
  gateway: Gateway,
  payment: Payment,
  subject: PaymentSubject,
  receipt: ClaimedReceipt,
): Promise<void> {
  const { requestId } = receipt;
  const report = await reportOf(gateway, subject, requestId);
  if (report && (await returnLateCharge(deps, payment, gateway, report, { receipt, requestId }))) {
    return;
  }
  await finishReceipt(deps.db, receipt, 'processed', { paymentId: payment.id });
}

/** What a webhook says of a payment itself, or the gateway where the webhook only says that something has changed. */
async function reportOf(
  gateway: Gateway,
  subject: PaymentSubject,
  requestId: string,
): Promise<PaymentReport | null> {
  if (subject.kind === 'payment') return subject.report;
  if (subject.kind === 'refund' || subject.gatewayPaymentId === null) return null;
  const found = await gateway.retrievePayment(subject.gatewayPaymentId, { requestId });
  if (found.kind === 'unavailable') {
    throw new Error(`the gateway could not be asked: ${found.error.message}`);
  }
  return found.kind === 'found' ? found.report : null;
}
