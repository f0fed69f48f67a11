import { commitChange, type ReceiptChange } from '../database/commit.ts';
import { findPayment } from '../database/payments.ts';
import { applyReport, withoutGatewayObject } from '../domain/apply-report.ts';
import type { GatewayError } from '../domain/outcome.ts';
import type { Payment } from '../domain/payment.ts';
import type { PaymentReport } from '../domain/report.ts';
import type { Gateway } from '../gateways/gateway.ts';
import { applyRefundReport } from './apply-refund-report.ts';
import type { PaymentDependencies } from './dependencies.ts';
import { describeChange, tell, type DescribedChange } from './describe-change.ts';
import { endsOnlyItsObject } from './leaving.ts';
import { reject, type Rejection } from './result.ts';

/** How often a payment that changes while the gateway answers is asked about again. */
const ROUNDS = 5;

export type SyncResult =
  | { kind: 'synced'; payment: Payment }
  | { kind: 'unavailable'; payment: Payment; error: GatewayError }
  | Rejection;

/** Reads a payment and its refunds from the gateway and takes over what has changed. It moves no money. */
export async function syncPayment(
  deps: PaymentDependencies,
  paymentId: string,
  requestId: string,
): Promise<SyncResult> {
  const payment = await findPayment(deps.db, paymentId);
  if (!payment) return reject('payment_not_found', `There is no payment ${paymentId}.`);
  // Nothing to read yet: what is pending is resolved by its own key.
  if (payment.gatewayPaymentId === null) return { kind: 'synced', payment };
  const gateway = deps.gateways.get(payment.gateway);
  if (!gateway) {
    return reject('gateway_not_configured', `${payment.gateway} is not configured any more.`);
  }
  const read = await readFromGateway(deps, gateway, payment, requestId);
  if (read.kind !== 'read') return read;
  const refunds = await syncRefunds(deps, gateway, read.payment, requestId);
  if (refunds) return { kind: 'unavailable', payment: read.payment, error: refunds };
  return { kind: 'synced', payment: (await findPayment(deps.db, paymentId)) ?? read.payment };
}

/**
 * Asks the gateway where a payment stands and applies the answer, provided that the payment has not changed in
 * between: otherwise the answer may be the older of the two, and the gateway is asked again.
 *
 * @param receipt the webhook that is done with once the answer is applied
 */
export async function readFromGateway(
  deps: PaymentDependencies,
  gateway: Gateway,
  start: Payment,
  requestId: string,
  receipt?: ReceiptChange,
): Promise<
  | { kind: 'read'; payment: Payment }
  | { kind: 'unavailable'; payment: Payment; error: GatewayError }
> {
  let payment = start;
  for (let round = 0; round < ROUNDS && payment.gatewayPaymentId !== null; round += 1) {
    const found = await gateway.retrievePayment(payment.gatewayPaymentId, { requestId });
    if (found.kind === 'unavailable') return { kind: 'unavailable', payment, error: found.error };
    if (found.kind === 'gone') {
      const left = await leaveGatewayObject(deps, payment, receipt);
      if (left) return { kind: 'read', payment: left };
      payment = (await findPayment(deps.db, payment.id)) ?? payment;
      continue;
    }
    if (found.kind === 'not_found') {
      deps.observer.contradiction(payment, 'the gateway does not know the payment any more');
      return { kind: 'read', payment };
    }
    const applied = await applyFresh(deps, payment, found.report, receipt);
    if (applied) return { kind: 'read', payment: applied };
    payment = (await findPayment(deps.db, payment.id)) ?? payment;
  }
  return { kind: 'read', payment };
}

/** @returns `null` where the payment has changed since the question was asked */
async function leaveGatewayObject(
  deps: PaymentDependencies,
  start: Payment,
  receipt: ReceiptChange | undefined,
): Promise<Payment | null> {
  let as: Payment | null = null;
  const change = await commitChange<DescribedChange>(deps.db, start, (payment, { fresh }) => {
    as = null;
    if (!fresh || payment.pendingAttemptId !== null) return null;
    as = payment;
    const left = withoutGatewayObject(payment, deps.clock());
    if (left === null)
      deps.observer.contradiction(payment, 'the gateway has forgotten the payment');
    return left && { ...describeChange(deps, payment, left), receipt };
  });
  if (change === null) return as;
  tell(deps, change);
  return { ...change.payment, version: change.payment.version + 1 };
}

/** @returns `null` where the payment has changed since the question was asked */
async function applyFresh(
  deps: PaymentDependencies,
  start: Payment,
  report: PaymentReport,
  receipt: ReceiptChange | undefined,
): Promise<Payment | null> {
  let as: Payment | null = null;
  const change = await commitChange<DescribedChange>(
    deps.db,
    start,
    async (payment, { fresh, sql }) => {
      as = null;
      if (!fresh) return null;
      as = payment;
      if (await endsOnlyItsObject(sql, payment, report)) return null;
      const applied = applyReport(payment, report, { fresh: true, now: deps.clock() });
      if (applied.kind === 'contradiction') deps.observer.contradiction(payment, applied.detail);
      if (applied.kind !== 'changed') return null;
      return { ...describeChange(deps, payment, applied.payment), receipt };
    },
  );
  if (change === null) return as;
  tell(deps, change);
  return { ...change.payment, version: change.payment.version + 1 };
}

/** @returns why the gateway could not be asked, if it could not */
export async function syncRefunds(
  deps: PaymentDependencies,
  gateway: Gateway,
  payment: Payment,
  requestId: string,
): Promise<GatewayError | null> {
  if (payment.gatewayPaymentId === null) return null;
  const found = await gateway.listRefunds(payment.gatewayPaymentId, { requestId });
  if (found.kind === 'unavailable') return found.error;
  const reports = found.kind === 'found' ? found.report : [];
  for (const report of reports) await applyRefundReport(deps, payment, report);
  return null;
}
