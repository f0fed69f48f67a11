import type { StoredAnswer } from '../database/idempotency.ts';
import type { Attempt } from '../domain/attempt.ts';
import { takesMoney } from '../domain/conclude.ts';
import type { GatewayError } from '../domain/outcome.ts';
import type { Payment } from '../domain/payment.ts';
import type { Refund } from '../domain/refund.ts';
import type { Decline } from '../domain/report.ts';

/** What came of a request that may move money. */
export type PaymentResult =
  | { kind: 'done'; payment: Payment }
  /** The gateway has not told yet; the worker goes on asking. */
  | { kind: 'pending'; payment: Payment }
  | { kind: 'declined'; payment: Payment; decline: Decline }
  /** The gateway did nothing, and would not do it if it were asked again. */
  | { kind: 'refused'; payment: Payment; error: GatewayError }
  /** The gateway did nothing for the moment; the same request may be sent again. */
  | { kind: 'unavailable'; payment: Payment; error: GatewayError }
  /** It was given up at its gateway alone, so that another one can be asked; nothing is charged yet. */
  | { kind: 'left'; payment: Payment };

/** What came of a refund. */
export type RefundResult =
  | { kind: 'done'; refund: Refund }
  | { kind: 'pending'; refund: Refund }
  | { kind: 'refused'; refund: Refund; error: GatewayError }
  | { kind: 'unavailable'; refund: Refund; error: GatewayError };

/** The request was not taken: nothing was written down and nothing was sent. */
export interface Rejection {
  kind: 'rejected';
  code: RejectionCode;
  /** What is wrong and what to do about it. */
  detail: string;
  param?: string;
  /** Further members of the answer, such as the capability that is missing. */
  extensions?: Readonly<Record<string, unknown>>;
}

export type RejectionCode =
  | 'amount_too_small'
  | 'amount_too_large'
  | 'amount_invalid'
  | 'currency_unknown'
  | 'currency_not_supported'
  | 'gateway_unknown'
  | 'gateway_not_configured'
  | 'gateway_disabled'
  | 'payment_not_found'
  | 'refund_not_found'
  | 'payment_state_conflict'
  | 'payment_operation_in_progress'
  | 'outcome_not_unknown'
  | 'outcome_may_be_told'
  | 'outcome_already_decided'
  | 'evidence_contradicted'
  | 'capture_exceeds_authorized'
  | 'refund_exceeds_captured'
  | 'payment_disputed'
  | 'customer_not_found'
  | 'customer_reference_taken'
  | 'payment_method_not_found'
  | 'payment_method_of_another_gateway'
  | 'payment_method_declined'
  | 'capability_not_supported'
  | 'parameter_missing'
  | 'parameter_invalid'
  | 'gateway_refused'
  | 'gateway_unavailable'
  | 'no_gateway_available'
  | 'overloaded'
  | 'idempotency_key_in_use'
  | 'idempotency_key_reused';

/** An answer that was given before, given again. */
export interface Replay {
  kind: 'replay';
  answer: StoredAnswer;
}

/** A result with the answer that was stored for it, if one was. */
export interface Answered<R> {
  kind: 'answered';
  result: R;
  answer: StoredAnswer;
}

/** Makes a rejection. */
export function reject(code: RejectionCode, detail: string, param?: string): Rejection {
  return param === undefined
    ? { kind: 'rejected', code, detail }
    : { kind: 'rejected', code, detail, param };
}

/** What a concluded attempt means for whoever asked for it. */
export function resultOf(
  payment: Payment,
  attempt: Pick<Attempt, 'operation' | 'request' | 'outcome' | 'error'>,
): PaymentResult {
  switch (attempt.outcome) {
    case 'succeeded':
    case 'requires_action':
    case 'canceled':
      return hasLeft(payment, attempt) ? { kind: 'left', payment } : { kind: 'done', payment };
    case 'declined':
      return { kind: 'declined', payment, decline: attempt.error as Decline };
    case 'refused':
      // A webhook may tell that the gateway has done what it refuses to have done: the payment is what counts.
      if (isToCharge(attempt) && hasMoney(payment)) return { kind: 'done', payment };
      return refusedResult(payment, attempt.error as GatewayError);
    case 'unknown':
    case null:
      return { kind: 'pending', payment };
  }
}

/** Whether the payment has left the gateway's object behind that the attempt was to end. */
export function hasLeft(payment: Payment, { request }: Pick<Attempt, 'request'>): boolean {
  return request.leaves !== undefined && request.leaves !== payment.gatewayPaymentId;
}

/** Whether the caller wants the payment charged: leaving a gateway is a step on the way to another one. */
function isToCharge(attempt: Pick<Attempt, 'operation' | 'request'>): boolean {
  return takesMoney(attempt) || attempt.request.leaves !== undefined;
}

function hasMoney({ status }: Payment): boolean {
  return status === 'succeeded' || status === 'requires_capture';
}

function refusedResult(payment: Payment, error: GatewayError): PaymentResult {
  return isForTheMoment(error)
    ? { kind: 'unavailable', payment, error }
    : { kind: 'refused', payment, error };
}

/** Whether the same request may well be executed when it is sent again. */
export function isForTheMoment(error: GatewayError): boolean {
  return error.category !== 'invalid_request' && error.category !== 'method_used';
}
