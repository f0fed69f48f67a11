import type { FastifyReply } from 'fastify';
import type { StoredAnswer } from '../database/idempotency.ts';
import type { GatewayError } from '../domain/outcome.ts';
import type { Payment } from '../domain/payment.ts';
import { presentPaymentForCheckout, presentRefund } from '../payments/present.ts';
import type {
  Answered,
  PaymentResult,
  RefundResult,
  Rejection,
  Replay,
} from '../payments/result.ts';
import { sendProblem } from './plugins/problems.ts';
import { PROBLEM_CONTENT_TYPE, problem, renderProblem, type Problem } from './problem.ts';

const JSON_CONTENT_TYPE = 'application/json; charset=utf-8';

export interface AnswerContext {
  requestId: string;
  /** The status of an answer that brings good news: 201 where something was made. */
  successStatus: 200 | 201;
  publishableKey: (gateway: string) => string | null;
}

/** The answer to a request about a payment, as it is stored and sent. */
export function paymentAnswer(result: PaymentResult, context: AnswerContext): StoredAnswer {
  const payment = showPayment(result.payment, context.publishableKey);
  switch (result.kind) {
    case 'done':
      return json(context.successStatus, payment);
    case 'pending':
      return json(202, payment);
    case 'declined':
      return fromProblem(
        problem('payment_declined', {
          detail: `${result.payment.gateway} says ${result.decline.gatewayCode}. Nothing was charged; ask the customer for another payment method.`,
          extensions: { decline_code: result.decline.code, payment },
        }),
        context.requestId,
      );
    case 'refused':
    case 'unavailable':
      return fromProblem(
        gatewayProblem(result.payment.gateway, result.error, { payment }),
        context.requestId,
      );
    case 'left':
      return fromProblem(
        problem('gateway_unavailable', {
          detail: `The payment has left ${result.payment.gateway}, and no other gateway was asked yet. Repeat the request with the same Idempotency-Key.`,
          extensions: { payment },
        }),
        context.requestId,
      );
  }
}

/** The answer to a request for a refund, as it is stored and sent. */
export function refundAnswer(result: RefundResult, requestId: string): StoredAnswer {
  const refund = presentRefund(result.refund);
  switch (result.kind) {
    case 'done':
      return json(201, refund);
    case 'pending':
      return json(202, refund);
    case 'refused':
    case 'unavailable':
      return fromProblem(gatewayProblem(refund.gateway, result.error, { refund }), requestId);
  }
}

/** A payment as its owner's server sees it. */
export function showPayment(payment: Payment, publishableKey: AnswerContext['publishableKey']) {
  return presentPaymentForCheckout(payment, publishableKey(payment.gateway));
}

/** Says why the gateway did not do what it was asked. */
export function gatewayProblem(
  gateway: string,
  error: GatewayError,
  extensions: Record<string, unknown>,
): Problem {
  const told = { ...extensions, gateway_code: error.code };
  switch (error.category) {
    case 'invalid_request':
    case 'method_used':
      return problem('gateway_refused', {
        detail: `${gateway} refused it: ${error.message}`,
        extensions: told,
      });
    case 'authentication':
      return problem('gateway_rejected_credentials', { extensions: told });
    default:
      return problem('gateway_unavailable', {
        detail: `${gateway} could not be asked (${error.code}). Repeat the request with the same Idempotency-Key.`,
        extensions: told,
      });
  }
}

/** Sends what came of a request that is executed once. */
export function sendOnce(
  reply: FastifyReply,
  outcome: Answered<unknown> | Replay | Rejection,
): FastifyReply {
  if (outcome.kind === 'rejected') {
    return sendProblem(reply, rejectionProblem(outcome));
  }
  if (outcome.kind === 'replay') void reply.header('idempotent-replayed', 'true');
  const { status, contentType, body } = outcome.answer;
  if (status === 503) void reply.header('retry-after', '5');
  return reply.code(status).header('content-type', contentType).send(body);
}

/** Says why a request was not taken. */
export function rejectionProblem({ code, detail, param, extensions = {} }: Rejection): Problem {
  return problem(code, { detail, param, extensions });
}

/** Sends an object as it is. */
export function sendJson(reply: FastifyReply, value: unknown): FastifyReply {
  return reply.header('content-type', JSON_CONTENT_TYPE).send(JSON.stringify(value));
}

/** An object as an answer that is stored and sent. */
export function json(status: number, value: unknown): StoredAnswer {
  return { status, contentType: JSON_CONTENT_TYPE, body: JSON.stringify(value) };
}

/** A problem as an answer that is stored and sent. */
export function fromProblem(about: Problem, requestId: string): StoredAnswer {
  return {
    status: about.status,
    contentType: PROBLEM_CONTENT_TYPE,
    body: renderProblem(about, requestId),
  };
}
