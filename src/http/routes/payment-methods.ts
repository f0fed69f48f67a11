import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { presentApproval, presentMethod } from '../../customers/present.ts';
import { savePaymentMethod, type SaveResult } from '../../customers/save-method.ts';
import { findCustomer } from '../../database/customers.ts';
import type { StoredAnswer } from '../../database/idempotency.ts';
import { listMethods, takeMethodAway } from '../../database/payment-methods.ts';
import { ANY_OPERATOR } from '../../domain/access.ts';
import type { PaymentDependencies } from '../../payments/dependencies.ts';
import { fromProblem, gatewayProblem, json, sendJson, sendOnce } from '../answers.ts';
import { decodeCursor, page, timePlace } from '../cursor.ts';
import { sendProblem } from '../plugins/problems.ts';
import { problem } from '../problem.ts';
import {
  deletedMethodAnswer,
  methodAnswer,
  methodApprovalAnswer,
  methodListQuery,
  newMethodBody,
} from '../schemas/customer.ts';
import { pageOf } from '../schemas/fields.ts';

/** Reads are for keys with the scope and for every operator. */
const READ = { scope: 'customers:read', roles: ANY_OPERATOR } as const;
const WRITE = { scope: 'customers:write' } as const;

const customerPath = z.object({ id: z.string().min(1).max(100) });
const methodPath = customerPath.extend({ methodId: z.string().min(1).max(100) });

/** What the gateways keep for a customer. */
export function paymentMethodRoutes(deps: PaymentDependencies): FastifyPluginAsyncZod {
  return async (app) => {
    app.post(
      '/api/v1/customers/:id/payment-methods',
      {
        config: { access: WRITE, idempotent: true },
        schema: {
          operationId: 'savePaymentMethod',
          summary: 'Have a gateway keep a payment method for a customer, without charging it',
          tags: ['customers'],
          params: customerPath,
          body: newMethodBody,
          response: { 201: methodAnswer, 202: methodApprovalAnswer },
        },
      },
      async (req, reply) => {
        const { body } = req;
        const command = {
          gateway: body.gateway ?? null,
          paymentMethod: body.payment_method,
          returnUrl: body.return_url ?? null,
        };
        const saved = await savePaymentMethod(deps, req.params.id, command, {
          key: req.idempotency,
          requestId: req.id,
          render: (result) => answerOf(result, req.id),
        });
        return sendOnce(reply, saved);
      },
    );

    app.get(
      '/api/v1/customers/:id/payment-methods',
      {
        config: { access: READ },
        schema: {
          operationId: 'listPaymentMethods',
          summary: "List a customer's payment methods, the newest first",
          tags: ['customers'],
          params: customerPath,
          querystring: methodListQuery,
          response: { 200: pageOf(methodAnswer) },
        },
      },
      async (req, reply) => {
        const { limit, cursor } = req.query;
        const after = decodeCursor(cursor, timePlace);
        const customer = await findCustomer(deps.db, req.params.id);
        if (!customer) return sendProblem(reply, problem('customer_not_found'));
        const methods = await listMethods(deps.db, customer.id, { after, limit: limit + 1 });
        return sendJson(
          reply,
          page(methods, limit, presentMethod, ({ createdAt, id }) => ({ createdAt, id })),
        );
      },
    );

    app.delete(
      '/api/v1/customers/:id/payment-methods/:methodId',
      {
        config: { access: WRITE },
        schema: {
          operationId: 'deletePaymentMethod',
          summary: 'Take a payment method away: it is never charged again',
          tags: ['customers'],
          params: methodPath,
          response: { 200: deletedMethodAnswer },
        },
      },
      async (req, reply) => {
        const { id, methodId } = req.params;
        if (!(await takeMethodAway(deps.db, id, methodId))) {
          return sendProblem(reply, problem('payment_method_not_found'));
        }
        return sendJson(reply, { id: methodId, object: 'payment_method', deleted: true });
      },
    );
  };
}

function answerOf(result: SaveResult, requestId: string): StoredAnswer {
  switch (result.kind) {
    case 'saved':
      return json(201, presentMethod(result.method));
    case 'requires_approval': {
      const { customerId, gateway, approval } = result;
      return json(202, presentApproval({ customerId, gateway, ...approval }));
    }
    case 'declined':
      return fromProblem(
        problem('payment_method_declined', {
          detail: `${result.gateway} says ${result.decline.gatewayCode}. Nothing was saved; ask the customer for another payment method.`,
          extensions: { decline_code: result.decline.code },
        }),
        requestId,
      );
    case 'refused':
    case 'unavailable':
      return fromProblem(gatewayProblem(result.gateway, result.error, {}), requestId);
  }
}
