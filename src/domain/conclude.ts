import { applyReport, withoutObject } from './apply-report.ts';
import type { Attempt, AttemptOutcome } from './attempt.ts';
import type { GatewayError, GatewayOutcome } from './outcome.ts';
import { isFinal, mayBecome, type Payment, type PaymentStatus } from './payment.ts';
import type { Decline, PaymentReport } from './report.ts';

/** How an attempt ended, and the payment as it leaves it. */
export interface Conclusion {
  payment: Payment;
  outcome: AttemptOutcome;
  error: Decline | GatewayError | null;
  /** The answer came too late to tell where the payment stands now: it has to be read from the gateway. */
  ask: boolean;
  /** What cannot be true together with what was stored, for the people who have to look. */
  contradiction: string | null;
}

/**
 * Ends an attempt with what the gateway said, and moves the payment accordingly.
 *
 * An unknown outcome leaves the payment `processing` with its operation pending, so that nothing else can be tried
 * before the gateway has told. Where a webhook has told of the money already, the payment stays where that brought it.
 *
 * @param fresh whether the payment stands as it did when the gateway was called
 */
export function conclude(
  payment: Payment,
  attempt: Attempt,
  outcome: GatewayOutcome<PaymentReport>,
  { fresh, now }: { fresh: boolean; now: Date },
): Conclusion {
  const none = { error: null, ask: false, contradiction: null };
  switch (outcome.kind) {
    case 'succeeded':
    case 'requires_action': {
      const applied = reported(released(payment, attempt, now), outcome.report, fresh, now);
      const end = outcome.kind === 'requires_action' ? endOfWaiting(applied.payment) : null;
      return {
        ...none,
        ...applied,
        payment: ended(applied.payment, attempt),
        outcome: end ?? outcome.kind,
      };
    }
    case 'declined': {
      const applied = reported(released(payment, attempt, now), outcome.report, fresh, now);
      return {
        ...none,
        ...applied,
        payment: withError(declined(applied.payment, attempt, payment.status), outcome.decline),
        outcome: 'declined',
        error: outcome.decline,
      };
    }
    case 'refused': {
      const applied = reported(released(payment, attempt, now), outcome.report, fresh, now);
      return {
        ...none,
        ...applied,
        payment: takesMoney(attempt)
          ? withError(applied.payment, refusal(outcome.error))
          : applied.payment,
        outcome: 'refused',
        error: outcome.error,
      };
    }
    case 'unknown':
      return {
        ...none,
        payment: unresolved(payment, attempt, now),
        outcome: 'unknown',
        error: outcome.error,
      };
  }
}

/** Whether an attempt can charge the customer, as opposed to collecting or releasing what was authorized. */
export function takesMoney(attempt: Pick<Attempt, 'operation'>): boolean {
  return (
    attempt.operation === 'create' ||
    attempt.operation === 'confirm' ||
    attempt.operation === 'complete'
  );
}

/**
 * What becomes of an attempt that waits for its customer, once the payment has left `requires_action`.
 *
 * @returns `null` while it goes on waiting
 */
export function endOfWaiting(payment: Payment): AttemptOutcome | null {
  switch (payment.status) {
    case 'requires_action':
      return null;
    case 'requires_payment_method':
      return 'declined';
    case 'canceled':
    case 'failed':
      return 'canceled';
    case 'processing':
      // A cancel whose outcome is unknown decides later what the attempt came to.
      return payment.pendingAttemptId === null ? 'succeeded' : null;
    case 'requires_capture':
    case 'succeeded':
      return 'succeeded';
  }
}

/** The payment with the operation no longer pending, back where it stood before, unless it has moved on since. */
function released(payment: Payment, attempt: Attempt, now: Date): Payment {
  const back = payment.status === 'processing' ? attempt.statusBefore : payment.status;
  return { ...payment, status: back, pendingAttemptId: null, updatedAt: now };
}

function reported(payment: Payment, report: PaymentReport | null, fresh: boolean, now: Date) {
  if (report === null) return { payment, ask: false, contradiction: null };
  const applied = applyReport(payment, report, { fresh, now });
  return {
    payment: applied.kind === 'changed' ? applied.payment : payment,
    ask: applied.kind === 'ask',
    contradiction: applied.kind === 'contradiction' ? applied.detail : null,
  };
}

/** What the customer had agreed to was declined: there is nothing left to complete, unless money is held already. */
function declined(payment: Payment, attempt: Attempt, before: PaymentStatus): Payment {
  if (attempt.operation !== 'complete' || payment.status !== 'processing') return payment;
  if (!mayBecome(before, 'requires_payment_method')) return payment;
  return { ...payment, status: 'requires_payment_method', awaitsCompletion: false };
}

/** Tells why the payment waits for another payment method. */
function withError(payment: Payment, error: Payment['lastError']): Payment {
  if (payment.status !== 'requires_payment_method') return payment;
  return { ...payment, lastError: error };
}

function refusal(error: GatewayError): Payment['lastError'] {
  return { code: 'refused', gatewayCode: error.code, message: error.message };
}

/** What another word of the gateway has told meanwhile stands: that the answer is missing says nothing against it. */
function unresolved(payment: Payment, attempt: Attempt, now: Date): Payment {
  const isToldOf =
    isFinal(payment.status) || (takesMoney(attempt) && payment.status === 'requires_capture');
  return isToldOf ? payment : { ...payment, status: 'processing', updatedAt: now };
}

/** What the end of the gateway's object means: of the payment too, unless it was only to leave that gateway. */
function ended(payment: Payment, attempt: Attempt): Payment {
  if (payment.status !== 'canceled') return payment;
  if (attempt.request.leaves !== undefined) return withoutObject(payment);
  return attempt.request.expire === true ? expired(payment) : payment;
}

/** A payment that was given up for good is `failed`: its end was our decision, not the caller's. */
function expired(payment: Payment): Payment {
  return {
    ...payment,
    status: 'failed',
    lastError: {
      code: 'expired',
      gatewayCode: 'expired',
      message: 'The customer did not finish the payment in time.',
    },
  };
}

/**
 * Ends what needs no gateway: the cancellation of a payment that none has ever heard of, and the creation of one that
 * the gateway will hear of when it is confirmed.
 */
export function concludeWithoutGateway(payment: Payment, attempt: Attempt, now: Date): Conclusion {
  const after = released(payment, attempt, now);
  return {
    payment:
      attempt.operation === 'cancel' ? ended({ ...after, status: 'canceled' }, attempt) : after,
    outcome: 'succeeded',
    error: null,
    ask: false,
    contradiction: null,
  };
}
