import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { addOperator, changeRole, disableOperator } from '../../../admin/operators.ts';
import { presentOperator } from '../../../admin/present.ts';
import type { Database } from '../../../database/database.ts';
import { listTokensOf } from '../../../database/operator-tokens.ts';
import { findOperator, listOperators, type Operator } from '../../../database/operators.ts';
import { ADMINISTRATION } from '../../../domain/access.ts';
import { sendJson } from '../../answers.ts';
import { decodeCursor, page, timePlace } from '../../cursor.ts';
import { auditContextOf } from '../../plugins/audit-context.ts';
import { sendProblem } from '../../plugins/problems.ts';
import { problem } from '../../problem.ts';
import {
  credentialListQuery,
  newOperatorAnswer,
  newOperatorBody,
  operatorAnswer,
  operatorPatchBody,
} from '../../schemas/admin/credentials.ts';
import { pageOf } from '../../schemas/fields.ts';

const config = { access: { roles: ADMINISTRATION } };
const idPath = z.object({ id: z.string().min(1).max(100) });

/** The people who work with the system. */
export function adminOperatorRoutes({ db }: { db: Database }): FastifyPluginAsyncZod {
  const present = async (operator: Operator) =>
    presentOperator(operator, await listTokensOf(db, [operator.id]));

  return async (app) => {
    app.post(
      '/api/v1/admin/operators',
      {
        config,
        schema: {
          operationId: 'addOperator',
          summary: 'Let an operator in, with a first token, which is shown this once',
          tags: ['administration'],
          body: newOperatorBody,
          response: { 201: newOperatorAnswer },
        },
      },
      async (req, reply) => {
        const { name, role, expires_in_seconds: seconds } = req.body;
        const life = seconds === undefined ? {} : { expiresInMs: seconds * 1_000 };
        const added = await addOperator(db, { name, role, ...life }, auditContextOf(req));
        if (added.kind === 'name_taken') return sendProblem(reply, problem('operator_name_taken'));
        const { operator, token, secret } = added;
        return sendJson(reply.code(201), { ...presentOperator(operator, [token]), token: secret });
      },
    );

    app.get(
      '/api/v1/admin/operators',
      {
        config,
        schema: {
          operationId: 'listOperators',
          summary: 'List operators, the newest first',
          tags: ['administration'],
          querystring: credentialListQuery,
          response: { 200: pageOf(operatorAnswer) },
        },
      },
      async ({ query: { limit, cursor } }, reply) => {
        const after = decodeCursor(cursor, timePlace);
        const operators = await listOperators(db, { after, limit: limit + 1 });
        const tokens = await listTokensOf(
          db,
          operators.map(({ id }) => id),
        );
        return sendJson(
          reply,
          page(
            operators,
            limit,
            (operator) => presentOperator(operator, tokens),
            ({ createdAt, id }) => ({ createdAt, id }),
          ),
        );
      },
    );

    app.get(
      '/api/v1/admin/operators/:id',
      {
        config,
        schema: {
          operationId: 'getOperator',
          summary: 'Read an operator, with every token but not its value',
          tags: ['administration'],
          params: idPath,
          response: { 200: operatorAnswer },
        },
      },
      async (req, reply) => {
        const operator = await findOperator(db, req.params.id);
        if (!operator) return sendProblem(reply, problem('operator_not_found'));
        return sendJson(reply, await present(operator));
      },
    );

    app.patch(
      '/api/v1/admin/operators/:id',
      {
        config,
        schema: {
          operationId: 'changeOperatorRole',
          summary: 'Give an operator another role',
          tags: ['administration'],
          params: idPath,
          body: operatorPatchBody,
          response: { 200: operatorAnswer },
        },
      },
      async (req, reply) => {
        const { role } = req.body;
        const changed = await changeRole(db, req.params.id, role, auditContextOf(req));
        switch (changed.kind) {
          case 'changed':
            return sendJson(reply, await present(changed.operator));
          case 'disabled':
            return sendProblem(reply, problem('operator_disabled'));
          case 'unknown':
            return sendProblem(reply, problem('operator_not_found'));
        }
      },
    );

    app.post(
      '/api/v1/admin/operators/:id/disable',
      {
        config,
        schema: {
          operationId: 'disableOperator',
          summary: 'Let an operator in no more, for good: every token ends within a second',
          tags: ['administration'],
          params: idPath,
          response: { 200: operatorAnswer },
        },
      },
      async (req, reply) => {
        const disabled = await disableOperator(db, req.params.id, auditContextOf(req));
        if (disabled.kind === 'unknown') return sendProblem(reply, problem('operator_not_found'));
        return sendJson(reply, await present(disabled.operator));
      },
    );
  };
}
