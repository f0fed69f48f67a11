import { commitChange, type ReceiptChange } from '../database/commit.ts';
import { eventExists } from '../database/events.ts';
import { isDecidedNotCharged } from '../domain/decision.ts';
import type { Payment } from '../domain/payment.ts';
import { lateChargePostings } from '../domain/posting.ts';
import type { PaymentReport, RefundReport } from '../domain/report.ts';
import type { Gateway, GatewayOutcome } from '../gateways/gateway.ts';
import { derivedId } from '../ids.ts';
import type { PaymentDependencies } from './dependencies.ts';
import { describeChange, paymentEvent, tell } from './describe-change.ts';
import { deriveGatewayKey } from './gateway-key.ts';

/**
 * Gives back what a gateway took for a payment that was never to be charged there any more: it had refused, and the
 * payment had gone on to another one, or an operator had decided that nothing was charged. What it holds is released,
 * what it took is refunded, and somebody is told.
 *
 * Whatever told of it is the work to do: a webhook is finished only with the event that says that the money went back,
 * and tried again until then. The keys follow from the gateway's object alone, so that no repetition refunds twice.
 *
 * @param receipt the webhook that told of it, if one did
 * @returns whether money went back, and the webhook was finished; neither where nothing was held or taken
 * @throws where the money could not be given back yet
 */
export async function returnLateCharge(
  deps: PaymentDependencies,
  payment: Payment,
  gateway: Gateway,
  report: PaymentReport,
  { receipt, requestId }: { receipt?: ReceiptChange | undefined; requestId: string },
): Promise<boolean> {
  if (report.amountCaptured === 0n && report.amountCapturable === 0n) return false;
  const { gatewayPaymentId } = report;
  let returned = 0n;
  if (report.amountCaptured > 0n) {
    const refunds = await refundsOf(gateway, gatewayPaymentId, requestId);
    const refundId = derivedId('ref', await keyFor(deps, gateway, gatewayPaymentId, 'refund'));
    // One that was made before, and whose answer was lost, may be neither told nor posted yet.
    const made = refunds.find((each) => each.refundId === refundId);
    if (made) returned = made.amount;
    else {
      const left = report.amountCaptured - refunds.reduce((sum, { amount }) => sum + amount, 0n);
      if (left <= 0n) return false;
      alert(deps, payment, gateway, report);
      await refund(deps, payment, gateway, { gatewayPaymentId, amount: left }, requestId);
      returned = left;
    }
  } else {
    alert(deps, payment, gateway, report);
    const idempotencyKey = await keyFor(deps, gateway, gatewayPaymentId, 'cancel');
    const call = { idempotencyKey, requestId };
    expectDone(await gateway.cancelPayment({ gatewayPaymentId, reason: 'duplicate' }, call));
  }
  const eventId = derivedId('evt', await keyFor(deps, gateway, gatewayPaymentId, 'event'));
  const change = await commitChange(deps.db, payment, async (current, { sql }) => {
    const unchanged = { ...describeChange(deps, current, current), receipt };
    // Several webhooks tell of one charge, perhaps at once: it goes back once, and is told and posted once.
    if (await eventExists(sql, eventId)) return unchanged;
    return {
      ...unchanged,
      events: [{ ...paymentEvent('payment.late_charge_returned', current), id: eventId }],
      postings: returned > 0n ? lateChargePostings(gateway.name, returned, payment.currency) : [],
    };
  });
  if (change) tell(deps, change);
  return true;
}

function alert(
  deps: PaymentDependencies,
  payment: Payment,
  { name }: Gateway,
  { gatewayPaymentId, amountCaptured, amountCapturable }: PaymentReport,
): void {
  const what = amountCaptured > 0n ? `took ${amountCaptured}` : `holds ${amountCapturable}`;
  const why = isDecidedNotCharged(payment)
    ? 'although an operator had decided that nothing was charged'
    : `after it had refused, and the payment had gone on to ${payment.gateway}`;
  deps.observer.contradiction(
    payment,
    `${name} ${what} ${payment.currency} (minor units) as ${gatewayPaymentId} ${why}; it is given back`,
  );
}

async function refundsOf(
  gateway: Gateway,
  gatewayPaymentId: string,
  requestId: string,
): Promise<RefundReport[]> {
  const listed = await gateway.listRefunds(gatewayPaymentId, { requestId });
  if (listed.kind !== 'found') throw new Error(`${gateway.name} does not show the refunds`);
  return listed.report.filter(({ status }) => status !== 'failed');
}

async function refund(
  deps: PaymentDependencies,
  payment: Payment,
  gateway: Gateway,
  { gatewayPaymentId, amount }: { gatewayPaymentId: string; amount: bigint },
  requestId: string,
): Promise<void> {
  const idempotencyKey = await keyFor(deps, gateway, gatewayPaymentId, 'refund');
  const outcome = await gateway.createRefund(
    {
      gatewayPaymentId,
      amount,
      currency: payment.currency,
      reason: 'duplicate',
      paymentId: payment.id,
      refundId: derivedId('ref', idempotencyKey),
    },
    { idempotencyKey, requestId },
  );
  expectDone(outcome);
}

async function keyFor(
  deps: PaymentDependencies,
  { name }: Gateway,
  gatewayPaymentId: string,
  operation: string,
): Promise<string> {
  const key = { scope: 'tender/late-charge', key: `${name}/${gatewayPaymentId}` };
  return deriveGatewayKey(await deps.deploymentId(), key, operation, 1);
}

function expectDone(outcome: GatewayOutcome<unknown>): void {
  if (outcome.kind === 'succeeded') return;
  const why = 'error' in outcome ? outcome.error.message : outcome.kind;
  throw new Error(`what was taken too late could not be given back yet: ${why}`);
}
