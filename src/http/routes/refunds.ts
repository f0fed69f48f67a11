import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { findPayment } from '../../database/payments.ts';
import { findRefund, listRefunds } from '../../database/refunds.ts';
import { ANY_OPERATOR } from '../../domain/access.ts';
import type { PaymentDependencies } from '../../payments/dependencies.ts';
import { presentRefund } from '../../payments/present.ts';
import { createRefund } from '../../payments/refund.ts';
import { refundAnswer as answerRefund, sendJson, sendOnce } from '../answers.ts';
import { decodeCursor, page, timePlace } from '../cursor.ts';
import { sendProblem } from '../plugins/problems.ts';
import { problem } from '../problem.ts';
import { pageOf } from '../schemas/fields.ts';
import { newRefundBody, refundAnswer, refundListQuery } from '../schemas/refund.ts';

/** Reads are for keys with the scope and for every operator. */
const READ = { scope: 'payments:read', roles: ANY_OPERATOR } as const;
const WRITE = { scope: 'refunds:write' } as const;

const idPath = z.object({ id: z.string().min(1).max(100) });

/** Giving payments back. */
export function refundRoutes(deps: PaymentDependencies): FastifyPluginAsyncZod {
  return async (app) => {
    app.post(
      '/api/v1/payments/:id/refunds',
      {
        config: { access: WRITE, idempotent: true, movesMoney: true },
        schema: {
          operationId: 'createRefund',
          summary: 'Refund a payment, wholly or in part',
          tags: ['refunds'],
          params: idPath,
          body: newRefundBody,
          response: { 201: refundAnswer, 202: refundAnswer },
        },
      },
      async (req, reply) => {
        const { amount, reason, metadata } = req.body;
        const command = {
          amount: amount === undefined ? null : BigInt(amount),
          reason: reason ?? null,
          metadata: metadata ?? {},
        };
        const result = await createRefund(deps, req.params.id, command, {
          key: req.idempotency,
          requestId: req.id,
          render: (refund) => answerRefund(refund, req.id),
        });
        return sendOnce(reply, result);
      },
    );

    app.get(
      '/api/v1/payments/:id/refunds',
      {
        config: { access: READ },
        schema: {
          operationId: 'listRefunds',
          summary: "List a payment's refunds, the newest first",
          tags: ['refunds'],
          params: idPath,
          querystring: refundListQuery,
          response: { 200: pageOf(refundAnswer) },
        },
      },
      async (req, reply) => {
        const { limit, cursor } = req.query;
        const after = decodeCursor(cursor, timePlace);
        const payment = await findPayment(deps.db, req.params.id);
        if (!payment) return sendProblem(reply, problem('payment_not_found'));
        const refunds = await listRefunds(deps.db, payment.id, { after, limit: limit + 1 });
        return sendJson(
          reply,
          page(refunds, limit, presentRefund, ({ createdAt, id }) => ({ createdAt, id })),
        );
      },
    );

    app.get(
      '/api/v1/refunds/:id',
      {
        config: { access: READ },
        schema: {
          operationId: 'getRefund',
          summary: 'Read a refund',
          tags: ['refunds'],
          params: idPath,
          response: { 200: refundAnswer },
        },
      },
      async (req, reply) => {
        const refund = await findRefund(deps.db, req.params.id);
        if (!refund) return sendProblem(reply, problem('refund_not_found'));
        return sendJson(reply, presentRefund(refund));
      },
    );
  };
}
