import { commitChange, type AnswerChange } from '../database/commit.ts';
import { storeAnswer } from '../database/idempotency.ts';
import type { Lease } from '../database/begin.ts';
import { findPayment } from '../database/payments.ts';
import { findRefund, readRefund, type StoredRefund } from '../database/refunds.ts';
import type { GatewayError, GatewayOutcome } from '../domain/outcome.ts';
import type { FeeOnRefund } from '../domain/payment-fee.ts';
import type { Payment } from '../domain/payment.ts';
import { settleRefund, type Refund, type RefundedPayment } from '../domain/refund.ts';
import type { RefundReport } from '../domain/report.ts';
import { FIRST_QUESTION_MS } from './backoff.ts';
import type { PaymentDependencies } from './dependencies.ts';
import { describeChange, tell, type DescribedChange } from './describe-change.ts';
import type { IdempotentRequest } from './idempotent-request.ts';
import { notConfigured } from './not-configured.ts';
import { isForTheMoment, type Answered, type RefundResult } from './result.ts';

/** How often a refund that the gateway works on is looked at though nothing was heard of it, in milliseconds. */
const PENDING_LOOK_MS = 24 * 3_600_000;

/** Learns what came of a refund. */
export type FindRefundOutcome = (
  deps: PaymentDependencies,
  payment: Payment,
  refund: StoredRefund,
  requestId: string,
) => Promise<GatewayOutcome<RefundReport>>;

/**
 * Asks the gateway for a refund that is written down, and commits what came of it together with the answer.
 *
 * @param findOutcome makes the call; another way is for a refund whose call may have been made before
 */
export async function performRefund(
  deps: PaymentDependencies,
  payment: Payment,
  refund: StoredRefund,
  request: IdempotentRequest<RefundResult>,
  lease: Lease,
  findOutcome: FindRefundOutcome = askForRefund,
): Promise<Answered<RefundResult>> {
  const startedAt = performance.now();
  await deps.failPoints.reach('refund.intended');
  const outcome = await findOutcome(deps, payment, refund, request.requestId);
  await deps.failPoints.reach('refund.called');

  let answered: Answered<RefundResult> | null = null;
  await commitRefundOutcome(deps, refund, outcome, FIRST_QUESTION_MS, (after) => {
    const result = resultOf(after, outcome);
    answered = { kind: 'answered', result, answer: request.render(result) };
    const stored = result.kind === 'unavailable' ? null : answered.answer;
    return { key: request.key, leaseToken: lease.token, answer: stored };
  });
  await deps.failPoints.reach('refund.committed');
  const durationMs = performance.now() - startedAt;
  deps.observer.processed({ gateway: refund.gateway, operation: 'refund', durationMs });
  return answered ?? answerAsItStands(deps, refund.id, request, lease);
}

/** Makes the refund's call. A repetition is the same to the letter and meets the first call's result. */
export function askForRefund(
  deps: Pick<PaymentDependencies, 'gateways'>,
  payment: Payment,
  refund: StoredRefund,
  requestId: string,
): Promise<GatewayOutcome<RefundReport>> {
  const gateway = deps.gateways.get(refund.gateway);
  if (!gateway) return Promise.resolve(notConfigured(refund.gateway));
  if (payment.gatewayPaymentId === null || refund.gatewayKey === null) {
    throw new Error(`${refund.id} cannot be asked for: it was not begun here`);
  }
  return gateway.createRefund(
    {
      gatewayPaymentId: payment.gatewayPaymentId,
      amount: refund.amount,
      currency: refund.currency,
      reason: refund.reason,
      paymentId: payment.id,
      refundId: refund.id,
    },
    { idempotencyKey: refund.gatewayKey, requestId },
  );
}

/** Commits what the gateway said to a refund; a reservation is released only where it definitely came to nothing. */
export async function commitRefundOutcome(
  deps: PaymentDependencies,
  refund: StoredRefund,
  outcome: GatewayOutcome<RefundReport>,
  askAgainInMs: number,
  answer?: (refund: Refund) => AnswerChange,
): Promise<void> {
  const start = await findPayment(deps.db, refund.paymentId);
  if (!start) throw new Error(`${refund.paymentId} has vanished`);
  const change = await commitChange<DescribedChange>(deps.db, start, async (payment, { sql }) => {
    const current = (await readRefund(sql, refund.id)) ?? refund;
    const settled = settle({ payment, refund: current }, outcome, {
      now: deps.clock(),
      feeOnRefund: feeOnRefund(deps, payment),
    });
    const unknown = outcome.kind === 'unknown' && settled.refund.gatewayRefundId === null;
    return {
      ...describeChange(deps, payment, settled.payment, {
        before: current.status,
        after: settled.refund,
      }),
      refund: {
        refund: settled.refund,
        unknown,
        askAgainInMs: unknown ? askAgainInMs : pendingLook(settled.refund),
      },
      answer: answer?.(settled.refund),
    };
  });
  if (change === null) return;
  tell(deps, change);
  if (change.refund?.unknown && outcome.kind === 'unknown') {
    deps.observer.unknownOutcome({ payment: change.payment, detail: outcome.error.message });
  }
}

interface SettleContext {
  now: Date;
  feeOnRefund: FeeOnRefund;
}

function settle(
  refunded: RefundedPayment,
  outcome: GatewayOutcome<RefundReport>,
  context: SettleContext,
): RefundedPayment {
  switch (outcome.kind) {
    case 'succeeded':
    case 'requires_action':
      return settleRefund(refunded, outcome.report, context) ?? refunded;
    case 'declined':
      return fail(refunded, outcome.decline.gatewayCode, context);
    case 'refused':
      return fail(refunded, outcome.error.code, context);
    case 'unknown':
      return refunded;
  }
}

/** A refusal of ours says nothing of a refund that the gateway has told about meanwhile. */
function fail(
  refunded: RefundedPayment,
  failureCode: string,
  context: SettleContext,
): RefundedPayment {
  if (refunded.refund.gatewayRefundId !== null) return refunded;
  const failed = { status: 'failed' as const, failureCode, gatewayRefundId: null };
  return settleRefund(refunded, { ...failed, feeReturned: null }, context) ?? refunded;
}

/** What a payment's gateway does with its fee on a refund; one that is not configured any more keeps it. */
export function feeOnRefund(
  { gateways }: Pick<PaymentDependencies, 'gateways'>,
  { gateway }: Pick<Payment, 'gateway'>,
): FeeOnRefund {
  return gateways.get(gateway)?.capabilities.feeOnRefund ?? 'kept';
}

/** In how many milliseconds a refund is looked at that the gateway has not finished. */
export function pendingLook(refund: Refund): number | null {
  return refund.status === 'pending' ? PENDING_LOOK_MS : null;
}

function resultOf(refund: Refund, outcome: GatewayOutcome<RefundReport>): RefundResult {
  if (refund.status !== 'failed' || refund.gatewayRefundId !== null) {
    const open = outcome.kind === 'unknown' && refund.gatewayRefundId === null;
    return open ? { kind: 'pending', refund } : { kind: 'done', refund };
  }
  const error = errorOf(outcome, refund);
  return isForTheMoment(error)
    ? { kind: 'unavailable', refund, error }
    : { kind: 'refused', refund, error };
}

function errorOf(outcome: GatewayOutcome<RefundReport> | null, refund: Refund): GatewayError {
  if (outcome?.kind === 'refused') return outcome.error;
  const declined = outcome?.kind === 'declined' ? outcome.decline : null;
  return {
    category: 'invalid_request',
    code: declined?.gatewayCode ?? refund.failureCode ?? 'failed',
    message: declined?.message ?? 'The gateway did not make the refund.',
    httpStatus: null,
    gatewayRequestId: null,
  };
}

/** Someone else settled the refund, the worker perhaps: the answer follows from what is stored. */
export async function answerAsItStands(
  deps: PaymentDependencies,
  refundId: string,
  request: IdempotentRequest<RefundResult>,
  lease: Lease,
): Promise<Answered<RefundResult>> {
  const refund = await findRefund(deps.db, refundId);
  if (!refund) throw new Error(`${refundId} has vanished`);
  const failed = refund.status === 'failed' && refund.gatewayRefundId === null;
  const result: RefundResult = failed
    ? { kind: 'refused', refund, error: errorOf(null, refund) }
    : { kind: refund.unknown ? 'pending' : 'done', refund };
  const answer = request.render(result);
  await storeAnswer(deps.db, request.key, lease.token, answer);
  return { kind: 'answered', result, answer };
}
