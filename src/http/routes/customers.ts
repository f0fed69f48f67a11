import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { createCustomer } from '../../customers/create-customer.ts';
import { presentCustomer } from '../../customers/present.ts';
import { changeCustomer } from '../../customers/update-customer.ts';
import {
  findCustomer,
  forgetCustomer,
  listCustomers,
  type CustomerPatch,
} from '../../database/customers.ts';
import { ANY_OPERATOR } from '../../domain/access.ts';
import type { PaymentDependencies } from '../../payments/dependencies.ts';
import { json, rejectionProblem, sendJson, sendOnce } from '../answers.ts';
import { decodeCursor, page, timePlace } from '../cursor.ts';
import { sendProblem } from '../plugins/problems.ts';
import { problem } from '../problem.ts';
import {
  customerAnswer,
  customerListQuery,
  customerPatchBody,
  deletedCustomerAnswer,
  newCustomerBody,
} from '../schemas/customer.ts';
import { pageOf } from '../schemas/fields.ts';

/** Reads are for keys with the scope and for every operator. */
const READ = { scope: 'customers:read', roles: ANY_OPERATOR } as const;
const WRITE = { scope: 'customers:write' } as const;

const customerPath = z.object({ id: z.string().min(1).max(100) });

/** Those who pay more than once. */
export function customerRoutes(deps: PaymentDependencies): FastifyPluginAsyncZod {
  return async (app) => {
    app.post(
      '/api/v1/customers',
      {
        config: { access: WRITE, idempotent: true },
        schema: {
          operationId: 'createCustomer',
          summary: 'Create a customer',
          tags: ['customers'],
          body: newCustomerBody,
          response: { 201: customerAnswer },
        },
      },
      async (req, reply) => {
        const { reference, email, name, metadata } = req.body;
        const command = {
          reference: reference ?? null,
          email: email ?? null,
          name: name ?? null,
          metadata: metadata ?? {},
        };
        const created = await createCustomer(deps, command, {
          key: req.idempotency,
          requestId: req.id,
          render: (customer) => json(201, presentCustomer(customer)),
        });
        return sendOnce(reply, created);
      },
    );

    app.get(
      '/api/v1/customers',
      {
        config: { access: READ },
        schema: {
          operationId: 'listCustomers',
          summary: 'List customers, the newest first',
          tags: ['customers'],
          querystring: customerListQuery,
          response: { 200: pageOf(customerAnswer) },
        },
      },
      async ({ query }, reply) => {
        const { limit, reference, email } = query;
        const after = decodeCursor(query.cursor, timePlace);
        const customers = await listCustomers(deps.db, { reference, email, after }, limit + 1);
        return sendJson(
          reply,
          page(customers, limit, presentCustomer, ({ createdAt, id }) => ({ createdAt, id })),
        );
      },
    );

    app.get(
      '/api/v1/customers/:id',
      {
        config: { access: READ },
        schema: {
          operationId: 'getCustomer',
          summary: 'Read a customer',
          tags: ['customers'],
          params: customerPath,
          response: { 200: customerAnswer },
        },
      },
      async (req, reply) => {
        const customer = await findCustomer(deps.db, req.params.id);
        if (!customer) return sendProblem(reply, problem('customer_not_found'));
        return sendJson(reply, presentCustomer(customer));
      },
    );

    app.patch(
      '/api/v1/customers/:id',
      {
        config: { access: WRITE },
        schema: {
          operationId: 'updateCustomer',
          summary: 'Change a customer, or which payment method is the default',
          tags: ['customers'],
          params: customerPath,
          body: customerPatchBody,
          response: { 200: customerAnswer },
        },
      },
      async (req, reply) => {
        const changed = await changeCustomer(deps, req.params.id, patchOf(req.body));
        return changed.kind === 'changed'
          ? sendJson(reply, presentCustomer(changed.customer))
          : sendProblem(reply, rejectionProblem(changed));
      },
    );

    app.delete(
      '/api/v1/customers/:id',
      {
        config: { access: WRITE },
        schema: {
          operationId: 'deleteCustomer',
          summary: 'Forget a customer, here at once and at the gateways soon after',
          tags: ['customers'],
          params: customerPath,
          response: { 200: deletedCustomerAnswer },
        },
      },
      async (req, reply) => {
        const { id } = req.params;
        if (!(await forgetCustomer(deps.db, id))) {
          return sendProblem(reply, problem('customer_not_found'));
        }
        return sendJson(reply, { id, object: 'customer', deleted: true });
      },
    );
  };
}

/** What is left out stays as it is; `null` takes it away. */
function patchOf(body: z.infer<typeof customerPatchBody>): CustomerPatch {
  return {
    ...(body.reference === undefined ? {} : { reference: body.reference }),
    ...(body.email === undefined ? {} : { email: body.email }),
    ...(body.name === undefined ? {} : { name: body.name }),
    ...(body.metadata === undefined ? {} : { metadata: body.metadata }),
    ...(body.default_payment_method === undefined
      ? {}
      : { defaultPaymentMethodId: body.default_payment_method }),
  };
}
