import { beginRefund, type Begun, type Lease } from '../database/begin.ts';
import { releaseKey } from '../database/idempotency.ts';
import { findPayment } from '../database/payments.ts';
import { findRefund, type StoredRefund } from '../database/refunds.ts';
import { toDecimal } from '../domain/money.ts';
import { refundableAmount, type Payment } from '../domain/payment.ts';
import type { RefundReason } from '../domain/refund.ts';
import type { Gateway } from '../gateways/gateway.ts';
import { derivedId, newId } from '../ids.ts';
import type { PaymentDependencies } from './dependencies.ts';
import {
  lookUpKey,
  newLease,
  type IdempotentRequest,
  type KnownKey,
} from './idempotent-request.ts';
import { deriveGatewayKey } from './gateway-key.ts';
import { notSupported } from './payer.ts';
import { answerAsItStands, performRefund } from './perform-refund.ts';
import { presentRefund } from './present.ts';
import { findRefundOutcomeAgain } from './resolve-refund.ts';
import { reject, type Answered, type RefundResult, type Rejection, type Replay } from './result.ts';

/** How often a payment that changes under our hands is read again before the caller is told so. */
const ROUNDS = 5;

export interface NewRefund {
  /** Minor units; `null` for all that is left. */
  amount: bigint | null;
  reason: RefundReason | null;
  metadata: Record<string, string>;
}

export type RefundOperationResult = Answered<RefundResult> | Replay | Rejection;

/** Gives a captured payment back, wholly or in part. What was reserved or refunded before counts. */
export async function createRefund(
  deps: PaymentDependencies,
  paymentId: string,
  command: NewRefund,
  request: IdempotentRequest<RefundResult>,
): Promise<RefundOperationResult> {
  let ordinal = 1;
  for (let round = 0; round < ROUNDS + ordinal; round += 1) {
    const known = await lookUpKey(deps, request.key);
    if (known) return goOn(deps, known, request);
    const payment = await findPayment(deps.db, paymentId);
    if (!payment) return reject('payment_not_found', `There is no payment ${paymentId}.`);
    const amount = command.amount ?? refundableAmount(payment);
    const impossible = checkRefund(payment, amount, deps.gateways.get(payment.gateway));
    if (impossible) return impossible;
    const refund = await newRefund(deps, payment, { ...command, amount }, ordinal, request);
    const opened = await openRefund(deps, payment, refund, request, newLease(deps));
    if (typeof opened === 'object') return opened;
    if (opened === 'ids_taken') ordinal += 1;
  }
  return reject(
    'payment_operation_in_progress',
    'The payment keeps changing under this refund. Read the payment, then decide.',
  );
}

/**
 * Why an amount cannot be refunded; `null` where it can, as far as the payment tells. The reservation decides.
 *
 * @param amount minor units
 * @param gateway `undefined` where its credentials are gone, which the call itself will tell
 */
export function checkRefund(
  payment: Payment,
  amount: bigint,
  gateway: Pick<Gateway, 'name' | 'capabilities'> | undefined,
): Rejection | null {
  if (payment.amountCaptured === 0n) {
    return reject(
      'payment_state_conflict',
      `Nothing was captured, so there is nothing to refund; the payment is ${payment.status}.`,
    );
  }
  const left = refundableAmount(payment);
  if (amount <= left && amount > 0n) {
    const isPart = amount < payment.amountCaptured;
    return isPart && gateway?.capabilities.partialRefund === false
      ? notSupported(gateway.name, 'partial_refund', 'amount')
      : null;
  }
  const undisputed = refundableAmount({ ...payment, amountDisputed: 0n });
  if (undisputed > 0n && amount <= undisputed) {
    const { amountDisputed, currency } = payment;
    return reject(
      'payment_disputed',
      `${toDecimal(amountDisputed, currency)} ${currency} is disputed and may be lost, so it is not refunded as well; ` +
        `${toDecimal(left, currency)} ${currency} is left. Wait for the end of the dispute.`,
      'amount',
    );
  }
  return reject(
    'refund_exceeds_captured',
    `${toDecimal(left, payment.currency)} ${payment.currency} is left to refund; ask for that or less.`,
    'amount',
  );
}

/** Repeats the first answer, or goes on with a refund whose first handler died. */
async function goOn(
  deps: PaymentDependencies,
  known: KnownKey,
  request: IdempotentRequest<RefundResult>,
): Promise<RefundOperationResult> {
  if (known.kind !== 'resume') return known;
  const { paymentId, refundId } = known.known;
  const [payment, refund] = await Promise.all([
    paymentId === null ? null : findPayment(deps.db, paymentId),
    refundId === null ? null : findRefund(deps.db, refundId),
  ]);
  if (!payment || !refund)
    throw new Error(`${paymentId ?? 'the payment'} or its refund has vanished`);
  if (refund.status === 'pending' && refund.gatewayRefundId === null && !refund.unknown) {
    return performRefund(deps, payment, refund, request, known.lease, findRefundOutcomeAgain);
  }
  if (refund.status !== 'failed' || refund.gatewayRefundId !== null) {
    return answerAsItStands(deps, refund.id, request, known.lease);
  }
  // The gateway refused for the moment and nothing was stored: this is the caller's next try.
  const impossible = checkRefund(payment, refund.amount, deps.gateways.get(payment.gateway));
  if (impossible) return giveBack(deps, request, known.lease, impossible);
  const ordinal = (refund.ordinal ?? 0) + 1;
  const again = await newRefund(deps, payment, refund, ordinal, request);
  const opened = await openRefund(deps, payment, again, request, known.lease);
  if (typeof opened === 'object') {
    return opened.kind === 'rejected' ? giveBack(deps, request, known.lease, opened) : opened;
  }
  return giveBack(
    deps,
    request,
    known.lease,
    reject('refund_exceeds_captured', 'Less is left to refund than this asks for.', 'amount'),
  );
}

/** Refuses a request that was taken over, and lets the caller come back with it at once. */
async function giveBack(
  deps: PaymentDependencies,
  { key }: IdempotentRequest<RefundResult>,
  lease: Lease,
  rejection: Rejection,
): Promise<Rejection> {
  await releaseKey(deps.db, key, lease.token);
  return rejection;
}

/**
 * Reserves the amount, writes the refund down and asks the gateway.
 *
 * @returns why it could not be begun, where the payment or the key has changed since it was read
 */
async function openRefund(
  deps: PaymentDependencies,
  payment: Payment,
  refund: StoredRefund,
  request: IdempotentRequest<RefundResult>,
  lease: Lease,
): Promise<RefundOperationResult | Begun> {
  return deps.bulkhead.within(refund.gateway, async () => {
    const begun = await beginRefund(deps.db, {
      refund,
      events: [{ id: newId('evt'), type: 'refund.created', object: presentRefund(refund) }],
      key: request.key,
      lease,
    });
    if (begun !== 'begun') return begun;
    deps.observer.told({ type: 'refund.created', payment, refund });
    return performRefund(deps, payment, refund, request, lease);
  });
}

async function newRefund(
  deps: PaymentDependencies,
  payment: Payment,
  command: { amount: bigint; reason: RefundReason | null; metadata: Record<string, string> },
  ordinal: number,
  { key }: IdempotentRequest<RefundResult>,
): Promise<StoredRefund> {
  const now = deps.clock();
  const gatewayKey = deriveGatewayKey(await deps.deploymentId(), key, 'refund', ordinal);
  return {
    id: derivedId('ref', gatewayKey),
    paymentId: payment.id,
    status: 'pending',
    amount: command.amount,
    currency: payment.currency,
    reason: command.reason,
    gateway: payment.gateway,
    gatewayRefundId: null,
    failureCode: null,
    source: 'api',
    metadata: command.metadata,
    feeReturned: 0n,
    createdAt: now,
    updatedAt: now,
    gatewayKey,
    ordinal,
    unknown: false,
  };
}
