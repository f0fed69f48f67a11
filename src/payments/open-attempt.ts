import { findAttempt } from '../database/attempts.ts';
import { beginAttempt, type Begun, type Lease } from '../database/begin.ts';
import { releaseKey } from '../database/idempotency.ts';
import { findPayment } from '../database/payments.ts';
import type { Attempt, AttemptOperation, AttemptRequest } from '../domain/attempt.ts';
import type { Payment, PaymentStatus } from '../domain/payment.ts';
import { takesMoney } from '../domain/conclude.ts';
import { paymentEvents } from '../domain/event.ts';
import { derivedId } from '../ids.ts';
import type { PaymentDependencies } from './dependencies.ts';
import { paymentEvent } from './describe-change.ts';
import { deriveGatewayKey } from './gateway-key.ts';
import { feeTermsAt } from './gateway-terms.ts';
import {
  lookUpKey,
  newLease,
  type IdempotentRequest,
  type KnownKey,
} from './idempotent-request.ts';
import { answerAsItStands, performAttempt } from './perform-attempt.ts';
import { findOutcomeAgain } from './resolve-attempt.ts';
import {
  hasLeft,
  isForTheMoment,
  reject,
  type Answered,
  type PaymentResult,
  type Rejection,
  type Replay,
} from './result.ts';

/** How often a payment that changes under our hands is read again before the caller is told so. */
const ROUNDS = 5;

export type OperationResult = Answered<PaymentResult> | Replay | Rejection;

/** What an operation on an existing payment asks for, once it is known to be possible. */
export interface Operation {
  kind: 'operation';
  operation: AttemptOperation;
  request: AttemptRequest;
  /** Where the payment goes from here on, where the operation says so. */
  way?: Pick<Payment, 'gateway' | 'routing'>;
  /** The customer who pays from here on, where the operation says so. */
  payer?: Pick<Payment, 'customerId' | 'savePaymentMethod'>;
}

/** Decides from the payment as it is whether an operation is possible, and what it asks of the gateway. */
export type Plan = (payment: Payment) => Operation | Rejection | Promise<Operation | Rejection>;

/** Executes an operation on an existing payment, once. */
export async function operate(
  deps: PaymentDependencies,
  paymentId: string,
  request: IdempotentRequest<PaymentResult>,
  plan: Plan,
): Promise<OperationResult> {
  let ordinal = 1;
  for (let round = 0; round < ROUNDS + ordinal; round += 1) {
    const known = await lookUpKey(deps, request.key);
    if (known) return goOn(deps, known, request, plan);
    const payment = await findPayment(deps.db, paymentId);
    if (!payment) return reject('payment_not_found', `There is no payment ${paymentId}.`);
    const planned = payment.pendingAttemptId === null ? await plan(payment) : inProgress();
    if (planned.kind === 'rejected') return planned;
    const lease = newLease(deps);
    const opened = await openAttempt(deps, payment, planned, ordinal, request, lease);
    if (typeof opened === 'object') return opened;
    if (opened === 'ids_taken') ordinal += 1;
  }
  return inProgress();
}

function inProgress(): Rejection {
  return reject(
    'payment_operation_in_progress',
    'Another operation on this payment has not come to its end. Wait for it: read the payment, then decide.',
  );
}

/**
 * Repeats the first answer, or goes on with a request whose first handler died.
 *
 * @param plan decides anew where the gateway refused for the moment, or was left: the payment may have gone another way since
 */
export async function goOn(
  deps: PaymentDependencies,
  known: KnownKey,
  request: IdempotentRequest<PaymentResult>,
  plan: Plan,
): Promise<OperationResult> {
  if (known.kind !== 'resume') return known;
  const { paymentId, attemptId } = known.known;
  const [payment, attempt] = await Promise.all([
    paymentId === null ? null : findPayment(deps.db, paymentId),
    attemptId === null ? null : findAttempt(deps.db, attemptId),
  ]);
  if (!payment || !attempt)
    throw new Error(`${paymentId ?? 'the payment'} or its attempt has vanished`);
  if (attempt.outcome === null) {
    return performAttempt(deps, payment, attempt, request, known.lease, findOutcomeAgain);
  }
  if (wasRefusedForTheMoment(attempt) || isOnItsWay(payment, attempt)) {
    const next = payment.pendingAttemptId === null ? await plan(payment) : inProgress();
    const opened =
      next.kind === 'rejected'
        ? next
        : await openAttempt(deps, payment, next, attempt.ordinal + 1, request, known.lease);
    if (typeof opened === 'object' && opened.kind !== 'rejected') return opened;
    await releaseKey(deps.db, request.key, known.lease.token);
    return typeof opened === 'object' ? opened : inProgress();
  }
  return answerAsItStands(deps, attempt, request, known.lease);
}

/** Whether the attempt has only made the gateway give the payment up, so that another one can be asked. */
function isOnItsWay(payment: Payment, attempt: Attempt): boolean {
  return attempt.outcome === 'succeeded' && hasLeft(payment, attempt);
}

function wasRefusedForTheMoment(attempt: Attempt): boolean {
  return (
    attempt.outcome === 'refused' &&
    attempt.error !== null &&
    'category' in attempt.error &&
    isForTheMoment(attempt.error)
  );
}

/**
 * Writes an attempt down and makes its call.
 *
 * @returns why it could not be opened, where the payment or the key has changed since it was read
 */
function openAttempt(
  deps: PaymentDependencies,
  payment: Payment,
  planned: Operation,
  ordinal: number,
  request: IdempotentRequest<PaymentResult>,
  lease: Lease,
): Promise<OperationResult | Begun> {
  const gateway = planned.way?.gateway ?? payment.gateway;
  return deps.bulkhead.within(gateway, () =>
    beginAndPerform(deps, payment, planned, ordinal, request, lease),
  );
}

async function beginAndPerform(
  deps: PaymentDependencies,
  payment: Payment,
  planned: Operation,
  ordinal: number,
  request: IdempotentRequest<PaymentResult>,
  lease: Lease,
): Promise<OperationResult | Begun> {
  const gatewayKey = deriveGatewayKey(
    await deps.deploymentId(),
    request.key,
    planned.operation,
    ordinal,
  );
  const directed = await direct(deps, payment, planned);
  const attempt = newAttempt(directed, planned, { ordinal, gatewayKey, createdAt: deps.clock() });
  const opened = withAttempt(directed, attempt, deps.clock());
  const events = paymentEvents(payment, opened).map((type) => paymentEvent(type, opened));
  const { key } = request;
  const begun = await beginAttempt(deps.db, { payment: opened, attempt, events, key, lease });
  if (begun !== 'begun') return begun;
  for (const { type } of events) deps.observer.told({ type, payment: opened, refund: null });
  const asStored = { ...opened, version: opened.version + 1 };
  return performAttempt(deps, asStored, attempt, request, lease);
}

/** The payment on its way, with the terms of the gateway that it goes to where it has not been there before. */
async function direct(
  deps: PaymentDependencies,
  payment: Payment,
  { payer, way }: Operation,
): Promise<Payment> {
  const directed = { ...payment, ...payer, ...way };
  if (directed.gateway === payment.gateway) return directed;
  const stateOf = await deps.gatewayStates();
  return { ...directed, feeTerms: feeTermsAt(stateOf, directed.gateway, payment.currency) };
}

/**
 * An attempt whose ids and key follow from the caller's key alone.
 *
 * Should the database lose it in a failover, the caller's retry makes the same attempt again, and the gateway
 * recognises it.
 */
export function newAttempt(
  payment: Pick<Payment, 'id' | 'gateway' | 'status'>,
  { operation, request }: Pick<Operation, 'operation' | 'request'>,
  made: Pick<Attempt, 'ordinal' | 'gatewayKey' | 'createdAt'>,
): Attempt {
  return {
    ...made,
    id: derivedId('att', made.gatewayKey),
    paymentId: payment.id,
    operation,
    gateway: payment.gateway,
    request,
    statusBefore: payment.status,
    outcome: null,
    error: null,
  };
}

/** The payment while the attempt is under way. */
export function withAttempt(payment: Payment, attempt: Attempt, now: Date): Payment {
  const confirms = takesMoney(attempt) && attempt.request.paymentMethod !== undefined;
  const status: PaymentStatus = confirms ? 'processing' : payment.status;
  return { ...payment, status, pendingAttemptId: attempt.id, updatedAt: now };
}
