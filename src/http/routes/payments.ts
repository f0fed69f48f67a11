import type { FastifyRequest } from 'fastify';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { findPayment, listPayments } from '../../database/payments.ts';
import { ANY_OPERATOR, OPERATIONS } from '../../domain/access.ts';
import { cancelPayment } from '../../payments/cancel.ts';
import { capturePayment } from '../../payments/capture.ts';
import { confirmPayment } from '../../payments/confirm.ts';
import { createPayment } from '../../payments/create.ts';
import type { PaymentDependencies } from '../../payments/dependencies.ts';
import type { IdempotentRequest } from '../../payments/idempotent-request.ts';
import type { PaymentResult } from '../../payments/result.ts';
import { syncPayment } from '../../payments/sync.ts';
import {
  gatewayProblem,
  paymentAnswer as answerPayment,
  sendJson,
  sendOnce,
  showPayment,
} from '../answers.ts';
import { decodeCursor, page, timePlace } from '../cursor.ts';
import { optionalTime } from '../optional-time.ts';
import { sendProblem } from '../plugins/problems.ts';
import { problem } from '../problem.ts';
import { pageOf } from '../schemas/fields.ts';
import {
  cancelBody,
  captureBody,
  confirmBody,
  newPaymentBody,
  paymentAnswer,
  paymentListQuery,
} from '../schemas/payment.ts';

/** Reads are for keys with the scope and for every operator. */
const READ = { scope: 'payments:read', roles: ANY_OPERATOR } as const;
const WRITE = { scope: 'payments:write' } as const;

const paymentPath = z.object({ id: z.string().min(1).max(100) });
/** What every request that moves money is: executed once, and refused during maintenance. */
const once = { idempotent: true, movesMoney: true };

/** Taking payments and following them. */
export function paymentRoutes(deps: PaymentDependencies): FastifyPluginAsyncZod {
  const publishableKey = (gateway: string) => deps.gateways.get(gateway)?.publishableKey ?? null;
  const request = (
    { id, idempotency }: FastifyRequest,
    successStatus: 200 | 201,
  ): IdempotentRequest<PaymentResult> => ({
    key: idempotency,
    requestId: id,
    render: (result) => answerPayment(result, { requestId: id, successStatus, publishableKey }),
  });
  const answers = { 200: paymentAnswer, 202: paymentAnswer };

  return async (app) => {
    app.post(
      '/api/v1/payments',
      {
        config: { ...once, access: WRITE },
        schema: {
          operationId: 'createPayment',
          summary: 'Create a payment, and charge it with confirm',
          tags: ['payments'],
          body: newPaymentBody,
          response: { 201: paymentAnswer, 202: paymentAnswer },
        },
      },
      async (req, reply) => {
        const { body } = req;
        const command = {
          amount: BigInt(body.amount),
          currency: body.currency,
          gateway: body.gateway ?? null,
          captureMethod: body.capture_method,
          paymentMethod: body.payment_method ?? null,
          paymentMethods: body.payment_methods ?? null,
          methodType: body.payment_method_type ?? null,
          confirm: body.confirm,
          customerId: body.customer ?? null,
          savePaymentMethod: body.save_payment_method,
          offSession: body.off_session,
          orderId: body.order_id ?? null,
          description: body.description ?? null,
          statementDescriptor: body.statement_descriptor ?? null,
          returnUrl: body.return_url ?? null,
          metadata: body.metadata,
        };
        return sendOnce(reply, await createPayment(deps, command, request(req, 201)));
      },
    );

    app.get(
      '/api/v1/payments',
      {
        config: { access: READ },
        schema: {
          operationId: 'listPayments',
          summary: 'List payments, the newest first',
          tags: ['payments'],
          querystring: paymentListQuery,
          response: { 200: pageOf(paymentAnswer) },
        },
      },
      async ({ query }, reply) => {
        const filter = {
          status: query.status,
          gateway: query.gateway,
          orderId: query.order_id,
          customerId: query.customer,
          createdFrom: optionalTime(query.created_from),
          createdBefore: optionalTime(query.created_before),
          after: decodeCursor(query.cursor, timePlace),
        };
        const payments = await listPayments(deps.db, filter, query.limit + 1);
        return sendJson(
          reply,
          page(
            payments,
            query.limit,
            (payment) => showPayment(payment, publishableKey),
            ({ createdAt, id }) => ({ createdAt, id }),
          ),
        );
      },
    );

    app.get(
      '/api/v1/payments/:id',
      {
        config: { access: READ },
        schema: {
          operationId: 'getPayment',
          summary: 'Read a payment',
          tags: ['payments'],
          params: paymentPath,
          response: { 200: paymentAnswer },
        },
      },
      async (req, reply) => {
        const payment = await findPayment(deps.db, req.params.id);
        if (!payment) return sendProblem(reply, problem('payment_not_found'));
        return sendJson(reply, showPayment(payment, publishableKey));
      },
    );

    app.post(
      '/api/v1/payments/:id/confirm',
      {
        config: { ...once, access: WRITE },
        schema: {
          operationId: 'confirmPayment',
          summary: 'Charge or authorize a payment with a payment method',
          tags: ['payments'],
          params: paymentPath,
          body: confirmBody,
          response: answers,
        },
      },
      async (req, reply) => {
        const command = {
          paymentMethod: req.body.payment_method ?? null,
          paymentMethods: req.body.payment_methods ?? null,
          methodType: req.body.payment_method_type ?? null,
          customerId: req.body.customer ?? null,
          savePaymentMethod: req.body.save_payment_method ?? null,
          offSession: req.body.off_session,
          returnUrl: req.body.return_url ?? null,
        };
        const result = await confirmPayment(deps, req.params.id, command, request(req, 200));
        return sendOnce(reply, result);
      },
    );

    app.post(
      '/api/v1/payments/:id/capture',
      {
        config: { ...once, access: WRITE },
        schema: {
          operationId: 'capturePayment',
          summary: 'Collect what was authorized, or a part of it',
          tags: ['payments'],
          params: paymentPath,
          body: captureBody,
          response: answers,
        },
      },
      async (req, reply) => {
        const amount = req.body.amount === undefined ? null : BigInt(req.body.amount);
        const result = await capturePayment(deps, req.params.id, { amount }, request(req, 200));
        return sendOnce(reply, result);
      },
    );

    app.post(
      '/api/v1/payments/:id/cancel',
      {
        config: { ...once, access: WRITE },
        schema: {
          operationId: 'cancelPayment',
          summary: 'Give a payment up before it is captured',
          tags: ['payments'],
          params: paymentPath,
          body: cancelBody,
          response: answers,
        },
      },
      async (req, reply) => {
        const { reason } = req.body;
        const command = reason === undefined ? {} : { cancelReason: reason };
        const result = await cancelPayment(deps, req.params.id, command, request(req, 200));
        return sendOnce(reply, result);
      },
    );

    app.post(
      '/api/v1/payments/:id/sync',
      {
        // Asking the gateway moves no money, and is what an operator does first when something looks wrong.
        config: { access: { ...WRITE, roles: OPERATIONS } },
        schema: {
          operationId: 'syncPayment',
          summary: 'Read a payment and its refunds from the gateway',
          tags: ['payments'],
          params: paymentPath,
          response: { 200: paymentAnswer },
        },
      },
      async (req, reply) => {
        const result = await syncPayment(deps, req.params.id, req.id);
        if (result.kind === 'synced') {
          return sendJson(reply, showPayment(result.payment, publishableKey));
        }
        const about =
          result.kind === 'rejected'
            ? problem(result.code, { detail: result.detail })
            : gatewayProblem(result.payment.gateway, result.error, {});
        return sendProblem(reply, about);
      },
    );
  };
}
